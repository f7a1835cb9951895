// Bounded resources of the TCU under every mix: nobody waits for ever.
#include "bench.h"

#include <gmock/gmock.h>

using namespace iovp;
using namespace iovp::test;

namespace {

constexpr std::uint64_t va = 0x12345000, ipa = 0x70000000, data = 0x80000000;

smmu::tcu::parameters few(unsigned configuration_slots, unsigned walk_slots)
{
    smmu::tcu::parameters p;
    p.slots = 16;
    p.configuration_slots = configuration_slots;
    p.walk_slots = walk_slots;
    return p;
}

smmu::tbu::parameters eight_tokens()
{
    smmu::tbu::parameters q;
    q.slots = q.tokens = q.hazards = 8;
    return q;
}

/// Nested streams, each with an ASID, stage-1 tables and a page of its own, in one VM; memory waits.
void nested_streams(bench& b, std::uint32_t first, std::uint32_t last)
{
    const std::uint64_t root2 = b.new_table();
    for (std::uint32_t sid = first; sid <= last; ++sid) {
        const std::uint64_t root1 = b.new_table();
        b.nested_stream(sid, root1, static_cast<std::uint16_t>(sid), root2, 3);
        b.map1(root1, va, ipa + sid * 0x1000);
        b.map2(root2, ipa + sid * 0x1000, data + sid * 0x1000);
        b.memory.set(data + sid * 0x1000, 1000 + sid);
    }
    for (int again = 0; again < 2; ++again) // mapping the tables may make some
        for (std::uint64_t table = 0x100000; table < b.pool; table += 0x1000)
            b.map2(root2, table, table);
    b.memory.waits = true;
    b.memory.latency = sc_core::sc_time(40, sc_core::SC_NS);
}

} // namespace

// A CD fetch through stage 2 needs a walk slot, a cold stream a configuration slot first: taken in different orders
// they block each other.
TEST(Slots, CdWalksAndStreamsWithoutSteDoNotBlockEachOther)
{
    bench b(few(1, 2), eight_tokens());
    in_thread([&] {
        nested_streams(b, 1, 4);
        b.enable();
        std::uint64_t value = 0;
        for (const std::uint32_t sid : {1U, 2U})
            EXPECT_TRUE(b.read(sid, va, value));
        b.push(0x05 | 1ULL << 32); // CMD_CFGI_CD: the STEs stay
        b.push(0x05 | 2ULL << 32);
        b.push(0x46);
        b.ring();
        b.settle(3000);
        EXPECT_EQ(b.reg(0x9c), b.produced);
        std::array<bench::attempt, 4> a;
        for (std::uint32_t i = 0; i < 4; ++i)
            b.start(a[i], i + 1, va);
        b.settle(20000);
        for (std::uint32_t i = 0; i < 4; ++i) {
            EXPECT_TRUE(a[i].done) << "stream " << i + 1;
            EXPECT_EQ(a[i].value, 1001 + i);
        }
    });
}

class SlotStorm : public testing::TestWithParam<std::pair<unsigned, unsigned>> {};
INSTANTIATE_TEST_SUITE_P(Few, SlotStorm,
                         testing::Values(std::make_pair(1U, 2U), std::make_pair(2U, 2U), std::make_pair(1U, 3U),
                                         std::make_pair(4U, 2U)));

// Nested, stage-1 and stage-2 streams from both TBUs while software invalidates their configuration and translations.
TEST_P(SlotStorm, EveryAccessEndsWithItsOwnPage)
{
    bench b(few(GetParam().first, GetParam().second), eight_tokens());
    in_thread([&] {
        nested_streams(b, 1, 6);
        const std::uint64_t root2 = b.new_table();
        b.map2(root2, va, data + 7 * 0x1000);
        b.stage2_stream(7, root2, 4);
        const std::uint64_t root1 = b.new_table();
        b.map1(root1, va, data + 8 * 0x1000);
        b.stage1_stream(8, root1, 8);
        b.memory.set(data + 7 * 0x1000, 1007);
        b.memory.set(data + 8 * 0x1000, 1008);
        b.enable();
        constexpr unsigned threads = 12, accesses = 200;
        unsigned ended = 0;
        for (unsigned t = 0; t < threads; ++t)
            sc_core::sc_spawn([&b, &ended, t] {
                std::uint32_t random = 12345 + t;
                for (unsigned i = 0; i < accesses; ++i) {
                    random = random * 1664525 + 1013904223;
                    const std::uint32_t sid = (random >> 16) % 8 + 1;
                    std::uint64_t value = 0;
                    EXPECT_TRUE(
                        b.access(t % 2 != 0 ? b.device1 : b.device0, sid, tlm::TLM_READ_COMMAND, va, &value, 8));
                    EXPECT_EQ(value, 1000 + sid);
                }
                ++ended;
            });
        std::uint32_t random = 1;
        unsigned syncs = 0;
        for (; ended != threads && syncs < 5000; ++syncs) {
            random = random * 1664525 + 1013904223;
            const std::uint64_t sid = std::uint64_t((random >> 16) % 8 + 1) << 32;
            switch ((random >> 24) % 5) {
            case 0: b.push(0x05 | sid); break;           // CFGI_CD
            case 1: b.push(0x03 | sid); break;           // CFGI_STE
            case 2: b.push(0x04 | sid, 31); break;       // CFGI_ALL
            case 3: b.push(0x04 | 4ULL << 32, 1); break; // CFGI_STE_RANGE, 4..7
            default: b.push(0x30); break;                // TLBI_NSNH_ALL
            }
            b.push(0x46);
            b.ring();
            for (int i = 0; i < 2000 && b.reg(0x9c) != b.produced; ++i)
                b.settle(50);
            ASSERT_EQ(b.reg(0x9c), b.produced) << "a CMD_SYNC does not complete";
        }
        EXPECT_EQ(ended, threads);
        EXPECT_GT(syncs, 20U);
        EXPECT_EQ(b.events().size(), 0U);
        EXPECT_EQ(b.reg(0x60), 0U);
    });
}
