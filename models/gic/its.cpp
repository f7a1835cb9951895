#include "gic/its.h"

#include "common/systemc/attributes.h"
#include "common/systemc/configuration_error.h"
#include "common/systemc/time.h"
#include "common/systemc/transport.h"
#include "gic/frame_access.h"
#include "gic/redistributor.h"

#include <algorithm>

namespace iovp::gic {

using kind = redistributor::message::kind;

void its::parameters::check(const std::string& object) const
{
    require_range(object, "device_bits", limits.device_bits, 1, 32);
    require_range(object, "event_bits", limits.event_bits, 1, 32);
    require_range(object, "collection_bits", limits.collection_bits, 1, 16);
    require_range(object, "lpi_bits", limits.lpi_bits, 14, 16);
    require_range(object, "cache_ways", limits.cache_ways, 1, 16);
    require_range(object, "queue_depth", queue_depth, 1, 4096);
    const auto cache = [&](const char* parameter, unsigned entries) {
        require_range(object, parameter, entries, 0, 65536);
        if (entries % limits.cache_ways != 0)
            configuration_error(object, parameter, std::to_string(entries), "multiples of cache_ways");
    };
    cache("device_cache", limits.device_cache);
    cache("event_cache", limits.event_cache);
    cache("collection_cache", limits.collection_cache);
}

namespace {

const its::parameters& checked(const its::parameters& p, const char* object)
{
    p.check(object);
    return p;
}

constexpr stage stage_of(its_table table)
{
    switch (table) {
    case its_table::devices: return stage::its_device_table;
    case its_table::translations: return stage::its_translation;
    default: return stage::its_collection;
    }
}

} // namespace

its::its(const sc_core::sc_module_name& name, const parameters& p, distributor& d)
    : sc_module(name)
    , registers("registers")
    , memory("memory")
    , parameters_(checked(p, this->name()))
    , distributor_(d)
    , state_(p.limits)
    , engine_(p.limits, *this)
{
    registers.register_b_transport(this, &its::b_transport);
    registers.register_transport_dbg(this, &its::transport_dbg);
    SC_THREAD(run);
}

void its::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay)
{
    delay += parameters_.register_access;
    extend(attributes::of(payload).latency, local_ps(delay), stage::device_register);
    access_frame(
        payload, gits::frame_size, [&](std::uint32_t offset, unsigned size) { return state_.read(offset, size); },
        [&](std::uint32_t offset, unsigned size, std::uint64_t value) {
            if (offset == gits::translater) {
                if (size == 2 || size == 4)
                    return accept(payload, static_cast<std::uint32_t>(value), delay);
                ++statistics_.ignored_access;
                return close_record(attributes::of(payload).latency, true);
            }
            split_stages();
            const its_state::effect e = state_.write(offset, size, value);
            if (e == its_state::effect::enabled)
                reload_ = true;
            if (e != its_state::effect::none)
                work_.notify(delay);
        });
}

unsigned its::transport_dbg(tlm::tlm_generic_payload& payload)
{
    return debug_frame(payload, gits::frame_size,
                       [&](std::uint32_t offset, unsigned size) { return state_.read(offset, size); });
}

// A write to GITS_TRANSLATER. It is posted: the translation happens at its local time, after the write has returned.
void its::accept(const tlm::tlm_generic_payload& payload, std::uint32_t event, sc_core::sc_time& delay)
{
    const transaction_attributes& from = attributes::of(payload);
    const std::optional<device_id> device = from.device;
    latency_record* record = from.latency;
    if (!device) {
        ++statistics_.ignored_no_device_id;
        return close_record(record, true);
    }
    split_stages();
    while (arrivals_.size() >= parameters_.queue_depth) { // back-pressure; the wait is stage::its_command_wait
        wait(delay);
        delay = sc_core::SC_ZERO_TIME;
        if (arrivals_.size() >= parameters_.queue_depth)
            wait(space_);
    }
    const arrival a{sc_core::sc_time_stamp() + delay, device->value(), event, record};
    if (merge_stages(a))
        return;
    const auto at = std::upper_bound(arrivals_.begin(), arrivals_.end(), a,
                                     [](const arrival& x, const arrival& y) { return x.due < y.due; });
    arrivals_.insert(at, a);
    work_.notify(delay);
}

bool its::merge_stages(const arrival& a)
{
    if (!parameters_.merge_stages || !resting_ || reload_ || resumed_ || !arrivals_.empty() || !state_.enabled() ||
        state_.command_ready())
        return false;
    const std::optional<its_engine::route> r = engine_.cached_route(a.device, a.event);
    if (!r)
        return false;
    redistributor& target = *distributor_.by_number(r->collection->value.target);
    const sc_core::sc_time translated = a.due + 3 * parameters_.lookup;
    if (!target.expect(*this, r->entry->value.intid, translated + parameters_.link))
        return false;
    lone_ = lone_msi{a, *r, &target, translated};
    return true;
}

void its::split_stages()
{
    if (!lone_)
        return;
    const lone_msi m = *lone_;
    lone_.reset();
    const sc_core::sc_time& now = sc_core::sc_time_stamp();
    if (now < m.msi.due) {
        m.target->expect_nothing();
        arrivals_.push_front(m.msi);
        work_.notify(m.msi.due - now);
        return;
    }
    account(m);
    if (now < m.translated) {
        m.target->expect_nothing();
        resumed_ = m;
        work_.notify();
    } else {
        m.target->deliver(m.way.entry->value.intid, m.msi.record, m.translated + parameters_.link);
    }
}

