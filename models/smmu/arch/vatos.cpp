// 9.1.6: Virtual Address Translation Operations.

#include "smmu/arch/vatos.h"

#include "smmu/arch/known_ste.h"

namespace iovp::smmu {

namespace {

constexpr unsigned type_stage1 = 1;

std::uint64_t faulted(std::uint64_t code)
{
    return atos_par::fault::make(1) | atos_par::faultcode::make(code);
}

/// 5.2 STE.S2VMID: translations of EL1 carry it, whichever stages are enabled; those of Secure stage 1 alone carry 0.
bool belongs_to(const ste& s, vmid guest, const features& f, bool e2h, security_state state)
{
    const bool counts = state == security_state::non_secure || s.stage2_enabled();
    return vmid_tagged(s, f, stream_world(s, f, e2h, state), state) &&
           (counts ? ste::s2vmid::of(s.words) : 0) == guest.value();
}

} // namespace

std::uint64_t virtual_address_translation_operation(const translation_context& context, vmid of_guest,
                                                    std::uint64_t sid, std::uint64_t addr, security_state interface)
{
    // In the order of 9.1.6.
    if (atos_addr::type::get(addr) != type_stage1)
        return faulted(atos_inv_req);
    request r;
    r.sec_sid = interface;
    r.non_secure = interface == security_state::non_secure;
    r.stream = stream_id(static_cast<std::uint32_t>(atos_sid::stream::get(sid)));
    control registers = context.registers;
    registers.cr2 |= static_cast<std::uint32_t>(cr2::recinvsid::mask); // decides about records, not about PAR
    const translation_context with_streams{
        context.feature,   registers, context.memory, context.walk_cache, context.configuration_cache,
        context.may_update};
    const auto found = find_ste(with_streams, r);
    if (const auto* t = std::get_if<terminated>(&found))
        return faulted(t->event ? static_cast<std::uint64_t>(t->event->type()) : atos_internal_err);
    const ste& s = std::get<ste>(found);
    if (!belongs_to(s, of_guest, context.feature, cr2::e2h::get(context.registers.cr2), interface))
        return faulted(static_cast<std::uint64_t>(event_type::c_bad_ste));
    known_ste with_ste(s, context.configuration_cache);
    const translation_context inner{context.feature,    context.registers, context.memory,
                                    context.walk_cache, with_ste,          context.may_update};
    return address_translation_operation(inner, sid, addr, interface);
}

} // namespace iovp::smmu
