#include "smmu/pmcg/pmcg.h"

#include "common/latency_record.h"
#include "common/systemc/byte_enables.h"
#include "common/systemc/configuration_error.h"
#include "common/systemc/time.h"
#include "smmu/arch/registers.h"

#include <algorithm>
#include <cstring>

namespace iovp::smmu {

using sc_core::sc_time;

pmcg::pmcg(sc_core::sc_module_name name, const parameters& p)
    : sc_module(name)
    , registers("registers")
    , memory("memory")
    , irq("irq")
    , parameters_((p.check(this->name()), p))
    , frame_(p.feature, *this)
    , master_(memory, p.requester, p.msi_device, {1, 1, false})
    , wire_("wire", irq, p.clock_period * p.interrupt_cycles)
{
    SC_HAS_PROCESS(pmcg);
    registers.register_b_transport(this, &pmcg::b_transport);
    registers.register_transport_dbg(this, &pmcg::transport_dbg);
    frame_.set_events({});
    SC_METHOD(cycle_overflow);
    sensitive << cycle_overflow_;
    dont_initialize();
    SC_THREAD(update);
    SC_THREAD(send_msis);
}

void pmcg::watch(pmu_source& source)
{
    if (source_)
        configuration_error(name(), "watch", "called twice", "one TBU or TCU for each group");
    source_ = &source;
    source.set_observer(this);
    frame_.set_events(source.events());
}

void pmcg::before_end_of_elaboration()
{
    if (irq.bind_count() == 0) {
        unused_wire_ = std::make_unique<sc_core::sc_signal<bool>>(sc_core::sc_gen_unique_name("unused"));
        irq.bind(*unused_wire_);
    }
}

void pmcg::end_of_elaboration()
{
    if (parameters_.feature.msi && memory.bind_count() == 0)
        configuration_error(name(), "memory", "unbound", "bound, or feature.msi false");
}

void pmcg::catch_up(sc_time at)
{
    const std::uint64_t cycles = at.value() / parameters_.clock_period.value();
    if (cycles <= cycles_)
        return;
    const std::uint64_t passed = cycles - cycles_;
    cycles_ = cycles;
    overflowed(frame_.counters().elapse(passed));
}

void pmcg::schedule()
{
    cycle_overflow_.cancel();
    const auto cycles = frame_.counters().cycles_to_overflow();
    // Later than time goes: never.
    const std::uint64_t period = parameters_.clock_period.value();
    if (!cycles || *cycles > ~std::uint64_t(0) / period - cycles_)
        return;
    const sc_time at = sc_time::from_value((cycles_ + *cycles) * period);
    cycle_overflow_.notify(std::max(at, sc_core::sc_time_stamp()) - sc_core::sc_time_stamp());
}

void pmcg::cycle_overflow()
{
    catch_up(sc_core::sc_time_stamp());
    schedule();
}

void pmcg::count(pmu_event::number what, const pmu_origin& from)
{
    // An overflow may capture counters of cycles.
    if (frame_.counters().counts_cycles())
        catch_up(sc_core::sc_time_stamp());
    overflowed(frame_.counters().count(what, from));
}

// 10.2.1: OVS, counters and captured values are what they should be; now the interrupt.
void pmcg::overflowed(std::uint64_t counters)
{
    if (!frame_.interrupts(counters))
        return;
    wire_.trigger();
    // An address of zero sends no MSI; without MSIs the register is RES0 and it is zero.
    if (frame_.get(pmcg_reg::irq_cfg0) == 0)
        return;
    msi_pending_ = true;
    msi_due_.notify(sc_core::SC_ZERO_TIME);
}

void pmcg::send_msis()
{
    for (;;) {
        while (!msi_pending_)
            wait(msi_due_);
        msi_pending_ = false;
        msi_sending_ = true;
        const std::uint64_t cfg2 = frame_.get(pmcg_reg::irq_cfg2);
        sc_time delay;
        const bool ok =
            master_.send_msi(frame_.get(pmcg_reg::irq_cfg0), static_cast<std::uint32_t>(frame_.get(pmcg_reg::irq_cfg1)),
                             static_cast<unsigned>(irq_cfg::memattr::get(cfg2)),
                             static_cast<unsigned>(irq_cfg::sh::get(cfg2)), delay, frame_.msi_non_secure());
        wait(delay);
        if (!ok)
            frame_.set(pmcg_reg::irq_status, pmcg_irq_status::irq_abt::mask);
        msi_sending_ = false;
        msi_idle_.notify();
    }
}

// 10.5.2.19: an Update to 0 is complete when no MSI and no edge is still to come; one to 1 clears IRQ_ABT.
void pmcg::update()
{
    for (;;) {
        wait(update_);
        while (frame_.get(pmcg_reg::irq_ctrl) != frame_.get(pmcg_reg::irq_ctrlack)) {
            wait(parameters_.clock_period * parameters_.update_cycles);
            const std::uint64_t wanted = frame_.get(pmcg_reg::irq_ctrl);
            if (pmcg_irq_ctrl::irqen::get(wanted)) {
                frame_.set(pmcg_reg::irq_status, 0);
            } else {
                while (msi_pending_ || msi_sending_)
                    wait(msi_idle_);
                while (!wire_.quiet())
                    wait(parameters_.clock_period * parameters_.interrupt_cycles);
            }
            frame_.set(pmcg_reg::irq_ctrlack, wanted);
        }
    }
}

void pmcg::b_transport(tlm::tlm_generic_payload& trans, sc_time& delay)
{
    delay += parameters_.clock_period * parameters_.register_cycles;
    const transaction_attributes& a = attributes::of(trans);
    if (a.latency)
        a.latency->until(local_ps(delay), stage::device_register);
    const unsigned length = trans.get_data_length();
    if (refuse_partial_access(trans))
        return;
    if (trans.get_address() > frame_.size() || length > frame_.size() - trans.get_address()) {
        trans.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
        return;
    }
    const auto offset = static_cast<std::uint32_t>(trans.get_address());
    const bool legal = length == 4 || length == 8;
    std::uint64_t value = 0;
    catch_up(sc_core::sc_time_stamp() + delay);
    if (trans.is_read()) {
        if (legal)
            value = frame_.read(offset, length, !a.non_secure);
        std::memset(trans.get_data_ptr(), 0, length);
        std::memcpy(trans.get_data_ptr(), &value, std::min(length, 8U));
    } else if (trans.is_write() && legal) {
        std::memcpy(&value, trans.get_data_ptr(), length);
        write_delay_ = delay;
        frame_.write(offset, length, value, !a.non_secure);
        schedule();
    }
    trans.set_response_status(tlm::TLM_OK_RESPONSE);
}

unsigned pmcg::transport_dbg(tlm::tlm_generic_payload& trans)
{
    const unsigned length = trans.get_data_length();
    if (!trans.is_read() || (length != 4 && length != 8) || trans.get_address() >= frame_.size())
        return 0;
    catch_up(sc_core::sc_time_stamp());
    const std::uint64_t value =
        frame_.read(static_cast<std::uint32_t>(trans.get_address()), length, !attributes::of(trans).non_secure);
    std::memcpy(trans.get_data_ptr(), &value, length);
    trans.set_response_status(tlm::TLM_OK_RESPONSE);
    return length;
}

} // namespace iovp::smmu
