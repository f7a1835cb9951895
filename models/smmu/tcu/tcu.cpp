#include "smmu/tcu/tcu.h"

#include "common/latency_record.h"
#include "common/systemc/byte_enables.h"
#include "common/systemc/configuration_error.h"
#include "common/systemc/time.h"
#include "smmu/dti/invalidation.h"
#include "smmu/tcu/functional_walker.h"
#include "smmu/tcu/walker.h"

#include <algorithm>
#include <cstring>

namespace iovp::smmu {

using sc_core::sc_time;

static constexpr unsigned most_tbus = 62; // MMU-600 TRM

// Each walk and configuration slot has one read outstanding, and each Command queue has one (MMU-600 TRM: 2 more).
static memory_master::limits port_limits(const tcu_parameters& p)
{
    const unsigned readers = p.walk_slots + p.configuration_slots + 2;
    const unsigned reads = p.outstanding_reads == 0 ? readers : p.outstanding_reads;
    return {reads, p.outstanding_writes, reads < readers};
}

tcu::tcu(sc_core::sc_module_name name, const parameters& p)
    : sc_module(name)
    , registers("registers")
    , memory("memory")
    , dti("dti")
    , ats("ats")
    , eventq_irq("eventq_irq")
    , gerror_irq("gerror_irq")
    , cmd_sync_irq("cmd_sync_irq")
    , priq_irq("priq_irq")
    , event_out("event_out")
    , secure_eventq_irq("secure_eventq_irq")
    , secure_gerror_irq("secure_gerror_irq")
    , secure_cmd_sync_irq("secure_cmd_sync_irq")
    , pmu(tcu_events(p.feature.ats))
    , parameters_((p.check(this->name()), p))
    , master_(memory, p.requester, p.msi_device, port_limits(p))
    , non_secure_(security_state::non_secure, p, master_, {eventq_irq, gerror_irq, cmd_sync_irq}, *this, *this, *this)
    , event_driver_("event_driver")
    , event_wire_("event_wire")
    , wake_("wake", event_driver_, p.clock_period * p.interrupt_cycles)
    , priq_interrupt_("priq_interrupt",
                      {irq_ctrl::priq_irqen::mask, reg::priq_irq_cfg0, reg::priq_irq_cfg1, reg::priq_irq_cfg2,
                       6 /* MSI_PRIQ_ABT_ERR */},
                      frame_, master_, priq_irq, p.clock_period * p.interrupt_cycles,
                      [this](unsigned bit) { non_secure_.raise_error(bit); })
    , page_requests_("page_requests", p.feature, frame_, master_, priq_interrupt_, *this,
                     [this](unsigned bit) { non_secure_.raise_error(bit); })
    , ats_service_(ats, p.atc_timeout)
    , stalls_(p.feature.stall_max, p.suppress_duplicate_stalls)
    , configuration_cache_(p.configuration_cache_entries, p.configuration_cache_ways, p.configuration_cache_replacement,
                           p.replacement_seed)
    , walk_cache_(p.walk_cache_entries, p.walk_cache_ways, p.walk_cache_unified, p.walk_cache_replacement,
                  p.replacement_seed)
    , slots_("translation_slots", p.slots)
    , walk_slots_("walk_slots", p.walk_slots)
    , configuration_slots_("configuration_slots", p.configuration_slots)
    , tbus_(dti)
    , tokens_left_(p.slots)
    , tokens_granted_("tokens_granted", p.slots)
{
    SC_HAS_PROCESS(tcu);
    registers.register_b_transport(this, &tcu::b_transport);
    registers.register_transport_dbg(this, &tcu::transport_dbg);
    dti.bind(static_cast<dti::to_tcu&>(*this));
    event_driver_.bind(event_wire_);
    event_out.bind(event_wire_);
    ats.bind(static_cast<dti::ats_to_tcu&>(*this));
    SC_THREAD(update_thread);
    SC_THREAD(retry_thread);
    add_atos(non_secure_);
    if (p.feature.secure_impl) {
        register_frame::listener& writes = *this;
        command_queue::executor& work = *this;
        event_queue::stall_listener& stalls = *this;
        const programming_interface::wires wires{secure_eventq_irq, secure_gerror_irq, secure_cmd_sync_irq};
        secure_ =
            std::make_unique<programming_interface>(security_state::secure, p, master_, wires, writes, work, stalls);
        SC_THREAD(secure_update_thread);
        SC_THREAD(secure_retry_thread);
        add_atos(*secure_);
    }
}

tcu::~tcu() = default;

void tcu::before_end_of_elaboration()
{
    for (sc_core::sc_out<bool>* port : {&secure_eventq_irq, &secure_gerror_irq, &secure_cmd_sync_irq})
        if (port->bind_count() == 0) {
            unused_wires_.push_back(std::make_unique<sc_core::sc_signal<bool>>(sc_core::sc_gen_unique_name("unused")));
            port->bind(*unused_wires_.back());
        }
}

control tcu::control_of(security_state s) const
{
    control c = interface_of(s).frame.translation_control();
    c.nsstalld = nsstalld();
    return c;
}

void tcu::end_of_elaboration()
{
    tbus_.attach();
    ats_service_.attach();
    require_range(name(), "dti (TBUs bound)", tbus_.size(), 1, most_tbus);
    granted_.resize(tbus_.size());
    if (ats.size() != 0 && !parameters_.feature.ats)
        configuration_error(name(), "ats (root complexes bound)", std::to_string(ats.size()),
                            "none without feature.ats");
}

void tcu::record(latency_log* log)
{
    log_ = log;
    commands_.record(log);
    if (secure_)
        secure_->commands.record(log);
}

dti::connect_acknowledge tcu::connect(unsigned link, const dti::connect_request& r)
{
    const unsigned granted = std::min(r.tokens, tokens_left_);
    tokens_left_ -= granted;
    granted_[link] = granted;
    tbus_.connected(link, granted != 0);
    tokens_granted_.set(parameters_.slots - tokens_left_);
    return {granted};
}

void tcu::disconnect(unsigned link)
{
    tokens_left_ += granted_[link];
    granted_[link] = 0;
    tbus_.connected(link, false);
    tokens_granted_.set(parameters_.slots - tokens_left_);
}

void tcu::translate(unsigned link, const dti::translation_request& r, dti::translation_response& response,
                    sc_time& delay)
{
    using namespace dti;
    const auto spent = [&](stage s) {
        if (r.latency)
            r.latency->until(local_ps(delay), s);
    };
    tbus_.send(direction::to_tcu, link, message_size::trans_req, delay);
    spent(stage::dti_request);
    answer(link, r, response, delay);
    tbus_.send(direction::to_tbu, link, response.bytes(), delay);
    spent(stage::dti_response);
}

void tcu::answer(unsigned link, const dti::translation_request& r, dti::translation_response& response, sc_time& delay)
{
    wait(delay);
    delay = sc_core::SC_ZERO_TIME;
    slots_.acquire(delay);
    if (r.latency)
        r.latency->until(local_ps(delay), stage::tcu_wait);
    ++(r.speculative ? statistics_.speculative : statistics_.translations);
    pmu(pmu_event::transaction, r.what, !r.speculative);
    {
        walker w(*this, r.latency, delay, {r.what.stream, r.what.sec_sid});
        if (r.speculative)
            w.pmu.not_incoming();
        // 6.3.9.6: the transaction sees one state of the registers throughout.
        const control registers_now = control_of(r.what.sec_sid);
        const translation_context context{parameters_.feature, registers_now, w, w, w};
        response.result = smmu::translate(context, r.what);
        wait(delay);
        delay = sc_core::SC_ZERO_TIME;
        w.keep();
        response.do_not_cache = w.overtaken() || r.what.ats != ats_state::untranslated;
    }
    slots_.release();
    // 3.14: a speculative request records nothing and does not stall.
    if (const auto* t = std::get_if<terminated>(&response.result); t && t->event && !r.speculative) {
        if (t->stall)
            stall(link, r.what, *t->event, response);
        else
            interface_of(r.what.sec_sid).events.record(*t->event, t->mev); // 7.2.3
        if (r.latency)
            r.latency->until(local_ps(delay), stage::tcu);
    }
}

void tcu::stall(unsigned link, const request& r, event_record e, dti::translation_response& response)
{
    // 6.3.9.6: when SMMUEN is 0 no transaction becomes stalled, not even one that began before.
    programming_interface& i = interface_of(r.sec_sid);
    if (!i.frame.translation_control().enabled) {
        response.result = terminated();
        return;
    }
    const stall_table::held held = stalls_.add(link, r);
    response.stalled = held.ticket;
    if (!held.record)
        return;
    event_record::stall::put(e.words, 1);
    event_record::stag::put(e.words, held.tag);
    i.events.record_stall(e, held.ticket);
}

void tcu::release(const std::vector<stall_table::released>& all)
{
    if (all.empty())
        return;
    may_retry_.notify(sc_core::SC_ZERO_TIME); // STAGs are free again
    tbus_.release(all);
}

void tcu::resume(const command& c)
{
    const auto terminate =
        c.abort || !parameters_.feature.raz_wi_model ? dti::stall_action::abort : dti::stall_action::raz_wi;
    const auto state = c.secure ? security_state::secure : security_state::non_secure;
    release(stalls_.resume(state, c.stream, c.stag, c.retry ? dti::stall_action::retry : terminate));
}

void tcu::terminate_stalled(const command& c)
{
    release(stalls_.terminate(c.secure ? security_state::secure : security_state::non_secure, c.stream));
}

// 7.2.1: what could not be recorded is retried when the queue is next writable.
void tcu::retry(programming_interface& i)
{
    for (;;) {
        while (!i.events.writable() || !stalls_.can_record_more(i.state))
            wait(may_retry_);
        tbus_.release(stalls_.retry_unrecorded(i.state));
    }
}

void tcu::events_may_be_written()
{
    may_retry_.notify(write_delay_);
}

outcome tcu::translate_functional(const request& r)
{
    functional_walker w(master_);
    const control registers_now = control_of(r.sec_sid);
    const translation_context context{parameters_.feature, registers_now, w, w, w, false};
    return smmu::translate(context, r);
}

void tcu::invalidate(const dti::invalidate_request& r)
{
    ++invalidations_;
    if (dti::is_configuration(r.what))
        configuration_cache_.invalidate(r);
    else
        walk_cache_.invalidate(r);
    tbus_.invalidate(r);
}

// 6.3.9, 6.3.57: reserved values behave as 0.
std::uint8_t tcu::vmid_wildcard(security_state s) const
{
    const std::uint64_t bits = cr0::vmw::get(interface_of(s).frame.get(reg::cr0));
    return static_cast<std::uint8_t>(bits <= 4 ? bits : 0);
}

void tcu::synchronise(security_state queue)
{
    tbus_.sync();
    // 4.7.3: ATOS translations in progress that may have used what was invalidated are complete.
    for (const auto& a : atos_)
        a->wait_begun();
    ats_service_.wait_translated();
    // Translations inside the TCU belong to transactions that the TBUs have waited for; their events remain.
    events_.flush();
    if (queue == security_state::secure) // its commands act on either state; a Non-secure one's on its own alone
        secure_->events.flush();
}

void tcu::update_requested()
{
    non_secure_.update.notify(write_delay_);
    if (secure_)
        secure_->update.notify(write_delay_);
}

void tcu::commands_submitted(security_state s, std::uint32_t prod)
{
    interface_of(s).commands.submitted(prod, write_delay_);
    commands_may_run();
}

void tcu::commands_may_run()
{
    commands_.kick(write_delay_);
    if (secure_)
        secure_->commands.kick(write_delay_);
}

// 4.3.6, for register changes: what caches know of the streams of a state.
static dti::invalidate_request everything_known_of_streams(bool secure)
{
    dti::invalidate_request r;
    r.what = dti::invalidation::config_all;
    r.secure = secure;
    return r;
}

// 6.3.62 INV_ALL: every cache, translation regime and security state.
void tcu::invalidate_all()
{
    using dti::invalidation;
    for (const bool secure : {false, true})
        for (const invalidation what :
             {invalidation::config_all, invalidation::nsnh_all, invalidation::el2_all, invalidation::el3_all}) {
            dti::invalidate_request r;
            r.what = what;
            r.secure = secure;
            invalidate(r);
        }
}

void tcu::update(programming_interface& i)
{
    for (;;) {
        wait(i.update);
        bool changed = true;
        while (changed) {
            wait(parameters_.clock_period * parameters_.update_cycles);
            changed = false;
            if (i.frame.get(reg::cr0) != i.frame.get(reg::cr0ack)) {
                update_cr0(i);
                changed = true;
            }
            if (i.frame.get(reg::irq_ctrl) != i.frame.get(reg::irq_ctrlack)) {
                update_irq_ctrl(i);
                changed = true;
            }
            if (i.secure() && secure_init::inv_all::get(i.frame.get(reg::secure_init))) {
                invalidate_all();
                i.frame.set(reg::secure_init, 0);
                changed = true;
            }
            if (gbpa::update::get(i.frame.get(reg::gbpa))) {
                update_gbpa(i);
                changed = true;
            }
        }
    }
}

// 6.3.9: each field's side effects are complete when its acknowledge changes.
void tcu::update_cr0(programming_interface& i)
{
    const std::uint64_t wanted = i.frame.get(reg::cr0);
    const std::uint64_t changing = wanted ^ i.frame.get(reg::cr0ack);
    if (cr0::smmuen::get(changing)) {
        i.frame.take_smmuen(cr0::smmuen::get(wanted));
        // Contexts in the TBUs say "bypass by GBPA" or "look up": they are of the old state.
        invalidate(everything_known_of_streams(i.secure()));
        if (!cr0::smmuen::get(wanted))
            release(stalls_.terminate_all(i.state)); // 6.3.9.6
        // 6.3.37: completion is contingent on that of the ATOS operation.
        for (const auto& a : atos_)
            if (a->state() == i.state)
                a->wait_idle();
    }
    // The effective PRIQEN.
    if (!i.secure() && ((cr0::smmuen::mask | cr0::priqen::mask) & changing & ~wanted) != 0)
        while (!page_requests_.quiet())
            wait(page_requests_.progressed());
    // 6.3.57.2: what bypasses translation obeys SIF from the acknowledge on; translations when they are invalidated.
    if (cr0::sif::get(changing)) {
        i.frame.take_sif(cr0::sif::get(wanted));
        invalidate(everything_known_of_streams(true));
    }
    // 6.3.57.1: IDR0.STALL_MODEL is what the Non-secure state may use.
    if (cr0::nsstalld::get(changing)) {
        i.frame.take_nsstalld(cr0::nsstalld::get(wanted));
        features seen = parameters_.feature;
        seen.stall_model = seen.non_secure_stall_model(i.frame.nsstalld());
        non_secure_.frame.set(reg::idr0, seen.idr0());
    }
    if (cr0::eventqen::get(changing & ~wanted))
        while (!i.events.quiet())
            wait(i.events.progressed());
    if (cr0::cmdqen::get(changing & ~wanted))
        while (!i.commands.quiet())
            wait(i.commands.consumed());
    i.frame.set(reg::cr0ack, (i.frame.get(reg::cr0ack) & ~changing) | (wanted & changing));
    if (cr0::cmdqen::get(changing))
        i.commands.kick(sc_core::SC_ZERO_TIME);
    if (cr0::eventqen::get(changing))
        may_retry_.notify(sc_core::SC_ZERO_TIME);
}

void tcu::update_irq_ctrl(programming_interface& i)
{
    const std::uint64_t wanted = i.frame.get(reg::irq_ctrl);
    const std::uint64_t stopping = i.frame.get(reg::irq_ctrlack) & ~wanted;
    if (irq_ctrl::gerror_irqen::get(stopping))
        i.gerror_interrupt.wait_idle();
    if (irq_ctrl::eventq_irqen::get(stopping))
        i.eventq_interrupt.wait_idle();
    if (!i.secure() && irq_ctrl::priq_irqen::get(stopping))
        priq_interrupt_.wait_idle();
    i.frame.set(reg::irq_ctrlack, wanted);
}

void tcu::update_gbpa(programming_interface& i)
{
    i.frame.take_gbpa();
    invalidate(everything_known_of_streams(i.secure()));
    i.frame.set(reg::gbpa, i.frame.get(reg::gbpa) & ~gbpa::update::mask);
}

// 6.2: the Secure registers are RAZ/WI to Non-secure accesses, and without Secure state to all.
register_frame* tcu::addressed(const tlm::tlm_generic_payload& trans)
{
    const std::uint64_t offset = trans.get_address();
    const bool secure_registers = (offset >= reg::secure && offset < reg::page1) || offset >= reg::secure_vatos_page;
    if (!secure_registers)
        return &frame_;
    return secure_ && !attributes::of(trans).non_secure ? &secure_->frame : nullptr;
}

void tcu::b_transport(tlm::tlm_generic_payload& trans, sc_time& delay)
{
    delay += parameters_.clock_period * parameters_.register_cycles;
    if (latency_record* const r = attributes::of(trans).latency)
        r->until(local_ps(delay), stage::device_register);
    const unsigned length = trans.get_data_length();
    if (refuse_partial_access(trans))
        return;
    if (trans.get_address() > frame_.size() || length > frame_.size() - trans.get_address()) {
        trans.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
        return;
    }
    register_frame* const frame = addressed(trans);
    std::uint64_t value = 0;
    if (trans.is_read()) {
        if (frame && (length == 4 || length == 8))
            value = frame->read(static_cast<std::uint32_t>(trans.get_address()), length);
        std::memset(trans.get_data_ptr(), 0, length);
        std::memcpy(trans.get_data_ptr(), &value, std::min(length, 8U));
    } else if (frame && trans.is_write() && (length == 4 || length == 8)) {
        std::memcpy(&value, trans.get_data_ptr(), length);
        write_delay_ = delay;
        frame->write(static_cast<std::uint32_t>(trans.get_address()), length, value);
    }
    trans.set_response_status(tlm::TLM_OK_RESPONSE);
}

unsigned tcu::transport_dbg(tlm::tlm_generic_payload& trans)
{
    const unsigned length = trans.get_data_length();
    if (!trans.is_read() || (length != 4 && length != 8) || trans.get_address() >= frame_.size())
        return 0;
    register_frame* const frame = addressed(trans);
    const std::uint64_t value = frame ? frame->read(static_cast<std::uint32_t>(trans.get_address()), length) : 0;
    std::memcpy(trans.get_data_ptr(), &value, length);
    trans.set_response_status(tlm::TLM_OK_RESPONSE);
    return length;
}

} // namespace iovp::smmu
