#include "gic/cpu_interface.h"

#include "common/systemc/time.h"
#include "gic/frame_access.h"

namespace iovp::gic {

namespace {

// Op0 = 3, Op1 = 0, CRn = 12 for all of them; the constants are CRm.Op2.
constexpr std::uint16_t icc(std::uint8_t crm, std::uint8_t op2)
{
    return system_register{3, 0, 12, crm, op2}.encoding();
}

constexpr std::uint16_t icc_pmr = system_register{3, 0, 4, 6, 0}.encoding();
constexpr std::uint16_t icc_iar0 = icc(8, 0);
constexpr std::uint16_t icc_eoir0 = icc(8, 1);
constexpr std::uint16_t icc_hppir0 = icc(8, 2);
constexpr std::uint16_t icc_bpr0 = icc(8, 3);
constexpr std::uint16_t icc_ap0r0 = icc(8, 4);
constexpr std::uint16_t icc_ap1r0 = icc(9, 0);
constexpr std::uint16_t icc_dir = icc(11, 1);
constexpr std::uint16_t icc_rpr = icc(11, 3);
constexpr std::uint16_t icc_sgi1r = icc(11, 5);
constexpr std::uint16_t icc_iar1 = icc(12, 0);
constexpr std::uint16_t icc_eoir1 = icc(12, 1);
constexpr std::uint16_t icc_hppir1 = icc(12, 2);
constexpr std::uint16_t icc_bpr1 = icc(12, 3);
constexpr std::uint16_t icc_ctlr = icc(12, 4);
constexpr std::uint16_t icc_sre = icc(12, 5);
constexpr std::uint16_t icc_igrpen0 = icc(12, 6);
constexpr std::uint16_t icc_igrpen1 = icc(12, 7);

constexpr std::uint16_t icc_sre_el2 = system_register{3, 4, 12, 9, 5}.encoding();

constexpr std::uint64_t sre_always = 7; ///< SRE, DFB, DIB: no memory-mapped interface, RAO/WI
constexpr std::uint64_t sre_el2_enable = 8; ///< ... and EL1 may use ICC_SRE_EL1, RAO/WI

} // namespace

cpu_interface::cpu_interface(const sc_core::sc_module_name& name, const parameters& p, redistributor& r)
    : sc_module(name)
    , registers("registers")
    , irq("irq")
    , parameters_(p)
    , redistributor_(r)
{
    registers.bind(*this);
    SC_METHOD(evaluate);
    sensitive << r.changed() << r.arrived();
    dont_initialize();
}

candidate cpu_interface::highest()
{
    redistributor_.catch_up();
    distributor_state& d = redistributor_.owner().state();
    if (!d.group1_enabled() || redistributor_.state().asleep())
        return {};
    const candidate local = redistributor_.state().highest();
    const candidate shared = d.highest(redistributor_.number());
    return shared.before(local) ? shared : local;
}

void cpu_interface::evaluate()
{
    const candidate c = highest();
    const bool signal = state_.sufficient(c);
    // What is signalled already waits for the CPU: looking again adds nothing to its time in the redistributor.
    if (signal && c.intid != signalled_)
        if (const lpi_list::entry* e = redistributor_.state().lpis.find(c.intid))
            extend(e->record, local_ps(sc_core::SC_ZERO_TIME), stage::redistributor);
    signalled_ = signal ? c.intid : spurious_intid;
    irq.write(signal);
}

std::uint32_t cpu_interface::acknowledge(const sc_core::sc_time& start, const sc_core::sc_time& end)
{
    const candidate c = highest();
    if (!state_.sufficient(c)) {
        ++statistics_.spurious;
        return spurious_intid;
    }
    ++statistics_.acknowledged;
    state_.activate(c.priority);
    latency_record* record = nullptr;
    if (c.intid >= first_lpi)
        redistributor_.state().lpis.remove(c.intid, &record); // an LPI has no active state
    else if (c.intid < first_spi)
        redistributor_.state().local.acknowledge(c.intid);
    else
        redistributor_.owner().state().spis.acknowledge(c.intid);
    if (record) {
        const time_ps entry = to_ps(parameters_.interrupt_entry);
        const time_ps read = local_ps(start);
        extend(record, read > entry ? read - entry : 0, stage::cpu_wait);
        extend(record, read, stage::cpu_entry);
        extend(record, local_ps(end), stage::acknowledge);
        record->interrupt = intid(c.intid);
        record->cpu = redistributor_.number();
        record->close();
    }
    return c.intid;
}

void cpu_interface::deactivate(std::uint32_t intid)
{
    if (intid < first_spi)
        redistributor_.state().local.deactivate(intid);
    else if (redistributor_.owner().state().spis.contains(intid)) {
        redistributor_.owner().state().spis.deactivate(intid);
        redistributor_.owner().changed(redistributor_.owner().params().spi_latency); // it may be routed elsewhere
    }
}

void cpu_interface::end_of_interrupt(std::uint32_t intid)
{
    if (intid >= special_intids && intid < first_lpi)
        return;
    // An EOI without an active priority is software's mistake: nothing to drop, and nothing is deactivated.
    if (!state_.drop() || state_.eoi_mode())
        return;
    deactivate(intid);
}

bool cpu_interface::read_register(system_register which, std::uint64_t& value, sc_core::sc_time& delay)
{
    const sc_core::sc_time start = delay;
    const sc_core::sc_time end = delay + parameters_.register_access;
    switch (which.encoding()) {
    case icc_pmr: value = state_.pmr(); break;
    case icc_iar1:
        value = acknowledge(start, end);
        redistributor_.notify_now();
        break;
    case icc_hppir1: value = highest().intid; break;
    case icc_rpr: value = state_.running_priority(); break;
    case icc_bpr1: value = state_.bpr1(); break;
    case icc_ctlr: value = state_.ctlr(); break;
    case icc_sre: value = sre_always; break;
    case icc_sre_el2: value = sre_always | sre_el2_enable; break;
    case icc_igrpen1: value = state_.igrpen1(); break;
    case icc_ap1r0: value = state_.ap1r0(); break;
    // Group 0 is never signalled: nothing pending, RAZ/WI.
    case icc_iar0:
    case icc_hppir0: value = spurious_intid; break;
    case icc_bpr0:
    case icc_ap0r0:
    case icc_igrpen0: value = 0; break;
    default: return false;
    }
    delay = end;
    return true;
}

bool cpu_interface::write_register(system_register which, std::uint64_t value, sc_core::sc_time& delay)
{
    const sc_core::sc_time end = delay + parameters_.register_access;
    switch (which.encoding()) {
    case icc_pmr: state_.set_pmr(value); break;
    case icc_eoir1: end_of_interrupt(static_cast<std::uint32_t>(bits(value, 23, 0))); break;
    case icc_dir:
        // Only with EOImode = 1; an LPI has no active state to end.
        if (state_.eoi_mode() && bits(value, 23, 0) < special_intids)
            deactivate(static_cast<std::uint32_t>(bits(value, 23, 0)));
        break;
    case icc_bpr1: state_.set_bpr1(value); break;
    case icc_ctlr: state_.set_ctlr(value); break;
    case icc_igrpen1: state_.set_igrpen1(value); break;
    case icc_ap1r0: state_.set_ap1r0(value); break;
    case icc_sgi1r: redistributor_.owner().send_sgi(value, redistributor_.number(), end); break;
    case icc_sre:
    case icc_sre_el2:
    case icc_eoir0:
    case icc_bpr0:
    case icc_ap0r0:
    case icc_igrpen0: break;
    default: return false;
    }
    delay = end;
    redistributor_.notify_now();
    return true;
}

} // namespace iovp::gic
