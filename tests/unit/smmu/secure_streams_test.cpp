// 3.10, 3.11, 4.4, 7.2.3: Secure and Non-secure streams side by side, through TBU and TCU.

#include "secure_bench.h"

#include <gmock/gmock.h>

using namespace iovp;
using namespace iovp::test;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

constexpr std::uint64_t va = 0x123456000;
constexpr std::uint64_t pa = 0x80000000, secure_pa = 0x90000000;
constexpr std::uint64_t read_of = 1ULL << 35, instruction = 1ULL << 34, class_in = 2ULL << 40, s2 = 1ULL << 39;
constexpr std::uint64_t ns_leaf = 1ULL << 5;
constexpr std::uint64_t ssec = 1 << 10;

/// Streams 8 of both states: `va` is at `pa` for the Non-secure one and at `secure_pa` for the other.
struct two_streams : secure_bench {
    using secure_bench::secure_bench;
    std::uint64_t root = 0, s_root = 0, value = 0;

    void begin(std::uint64_t strw = 0)
    {
        root = new_table();
        s_root = new_table();
        map1(root, va, pa);
        map1(s_root, va, secure_pa);
        stage1_stream(8, root, 7);
        secure_stage1_stream(8, s_root, 7, strw);
        memory.set(pa, 0x11);
        memory.set(secure_pa, 0x22);
        enable();
        enable_secure();
    }
    std::uint64_t ns_value()
    {
        EXPECT_TRUE(read(8, va, value));
        return value;
    }
    std::uint64_t s_value(const how& h = {})
    {
        EXPECT_TRUE(secure_read(8, va, value, h));
        return value;
    }
    /// Changes the Secure translation, which only an invalidation shows.
    void move_secure(std::uint64_t to)
    {
        map1(s_root, va, to);
        memory.set(to, to >> 12);
    }
};

} // namespace

TEST(SecureStreams_3_10_2_1, OneNumberTwoStreams)
{
    two_streams b;
    in_thread([&] {
        b.begin();
        for (int warm = 0; warm < 2; ++warm) {
            EXPECT_EQ(b.ns_value(), 0x11U);
            EXPECT_EQ(b.s_value(), 0x22U);
        }
        EXPECT_EQ(b.tbu0.counts().requests, 2U) << "TLBs and stream tables hold both";
        EXPECT_TRUE(b.last_was_non_secure(pa >> 12));
        EXPECT_FALSE(b.last_was_non_secure(secure_pa >> 12));
        EXPECT_TRUE(b.last_was_non_secure(bench::stream_table >> 12));
        EXPECT_FALSE(b.last_was_non_secure(secure_bench::s_stream_table >> 12));
        EXPECT_FALSE(b.last_was_non_secure(secure_bench::s_cd_base >> 12));
        EXPECT_TRUE(b.last_was_non_secure(b.root >> 12));
        EXPECT_FALSE(b.last_was_non_secure(b.s_root >> 12));
        EXPECT_THAT(b.events(), IsEmpty());
        EXPECT_THAT(b.sevents(), IsEmpty());
    });
}

TEST(SecureStreams_3_11, EachEnableIsForItsStreams)
{
    two_streams b;
    in_thread([&] {
        b.begin();
        b.memory.set(va, 0x33);
        b.set_sreg(0x8020, 0xc);
        b.settle();
        EXPECT_EQ(b.s_value(), 0x33U) << "bypass";
        EXPECT_FALSE(b.last_was_non_secure(va >> 12));
        EXPECT_EQ(b.s_value({true, false, false}), 0x33U);
        EXPECT_TRUE(b.last_was_non_secure(va >> 12)) << "incoming NS";
        EXPECT_EQ(b.ns_value(), 0x11U);
        // S_GBPA.NSCFG, then ABORT (6.3.63)
        b.set_sreg(0x8044, 0x80001000 | 3U << 14);
        b.settle();
        EXPECT_EQ(b.sreg(0x8044), 0x1000U | 3U << 14);
        b.s_value();
        EXPECT_TRUE(b.last_was_non_secure(va >> 12));
        b.set_sreg(0x8044, 0x80101000);
        b.settle();
        EXPECT_FALSE(b.secure_read(8, va, b.value));
        EXPECT_EQ(b.ns_value(), 0x11U);
        // The other way round
        b.set_sreg(0x8020, 0xd);
        b.set_reg(0x20, 0xc);
        b.settle();
        EXPECT_EQ(b.s_value(), 0x22U);
        EXPECT_EQ(b.ns_value(), 0x33U);
        EXPECT_TRUE(b.last_was_non_secure(va >> 12));
        EXPECT_THAT(b.sevents(), IsEmpty());
    });
}

