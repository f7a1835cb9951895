// Direct memory pointers through the TBU: what is granted, and what takes it back.
#include "path_bench.h"

#include <gmock/gmock.h>

using namespace iovp;
using namespace iovp::test;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

constexpr auto rd = tlm::TLM_READ_COMMAND;
constexpr auto wr = tlm::TLM_WRITE_COMMAND;
constexpr std::uint64_t va = path_bench::va, ram = path_bench::ram_base;
using range = std::pair<std::uint64_t, std::uint64_t>;

struct dmi_bench : path_bench {
    using path_bench::path_bench;

    tlm::tlm_dmi dmi;
    bool ask(std::uint64_t address, const transaction_attributes& with)
    {
        tlm::tlm_generic_payload p;
        attributes a(with);
        p.set_extension(&a);
        p.set_command(rd);
        p.set_address(address);
        const bool granted = device.socket->get_direct_mem_ptr(p, dmi);
        EXPECT_EQ(p.get_address(), address);
        p.clear_extension(&a);
        return granted;
    }
    /// An access, as an initiator makes before it asks, and a pointer.
    bool touch_and_ask(std::uint64_t address, const transaction_attributes& with)
    {
        lt(rd, address, 8, with);
        return ask(address, with);
    }
};

} // namespace

TEST(TbuDmi, CoversThePageAndNoMore)
{
    dmi_bench b;
    in_thread([&] {
        b.set_up(4);
        const auto a = path_bench::of_stream(6);
        b.lt(wr, va + 0x1010, 8, a);
        ASSERT_TRUE(b.touch_and_ask(va + 0x1234, a));
        EXPECT_EQ(b.dmi.get_start_address(), va + 0x1000);
        EXPECT_EQ(b.dmi.get_end_address(), va + 0x1fff);
        EXPECT_TRUE(b.dmi.is_read_write_allowed());
        EXPECT_EQ(b.dmi.get_dmi_ptr()[0x10], 0x5a);
        EXPECT_EQ(b.dmi.get_dmi_ptr()[0x18], 0);
        EXPECT_EQ(b.dmi.get_read_latency(), sc_core::sc_time(1 + 10 + 95, sc_core::SC_NS));
        b.dmi.get_dmi_ptr()[0x20] = 0x77;
        auto& t = b.device.read(va + 0x1020, 1, a);
        b.device.finish(t);
        EXPECT_THAT(t.data, ElementsAre(0x77));
    });
}

// A block of 2 MiB on memory whose own pages are 64 KiB: the smaller of the two. Stage 2 in 4 KiB pages: those.
TEST(TbuDmi, CoversTheSmallestOfStagesAndMemory)
{
    dmi_bench b;
    in_thread([&] {
        b.set_up(1);
        constexpr std::uint64_t block = 0x40000000;
        b.map1(b.root, block, ram, 2);
        b.map1(b.root1, block, 0x70000000, 2);
        ASSERT_TRUE(b.touch_and_ask(block + 0x12345, path_bench::of_stream(5)));
        EXPECT_EQ(b.dmi.get_start_address(), block + 0x10000);
        EXPECT_EQ(b.dmi.get_end_address(), block + 0x1ffff);
    });
}

TEST(TbuDmi, StageTwoPagesUnderAStageOneBlock)
{
    dmi_bench b;
    in_thread([&] {
        b.set_up(2);
        constexpr std::uint64_t block = 0x40000000;
        b.map1(b.root1, block, 0x70000000, 2);
        b.map_tables();
        ASSERT_TRUE(b.touch_and_ask(block + 0x1234, path_bench::of_stream(6)));
        EXPECT_EQ(b.dmi.get_start_address(), block + 0x1000);
        EXPECT_EQ(b.dmi.get_end_address(), block + 0x1fff);
        b.run(0x12 | 3ULL << 32 | 8ULL << 48, block + 0x5000); // TLBI_NH_VA elsewhere in the stage-1 block
        EXPECT_THAT(b.device.revoked, ElementsAre(range(block + 0x1000, block + 0x1fff)));
    });
}

TEST(TbuDmi, PermissionsAreTheTranslations)
{
    dmi_bench b;
    in_thread([&] {
        b.set_up(4);
        b.map1(b.root, va + 0x1000, ram + 0x1000, 3, 0xfc1); // read-only
        const auto a = path_bench::of_stream(5);
        ASSERT_TRUE(b.touch_and_ask(va + 0x1000, a));
        EXPECT_TRUE(b.dmi.is_read_allowed());
        EXPECT_FALSE(b.dmi.is_write_allowed());
        EXPECT_FALSE(b.touch_and_ask(va + 0x100000, a)); // not mapped
        b.events();
    });
}

