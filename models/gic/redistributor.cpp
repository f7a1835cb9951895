#include "gic/redistributor.h"

#include "common/systemc/attributes.h"
#include "common/systemc/configuration_error.h"
#include "common/systemc/time.h"
#include "common/systemc/transport.h"
#include "gic/arch/cpu_interface_state.h"
#include "gic/frame_access.h"
#include "gic/its.h"

#include <algorithm>
#include <array>

namespace iovp::gic {

using effect = redistributor_state::effect;
using kind = redistributor::message::kind;

void redistributor::parameters::check(const std::string& object) const
{
    require_range(object, "lpi_cache_ways", lpi_cache_ways, 1, 16);
    require_range(object, "lpi_cache", lpi_cache, 0, 65536);
    if (lpi_cache % lpi_cache_ways != 0)
        configuration_error(object, "lpi_cache", std::to_string(lpi_cache), "multiples of lpi_cache_ways");
}

namespace {

const redistributor::parameters& checked(const redistributor::parameters& p, const char* object)
{
    p.check(object);
    return p;
}

constexpr unsigned table_chunk = 64; ///< bytes of one access to the pending table

} // namespace

redistributor::redistributor(const sc_core::sc_module_name& name, const parameters& p, distributor& d)
    : sc_module(name)
    , registers("registers")
    , memory("memory")
    , ppi("ppi", 16)
    , parameters_(checked(p, this->name()))
    , distributor_(d)
    , state_({packed_affinity(p.mpidr), static_cast<std::uint16_t>(d.attach(*this, packed_affinity(p.mpidr))), p.last},
             cpu_interface_state::priority_bits)
    , cache_(p.lpi_cache, p.lpi_cache_ways)
{
    registers.register_b_transport(this, &redistributor::b_transport);
    registers.register_transport_dbg(this, &redistributor::transport_dbg);
    for (unsigned n = 0; n < 16; ++n) {
        sc_core::sc_spawn_options options;
        options.spawn_method();
        options.set_sensitivity(&ppi[n]);
        sc_core::sc_spawn([this, n] { wire(n); }, sc_core::sc_gen_unique_name("wire"), &options);
    }
    SC_THREAD(run);
    SC_METHOD(follow_sleep);
    sensitive << sleep_;
    dont_initialize();
}

void redistributor::wire(unsigned n)
{
    level(first_ppi + n, ppi[n].read());
}

void redistributor::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay)
{
    delay += parameters_.register_access;
    extend(attributes::of(payload).latency, local_ps(delay), stage::device_register);
    access_frame(
        payload, redistributor_frame_size,
        [&](std::uint32_t offset, unsigned size) { return state_.read(offset, size); },
        [&](std::uint32_t offset, unsigned size, std::uint64_t value) {
            if (expected_from_)
                split_expected();
            apply(state_.write(offset, size, value), delay);
        });
}

unsigned redistributor::transport_dbg(tlm::tlm_generic_payload& payload)
{
    return debug_frame(payload, redistributor_frame_size,
                       [&](std::uint32_t offset, unsigned size) { return state_.read(offset, size); });
}

void redistributor::apply(effect e, const sc_core::sc_time& delay)
{
    switch (e) {
    case effect::none: break;
    case effect::changed: notify(delay + parameters_.signal); break;
    case effect::enable_lpis:
    case effect::disable_lpis:
        state_.set_write_pending(true);
        post({e == effect::enable_lpis ? kind::enable : kind::disable}, delay);
        break;
    case effect::invalidate_lpi:
        state_.set_busy(true);
        post({kind::invalidate, state_.invalidated_intid()}, delay);
        break;
    case effect::invalidate_all:
        state_.set_busy(true);
        post({kind::invalidate_all}, delay);
        break;
    case effect::wake:
    case effect::sleep: sleep_.notify(delay + parameters_.wake); break;
    }
}

void redistributor::follow_sleep()
{
    state_.set_asleep(state_.sleep_requested());
    notify(parameters_.signal);
}

void redistributor::post(const message& m, const sc_core::sc_time& delay)
{
    if (expected_from_) // it was on its way earlier
        split_expected();
    messages_.push_back({m, sc_core::sc_time_stamp() + delay});
    posted_.notify(sc_core::SC_ZERO_TIME);
}

