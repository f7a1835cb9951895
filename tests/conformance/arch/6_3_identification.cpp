// 6.3.1 to 6.3.6: what is absent reads zero, what is a parameter reads as it says.

#include "smmu/arch/features.h"

#include <gtest/gtest.h>

namespace iovp::test {
namespace {

using smmu::features;

struct identification_field {
    const char* name; ///< as the coverage table's reasons write it
    std::uint32_t (features::*reads)() const;
    unsigned high, low;
    std::uint32_t value;
};

// Fields of what this SMMU does not have, or has only when asked for, with the value that says so.
const identification_field absent[] = {
    {"IDR0.TTF", &features::idr0, 3, 2, 2},
    {"IDR0.BTM", &features::idr0, 5, 5, 0},
    {"IDR0.HTTU", &features::idr0, 7, 6, 0},
    {"IDR0.DORMHINT", &features::idr0, 8, 8, 0},
    {"IDR0.ATS", &features::idr0, 10, 10, 0},
    {"IDR0.NS1ATS", &features::idr0, 11, 11, 0},
    {"IDR0.SEV", &features::idr0, 14, 14, 0},
    {"IDR0.ATOS", &features::idr0, 15, 15, 0},
    {"IDR0.PRI", &features::idr0, 16, 16, 0},
    {"IDR0.VMW", &features::idr0, 17, 17, 0},
    {"IDR0.VATOS", &features::idr0, 20, 20, 0},
    {"IDR0.ATSRECERR", &features::idr0, 23, 23, 0},
    {"IDR0.STALL_MODEL", &features::idr0, 25, 24, 1},
    {"IDR0.RME_IMPL", &features::idr0, 30, 30, 0},
    {"IDR1.PRIQS", &features::idr1, 15, 11, 0},
    {"IDR1.QUEUES_PRESET", &features::idr1, 29, 29, 0},
    {"IDR1.TABLES_PRESET", &features::idr1, 30, 30, 0},
    {"IDR1.ECMDQ", &features::idr1, 31, 31, 0},
    {"IDR2.BA_VATOS", &features::idr2, 31, 0, 0},
    {"IDR3.PBHA", &features::idr3, 3, 3, 0},
    {"IDR3.PPS", &features::idr3, 5, 5, 0},
    {"IDR3.MPAM", &features::idr3, 7, 7, 0},
    {"IDR3.E0PD", &features::idr3, 13, 13, 0},
    {"IDR3.PTWNNC", &features::idr3, 14, 14, 0},
    {"IDR3.DPT", &features::idr3, 15, 15, 0},
    {"IDR3.PASIDTT", &features::idr3, 16, 16, 0},
    {"IDR3.EPAN", &features::idr3, 17, 17, 0},
    {"IDR3.S1PI", &features::idr3, 18, 18, 0},
    {"IDR3.S2PI", &features::idr3, 19, 19, 0},
    {"IDR3.S2PO", &features::idr3, 20, 20, 0},
    {"IDR3.THE", &features::idr3, 21, 21, 0},
    {"IDR3.MTEPERM", &features::idr3, 22, 22, 0},
    {"IDR3.AIE", &features::idr3, 23, 23, 0},
    {"IDR5.DS", &features::idr5, 7, 7, 0},
    {"IDR5.D128", &features::idr5, 8, 8, 0},
    {"IDR5.VAX", &features::idr5, 11, 10, 0},
    {"IDR5.STALL_MAX", &features::idr5, 31, 16, 0},
};

std::uint32_t value_of(const features& f, const identification_field& field)
{
    return ((f.*field.reads)() >> field.low) & static_cast<std::uint32_t>((1ULL << (field.high - field.low + 1)) - 1);
}

TEST(Identification_6_3, AbsentFeaturesReadZero)
{
    for (const auto& field : absent)
        EXPECT_EQ(value_of(features{}, field), field.value) << field.name;
}

TEST(Identification_6_3, FieldsFollowTheParameters)
{
    const struct {
        void (*change)(features&);
        identification_field field;
    } cases[] = {
        {[](features& f) { f.stage2 = false; }, {"S2P", &features::idr0, 0, 0, 0}},
        {[](features& f) { f.stage1 = false; }, {"S1P", &features::idr0, 1, 1, 0}},
        {[](features& f) { f.coherent = false; }, {"COHACC", &features::idr0, 4, 4, 0}},
        {[](features& f) { f.htt_update = 1; }, {"HTTU", &features::idr0, 7, 6, 1}},
        {[](features& f) { f.htt_update = 2; }, {"HTTU", &features::idr0, 7, 6, 2}},
        {[](features& f) { f.hypervisor = false; }, {"Hyp", &features::idr0, 9, 9, 0}},
        {[](features& f) { f.asid16 = false; }, {"ASID16", &features::idr0, 12, 12, 0}},
        {[](features& f) { f.msi = false; }, {"MSI", &features::idr0, 13, 13, 0}},
        {[](features& f) { f.vmid16 = false; }, {"VMID16", &features::idr0, 18, 18, 0}},
        {[](features& f) { f.cd_two_level = false; }, {"CD2L", &features::idr0, 19, 19, 0}},
        {[](features& f) { f.mixed_endian = false; }, {"TTENDIAN", &features::idr0, 22, 21, 2}},
        {[](features& f) { f.raz_wi_model = false; }, {"TERM_MODEL", &features::idr0, 26, 26, 1}},
        {[](features& f) { f.stream_two_level = false; }, {"ST_LEVEL", &features::idr0, 28, 27, 0}},
        {[](features& f) { f.stream_id_bits = 32; }, {"SIDSIZE", &features::idr1, 5, 0, 32}},
        {[](features& f) { f.substream_id_bits = 20; }, {"SSIDSIZE", &features::idr1, 10, 6, 20}},
        {[](features& f) { f.eventq_log2 = 19; }, {"EVENTQS", &features::idr1, 20, 16, 19}},
        {[](features& f) { f.cmdq_log2 = 1; }, {"CMDQS", &features::idr1, 25, 21, 1}},
        {[](features& f) { f.attribute_permissions_override = false; }, {"PERMS", &features::idr1, 26, 26, 0}},
        {[](features& f) { f.attribute_types_override = false; }, {"TYPES", &features::idr1, 27, 27, 0}},
        {[](features& f) { f.hierarchical_disable = false; }, {"HAD", &features::idr3, 2, 2, 0}},
        {[](features& f) { f.xnx = false; }, {"XNX", &features::idr3, 4, 4, 0}},
        {[](features& f) { f.force_write_back = false; }, {"FWB", &features::idr3, 8, 8, 0}},
        {[](features& f) { f.small_tables = false; }, {"STT", &features::idr3, 9, 9, 0}},
        {[](features& f) { f.range_invalidation = false; }, {"RIL", &features::idr3, 10, 10, 0}},
        {[](features& f) { f.output_bits = 32; }, {"OAS", &features::idr5, 2, 0, 0}},
        {[](features& f) { f.output_bits = 36; }, {"OAS", &features::idr5, 2, 0, 1}},
        {[](features& f) { f.output_bits = 40; }, {"OAS", &features::idr5, 2, 0, 2}},
        {[](features& f) { f.output_bits = 42; }, {"OAS", &features::idr5, 2, 0, 3}},
        {[](features& f) { f.output_bits = 48; }, {"OAS", &features::idr5, 2, 0, 5}},
        {[](features& f) { f.granule_4k = false; }, {"GRAN4K", &features::idr5, 4, 4, 0}},
        {[](features& f) { f.granule_16k = false; }, {"GRAN16K", &features::idr5, 5, 5, 0}},
        {[](features& f) { f.granule_64k = false; }, {"GRAN64K", &features::idr5, 6, 6, 0}},
        {[](features& f) { f.aarch32_tables = true; }, {"TTF", &features::idr0, 3, 2, 3}},
        {[](features& f) { f.atos = true; }, {"ATOS", &features::idr0, 15, 15, 1}},
        {[](features& f) { f.stall_model = 0; }, {"STALL_MODEL", &features::idr0, 25, 24, 0}},
        {[](features& f) { f.bbm_level = 1; }, {"BBML", &features::idr3, 12, 11, 1}},
        {[](features& f) { f.e0pd = true; }, {"E0PD", &features::idr3, 13, 13, 1}},
        {[](features& f) { f.ptw_nnc = true; }, {"PTWNNC", &features::idr3, 14, 14, 1}},
        {[](features& f) { f.wake_events = true; }, {"SEV", &features::idr0, 14, 14, 1}},
        {[](features& f) { f.vmid_wildcard = true; }, {"VMW", &features::idr0, 17, 17, 1}},
        {[](features& f) { f.relative_bases = true; }, {"REL", &features::idr1, 28, 28, 1}},
        {[](features& f) { f.queues_preset = true; }, {"QUEUES_PRESET", &features::idr1, 29, 29, 1}},
        {[](features& f) { f.tables_preset = true; }, {"TABLES_PRESET", &features::idr1, 30, 30, 1}},
        {[](features& f) { f.ds = true; }, {"DS", &features::idr5, 7, 7, 1}},
        {[](features& f) { f.va52 = true; }, {"VAX", &features::idr5, 11, 10, 1}},
        {[](features& f) { f.stall_max = 5; }, {"STALL_MAX", &features::idr5, 31, 16, 5}},
        {[](features& f) { f.output_bits = 52; }, {"OAS", &features::idr5, 2, 0, 6}},
    };
    for (const auto& c : cases) {
        features f;
        EXPECT_NE(value_of(f, c.field), c.field.value) << c.field.name;
        c.change(f);
        EXPECT_EQ(value_of(f, c.field), c.field.value) << c.field.name;
    }
}

} // namespace
} // namespace iovp::test