// Access flag and dirty state are brought up to date by accesses, never by asking.
TEST(TbuDmi, NothingForWhatAnAccessWouldUpdate)
{
    smmu::tcu::parameters p = path_bench::many_slots();
    p.feature.htt_update = 2;
    dmi_bench b({}, p);
    in_thread([&] {
        b.set_up(4);
        b.set_bits(bench::cd_base + 5 * 64, 1ULL << 42 | 1ULL << 43); // CD.HD, CD.HA
        const auto a = path_bench::of_stream(5);
        b.map1(b.root, va + 0x1000, ram + 0x1000, 3, 0xb41);              // AF clear
        b.map1(b.root, va + 0x2000, ram + 0x2000, 3, 0xfc1 | 1ULL << 51); // writable and clean
        const std::uint64_t af_slot = b.entry(b.root, va + 0x1000, 3);
        const std::uint64_t dirty_slot = b.entry(b.root, va + 0x2000, 3);
        b.lt(rd, va, 8, a); // the stream is known
        const std::uint64_t before = b.memory.word(af_slot);
        EXPECT_FALSE(b.ask(va + 0x1000, a));
        EXPECT_EQ(b.memory.word(af_slot), before);
        ASSERT_TRUE(b.touch_and_ask(va + 0x1000, a));
        EXPECT_EQ(b.memory.word(af_slot), before | 1 << 10);
        ASSERT_TRUE(b.touch_and_ask(va + 0x2000, a));
        EXPECT_TRUE(b.dmi.is_read_allowed());
        EXPECT_FALSE(b.dmi.is_write_allowed());
        EXPECT_EQ(b.memory.word(dirty_slot) & 0x80, 0x80U);
        b.lt(wr, va + 0x2000, 8, a);
        ASSERT_TRUE(b.ask(va + 0x2000, a));
        EXPECT_TRUE(b.dmi.is_read_write_allowed());
    });
}

struct taking_back {
    const char* name;
    std::uint64_t dw0, dw1;
    bool taken;
};
class TbuDmiRevocation : public testing::TestWithParam<taking_back> {};
INSTANTIATE_TEST_SUITE_P(
    Commands, TbuDmiRevocation,
    testing::Values(taking_back{"TlbiVaInThePage", 0x12 | 3ULL << 32 | 8ULL << 48, va + 0x1000, true},
                    taking_back{"TlbiVaOfTheNextPage", 0x12 | 3ULL << 32 | 8ULL << 48, va + 0x2000, false},
                    taking_back{"TlbiVaOfAnotherAsid", 0x12 | 3ULL << 32 | 9ULL << 48, va + 0x1000, false},
                    taking_back{"TlbiAsid", 0x11 | 3ULL << 32 | 8ULL << 48, 0, true},
                    taking_back{"TlbiOtherVmid", 0x28 | 4ULL << 32, 0, false},
                    taking_back{"TlbiVmid", 0x28 | 3ULL << 32, 0, true}, taking_back{"TlbiAll", 0x30, 0, true},
                    taking_back{"CfgiSte", 0x03 | 6ULL << 32, 1, true},
                    taking_back{"CfgiSteOfAnother", 0x03 | 7ULL << 32, 1, false},
                    taking_back{"CfgiCd", 0x05 | 6ULL << 32, 1, true}, taking_back{"CfgiAll", 0x04, 31, true}),
    [](const auto& p) { return p.param.name; });

// The initiator has lost the pointer when the command has been consumed, before any CMD_SYNC ends.
TEST_P(TbuDmiRevocation, ByCommand)
{
    dmi_bench b;
    in_thread([&] {
        b.set_up(4);
        ASSERT_TRUE(b.touch_and_ask(va + 0x1000, path_bench::of_stream(6)));
        b.run(GetParam().dw0, GetParam().dw1);
        if (GetParam().taken)
            EXPECT_THAT(b.device.revoked, ElementsAre(range(va + 0x1000, va + 0x1fff)));
        else
            EXPECT_THAT(b.device.revoked, IsEmpty());
        EXPECT_EQ(b.ask(va + 0x1000, path_bench::of_stream(6)), !GetParam().taken); // an access must come first
    });
}

TEST(TbuDmi, DisablingTheSmmuTakesItBackAndBypassIsGrantedUntilItIsEnabled)
{
    dmi_bench b;
    in_thread([&] {
        b.set_up(4);
        const auto a = path_bench::of_stream(6);
        ASSERT_TRUE(b.touch_and_ask(va + 0x1000, a));
        b.set_reg(0x44, 0x80000000); // GBPA: bypass instead of abort
        b.settle();
        EXPECT_THAT(b.device.revoked, ElementsAre(range(va + 0x1000, va + 0x1fff)));
        b.device.revoked.clear();
        b.set_reg(0x20, 0xc);
        b.settle();
        ASSERT_TRUE(b.touch_and_ask(ram + 0x1234, a));
        EXPECT_EQ(b.dmi.get_start_address(), ram);
        EXPECT_EQ(b.dmi.get_end_address(), ram + 0xffff); // memory's page
        b.set_reg(0x20, 0xd);
        b.settle();
        EXPECT_THAT(b.device.revoked, ElementsAre(range(ram, ram + 0xffff)));
    });
}

