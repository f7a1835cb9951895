#include "smmu/arch/features.h"

namespace iovp::smmu {

namespace {

constexpr std::uint32_t at(unsigned position, std::uint32_t value)
{
    return value << position;
}

/// 6.3.6 SMMU_IDR5.OAS.
std::uint32_t oas_code(unsigned output_bits)
{
    switch (output_bits) {
    case 32: return 0;
    case 36: return 1;
    case 40: return 2;
    case 42: return 3;
    case 44: return 4;
    case 48: return 5;
    default: return 6; // 52
    }
}

} // namespace

std::uint32_t features::idr0() const
{
    return at(0, stage2) | at(1, stage1) | at(2, aarch32_tables ? 0b11 : 0b10) | at(4, coherent) | at(6, htt_update) |
           at(9, hypervisor) | at(10, ats) | at(11, ats && stage1 && stage2 && !ats_split_stage) | at(12, asid16) |
           at(13, msi) | at(14, wake_events) | at(15, atos) | at(16, pri) | at(17, vmid_wildcard) | at(18, vmid16) |
           at(19, cd_two_level) | at(20, vatos) | at(21, mixed_endian ? 0b00 : 0b10) | at(23, ats_record_errors) |
           at(24, stall_model) | at(26, raz_wi_model ? 0 : 1) | at(27, stream_two_level ? 0b01 : 0b00);
}

std::uint32_t features::idr1() const
{
    return at(0, stream_id_bits) | at(6, substream_id_bits) | at(11, priq_log2) | at(16, eventq_log2) |
           at(21, cmdq_log2) | at(26, attribute_permissions_override) | at(27, attribute_types_override) |
           at(28, relative_bases) | at(29, queues_preset) | at(30, tables_preset);
}

std::uint32_t features::idr3() const
{
    return at(2, hierarchical_disable) | at(4, xnx) | at(5, pri_pasid_always) | at(16, ats_translated_pasid) |
           at(8, force_write_back) | at(9, small_tables) | at(10, range_invalidation) | at(11, bbm_level) |
           at(13, e0pd) | at(14, ptw_nnc);
}

std::uint32_t features::idr5() const
{
    return at(16, stall_max) | at(0, oas_code(output_bits)) | at(4, granule_4k) | at(5, granule_16k) |
           at(6, granule_64k) | at(7, ds) | at(10, va52 ? 0b01 : 0b00);
}

std::uint32_t features::secure_idr0() const
{
    return secure_impl ? at(13, msi) | at(24, stall_model) : 0;
}

std::uint32_t features::secure_idr1() const
{
    return secure_impl ? at(0, secure_stream_id_bits) | at(29, secure_stage2) | at(31, 1) : 0;
}

vmsa::implementation features::walks() const
{
    vmsa::implementation i;
    i.output_bits = output_bits;
    i.granule_4k = granule_4k;
    i.granule_16k = granule_16k;
    i.granule_64k = granule_64k;
    i.small_tables = small_tables;
    i.xnx = xnx;
    i.hierarchical_disable = hierarchical_disable;
    return i;
}

const char* features::contradiction() const
{
    if (!stage1 && !stage2)
        return "stage1 = stage2 = false: at least one stage is implemented (3.3.2)";
    if (htt_update > 2)
        return "htt_update: allowed are 0, 1, 2";
    if (stall_model > 2)
        return "stall_model: allowed are 0, 1, 2";
    if (stall_model == 1 ? stall_max != 0 : stall_max == 0 || stall_max > 0xffff)
        return "stall_max: 1..65535 with the Stall model, 0 without (6.3.6)";
    if (output_bits != 32 && output_bits != 36 && output_bits != 40 && output_bits != 42 && output_bits != 44 &&
        output_bits != 48 && output_bits != 52)
        return "output_bits: allowed are 32, 36, 40, 42, 44, 48, 52";
    if (output_bits == 52 && !granule_64k && !ds)
        return "output_bits = 52: needs granule_64k or ds (6.3.6)";
    if (ds && !granule_4k && !granule_16k)
        return "ds = true: needs granule_4k or granule_16k (6.3.6)";
    if (ds && !va52)
        return "ds = true: needs va52 (6.3.6)";
    if (va52 && !granule_64k && !ds)
        return "va52 = true: needs granule_64k or ds (6.3.6)";
    if (aarch32_tables && !granule_4k)
        return "aarch32_tables = true: needs granule_4k (6.3.6)";
    if (!granule_4k && !granule_16k && !granule_64k)
        return "granule_4k = granule_16k = granule_64k = false: at least one is implemented";
    if (secure_impl && (tables_preset || queues_preset))
        return "secure_impl = true: preset tables and queues are modelled for the Non-secure state alone";
    if (vmid_wildcard && !stage2)
        return "vmid_wildcard = true: needs stage2 (6.3.1)";
    if (relative_bases && !tables_preset && !queues_preset)
        return "relative_bases = true: needs tables_preset or queues_preset (6.3.2)";
    if (stream_id_bits > 32)
        return "stream_id_bits: allowed are 0..32";
    if (substream_id_bits > 20)
        return "substream_id_bits: allowed are 0..20";
    if (!stage1 && substream_id_bits != 0)
        return "substream_id_bits: 0 without stage 1";
    if (stream_id_bits > 6 && !stream_two_level)
        return "stream_two_level = false: more than 64 StreamIDs need two-level stream tables (3.3.1.2)";
    if (eventq_log2 > 19)
        return "eventq_log2: allowed are 0..19";
    if (cmdq_log2 > 19)
        return "cmdq_log2: allowed are 0..19";
    if (priq_log2 > 19)
        return "priq_log2: allowed are 0..19";
    if (priq_log2 != 0 && !pri)
        return "priq_log2: 0 without PRI (6.3.2)";
    if (vatos && (!atos || !stage1 || !stage2))
        return "vatos = true: needs atos, stage1 and stage2 (6.3.1)";
    if (pri && !ats)
        return "pri = true: needs ats (6.3.1)";
    if (ats_record_errors && !ats)
        return "ats_record_errors = true: needs ats (6.3.1)";
    if (ats_split_stage && (!ats || !stage1 || !stage2))
        return "ats_split_stage = true: needs ats, stage1 and stage2 (6.3.1)";
    if (pri_pasid_always && (!pri || substream_id_bits == 0))
        return "pri_pasid_always = true: needs pri and substreams (6.3.4)";
    if (ats_translated_pasid && (!ats || substream_id_bits == 0))
        return "ats_translated_pasid = true: needs ats and substreams (6.3.4)";
    if (architecture_minor < 1 || architecture_minor > 3)
        return "architecture_minor: allowed are 1, 2, 3";
    if (architecture_minor < 2 && (e0pd || ptw_nnc))
        return "e0pd, ptw_nnc = true: features of SMMUv3.3, from SMMUv3.2 (2.9)";
    if (architecture_minor < 3 && ds)
        return "ds = true: a feature of SMMUv3.4, from SMMUv3.3 (2.9)";
    if (architecture_minor >= 3 && (!e0pd || (stage2 && !ptw_nnc)))
        return "e0pd, ptw_nnc = false: mandatory from SMMUv3.3 (6.3.4)";
    if (ptw_nnc && !stage2)
        return "ptw_nnc = true: needs stage2 (6.3.4)";
    if (architecture_minor >= 2 && !range_invalidation)
        return "range_invalidation = false: mandatory from SMMUv3.2 (4.4.1.1)";
    if (architecture_minor >= 2 && stage1 && stage2 && !hypervisor)
        return "hypervisor = false: mandatory from SMMUv3.2 with both stages (6.3.1)";
    if (bbm_level > 2)
        return "bbm_level: allowed are 0, 1, 2";
    if (architecture_minor >= 2 && bbm_level == 0)
        return "bbm_level = 0: 1 or 2 from SMMUv3.2 (6.3.4)";
    if (architecture_minor >= 2 && !force_write_back)
        return "force_write_back = false: mandatory from SMMUv3.2 (6.3.4)";
    if (stage2 && !xnx)
        return "xnx = false: mandatory from SMMUv3.1 with stage 2 (6.3.4)";
    if (stage1 && !hierarchical_disable)
        return "hierarchical_disable = false: mandatory from SMMUv3.1 with stage 1 (6.3.4)";
    if (secure_impl && !stage1)
        return "secure_impl = true: needs stage1 (6.3.53)";
    if (secure_stage2 && !secure_impl)
        return "secure_stage2 = true: needs secure_impl (3.10.2.2)";
    if (secure_stage2 && !stage2)
        return "secure_stage2 = true: needs stage2 (6.3.53)";
    if (secure_stage2 && architecture_minor < 2)
        return "secure_stage2 = true: needs SMMUv3.2 (6.3.53)";
    if (secure_stream_id_bits > 32)
        return "secure_stream_id_bits: allowed are 0..32";
    if (secure_impl && secure_stream_id_bits > 6 && !stream_two_level)
        return "stream_two_level = false: more than 64 Secure StreamIDs need two-level stream tables (3.3.1.2)";
    return nullptr;
}

} // namespace iovp::smmu