TEST(SecureStreams_7_2_3, EventsGoToTheQueueOfTheStream)
{
    two_streams b;
    in_thread([&] {
        b.begin();
        EXPECT_FALSE(b.secure_read(8, va + 0x1000, b.value));
        b.settle();
        EXPECT_EQ(b.reg(0x100a8), 0U);
        EXPECT_THAT(b.sevents(), ElementsAre(bench::record{0x0000000800000010, read_of | class_in, va + 0x1000, 0}));
        EXPECT_FALSE(b.last_was_non_secure(secure_bench::s_event_base >> 12));
        EXPECT_FALSE(b.read(8, va + 0x2000, b.value));
        b.settle();
        EXPECT_THAT(b.sevents(), IsEmpty());
        EXPECT_THAT(b.events(), ElementsAre(bench::record{0x0000000800000010, read_of | class_in, va + 0x2000, 0}));
        EXPECT_TRUE(b.last_was_non_secure(bench::event_base >> 12));
    });
}

TEST(SecureStreams_3_10_2_1, OverflowAndQueueAbortsAreOfOneInterface)
{
    two_streams b;
    in_thread([&] {
        b.begin();
        for (int i = 0; i < 5; ++i)
            EXPECT_FALSE(b.secure_read(8, va + 0x1000, b.value));
        b.settle();
        EXPECT_EQ(b.sreg(0x80a8), 0x80000004U);
        EXPECT_EQ(b.reg(0x100a8), 0U);
        EXPECT_FALSE(b.read(8, va + 0x1000, b.value));
        b.settle();
        EXPECT_EQ(b.events().size(), 1U);
        EXPECT_EQ(b.sevents().size(), 4U);
        b.memory.aborting.insert(secure_bench::s_event_base >> 12);
        EXPECT_FALSE(b.secure_read(8, va + 0x1000, b.value));
        b.settle();
        EXPECT_EQ(b.sreg(0x8060), 1U << 2) << "EVENTQ_ABT_ERR";
        EXPECT_EQ(b.reg(0x60), 0U);
    });
}

TEST(SecureStreams_3_10_2_1, CommandErrorsAreOfOneInterface)
{
    two_streams b;
    in_thread([&] {
        b.begin();
        b.push(0xff);
        b.ring();
        b.settle();
        EXPECT_EQ(b.reg(0x60), 1U);
        b.srun(0x30); // CMD_TLBI_NSNH_ALL
        EXPECT_EQ(b.sreg(0x8060), 0U);
        b.spush(0xff);
        b.sring();
        b.settle();
        EXPECT_EQ(b.sreg(0x8060), 1U);
        EXPECT_EQ(b.sreg(0x809c) >> 24, 1U);
        EXPECT_FALSE(b.last_was_non_secure(secure_bench::s_command_base >> 12));
        b.set_reg(0x64, 1); // acknowledges the Non-secure one
        b.memory.set(bench::command_base, 0x46);
        b.settle();
        EXPECT_EQ(b.reg(0x9c) & 0xfffff, 1U);
        EXPECT_EQ(b.sreg(0x809c) & 0xfffff, 2U) << "not the other";
    });
}

