// Chapter 4: what commands do.

#include "unit/smmu/bench.h"

#include <gmock/gmock.h>

using namespace iovp;
using namespace iovp::test;
using testing::IsEmpty;

static constexpr std::uint64_t data_pa = 0x80000000;
static constexpr std::uint64_t va = 0x123456000;

/// Bypassing streams whose STEs are then made invalid: which ones are still cached?
struct cached_stes {
    explicit cached_stes(bench& bench_)
        : b(bench_)
    {
        for (std::uint32_t sid = 0; sid < 16; ++sid)
            b.bypass_stream(sid);
        b.enable();
        std::uint64_t value;
        for (std::uint32_t sid = 0; sid < 16; ++sid)
            EXPECT_TRUE(b.read(sid, data_pa, value));
        for (std::uint32_t sid = 0; sid < 16; ++sid)
            b.ste(sid, {0, 0, 0, 0});
    }
    bool cached(std::uint32_t sid)
    {
        std::uint64_t value;
        return b.read(sid, data_pa, value);
    }
    bench& b;
};

TEST(Commands_4_3, SteRange)
{
    bench b;
    in_thread([&] {
        cached_stes s(b);
        b.run(0x04 | 6ULL << 32, 1); // Range 1: four streams, aligned: 4 to 7
        for (std::uint32_t sid = 0; sid < 16; ++sid)
            EXPECT_EQ(s.cached(sid), sid < 4 || sid > 7) << sid;
    });
}

TEST(Commands_4_3, All)
{
    bench b;
    in_thread([&] {
        cached_stes s(b);
        b.run(0x04, 31);
        for (std::uint32_t sid = 0; sid < 16; ++sid)
            EXPECT_FALSE(s.cached(sid)) << sid;
    });
}

TEST(Commands_4_1, OutOfRangeStreamIdIsHarmless)
{
    bench b;
    in_thread([&] {
        b.bypass_stream(5);
        b.enable();
        std::uint64_t value;
        b.run(0x03 | 0xfffffff0ULL << 32, 1);
        b.run(0x05 | 0xfffffff0ULL << 32 | 0xfffffULL << 12, 1);
        EXPECT_EQ(b.reg(0x60), 0U);
        EXPECT_TRUE(b.read(5, data_pa, value));
        EXPECT_THAT(b.events(), IsEmpty());
    });
}

TEST(Commands_4_1, InvalidationsRunWithoutSync)
{
    bench b;
    in_thread([&] {
        cached_stes s(b);
        b.push(0x04, 31);
        b.ring();
        b.settle(2000);
        EXPECT_EQ(b.reg(0x9c), 1U);
        EXPECT_FALSE(s.cached(3));
    });
}

TEST(Commands_4_2, PrefetchRaisesNoEventAndFetchesNothingWrong)
{
    bench b;
    in_thread([&] {
        b.enable();
        b.run(0x01 | 5ULL << 32);       // invalid STE
        b.run(0x02 | 5ULL << 32, va);   // and an address
        b.run(0x02 | 500ULL << 32, va); // no such stream
        EXPECT_EQ(b.reg(0x60), 0U);
        EXPECT_THAT(b.events(), IsEmpty());
        b.bypass_stream(5); // what was invalid then is not remembered
        std::uint64_t value;
        EXPECT_TRUE(b.read(5, data_pa, value));
    });
}

/// Stage-1 stream 5 whose CD is then exchanged: which table does it use?
struct cached_cd {
    explicit cached_cd(bench& bench_)
        : b(bench_)
    {
        const std::uint64_t root = b.new_table();
        const std::uint64_t other = b.new_table();
        b.map1(root, va, data_pa);
        b.map1(other, va, data_pa + 0x1000);
        b.memory.set(data_pa, 1);
        b.memory.set(data_pa + 0x1000, 2);
        b.stage1_stream(5, root, 7);
        b.enable();
        EXPECT_EQ(sees(), 1U);
        b.write_cd(bench::cd_base + 5 * 64, other, 8);
        EXPECT_EQ(sees(), 1U);
    }
    std::uint64_t sees()
    {
        std::uint64_t value;
        EXPECT_TRUE(b.read(5, va, value));
        return value;
    }
    bench& b;
};

