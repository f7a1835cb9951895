// 6.3.1 to 6.3.6: the ID fields of what this SMMU never has read zero, whatever its parameters say.

#include "smmu/arch/features.h"

#include <gtest/gtest.h>

#include <random>

namespace iovp::test {
namespace {

using smmu::features;

const struct {
    const char* name; ///< as the coverage table's reasons write it
    std::uint32_t (features::*reads)() const;
    unsigned high, low;
} never[] = {
    {"IDR0.BTM", &features::idr0, 5, 5},
    {"IDR0.DORMHINT", &features::idr0, 8, 8},
    {"IDR0.SEV", &features::idr0, 14, 14},
    {"IDR0.VMW", &features::idr0, 17, 17},
    {"IDR0.RME_IMPL", &features::idr0, 30, 30},
    {"IDR1.REL", &features::idr1, 28, 28},
    {"IDR1.QUEUES_PRESET", &features::idr1, 29, 29},
    {"IDR1.TABLES_PRESET", &features::idr1, 30, 30},
    {"IDR1.ECMDQ", &features::idr1, 31, 31},
    {"IDR3.PBHA", &features::idr3, 3, 3},
    {"IDR3.MPAM", &features::idr3, 7, 7},
    {"IDR3.PTWNNC", &features::idr3, 14, 14},
    {"IDR3.DPT", &features::idr3, 15, 15},
    {"IDR3.EPAN", &features::idr3, 17, 17},
    {"IDR3.S1PI", &features::idr3, 18, 18},
    {"IDR3.S2PI", &features::idr3, 19, 19},
    {"IDR3.S2PO", &features::idr3, 20, 20},
    {"IDR3.THE", &features::idr3, 21, 21},
    {"IDR3.MTEPERM", &features::idr3, 22, 22},
    {"IDR3.AIE", &features::idr3, 23, 23},
    {"IDR5.D128", &features::idr5, 8, 8},
};

TEST(Identification_6_3, WhatIsNotImplementedReadsZeroWhateverTheParameters)
{
    std::mt19937 random(70);
    const auto below = [&random](unsigned n) { return static_cast<unsigned>(random() % n); };
    const auto flip = [&below](bool& b) { b = below(2) != 0; };
    unsigned legal = 0;
    for (unsigned i = 0; i < 20000; ++i) {
        features f;
        if (i > 0) {
            for (bool* b : {&f.aarch32_tables, &f.coherent, &f.asid16, &f.vmid16, &f.msi, &f.cd_two_level,
                            &f.mixed_endian, &f.raz_wi_model, &f.stream_two_level, &f.atos, &f.e0pd, &f.ds, &f.va52,
                            &f.attribute_permissions_override, &f.attribute_types_override})
                flip(*b);
            f.htt_update = below(3);
            f.stall_model = below(3);
            f.stall_max = f.stall_model == 1 ? 0 : 1 + below(0xffff);
            f.stream_id_bits = below(33);
            f.substream_id_bits = below(21);
            f.eventq_log2 = below(20);
            f.cmdq_log2 = below(20);
            f.bbm_level = below(3);
            constexpr unsigned sizes[] = {32, 36, 40, 42, 44, 48, 52};
            f.output_bits = sizes[below(7)];
        }
        if (f.contradiction() != nullptr)
            continue;
        ++legal;
        for (const auto& field : never)
            ASSERT_EQ(((f.*field.reads)() >> field.low) & ((1U << (field.high - field.low + 1)) - 1), 0U) << field.name;
        ASSERT_LT((f.idr0() >> 6) & 3, 3U) << "IDR0.HTTU";
    }
    EXPECT_GT(legal, 100U);
}

} // namespace
} // namespace iovp::test