TEST(SecureStreams_3_18, InterruptsAndMsisAreSecure)
{
    two_streams b;
    in_thread([&] {
        b.set_sreg(0x80b0, bench::msi_page, 8);
        b.set_sreg(0x80b8, 0xe);
        b.set_sreg(0x8068, bench::msi_page + 0x1000, 8);
        b.set_sreg(0x8070, 0xf);
        b.begin();
        b.set_sreg(0x8050, 5);
        b.settle();
        unsigned pulses = 0;
        sc_core::sc_spawn([&] {
            for (;;) {
                sc_core::wait(b.s_eventq_irq.posedge_event());
                ++pulses;
            }
        });
        EXPECT_FALSE(b.secure_read(8, va + 0x1000, b.value));
        b.settle();
        EXPECT_EQ(pulses, 1U);
        EXPECT_FALSE(b.eventq_irq.read());
        EXPECT_EQ(b.memory.word(bench::msi_page), 0xeU);
        EXPECT_FALSE(b.last_was_non_secure(bench::msi_page >> 12));
        b.spush(0xff);
        b.sring();
        b.settle();
        EXPECT_EQ(b.memory.word(bench::msi_page + 0x1000), 0xfU);
        EXPECT_FALSE(b.last_was_non_secure((bench::msi_page >> 12) + 1));
        b.set_sreg(0x8064, 1);
        // CMD_SYNC with an MSI (4.7.3)
        b.memory.set(secure_bench::s_command_base, 0x46 | 1 << 12 | 0xabULL << 32);
        b.memory.set(secure_bench::s_command_base + 8, bench::msi_page + 0x2000);
        b.settle();
        EXPECT_EQ(b.memory.word(bench::msi_page + 0x2000), 0xabU);
        EXPECT_FALSE(b.last_was_non_secure((bench::msi_page >> 12) + 2));
        // And the Non-secure one's are Non-secure.
        b.push(0x46 | 1 << 12 | 0xcdULL << 32, bench::msi_page + 0x2000);
        b.ring();
        b.settle();
        EXPECT_EQ(b.memory.word(bench::msi_page + 0x2000), 0xcdU);
        EXPECT_TRUE(b.last_was_non_secure((bench::msi_page >> 12) + 2));
    });
}

// --- invalidation (4.3, 4.4)

TEST(SecureInvalidation_4_4_2, NhCommandsReachTheQueuesState)
{
    two_streams b;
    in_thread([&] {
        b.begin();
        for (const std::uint64_t op : {0x10, 0x11, 0x12, 0x13}) {
            const std::uint64_t dw0 = op | 7ULL << 48; // ASID 7
            b.ns_value();
            const std::uint64_t before = b.s_value();
            const std::uint64_t to = 0xa0000000 + op * 0x1000;
            b.move_secure(to);
            b.run(dw0, va);
            b.run(0x30);
            EXPECT_EQ(b.s_value(), before) << "from the Non-secure queue";
            b.srun(dw0, va);
            EXPECT_EQ(b.s_value(), to >> 12) << op;
        }
    });
}

TEST(SecureInvalidation_4_4_2, SecureQueueReachesNonSecureEntriesByTheirCommands)
{
    two_streams b;
    in_thread([&] {
        b.begin();
        b.ns_value();
        b.map1(b.root, va, pa + 0x1000);
        b.memory.set(pa + 0x1000, 0x44);
        b.srun(0x12 | 7ULL << 48, va); // Secure NH_VA
        EXPECT_EQ(b.ns_value(), 0x11U);
        b.srun(0x30); // NSNH_ALL
        EXPECT_EQ(b.ns_value(), 0x44U);
    });
}

