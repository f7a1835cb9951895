#include "cpu/guest_stage2.h"

#include "common/bit_field.h"

#include <algorithm>

namespace iovp::cpu {

// D24.2.224
using vtcr_t0sz = field<5, 0>;
using vtcr_sl0 = field<7, 6>;
using vtcr_irgn0 = field<9, 8>;
using vtcr_orgn0 = field<11, 10>;
using vtcr_sh0 = field<13, 12>;
using vtcr_tg0 = field<15, 14>;
using vtcr_ps = field<18, 16>;
// D24.2.225
using vttbr_baddr = field<47, 1>;
using vttbr_vmid = field<63, 48>;

// D24.2.224 TG0; the reserved value is taken as 4 KiB.
static vmsa::granule granule_of(std::uint64_t tg0)
{
    return tg0 == 1 ? vmsa::granule::k64 : tg0 == 2 ? vmsa::granule::k16 : vmsa::granule::k4;
}

// D24.2.224 PS: 32, 36, 40, 42, 44, 48 bits; larger sizes are not implemented and act as 48.
static unsigned output_bits_of(std::uint64_t ps)
{
    constexpr unsigned sizes[] = {32, 36, 40, 42, 44, 48};
    return sizes[std::min<std::uint64_t>(ps, 5)];
}

guest_stage2::guest_stage2(const vmsa::implementation& impl, std::uint64_t vttbr, std::uint64_t vtcr)
    : impl_(impl)
    , vm_(static_cast<std::uint16_t>(vttbr_vmid::get(vttbr)))
{
    regime_.tg = granule_of(vtcr_tg0::get(vtcr));
    regime_.tsz = static_cast<unsigned>(vtcr_t0sz::get(vtcr));
    regime_.start_level = vmsa::stage2_start_level(regime_.tg, static_cast<unsigned>(vtcr_sl0::get(vtcr)));
    regime_.ttb = vttbr_baddr::get(vttbr) << 1;
    regime_.output_bits = std::min(output_bits_of(vtcr_ps::get(vtcr)), impl.output_bits);
    regime_.walk = vmsa::decode_walk_attributes(static_cast<unsigned>(vtcr_irgn0::get(vtcr)),
                                                static_cast<unsigned>(vtcr_orgn0::get(vtcr)),
                                                static_cast<unsigned>(vtcr_sh0::get(vtcr)));
    start_level_fits_ = regime_.tsz >= vmsa::min_tsz && regime_.tsz <= vmsa::max_tsz(impl, regime_.tg) &&
                        regime_.start_level >= 0 &&
                        vmsa::stage2_start_level_fits(regime_.tg, regime_.tsz, regime_.start_level);
}

vmsa::walk_result guest_stage2::translate(intermediate_address ipa, const vmsa::access& access,
                                          vmsa::memory_port& memory) const
{
    if (!start_level_fits_) {
        // D24.2.224 SL0: a value that does not fit T0SZ is a stage 2 level 0 Translation fault.
        vmsa::fault f;
        f.kind = vmsa::fault_kind::translation;
        f.stage = 2;
        f.level = 0;
        f.has_ipa = true;
        f.ipa = ipa;
        return f;
    }
    vmsa::walk_cache_port no_cache;
    vmsa::translation_tag tag;
    tag.stage2 = true;
    tag.has_vmid = true;
    tag.vm = vm_;
    const vmsa::walk_context context{impl_, nullptr, &regime_, tag, memory, no_cache, true};
    return vmsa::translate_stage2(context, ipa, access, vmsa::fault_class::in_);
}

} // namespace iovp::cpu