bool redistributor::expect(its& from, std::uint32_t intid, const sc_core::sc_time& delivered)
{
    const sc_core::sc_time& now = sc_core::sc_time_stamp();
    if (!idle() || now <= expected_ + parameters_.signal || !state_.lpis_enabled() || !state_.lpi_exists(intid) ||
        state_.lpis.find(intid) || !cache_.peek(intid))
        return false;
    expected_from_ = &from;
    expected_ = delivered + parameters_.lpi_cache_lookup;
    arrived_.notify(expected_ + parameters_.signal - now);
    return true;
}

void redistributor::expect_nothing()
{
    expected_from_ = nullptr;
    expected_ = sc_core::SC_ZERO_TIME;
    arrived_.cancel();
}

void redistributor::split_expected()
{
    expected_from_->split_stages();
}

void redistributor::deliver(std::uint32_t intid, latency_record* record, const sc_core::sc_time& delivered)
{
    const sc_core::sc_time& now = sc_core::sc_time_stamp();
    expected_from_ = nullptr;
    if (now < delivered) {
        arrived_.cancel();
        post({kind::set, intid, record}, delivered - now);
        return;
    }
    insert(intid, record, delivered);
    if (now < expected_) {
        arrived_.cancel();
        post({kind::configured, intid}, expected_ - now);
    } else {
        finish_set(intid, expected_);
        const sc_core::sc_time decision = expected_ + parameters_.signal;
        if (now < decision) { // otherwise arrived_ is what led here
            arrived_.cancel();
            changed_.notify(decision - now);
        }
    }
}

void redistributor::run()
{
    for (;;) {
        while (messages_.empty()) {
            state_.set_busy(false);
            idle_.notify(sc_core::SC_ZERO_TIME);
            wait(posted_);
        }
        const timed_message next = messages_.front();
        if (next.due > sc_core::sc_time_stamp())
            wait(next.due - sc_core::sc_time_stamp());
        carry_out(next.content);
        messages_.pop_front();
    }
}

void redistributor::carry_out(const message& m)
{
    latency_record* record = nullptr;
    switch (m.what) {
    case kind::set: set(m.intid, m.record); break;
    case kind::configured:
        finish_set(m.intid, sc_core::sc_time_stamp());
        notify(parameters_.signal);
        break;
    case kind::clear:
        if (state_.lpis.remove(m.intid, &record)) {
            close_record(record, true);
            notify(parameters_.signal);
        }
        break;
    case kind::invalidate: invalidate(m.intid, m.intid); break;
    case kind::invalidate_all: invalidate(first_lpi, 0xFFFFFFFF); break;
    case kind::move:
    case kind::move_all: hand_over(m); break;
    case kind::receive: receive(*m.lpis); break;
    case kind::enable:
        load_pending_table();
        state_.set_write_pending(false);
        break;
    case kind::disable:
        store_pending_table();
        state_.set_write_pending(false);
        notify(parameters_.signal);
        break;
    }
}

void redistributor::move(message::kind what, std::uint32_t intid, redistributor& to, const sc_core::sc_time& delay)
{
    // Both at once: every queue has its moves in the order of the commands, so no two can wait for each other.
    const auto lpis = std::make_shared<handover>(handover{&to});
    post({what, intid, nullptr, lpis}, delay);
    to.post({kind::receive, 0, nullptr, lpis}, delay);
}

void redistributor::hand_over(const message& m)
{
    handover& h = *m.lpis;
    if (m.what == kind::move_all) {
        h.lpis.swap(state_.lpis.entries());
    } else if (const lpi_list::entry* e = state_.lpis.find(m.intid)) {
        h.lpis.push_back(*e);
        state_.lpis.remove(m.intid);
    }
    if (!h.lpis.empty())
        notify(parameters_.signal);
    h.arrived = true;
    h.to->handed_over_.notify(sc_core::SC_ZERO_TIME);
}

// Where LPIs are off they are dropped, as GIC-600 does.
void redistributor::receive(const handover& h)
{
    while (!h.arrived)
        wait(handed_over_);
    if (h.lpis.empty())
        return;
    wait(parameters_.its_link);
    for (const lpi_list::entry& e : h.lpis)
        set(e.intid, e.record);
}

void redistributor::set(std::uint32_t intid, latency_record* record)
{
    if (!insert(intid, record, sc_core::sc_time_stamp()))
        return;
    configure(intid);
    if (lpi_list::entry* e = state_.lpis.find(intid))
        extend(e->record, local_ps(sc_core::SC_ZERO_TIME), stage::lpi_configuration);
    notify(parameters_.signal);
}