TEST(SecureInvalidation_4_4_2_5, El3)
{
    two_streams b;
    in_thread([&] {
        b.begin(1);
        std::uint64_t to = 0xa0000000;
        for (const std::uint64_t op : {0x18, 0x1a}) {
            const std::uint64_t before = b.s_value();
            b.move_secure(to += 0x1000);
            b.srun(0x10); // Secure EL1
            b.srun(0x20); // EL2
            b.srun(0x1a, va + 0x1000);
            EXPECT_EQ(b.s_value(), before);
            b.srun(op, op == 0x1a ? va : 0);
            EXPECT_EQ(b.s_value(), to >> 12) << op;
        }
    });
}

TEST(SecureInvalidation_4_4_2_11, SecureEl2)
{
    two_streams b(with_secure(true));
    in_thread([&] {
        b.begin(2);
        std::uint64_t to = 0xa0000000;
        for (const std::uint64_t op : {0x50, 0x52, 0x53}) {
            const std::uint64_t before = b.s_value();
            b.move_secure(to += 0x1000);
            b.srun(op - 0x30, op == 0x50 ? 0 : va); // the Non-secure equivalent
            b.srun(0x60);                           // SNH_ALL: not EL2
            EXPECT_EQ(b.s_value(), before) << op;
            b.srun(op, op == 0x50 ? 0 : va);
            EXPECT_EQ(b.s_value(), to >> 12) << op;
        }
        // E2H of S_CR2: ASID-tagged
        b.set_sreg(0x8020, 0xc);
        b.settle();
        b.set_sreg(0x802c, 3);
        b.set_sreg(0x8020, 0xd);
        b.settle();
        b.srun(0x50);
        for (const std::uint64_t op : {0x51, 0x52}) {
            const std::uint64_t before = b.s_value();
            b.move_secure(to += 0x1000);
            b.srun(op | 8ULL << 48, op == 0x51 ? 0 : va); // another ASID
            EXPECT_EQ(b.s_value(), before) << op;
            b.srun(op | 7ULL << 48, op == 0x51 ? 0 : va);
            EXPECT_EQ(b.s_value(), to >> 12) << op;
        }
    });
}

TEST(SecureInvalidation_4_4_3_3, Stage2ByIpaSpace)
{
    secure_bench b(with_secure(true));
    in_thread([&] {
        const std::uint64_t s = b.new_table(), n = b.new_table();
        b.map2(s, va, 0x80000000);
        b.map2(n, va, 0x90000000);
        b.secure_stage2_stream(8, s, n, 5);
        for (const std::uint64_t page : {0x80000, 0x90000, 0xa0000, 0xb0000, 0xc0000, 0xd0000})
            b.memory.set(page << 12, page);
        b.enable();
        b.enable_secure();
        std::uint64_t value = 0;
        const auto at = [&](bool non_secure) {
            EXPECT_TRUE(b.secure_read(8, va, value, {non_secure, false, false}));
            return value;
        };
        for (int warm = 0; warm < 2; ++warm) {
            EXPECT_EQ(at(false), 0x80000U);
            EXPECT_FALSE(b.last_was_non_secure(0x80000));
            EXPECT_EQ(at(true), 0x90000U);
            EXPECT_TRUE(b.last_was_non_secure(0x90000));
        }
        EXPECT_EQ(b.tbu0.counts().requests, 2U);
        b.map2(s, va, 0xa0000000);
        b.map2(n, va, 0xb0000000);
        b.srun(0x2a | 5ULL << 32, va); // of Non-secure streams
        b.srun(0x5a | 6ULL << 32, va); // another VMID
        EXPECT_EQ(at(false), 0x80000U);
        EXPECT_EQ(at(true), 0x90000U);
        b.srun(0x5a | 5ULL << 32, va);
        EXPECT_EQ(at(false), 0xa0000U);
        EXPECT_EQ(at(true), 0x90000U);
        b.srun(0x5a | 5ULL << 32, va | 1 << 1);
        EXPECT_EQ(at(true), 0xb0000U);
        b.map2(s, va, 0xc0000000);
        b.map2(n, va, 0xc0000000);
        b.srun(0x28 | 5ULL << 32); // S12_VMALL of the Non-secure state
        b.srun(0x58 | 6ULL << 32);
        EXPECT_EQ(at(false), 0xa0000U);
        b.srun(0x58 | 5ULL << 32); // S_S12_VMALL
        EXPECT_EQ(at(false), 0xc0000U);
        EXPECT_EQ(at(true), 0xc0000U);
        b.map2(s, va, 0xd0000000);
        b.srun(0x30);
        EXPECT_EQ(at(false), 0xc0000U);
        b.srun(0x60); // SNH_ALL
        EXPECT_EQ(at(false), 0xd0000U);
    });
}