// 6.3.9.6: with SMMUEN 0 the same IOVA means other memory, here that of the bypass that GBPA asks for.
TEST(TbuDmi, ClearingSmmuenTakesATranslatedPointerBack)
{
    dmi_bench b;
    in_thread([&] {
        b.set_up(4);
        b.set_reg(0x44, 0x80000000); // GBPA: bypass
        b.settle();
        ASSERT_TRUE(b.touch_and_ask(va + 0x1000, path_bench::of_stream(6)));
        b.set_reg(0x20, 0xc);
        b.settle();
        EXPECT_THAT(b.device.revoked, ElementsAre(range(va + 0x1000, va + 0x1fff)));
    });
}

// 6.3.57.2: with SIF an instruction fetch of a Secure stream may not leave for Non-secure memory.
TEST(TbuDmi, SettingSifTakesBackWhatSecureFetchesHave)
{
    smmu::tcu::parameters p = path_bench::many_slots();
    p.feature.secure_impl = true;
    dmi_bench b({}, p);
    in_thread([&] {
        b.set_up(1);
        const auto set_secure = [&b](std::uint32_t offset, std::uint64_t value) {
            transaction_attributes a;
            a.non_secure = false;
            sc_core::sc_time delay;
            EXPECT_TRUE(transport(b.cpu, tlm::TLM_WRITE_COMMAND, offset, &value, 4, a, delay));
            b.settle();
        };
        set_secure(0x8044, 0x80000000); // S_GBPA: bypass, NS as it comes; S_CR0.SMMUEN is 0
        auto fetch = path_bench::of_stream(9);
        fetch.sec_sid = security_state::secure;
        fetch.instruction = true;
        ASSERT_TRUE(b.touch_and_ask(ram + 0x1000, fetch));
        EXPECT_THAT(b.device.revoked, IsEmpty());
        set_secure(0x8020, 0x20);
        EXPECT_THAT(b.device.revoked, ElementsAre(range(ram, ram + 0xffff)));
        EXPECT_FALSE(b.touch_and_ask(ram + 0x1000, fetch));
        set_secure(0x8020, 0);
        EXPECT_TRUE(b.touch_and_ask(ram + 0x1000, fetch));
    });
}

TEST(TbuDmi, DownstreamsOwnRevocationIsMappedBack)
{
    dmi_bench b;
    in_thread([&] {
        b.set_up(4);
        const auto a = path_bench::of_stream(6);
        ASSERT_TRUE(b.touch_and_ask(va + 0x1000, a));
        ASSERT_TRUE(b.touch_and_ask(va + 0x3000, a));
        b.ram.socket->invalidate_direct_mem_ptr(0x0, 0xfff);
        EXPECT_THAT(b.device.revoked, IsEmpty());
        b.ram.socket->invalidate_direct_mem_ptr(0x1800, 0x2fff);
        EXPECT_THAT(b.device.revoked, ElementsAre(range(va + 0x1000, va + 0x1fff)));
    });
}

// A pointer is for IOVAs, whatever the stream: a second stream ends all, unless the integrator knows better.
TEST(TbuDmi, ASecondStreamEndsIt)
{
    dmi_bench b;
    in_thread([&] {
        b.set_up(4);
        ASSERT_TRUE(b.touch_and_ask(va + 0x1000, path_bench::of_stream(6)));
        b.lt(rd, va, 8, path_bench::of_stream(5));
        EXPECT_THAT(b.device.revoked, ElementsAre(range(va + 0x1000, va + 0x1fff)));
        EXPECT_FALSE(b.touch_and_ask(va + 0x1000, path_bench::of_stream(6)));
    });
}

TEST(TbuDmi, ManyStreamsOnDemand)
{
    smmu::tbu::parameters q;
    q.dmi_many_streams = true;
    dmi_bench b(q);
    in_thread([&] {
        b.set_up(4);
        ASSERT_TRUE(b.touch_and_ask(va + 0x1000, path_bench::of_stream(6)));
        ASSERT_TRUE(b.touch_and_ask(va + 0x1000, path_bench::of_stream(5)));
        b.run(0x03 | 5ULL << 32, 1);
        EXPECT_THAT(b.device.revoked, ElementsAre(range(va + 0x1000, va + 0x1fff)));
        EXPECT_TRUE(b.ask(va + 0x1000, path_bench::of_stream(6)));
    });
}

TEST(TbuDmi, OffByParameter)
{
    smmu::tbu::parameters q;
    q.dmi = false;
    dmi_bench b(q);
    in_thread([&] {
        b.set_up(4);
        EXPECT_FALSE(b.touch_and_ask(va + 0x1000, path_bench::of_stream(6)));
        EXPECT_EQ(b.dmi.get_start_address(), va + 0x1000);
        EXPECT_EQ(b.dmi.get_end_address(), va + 0x1000);
    });
}
