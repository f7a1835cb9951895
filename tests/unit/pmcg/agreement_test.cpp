// Counters against the statistics of TBUs and TCU, and against the test's own tally by stream, over random traffic.

#include "smmu_groups.h"

#include <random>

using namespace iovp;
using namespace iovp::test;

namespace {

constexpr std::uint32_t first_stream = 8, streams = 6; // three of stage 1, one of stage 2, one bypassed, one invalid

void make_streams(bench& b)
{
    const std::uint64_t root2 = b.new_table();
    for (std::uint32_t i = 0; i < 4; ++i) {
        const std::uint64_t root = i == 3 ? root2 : b.new_table();
        if (i == 3)
            b.stage2_stream(first_stream + i, root, 9);
        else
            b.stage1_stream(first_stream + i, root, static_cast<std::uint16_t>(i + 1));
        for (std::uint64_t page = 0; page < 200; ++page) {
            const std::uint64_t address = 0x10000000 + page * 0x1000;
            if (page % 16 == 7)
                continue; // faults
            if (i == 3)
                b.map2(root, address, 0x900000);
            else
                b.map1(root, address, 0x900000);
        }
    }
    b.bypass_stream(first_stream + 4);
}

struct tally {
    std::array<std::uint64_t, 64> transactions{};
};

/// `count` accesses of 8 bytes by one thread for each device and lane.
void traffic(bench& b, unsigned count, tally (&seen)[2])
{
    unsigned running = 0;
    for (unsigned lane = 0; lane < 8; ++lane) {
        ++running;
        sc_core::sc_spawn([&b, &running, &seen, lane, count] {
            std::mt19937 random(lane + 1);
            for (unsigned i = 0; i < count; ++i) {
                const std::uint32_t sid = first_stream + static_cast<std::uint32_t>(random() % streams);
                const std::uint64_t iova = 0x10000000 + (random() % 200) * 0x1000 + (random() % 500) * 8;
                std::uint64_t value = 0;
                auto& device = lane % 2 == 0 ? b.device0 : b.device1;
                ++seen[lane % 2].transactions[sid];
                b.access(device, sid, random() % 2 == 0 ? tlm::TLM_READ_COMMAND : tlm::TLM_WRITE_COMMAND, iova, &value,
                         8);
            }
            --running;
        });
    }
    while (running != 0)
        sc_core::wait(1, sc_core::SC_US);
}

smmu::tbu::parameters small_tlbs()
{
    smmu::tbu::parameters q;
    q.micro_tlb_entries = 8;
    q.main_tlb_entries = 64;
    q.hazards = 4;
    q.slots = 4;
    q.tokens = 3;
    return q;
}

} // namespace

TEST(Agreement, EveryCounterWithTheStatistics)
{
    bench b({}, small_tlbs());
    smmu_groups counted(b);
    in_thread(
        [&] {
            make_streams(b);
            b.enable();
            counted.count();
            tally seen[2];
            traffic(b, 400, seen);
            for (unsigned i = 0; i < 2; ++i) {
                const auto g = i == 0 ? smmu_groups::tbu0 : smmu_groups::tbu1;
                const smmu::tbu::statistics& s = (i == 0 ? b.tbu0 : b.tbu1).counts();
                EXPECT_EQ(counted(g, 1), s.transactions);
                EXPECT_EQ(counted(g, 2), s.requests + s.merged);
                EXPECT_EQ(counted(g, 0x83), s.micro_lookups);
                EXPECT_EQ(counted(g, 0x84), s.micro_misses);
                EXPECT_EQ(counted(g, 0x80), s.main_lookups);
                EXPECT_EQ(counted(g, 0x81), s.main_misses);
                EXPECT_EQ(counted(g, 7), 0U);
                EXPECT_GT(s.main_misses, 100U);
                EXPECT_GT(s.merged, 0U);
                EXPECT_GT(counted(g, 3), 2U);
                EXPECT_GT(counted(g, 0x86), 0U);
            }
            const smmu::tcu::statistics& t = b.tcu.counts();
            EXPECT_EQ(counted(smmu_groups::tcu, 1), t.translations);
            EXPECT_EQ(counted(smmu_groups::tcu, 4), t.table_reads);
            EXPECT_EQ(counted(smmu_groups::tcu, 5), t.configuration_reads);
            EXPECT_GT(counted(smmu_groups::tcu, 3), 0U);
            EXPECT_LE(counted(smmu_groups::tcu, 3), t.configuration_misses); // an STE and a CD make one
            for (unsigned stage = 1; stage <= 2; ++stage)
                for (unsigned level = 0; level < 4; ++level) {
                    const std::uint32_t lookup = 0x80 + (stage - 1) * 8 + level * 2;
                    const smmu::walk_cache::statistics& w = b.tcu.walks().counts(stage, level);
                    EXPECT_EQ(counted(smmu_groups::tcu, lookup), w.lookups) << stage << level;
                    EXPECT_EQ(counted(smmu_groups::tcu, lookup + 1), w.lookups - w.hits) << stage << level;
                }
            EXPECT_EQ(counted(smmu_groups::tbu0, 1) + counted(smmu_groups::tbu1, 1), 8U * 400U);
        },
        sc_core::sc_time(1, sc_core::SC_SEC));
}

// The stream of stage 2 alone: its walks are the only ones that look up stage 2.
TEST(Agreement, AStreamByItsFilter)
{
    constexpr std::uint32_t sid = first_stream + 3;
    bench b({}, small_tlbs());
    smmu_groups counted(b);
    in_thread(
        [&] {
            make_streams(b);
            b.enable();
            counted.count(sid);
            tally seen[2];
            traffic(b, 200, seen);
            EXPECT_EQ(counted(smmu_groups::tbu0, 1), seen[0].transactions[sid]);
            EXPECT_EQ(counted(smmu_groups::tbu1, 1), seen[1].transactions[sid]);
            const std::uint64_t misses = counted(smmu_groups::tbu0, 2) + counted(smmu_groups::tbu1, 2);
            EXPECT_GT(misses, 0U);
            EXPECT_LT(misses, b.tbu0.counts().requests + b.tbu0.counts().merged);
            EXPECT_EQ(counted(smmu_groups::tcu, 0x8c), b.tcu.walks().counts(2, 2).lookups);
            EXPECT_GT(b.tcu.walks().counts(1, 2).lookups, 0U);
            EXPECT_EQ(counted(smmu_groups::tcu, 0x84), 0U);
        },
        sc_core::sc_time(1, sc_core::SC_SEC));
}