TEST(SecureInvalidation_4_3, SsecChoosesTheStreamTable)
{
    two_streams b;
    in_thread([&] {
        b.begin();
        for (const std::uint64_t op : {0x03, 0x04, 0x05, 0x06}) {
            const std::uint64_t dw0 = op | 8ULL << 32;
            const std::uint64_t dw1 = op == 0x04 ? 31 : 0;
            b.bypass_stream(8);
            b.sste(8, {1 | 4 << 1, 1ULL << 44, 0, 0, 0, 0, 0, 0});
            b.run(0x03 | 8ULL << 32);
            b.srun(0x03 | ssec | 8ULL << 32);
            b.memory.set(va, 0x33);
            EXPECT_EQ(b.ns_value(), 0x33U);
            EXPECT_EQ(b.s_value(), 0x33U);
            if (op == 0x05 || op == 0x06) { // CDs: change the ASID's table
                b.stage1_stream(8, b.root, 7);
                b.secure_stage1_stream(8, b.s_root, 7);
                b.run(0x03 | 8ULL << 32);
                b.srun(0x03 | ssec | 8ULL << 32);
                EXPECT_EQ(b.s_value(), 0x22U);
                b.write_cd(secure_bench::s_cd_base + 8 * 64, b.root, 9);
                b.run(dw0, dw1);
                b.srun(dw0, dw1);
                EXPECT_EQ(b.s_value(), 0x22U);
                b.srun(dw0 | ssec, dw1);
                EXPECT_EQ(b.s_value(), 0x11U);
                continue;
            }
            b.stage1_stream(8, b.root, 7);
            b.secure_stage1_stream(8, b.s_root, 7);
            b.srun(dw0, dw1);
            EXPECT_EQ(b.ns_value(), 0x11U) << op;
            EXPECT_EQ(b.s_value(), 0x33U) << op;
            b.run(dw0, dw1);
            EXPECT_EQ(b.s_value(), 0x33U) << op;
            b.srun(dw0 | ssec, dw1);
            EXPECT_EQ(b.s_value(), 0x22U) << op;
        }
    });
}

TEST(SecureInvalidation_6_3_62, InitInvalidatesEverything)
{
    two_streams b;
    in_thread([&] {
        b.begin();
        b.ns_value();
        b.s_value();
        b.map1(b.root, va, pa + 0x1000);
        b.memory.set(pa + 0x1000, 0x44);
        b.move_secure(0xa0000000);
        EXPECT_EQ(b.ns_value(), 0x11U);
        EXPECT_EQ(b.s_value(), 0x22U);
        b.set_sreg(0x803c, 1);
        EXPECT_EQ(b.sreg(0x803c), 1U);
        b.set_sreg(0x803c, 0);
        b.settle();
        EXPECT_EQ(b.sreg(0x803c), 0U);
        EXPECT_EQ(b.ns_value(), 0x44U);
        EXPECT_EQ(b.s_value(), 0xa0000U);
    });
}

// --- S_CR0.SIF (6.3.57.2)

