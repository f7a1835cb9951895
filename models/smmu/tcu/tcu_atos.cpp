// The ATOS interfaces (chapter 9).

#include "smmu/tcu/tcu.h"

#include "smmu/arch/vatos.h"
#include "smmu/tcu/walker.h"

namespace iovp::smmu {

void tcu::add_atos(programming_interface& i)
{
    const auto add = [this, &i](const char* name, const reg::atos_group& where, bool is_virtual) {
        atos_.push_back(std::make_unique<atos_engine>(
            name, i.frame, where, [this, &i, where, is_virtual] { return translate_address(i, where, is_virtual); }));
    };
    if (parameters_.feature.atos)
        add(i.secure() ? "secure_gatos" : "gatos", reg::gatos, false);
    if (i.secure() ? parameters_.feature.secure_vatos() : parameters_.feature.vatos)
        add(i.secure() ? "secure_vatos" : "vatos", reg::vatos, true);
}

// It takes a translation slot and uses caches as transactions do.
std::uint64_t tcu::translate_address(programming_interface& i, const reg::atos_group& where, bool is_virtual)
{
    sc_core::sc_time delay;
    slots_.acquire(delay);
    std::uint64_t par = 0;
    {
        const std::uint64_t sid = i.frame.get(where.sid);
        const std::uint64_t addr = i.frame.get(where.addr);
        const security_state stream = atos_stream_state(i.state, sid);
        const pmu_origin from{stream_id(static_cast<std::uint32_t>(sid)), stream};
        pmu(pmu_event::transaction, from);
        walker w(*this, nullptr, delay, from);
        const control registers_now = control_of(stream);
        const translation_context context{parameters_.feature, registers_now, w, w, w};
        const vmid guest(static_cast<std::uint16_t>(i.frame.get(reg::vatos_sel)));
        par = is_virtual ? virtual_address_translation_operation(context, guest, sid, addr, i.state)
                         : address_translation_operation(context, sid, addr, i.state);
        wait(delay + parameters_.clock_period);
        w.keep();
    }
    slots_.release();
    return par;
}

} // namespace iovp::smmu
