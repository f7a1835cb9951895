#include "gic/cpu_interface.h"

#include "common/systemc/configuration_error.h"
#include "common/systemc/time.h"
#include "gic/frame_access.h"
#include "gic/hypervisor_registers.h"
#include "gic/system_registers.h"

namespace iovp::gic {

using namespace registers;

void cpu_interface::parameters::check(const std::string& object) const
{
    require_range(object, "list_registers", list_registers, 1, virtual_interface_state::most_list_registers);
    require_range(object, "maintenance_intid", maintenance_intid, first_ppi, first_spi - 1);
}

namespace {

const cpu_interface::parameters& checked(const cpu_interface::parameters& p, const char* object)
{
    p.check(object);
    return p;
}

} // namespace

cpu_interface::cpu_interface(const sc_core::sc_module_name& name, const parameters& p, redistributor& r)
    : sc_module(name)
    , registers("registers")
    , virtual_registers("virtual_registers")
    , irq("irq")
    , virq("virq")
    , vfiq("vfiq")
    , parameters_(checked(p, this->name()))
    , redistributor_(r)
    , virtual_state_(p.list_registers)
    , guest_(virtual_state_, p.register_access, [this](std::optional<std::uint32_t> d) { virtual_access(d); })
{
    registers.bind(*this);
    virtual_registers.bind(guest_);
    SC_METHOD(evaluate);
    sensitive << r.changed() << r.arrived();
    dont_initialize();
    SC_METHOD(evaluate_virtual);
    sensitive << virtual_changed_;
    dont_initialize();
}

void cpu_interface::before_end_of_elaboration()
{
    for (auto* wire : {&virq, &vfiq}) {
        if (wire->bind_count() != 0)
            continue;
        unused_.push_back(std::make_unique<sc_core::sc_signal<bool>>(sc_core::sc_gen_unique_name("unused")));
        wire->bind(*unused_.back());
    }
}

void cpu_interface::evaluate_virtual()
{
    using group = virtual_interface_state::group;
    virq.write(virtual_state_.signals(group::one));
    vfiq.write(virtual_state_.signals(group::zero));
    if (virtual_state_.maintenance() == maintenance_)
        return;
    maintenance_ = !maintenance_;
    redistributor_.level(parameters_.maintenance_intid, maintenance_);
}

// A guest's access to ICV_*: what it means for the wires, and the physical interrupt that ends with a virtual one.
void cpu_interface::virtual_access(std::optional<std::uint32_t> deactivated)
{
    virtual_changed_.notify();
    if (!deactivated)
        return;
    deactivate(*deactivated);
    redistributor_.notify_now();
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
    default:
        if (!read_hypervisor_register(virtual_state_, which, value))
            return false;
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
    // An SGI of Group 0, which is never signalled here, and one of the other security state's Group 1, which there is
    // none of.
    case icc_sgi0r:
    case icc_asgi1r:
    case icc_sre:
    case icc_sre_el2:
    case icc_eoir0:
    case icc_bpr0:
    case icc_ap0r0:
    case icc_igrpen0: break;
    default:
        if (!write_hypervisor_register(virtual_state_, which, value))
            return false;
        delay = end;
        virtual_changed_.notify();
        return true;
    }
    delay = end;
    redistributor_.notify_now();
    return true;
}

bool cpu_interface::trapped_to_el2(system_register which) const
{
    return hypervisor_traps(virtual_state_, which);
}

} // namespace iovp::gic