TEST(SecureStreams_6_3_57_2, SifOfBypassIsVisibleWithTheAcknowledge)
{
    two_streams b;
    in_thread([&] {
        b.begin();
        b.sste(8, {1 | 4 << 1, 1ULL << 44 | 3ULL << 46, 0, 0, 0, 0, 0, 0}); // NSCFG: Non-secure
        b.memory.set(va, 0x33);
        const secure_bench::how fetch{false, true, false};
        EXPECT_EQ(b.s_value(fetch), 0x33U);
        b.set_sreg(0x8020, 0x2d);
        while (b.sreg(0x8024) != 0x2d)
            b.settle(1);
        EXPECT_FALSE(b.secure_read(8, va, b.value, fetch));
        EXPECT_EQ(b.s_value(), 0x33U) << "data";
        b.settle();
        EXPECT_THAT(b.sevents(),
                    ElementsAre(bench::record{0x0000000800000013, instruction | read_of | class_in, va, 0}));
        b.set_sreg(0x8020, 0xd);
        b.settle();
        EXPECT_EQ(b.s_value(fetch), 0x33U);
    });
}

TEST(SecureStreams_6_3_57_2, SifOnWarmTranslations)
{
    two_streams b;
    in_thread([&] {
        b.begin();
        b.set_sreg(0x8020, 0x2d);
        b.settle();
        b.map1(b.s_root, va, secure_pa, 3, 0xfc1 | ns_leaf); // read-only
        EXPECT_EQ(b.s_value(), 0x22U);
        EXPECT_TRUE(b.last_was_non_secure(secure_pa >> 12));
        EXPECT_FALSE(b.secure_read(8, va, b.value, {false, true, false}));
        b.settle();
        EXPECT_THAT(b.sevents(),
                    ElementsAre(bench::record{0x0000000800000013, instruction | read_of | class_in, va, 0}));
    });
}

TEST(SecureStreams_6_3_57_2, SifOnWarmTranslationsOfStage2Alone)
{
    secure_bench b(with_secure(true));
    in_thread([&] {
        const std::uint64_t s = b.new_table(), n = b.new_table();
        b.map2(n, va, pa);
        b.secure_stage2_stream(8, s, n, 5);
        b.memory.set(pa, 0x11);
        b.enable();
        b.enable_secure(0, 0x2d);
        std::uint64_t value = 0;
        EXPECT_TRUE(b.secure_read(8, va, value, {true, false, false}));
        EXPECT_EQ(value, 0x11U) << "data";
        EXPECT_FALSE(b.secure_read(8, va, value, {true, true, false}));
        b.settle();
        EXPECT_THAT(b.sevents(),
                    ElementsAre(bench::record{0x0000000800000013, instruction | read_of | class_in, va, 0}))
            << "of stage 1, which is bypassed";
    });
}

// --- the Stall model (4.7.1)

TEST(SecureStall_4_7_1, ResumeAndStallTermBySsec)
{
    auto p = with_secure();
    p.feature.stall_model = 0;
    p.feature.stall_max = 8;
    two_streams b(p);
    in_thread([&] {
        b.begin();
        b.set_bits(bench::cd_base + 8 * 64, 1ULL << 44); // CD.S
        b.set_bits(secure_bench::s_cd_base + 8 * 64, 1ULL << 44);
        bench::attempt ns_one;
        b.start(ns_one, 8, va + 0x1000);
        bool s_done = false, s_ok = true;
        std::uint64_t s_value = 0;
        sc_core::sc_spawn([&] {
            s_ok = b.secure_read(8, va + 0x1000, s_value);
            s_done = true;
        });
        b.settle();
        EXPECT_EQ(b.tcu.stalled(), 2U) << "the same page of another stream is no duplicate";
        const auto of_ns = b.events();
        const auto of_s = b.sevents();
        ASSERT_EQ(of_ns.size(), 1U);
        ASSERT_EQ(of_s.size(), 1U);
        const std::uint64_t s_stag = of_s[0][1] & 0xffff;
        EXPECT_EQ(of_s[0][1] >> 31 & 1, 1U);
        // Terminate with abort: SSec does not match, then it does.
        b.run(0x44 | 1 << 13 | 8ULL << 32, s_stag);
        b.srun(0x44 | 1 << 13 | 8ULL << 32, s_stag);
        EXPECT_FALSE(s_done);
        b.srun(0x44 | 1 << 13 | ssec | 8ULL << 32, s_stag);
        b.settle();
        EXPECT_TRUE(s_done);
        EXPECT_FALSE(s_ok);
        EXPECT_FALSE(ns_one.done);
        b.srun(0x45 | ssec | 8ULL << 32);
        b.settle();
        EXPECT_FALSE(ns_one.done);
        b.srun(0x45 | 8ULL << 32); // the Secure queue may end Non-secure stalls
        b.settle();
        EXPECT_TRUE(ns_one.done);
        EXPECT_FALSE(ns_one.ok);
        EXPECT_EQ(b.tcu.stalled(), 0U);
    });
}