TEST(Commands_4_3, CdAll)
{
    bench b;
    in_thread([&] {
        cached_cd c(b);
        b.run(0x06 | 4ULL << 32);
        EXPECT_EQ(c.sees(), 1U) << "another stream";
        b.run(0x06 | 5ULL << 32);
        EXPECT_EQ(c.sees(), 2U);
    });
}

TEST(Commands_4_3, SteTakesItsCds)
{
    bench b;
    in_thread([&] {
        cached_cd c(b);
        b.run(0x03 | 5ULL << 32, 1);
        EXPECT_EQ(c.sees(), 2U);
    });
}

/// Two stage-1 streams of the ASIDs 7 and 8 (VMID 0, not global) and two stage-2 streams of the VMIDs 3 and 4, all with
/// va in the TLBs; afterwards their tables are emptied: what still hits?
struct cached_translations {
    explicit cached_translations(bench& bench_)
        : b(bench_)
    {
        std::uint64_t leaf[4];
        for (std::uint32_t i = 0; i < 4; ++i) {
            const std::uint64_t root = b.new_table();
            if (i < 2) {
                b.map1(root, va, data_pa);
                b.stage1_stream(5 + i, root, static_cast<std::uint16_t>(7 + i));
            } else {
                b.map2(root, va, data_pa);
                b.stage2_stream(5 + i, root, static_cast<std::uint16_t>(1 + i));
            }
            leaf[i] = b.entry(root, va, 3);
        }
        b.enable();
        std::uint64_t value;
        for (std::uint32_t sid = 5; sid < 9; ++sid)
            EXPECT_TRUE(b.read(sid, va, value));
        for (const std::uint64_t at : leaf)
            b.memory.set(at, 0);
    }
    /// One digit a stream: 1 cached.
    std::string left()
    {
        std::string s;
        std::uint64_t value;
        for (std::uint32_t sid = 5; sid < 9; ++sid)
            s += b.read(sid, va, value) ? '1' : '0';
        b.settle();
        b.events();
        return s;
    }
    bench& b;
};

TEST(Commands_4_4, VaaTakesEveryAsid)
{
    bench b;
    in_thread([&] {
        cached_translations t(b);
        b.run(0x13 | 9ULL << 32, va); // another VMID
        EXPECT_EQ(t.left(), "1111");
        b.run(0x13, va + 0x1000); // another page
        EXPECT_EQ(t.left(), "1111");
        b.run(0x13, va);
        EXPECT_EQ(t.left(), "0011");
    });
}

TEST(Commands_4_4, S12VmallTakesBothStagesOfTheVmid)
{
    bench b;
    in_thread([&] {
        cached_translations t(b);
        b.run(0x28 | 3ULL << 32);
        EXPECT_EQ(t.left(), "1101");
        b.run(0x28); // VMID 0: the stage-1 streams
        EXPECT_EQ(t.left(), "0001");
    });
}

TEST(Commands_4_4, NsnhAllTakesEveryVmid)
{
    bench b;
    in_thread([&] {
        cached_translations t(b);
        b.run(0x30);
        EXPECT_EQ(t.left(), "0000");
    });
}

TEST(Commands_4_4, El2CommandsReachEl2Only)
{
    bench b;
    in_thread([&] {
        const std::uint64_t root = b.new_table();
        b.map1(root, va, data_pa);
        b.stage1_stream(9, root, 7);
        b.memory.set(bench::stream_table + 9 * 64 + 8, bench::ste1 | 2ULL << 30); // STRW: EL2
        cached_translations t(b);
        std::uint64_t value;
        EXPECT_TRUE(b.read(9, va, value));
        b.memory.set(b.entry(root, va, 3), 0);
        b.run(0x30);
        EXPECT_EQ(t.left(), "0000");
        EXPECT_TRUE(b.read(9, va, value)) << "NSNH_ALL leaves EL2";
        b.run(0x20);
        EXPECT_FALSE(b.read(9, va, value));
    });
}

TEST(Commands_4_7, SevWithoutTheFeatureIsNone)
{
    bench b;
    in_thread([&] {
        b.enable();
        b.run(0x46 | 2 << 12 | 1ULL << 32, bench::msi_page);
        EXPECT_EQ(b.memory.count(bench::msi_page >> 12, true), 0U);
        EXPECT_EQ(b.reg(0x60), 0U);
        EXPECT_FALSE(b.cmd_sync_irq.read());
    });
}
