#include "cpu/a64/translation_regime.h"

#include "cpu/guest_stage2.h"

#include <algorithm>

namespace iovp::cpu::a64 {

namespace {

// TCR_EL1 (D24.2.183); TCR_EL2 has the fields of TTBR0 at the same places, but PS and TBI.
using tcr_t0sz = field<5, 0>;
using tcr_epd0 = field<7, 7>;
using tcr_irgn0 = field<9, 8>;
using tcr_orgn0 = field<11, 10>;
using tcr_sh0 = field<13, 12>;
using tcr_tg0 = field<15, 14>;
using tcr_t1sz = field<21, 16>;
using tcr_a1 = field<22, 22>;
using tcr_epd1 = field<23, 23>;
using tcr_irgn1 = field<25, 24>;
using tcr_orgn1 = field<27, 26>;
using tcr_sh1 = field<29, 28>;
using tcr_tg1 = field<31, 30>;
using tcr_ips = field<34, 32>;
using tcr_as = field<36, 36>;
using tcr_tbi0 = field<37, 37>;
using tcr_tbi1 = field<38, 38>;
using tcr_hpd0 = field<41, 41>;
using tcr_hpd1 = field<42, 42>;
using tcr_el2_ps = field<18, 16>;
using tcr_el2_tbi = field<20, 20>;
using tcr_el2_hpd = field<24, 24>;
using ttbr_baddr = field<47, 1>;
using ttbr_asid = field<63, 48>;
using vttbr_vmid = field<55, 48>; // 8 bits

unsigned output_bits(std::uint64_t ps, const vmsa::implementation& impl)
{
    constexpr unsigned sizes[] = {32, 36, 40, 42, 44, 48};
    return std::min(sizes[std::min<std::uint64_t>(ps, 5)], impl.output_bits);
}

// TG0: 4K, 64K, 16K; TG1: -, 16K, 4K, 64K. Reserved values and absent granules act as 4K.
vmsa::granule supported(vmsa::granule tg, const vmsa::implementation& impl)
{
    return impl.supports(tg) ? tg : vmsa::granule::k4;
}
vmsa::granule granule0(std::uint64_t tg)
{
    return tg == 1 ? vmsa::granule::k64 : tg == 2 ? vmsa::granule::k16 : vmsa::granule::k4;
}
vmsa::granule granule1(std::uint64_t tg)
{
    return tg == 3 ? vmsa::granule::k64 : tg == 1 ? vmsa::granule::k16 : vmsa::granule::k4;
}

// A TxSZ out of range acts as the nearest that is in range (D8.2.4: a choice where the behaviour is unpredictable).
unsigned size_in_range(std::uint64_t tsz, vmsa::granule tg, const vmsa::implementation& impl)
{
    return std::clamp(static_cast<unsigned>(tsz), vmsa::min_tsz, vmsa::max_tsz(impl, tg));
}

template <class Irgn, class Orgn, class Sh>
memory_attributes walk_attributes(std::uint64_t tcr)
{
    return vmsa::decode_walk_attributes(static_cast<unsigned>(Irgn::get(tcr)), static_cast<unsigned>(Orgn::get(tcr)),
                                        static_cast<unsigned>(Sh::get(tcr)));
}

} // namespace

regime_key key_of(unsigned el, const system_registers& r)
{
    if (el == 2)
        return {r[reg::sctlr_el2], r[reg::tcr_el2], r[reg::ttbr0_el2], r[reg::mair_el2], 0, 0, 0, 0, 0};
    constexpr std::uint64_t hcr_used = hcr::vm::mask | hcr::ptw::mask | hcr::dc::mask | hcr::tge::mask;
    const std::uint64_t virtualization = r[reg::hcr_el2] & hcr_used;
    const bool nested = hcr::vm::get(virtualization) || hcr::dc::get(virtualization);
    return {r[reg::sctlr_el1],
            r[reg::tcr_el1],
            r[reg::ttbr0_el1],
            r[reg::ttbr1_el1],
            r[reg::mair_el1],
            virtualization,
            r[reg::vttbr_el2],
            nested ? r[reg::vtcr_el2] : 0,
            0};
}

translation_regime::translation_regime(unsigned el, const system_registers& r, const vmsa::implementation& impl)
{
    if (el == 2) {
        const std::uint64_t tcr = r[reg::tcr_el2];
        const std::uint64_t control = r[reg::sctlr_el2];
        stage1_on = sctlr::m::get(control);
        strict_alignment = sctlr::a::get(control);
        instruction_cacheable = sctlr::i::get(control);
        stage1.world = vmsa::regime::el2;
        stage1.wxn = sctlr::wxn::get(control);
        stage1.mair = r[reg::mair_el2];
        stage1.output_bits = output_bits(tcr_el2_ps::get(tcr), impl);
        vmsa::stage1_half& h = stage1.half[0];
        h.tg = supported(granule0(tcr_tg0::get(tcr)), impl);
        h.tsz = size_in_range(tcr_t0sz::get(tcr), h.tg, impl);
        h.ttb = r[reg::ttbr0_el2] & ttbr_baddr::mask;
        h.top_byte_ignored = tcr_el2_tbi::get(tcr);
        h.hierarchical_disable = impl.hierarchical_disable && tcr_el2_hpd::get(tcr);
        h.walk = walk_attributes<tcr_irgn0, tcr_orgn0, tcr_sh0>(tcr);
        tag.world = vmsa::regime::el2;
        tag.stage1 = stage1_on;
        return;
    }
    const std::uint64_t tcr = r[reg::tcr_el1];
    const std::uint64_t control = r[reg::sctlr_el1];
    const std::uint64_t hypervisor = r[reg::hcr_el2];
    const std::uint64_t vtcr = r[reg::vtcr_el2];
    const std::uint64_t vttbr = r[reg::vttbr_el2];
    write_back = hcr::dc::get(hypervisor);
    // D24.2.48: with DC or TGE, SCTLR_EL1.M acts as zero.
    stage1_on = sctlr::m::get(control) && !write_back && !hcr::tge::get(hypervisor);
    stage2_on = hcr::vm::get(hypervisor) || write_back;
    strict_alignment = sctlr::a::get(control);
    instruction_cacheable = sctlr::i::get(control);
    stage1.world = vmsa::regime::el1;
    stage1.wxn = sctlr::wxn::get(control);
    stage1.mair = r[reg::mair_el1];
    stage1.output_bits = output_bits(tcr_ips::get(tcr), impl);
    vmsa::stage1_half& low = stage1.half[0];
    low.disabled = tcr_epd0::get(tcr);
    low.tg = supported(granule0(tcr_tg0::get(tcr)), impl);
    low.tsz = size_in_range(tcr_t0sz::get(tcr), low.tg, impl);
    low.ttb = r[reg::ttbr0_el1] & ttbr_baddr::mask;
    low.top_byte_ignored = tcr_tbi0::get(tcr);
    low.hierarchical_disable = impl.hierarchical_disable && tcr_hpd0::get(tcr);
    low.walk = walk_attributes<tcr_irgn0, tcr_orgn0, tcr_sh0>(tcr);
    vmsa::stage1_half& high = stage1.half[1];
    high.disabled = tcr_epd1::get(tcr);
    high.tg = supported(granule1(tcr_tg1::get(tcr)), impl);
    high.tsz = size_in_range(tcr_t1sz::get(tcr), high.tg, impl);
    high.ttb = r[reg::ttbr1_el1] & ttbr_baddr::mask;
    high.top_byte_ignored = tcr_tbi1::get(tcr);
    high.hierarchical_disable = impl.hierarchical_disable && tcr_hpd1::get(tcr);
    high.walk = walk_attributes<tcr_irgn1, tcr_orgn1, tcr_sh1>(tcr);
    tag.world = vmsa::regime::el1;
    tag.stage1 = stage1_on;
    tag.stage2 = stage2_on;
    tag.has_vmid = true;
    tag.vm = vmid(static_cast<std::uint16_t>(vttbr_vmid::get(vttbr)));
    tag.has_asid = stage1_on;
    const std::uint64_t space = ttbr_asid::get(r[tcr_a1::get(tcr) ? reg::ttbr1_el1 : reg::ttbr0_el1]);
    tag.space = asid(static_cast<std::uint16_t>(tcr_as::get(tcr) ? space : space & 0xff));
    if (stage2_on) {
        const guest_stage2 guest(impl, vttbr, vtcr);
        stage2 = guest.regime();
        stage2.protected_walk = hcr::ptw::get(hypervisor);
        stage2_fits = guest.start_level_fits();
    }
}

memory_attributes translation_regime::untranslated_memory(bool instruction) const
{
    if (write_back)
        return normal_write_back();
    if (!instruction)
        return device_memory(memory_type::device_nGnRnE);
    // D8.2.12: Normal, Outer Shareable, Write-Through where SCTLR.I is set, otherwise Non-cacheable
    const cache_attributes c{instruction_cacheable ? cacheability::write_through : cacheability::non_cacheable,
                             instruction_cacheable, false, false};
    return {memory_type::normal, c, c, shareability::outer};
}

// D8.2.12: the output address is the input address; above the implemented size it is an Address size fault of level 0.
vmsa::walk_result translation_regime::flat(const vmsa::implementation& impl, std::uint64_t va) const
{
    if (va >> impl.output_bits != 0) {
        vmsa::fault f;
        f.kind = vmsa::fault_kind::address_size;
        return f;
    }
    vmsa::translation t;
    t.input = va;
    t.pa = physical_address(va);
    t.ipa = intermediate_address(va);
    t.page_size_log2 = 12;
    return t;
}

vmsa::walk_result translation_regime::translate(const vmsa::implementation& impl, std::uint64_t va,
                                                const vmsa::access& a, vmsa::memory_port& memory,
                                                bool only_stage1) const
{
    if (!stage1_on) {
        const vmsa::walk_result result = flat(impl, va);
        if (!stage2_on || only_stage1 || std::holds_alternative<vmsa::fault>(result))
            return result;
    }
    if (stage2_on && !stage2_fits && !(stage1_on && only_stage1)) {
        // D24.2.224 SL0: a value that does not fit T0SZ is a stage 2 level 0 Translation fault.
        vmsa::fault f;
        f.stage = 2;
        f.cls = stage1_on ? vmsa::fault_class::ttd : vmsa::fault_class::in_;
        f.has_ipa = true;
        f.ipa = intermediate_address(stage1_on ? stage1.half[va >> 55 & 1].ttb : va);
        return f;
    }
    vmsa::walk_cache_port no_cache;
    vmsa::walk_context context{impl,    stage1_on ? &stage1 : nullptr, stage2_on ? &stage2 : nullptr, tag, memory,
                               no_cache};
    context.stage1_only = only_stage1;
    return vmsa::translate(context, va, a);
}

} // namespace iovp::cpu::a64