TEST(SecureStall_6_3_57, DisablingOneInterfaceEndsItsStallsAlone)
{
    auto p = with_secure();
    p.feature.stall_model = 0;
    p.feature.stall_max = 8;
    two_streams b(p);
    in_thread([&] {
        b.begin();
        b.set_bits(bench::cd_base + 8 * 64, 1ULL << 44);
        b.set_bits(secure_bench::s_cd_base + 8 * 64, 1ULL << 44);
        bench::attempt ns_one;
        b.start(ns_one, 8, va + 0x1000);
        bool s_done = false;
        sc_core::sc_spawn([&] {
            std::uint64_t v = 0;
            EXPECT_FALSE(b.secure_read(8, va + 0x1000, v));
            s_done = true;
        });
        b.settle();
        b.set_sreg(0x8020, 0xc);
        b.settle();
        EXPECT_TRUE(s_done);
        EXPECT_FALSE(ns_one.done);
        EXPECT_EQ(b.tcu.stalled(), 1U);
    });
}

// --- functional path and ports

TEST(SecureStreams_3_10, FunctionalTranslationKnowsTheState)
{
    two_streams b;
    in_thread([&] {
        b.begin();
        transaction_attributes a;
        a.stream = stream_id(8);
        auto o = b.tbu0.translate(a, va, false);
        EXPECT_EQ(std::get<smmu::translated>(o).out.pa.value(), pa);
        a.sec_sid = security_state::secure;
        a.non_secure = false;
        o = b.tbu0.translate(a, va, false);
        EXPECT_EQ(std::get<smmu::translated>(o).out.pa.value(), secure_pa);
        EXPECT_FALSE(std::get<smmu::translated>(o).out.non_secure);
    });
}

TEST(SecureStreams_3_10, SecureInterruptPortsMayStayUnbound)
{
    bench b(with_secure());
    in_thread([&] {
        transaction_attributes secure;
        secure.non_secure = false;
        sc_core::sc_time delay;
        std::uint32_t on = 5;
        EXPECT_TRUE(transport(b.cpu, tlm::TLM_WRITE_COMMAND, 0x8050, &on, 4, secure, delay));
        b.settle();
        on = 0;
        EXPECT_TRUE(transport(b.cpu, tlm::TLM_READ_COMMAND, 0x8054, &on, 4, secure, delay));
        EXPECT_EQ(on, 5U);
    });
}

// 4.7.3: both queues may sync at the same time.
TEST(SecureStreams_4_7_3, SyncsOfBothQueuesOverlap)
{
    two_streams b;
    in_thread([&] {
        b.begin();
        for (int i = 0; i < 6; ++i) {
            b.push(i % 2 ? 0x46 : 0x30);
            b.spush(i % 2 ? 0x46 : 0x10);
        }
        b.ring();
        b.sring();
        b.settle(3000);
        EXPECT_EQ(b.reg(0x9c), b.produced);
        EXPECT_EQ(b.sreg(0x809c), b.s_produced);
        EXPECT_EQ(b.tcu.secure()->commands.count(), 6U);
    });
}
