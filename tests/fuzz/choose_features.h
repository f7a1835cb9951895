#pragma once

#include "fuzz/input.h"
#include "smmu/arch/features.h"

namespace iovp::fuzz {

/// What came after the first features. Chosen by its own number, which only those inputs have that would otherwise ask
/// for no stage at all: the inputs of before mean what they meant.
inline void choose_later_features(smmu::features& f, input& in)
{
    const std::uint16_t bits = in.u16();
    f.secure_impl = (bits & 1) != 0;
    f.secure_stage2 = f.secure_impl && (bits & 2) != 0;
    f.atos = !f.secure_impl && (bits & 2) != 0;
    f.vatos = f.atos && (bits & 4) != 0;
    f.secure_stream_id_bits = (bits & 4) != 0 ? 32 : 16;
    f.ats = (bits & 8) != 0;
    f.ats_split_stage = f.ats && (bits & 0x10) != 0;
    f.ats_record_errors = f.ats && (bits & 0x20) != 0;
    f.ats_translated_pasid = f.ats && (bits & 0x40) != 0;
    f.pri = f.ats && (bits & 0x80) != 0;
    f.priq_log2 = f.pri ? 4 : 0;
    f.pri_pasid_always = f.pri && (bits & 0x100) != 0;
    f.vmid_wildcard = (bits & 0x200) != 0;
    f.wake_events = (bits & 0x400) != 0;
    f.range_invalidation = (bits & 0x800) == 0;
    if ((bits & 0x1000) != 0)
        f.stream_id_bits = 32;
    // What SMMUv3.2 makes mandatory is absent before it alone.
    if (!f.ds && !f.e0pd && !f.secure_stage2 && (!f.hypervisor || !f.force_write_back || !f.range_invalidation))
        f.architecture_minor = 1;
    else
        f.hypervisor = f.force_write_back = f.range_invalidation = true;
}

/// An implementation that an integrator may configure.
inline smmu::features choose_features(input& in)
{
    smmu::features f;
    const std::uint16_t bits = in.u16();
    const bool later = (bits & 3) == 3;
    f.stage1 = later || (bits & 1) == 0;
    f.stage2 = later || (bits & 2) == 0;
    f.htt_update = (bits >> 2) % 3;
    f.hypervisor = (bits & 0x10) == 0;
    f.asid16 = (bits & 0x20) == 0;
    f.vmid16 = (bits & 0x40) == 0;
    f.cd_two_level = (bits & 0x80) == 0;
    f.mixed_endian = (bits & 0x100) == 0;
    f.raz_wi_model = (bits & 0x200) == 0;
    f.stream_two_level = (bits & 0x400) == 0;
    f.attribute_types_override = (bits & 0x800) == 0;
    f.force_write_back = (bits & 0x1000) == 0;
    f.small_tables = (bits & 0x2000) == 0;
    f.granule_16k = (bits & 0x4000) == 0;
    f.granule_64k = (bits & 0x8000) == 0;
    const std::uint8_t more = in.u8();
    constexpr unsigned sizes[] = {44, 48, 40, 32, 36, 42, 52, 52};
    f.output_bits = sizes[more & 7];
    f.aarch32_tables = (more & 8) != 0;
    f.ds = (more & 16) != 0;
    f.va52 = (more & 32) != 0 || f.ds;
    f.e0pd = (more & 64) != 0 || f.ds;
    f.ptw_nnc = f.ds && f.stage2;
    f.architecture_minor = f.ds ? 3 : 2;
    if ((more & 128) != 0) {
        f.stall_model = 0;
        f.stall_max = 8;
    }
    if (later)
        choose_later_features(f, in);
    if (f.contradiction() != nullptr)
        return {};
    return f;
}

} // namespace iovp::fuzz