// What take_translation() leaves behind.
void its::account(const lone_msi& m)
{
    engine_.use(m.way);
    ++statistics_.translations;
    sc_core::sc_time done = m.msi.due;
    for (const its_table table : {its_table::devices, its_table::translations, its_table::collections}) {
        ++statistics_.hits[static_cast<unsigned>(table)];
        done += parameters_.lookup;
        extend(m.msi.record, to_ps(done), stage_of(table));
    }
    if (m.msi.record)
        m.msi.record->interrupt = intid(m.way.entry->value.intid);
}

// One operation at a time; where an MSI and a command wait, they take turns.
void its::run()
{
    bool translated = false;
    for (;;) {
        if (resumed_) {
            const lone_msi m = *resumed_;
            resumed_.reset();
            wait(m.translated - sc_core::sc_time_stamp());
            m.target->post({kind::set, m.way.entry->value.intid, m.msi.record}, parameters_.link);
            translated = true;
        }
        if (reload_) {
            reload_ = false;
            engine_.set_tables(state_.table(0), state_.table(1));
        }
        const bool due = !arrivals_.empty() && arrivals_.front().due <= sc_core::sc_time_stamp();
        const bool command = state_.command_ready();
        if (due && !(translated && command)) {
            translated = true;
            take_translation();
        } else if (command) {
            translated = false;
            take_command();
        } else {
            translated = false;
            if (!state_.enabled())
                state_.set_quiescent(true);
            resting_ = true;
            if (arrivals_.empty())
                wait(work_);
            else
                wait(arrivals_.front().due - sc_core::sc_time_stamp(), work_);
            resting_ = false;
        }
    }
}

void its::take_translation()
{
    const arrival a = arrivals_.front();
    arrivals_.pop_front();
    space_.notify(sc_core::SC_ZERO_TIME);
    extend(a.record, local_ps(sc_core::SC_ZERO_TIME), stage::its_command_wait);
    if (!state_.enabled()) {
        ++statistics_.ignored_disabled;
        return close_record(a.record, true);
    }
    record_ = a.record;
    const its_error error = engine_.translate(a.device, a.event);
    consume();
    if (error == its_error::none) {
        ++statistics_.translations;
    } else {
        ++statistics_.ignored_unmapped;
        translation_error_ = error;
        close_record(record_, true);
    }
    record_ = nullptr;
}

void its::take_command()
{
    its_command c;
    const bool fetched = transport(memory, tlm::TLM_READ_COMMAND, state_.command_address(), c.words.data(),
                                   its_command::bytes, transaction_attributes(), delay_);
    delay_ += parameters_.command;
    const its_error error = fetched ? engine_.execute(c) : make_its_error(its_opcode(0), its_reason::access_failure);
    consume();
    if (error == its_error::none) {
        ++statistics_.commands;
        state_.command_done();
    } else {
        ++statistics_.command_errors;
        command_error_ = error;
        state_.stall();
    }
}

void its::consume()
{
    const sc_core::sc_time spent = delay_;
    delay_ = sc_core::SC_ZERO_TIME;
    if (spent != sc_core::SC_ZERO_TIME)
        wait(spent);
}

bool its::read(its_table, std::uint64_t address, std::uint64_t& value)
{
    ++statistics_.table_reads;
    return transport(memory, tlm::TLM_READ_COMMAND, address, &value, its_entry_bytes, transaction_attributes(), delay_);
}

bool its::write(its_table, std::uint64_t address, std::uint64_t value)
{
    ++statistics_.table_writes;
    return transport(memory, tlm::TLM_WRITE_COMMAND, address, &value, its_entry_bytes, transaction_attributes(),
                     delay_);
}

void its::looked_up(its_table table, bool hit)
{
    delay_ += parameters_.lookup;
    ++(hit ? statistics_.hits : statistics_.misses)[static_cast<unsigned>(table)];
}

void its::step_done(its_table table)
{
    extend(record_, local_ps(delay_), stage_of(table));
}

bool its::target_exists(std::uint64_t processor_number) const
{
    return distributor_.by_number(processor_number) != nullptr;
}

void its::set_lpi(std::uint32_t target, std::uint32_t id)
{
    if (record_)
        record_->interrupt = intid(id);
    consume();
    distributor_.by_number(target)->post({kind::set, id, record_}, parameters_.link);
}

void its::clear_lpi(std::uint32_t target, std::uint32_t id)
{
    consume();
    distributor_.by_number(target)->post({kind::clear, id, nullptr}, parameters_.link);
}

void its::invalidate_lpi(std::uint32_t target, std::uint32_t id)
{
    consume();
    distributor_.by_number(target)->post({kind::invalidate, id, nullptr}, parameters_.link);
}

void its::invalidate_all(std::uint32_t target)
{
    consume();
    distributor_.by_number(target)->post({kind::invalidate_all, 0, nullptr}, parameters_.link);
}

void its::move_lpi(std::uint32_t from, std::uint32_t to, std::uint32_t id)
{
    consume();
    distributor_.by_number(from)->move(kind::move, id, *distributor_.by_number(to), parameters_.link);
}

void its::move_all(std::uint32_t from, std::uint32_t to)
{
    consume();
    distributor_.by_number(from)->move(kind::move_all, 0, *distributor_.by_number(to), parameters_.link);
}

void its::synchronize(std::uint32_t target)
{
    consume();
    const redistributor& r = *distributor_.by_number(target);
    while (!r.idle())
        wait(r.became_idle());
}

} // namespace iovp::gic