// The LPI becomes pending. False: it is dropped, or pending already.
bool redistributor::insert(std::uint32_t intid, latency_record* record, const sc_core::sc_time& at)
{
    extend(record, to_ps(at), stage::redistributor);
    if (!state_.lpis_enabled() || !state_.lpi_exists(intid)) {
        ++statistics_.lpis_dropped;
        close_record(record, true);
        return false;
    }
    if (!state_.lpis.insert(intid, record)) {
        ++statistics_.lpis_merged;
        close_record(record, false); // pending already: one interrupt for both MSIs, timed by the first
        return false;
    }
    ++statistics_.lpis_set;
    return true;
}

// The configuration of a pending LPI, from the cache or from memory. Takes time; the LPI competes afterwards.
void redistributor::configure(std::uint32_t intid)
{
    wait(parameters_.lpi_cache_lookup);
    lpi_configuration configuration;
    if (const lpi_configuration* cached = cache_.find(intid)) {
        ++statistics_.configuration_hits;
        configuration = *cached;
    } else {
        std::uint8_t byte = 0;
        ++statistics_.configuration_reads;
        if (access(tlm::TLM_READ_COMMAND, state_.configuration_address(intid), &byte, 1)) {
            configuration = lpi_configuration::decode(byte, state_.priority_mask);
            cache_.insert(intid, configuration);
        }
    }
    if (lpi_list::entry* e = state_.lpis.find(intid)) {
        e->known = true;
        e->configuration = configuration;
    }
}

void redistributor::finish_set(std::uint32_t intid, const sc_core::sc_time& at)
{
    lpi_list::entry* e = state_.lpis.find(intid);
    const lpi_configuration* cached = cache_.find(intid);
    if (!e || !cached)
        return;
    ++statistics_.configuration_hits;
    e->known = true;
    e->configuration = *cached;
    extend(e->record, to_ps(at), stage::lpi_configuration);
}

// Forgets configurations, and reads those of pending LPIs again.
void redistributor::invalidate(std::uint32_t first, std::uint32_t last)
{
    cache_.erase_if([&](std::uint64_t key) { return key >= first && key <= last; });
    std::vector<std::uint32_t> again;
    for (const lpi_list::entry& e : state_.lpis.entries())
        if (e.intid >= first && e.intid <= last)
            again.push_back(e.intid);
    for (const std::uint32_t intid : again)
        configure(intid);
    notify(parameters_.signal);
}

void redistributor::load_pending_table()
{
    cache_.clear();
    const std::uint32_t end = state_.lpi_end();
    if (state_.pending_table_is_zero() || end <= first_lpi)
        return;
    std::vector<std::uint32_t> found;
    for (std::uint32_t at = first_lpi / 8; at < end / 8; at += table_chunk) {
        std::array<std::uint8_t, table_chunk> bytes{};
        ++statistics_.pending_reads;
        if (!access(tlm::TLM_READ_COMMAND, state_.pending_table() + at, bytes.data(), table_chunk))
            continue;
        for (unsigned i = 0; i < table_chunk * 8; ++i)
            if (bit(bytes[i / 8], i % 8))
                found.push_back(at * 8 + i);
    }
    for (const std::uint32_t intid : found)
        set(intid, nullptr);
}

void redistributor::store_pending_table()
{
    const std::uint32_t end = state_.lpi_end();
    for (std::uint32_t at = first_lpi / 8; at < end / 8; at += table_chunk) {
        std::array<std::uint8_t, table_chunk> bytes{};
        for (const lpi_list::entry& e : state_.lpis.entries())
            if (e.intid / 8 >= at && e.intid / 8 < at + table_chunk)
                bytes[e.intid / 8 - at] |= static_cast<std::uint8_t>(1u << e.intid % 8);
        ++statistics_.pending_writes;
        access(tlm::TLM_WRITE_COMMAND, state_.pending_table() + at, bytes.data(), table_chunk);
    }
    // In memory they have no record: what happens to them after this is not the MSI's latency.
    for (const lpi_list::entry& e : state_.lpis.entries())
        close_record(e.record, true);
    state_.lpis.entries().clear();
    cache_.clear();
}

bool redistributor::access(tlm::tlm_command command, std::uint64_t address, void* data, unsigned size)
{
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    const bool ok = transport(memory, command, address, data, size, transaction_attributes(), delay);
    wait(delay);
    if (!ok)
        ++statistics_.memory_errors;
    return ok;
}

} // namespace iovp::gic
