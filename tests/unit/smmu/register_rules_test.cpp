#include "bench.h"

#include <gmock/gmock.h>

using namespace iovp;
using namespace iovp::test;
using testing::ElementsAre;
using testing::IsEmpty;

// One test per rule of 6.3.9 to 6.3.16 that needs the whole TCU; rules of the registers alone stand in
// register_frame_test.cpp.

static constexpr std::uint64_t data_pa = 0x80000000;
static constexpr std::uint64_t va = 0x123456000;

TEST(RegisterRules, ReservedFieldsOfCr0AreNotReflected_6_3_9)
{
    bench b;
    in_thread([&] {
        b.set_reg(0x20, 0xfffffff2); // ATSCHK, VMW, PRIQEN, DPT_WALK_EN: not implemented
        b.settle();
        EXPECT_EQ(b.reg(0x20), 0U);
        EXPECT_EQ(b.reg(0x24), 0U);
        b.set_reg(0x24, 0xff); // CR0ACK is RO
        EXPECT_EQ(b.reg(0x24), 0U);
    });
}

TEST(RegisterRules, WrittenValueReadsBackBeforeTheUpdateIsComplete_6_3_9)
{
    smmu::tcu::parameters p;
    p.update_cycles = 100;
    bench b(p);
    in_thread([&] {
        b.set_reg(0x20, 0x4);
        EXPECT_EQ(b.reg(0x20), 0x4U);
        EXPECT_EQ(b.reg(0x24), 0U);
        b.set_reg(0x20, 0xc); // the other field, meanwhile
        EXPECT_EQ(b.reg(0x20), 0xcU);
        b.settle();
        EXPECT_EQ(b.reg(0x24), 0xcU);
    });
}

TEST(RegisterRules, CmdqenOffStopsFetchesAfterTheCommandInProgress_6_3_9_3)
{
    bench b;
    b.memory.waits = true;
    in_thread([&] {
        b.enable();
        for (int i = 0; i < 7; ++i)
            b.push(0x30);
        b.ring();
        b.settle(15); // the first command is being fetched
        b.set_reg(0x20, 0x5);
        for (int i = 0; i < 100 && b.reg(0x24) != 0x5; ++i)
            b.settle(5);
        EXPECT_EQ(b.reg(0x24), 0x5U);
        const std::uint64_t cons = b.reg(0x9c);
        const unsigned fetched = b.memory.count(bench::command_base >> 12, false);
        EXPECT_LT(cons, 7U);
        EXPECT_EQ(fetched, cons); // what was fetched was consumed
        b.settle(2000);
        EXPECT_EQ(b.reg(0x9c), cons);
        EXPECT_EQ(b.memory.count(bench::command_base >> 12, false), fetched);
        b.set_reg(0x20, 0xd);
        b.settle(2000);
        EXPECT_EQ(b.reg(0x9c), 7U);
    });
}

TEST(RegisterRules, EventqenOffCompletesWhenCommittedRecordsAreVisible_6_3_9_4)
{
    bench b;
    b.memory.latency = sc_core::sc_time(300, sc_core::SC_NS);
    b.memory.waits = true;
    in_thread([&] {
        b.enable();
        std::uint64_t value;
        EXPECT_FALSE(b.read(70, va, value)); // C_BAD_STREAMID, its record is being written
        b.set_reg(0x20, 0x9);
        while (b.reg(0x24) != 0x9)
            b.settle(10);
        EXPECT_EQ(b.reg(0x100a8), 1U);
        EXPECT_EQ(b.memory.word(bench::event_base), 70ULL << 32 | 2);
    });
}

TEST(RegisterRules, SmmuenOffReadsNoStructures_6_3_9_6)
{
    bench b;
    in_thread([&] {
        b.enable();
        b.set_reg(0x20, 0xc);
        b.settle();
        b.set_reg(0x80, 0x50000, 8); // STRTAB_BASE may be written now
        EXPECT_EQ(b.reg(0x80, 8), 0x50000U);
        b.run(0x01 | 5ULL << 32); // CMD_PREFETCH_CONFIG
        b.run(0x30);
        b.memory.set(va, 0x33);
        std::uint64_t value;
        EXPECT_TRUE(b.access(b.device0, 5, tlm::TLM_READ_COMMAND, va, &value, 8, nullptr, substream_id(3)));
        EXPECT_EQ(value, 0x33U); // bypass, with a SubstreamID too
        EXPECT_EQ(b.memory.count(0x50, false), 0U);
        EXPECT_EQ(b.tcu.counts().configuration_reads, 0U);
        EXPECT_THAT(b.events(), IsEmpty());
    });
}

TEST(RegisterRules, Cr2HasNoFieldsOfAbsentFeatures_6_3_12)
{
    smmu::tcu::parameters p;
    p.feature.architecture_minor = 1;
    p.feature.hypervisor = false;
    bench b(p);
    in_thread([&] {
        b.set_reg(0x2c, 0xffffffff);
        EXPECT_EQ(b.reg(0x2c), 0x2U); // RECINVSID; no E2H without Hyp, no PTM without BTM, no REC_CFG_ATS
    });
}

TEST(RegisterRules, RecinvsidDecidesAboutTheRecordOnly_6_3_12)
{
    bench b;
    in_thread([&] {
        b.enable(0, 6, 0);
        std::uint64_t value;
        EXPECT_FALSE(b.read(70, va, value));
        b.settle();
        EXPECT_THAT(b.events(), IsEmpty());
    });
}

TEST(RegisterRules, StatusrIsReadOnlyZeroWithoutDormhint_6_3_13)
{
    bench b;
    in_thread([&] {
        EXPECT_EQ(b.reg(0) >> 22 & 1, 0U); // IDR0.DORMHINT
        b.set_reg(0x40, 1);
        EXPECT_EQ(b.reg(0x40), 0U);
    });
}

TEST(RegisterRules, GbpaReadsBackAtOnceAndActsWhenUpdated_6_3_14_1)
{
    smmu::tcu::parameters p;
    p.update_cycles = 100;
    bench b(p);
    in_thread([&] {
        std::uint64_t value;
        b.set_reg(0x44, 0x00101000); // without Update: ignored
        b.settle();
        EXPECT_TRUE(b.read(5, va, value));
        EXPECT_EQ(b.reg(0x44), 0x1000U);
        b.set_reg(0x44, 0x80101000);
        EXPECT_EQ(b.reg(0x44), 0x80101000U); // visible before the Update is complete
        b.set_reg(0x44, 0x80001000);         // ignored meanwhile
        b.settle();
        EXPECT_EQ(b.reg(0x44), 0x101000U);
        EXPECT_FALSE(b.read(5, va, value));
        b.set_reg(0x44, 0xffffffff & ~(1U << 20));
        b.settle();
        EXPECT_EQ(b.reg(0x44), 0x000f3f1fU); // RES0 bits
    });
}

TEST(RegisterRules, InterruptsRelateToOccurrencesAfterTheEnable_6_3_16)
{
    bench b;
    in_thread([&] {
        b.set_reg(0xb0, bench::msi_page, 8);
        b.set_reg(0xb8, 0x42);
        b.enable();
        std::uint64_t value;
        EXPECT_FALSE(b.read(70, va, value)); // the queue becomes non-empty
        b.settle();
        b.set_reg(0x50, 0xffffffff);
        b.settle();
        EXPECT_EQ(b.reg(0x50), 0x5U); // no PRIQ_IRQEN
        EXPECT_EQ(b.reg(0x54), 0x5U);
        EXPECT_EQ(b.memory.count(bench::msi_page >> 12, true), 0U);
        EXPECT_EQ(b.events().size(), 1U);
        EXPECT_FALSE(b.read(71, va, value));
        b.settle();
        EXPECT_EQ(b.memory.count(bench::msi_page >> 12, true), 1U);
        b.set_reg(0x54, 0); // RO
        EXPECT_EQ(b.reg(0x54), 0x5U);
    });
}

TEST(RegisterRules, IrqDisableCompletesAfterItsMsis_6_3_16)
{
    bench b;
    b.memory.latency = sc_core::sc_time(400, sc_core::SC_NS);
    b.memory.waits = true;
    in_thread([&] {
        b.set_reg(0xb0, bench::msi_page, 8);
        b.set_reg(0xb8, 0x42);
        b.enable(4);
        std::uint64_t value;
        EXPECT_FALSE(b.read(70, va, value));
        while (b.memory.count(bench::msi_page >> 12, true) == 0)
            b.settle(10);
        b.set_reg(0x50, 0);
        b.settle(50);
        EXPECT_EQ(b.reg(0x54), 0x4U); // the MSI is on its way
        EXPECT_EQ(b.memory.word(bench::msi_page), 0U);
        b.settle(1000);
        EXPECT_EQ(b.reg(0x54), 0U);
        EXPECT_EQ(b.memory.word(bench::msi_page), 0x42U);
    });
}

// 7.4: an unacknowledged overflow changes nothing but the flag: freed space takes new records.
// 6.3.16: after the Update to 0 the wired output makes no edge; one that is owed is out before.
TEST(RegisterRules, IrqDisableCompletesAfterItsWiredEdges_6_3_16)
{
    smmu::tcu::parameters p;
    p.interrupt_cycles = 500;
    bench b(p);
    in_thread([&] {
        unsigned edges = 0;
        sc_core::sc_spawn([&] {
            for (;;) {
                sc_core::wait(b.gerror_irq.posedge_event());
                ++edges;
            }
        });
        b.enable(1);
        b.push(0xff); // CERROR_ILL
        b.ring();
        b.settle(200);
        EXPECT_EQ(edges, 1U);
        b.set_reg(0x64, 1); // the same command again, during the pulse
        b.settle(200);
        EXPECT_EQ(b.reg(0x60), 0U);
        EXPECT_EQ(edges, 1U);
        b.set_reg(0x50, 0);
        b.settle(20);
        EXPECT_EQ(b.reg(0x54), 1U);
        while (b.reg(0x54) != 0)
            b.settle(10);
        EXPECT_EQ(edges, 2U);
        b.settle(5000);
        EXPECT_EQ(edges, 2U);
    });
}

// 6.2: registers are taken as a whole; nothing stands beyond the frame.
TEST(RegisterRules, PartialAccessesAndAddressesBeyondTheFrameFail)
{
    bench b;
    in_thread([&] {
        b.enable();
        const auto send = [&](tlm::tlm_command command, std::uint64_t address, std::vector<unsigned char> enables) {
            std::uint32_t value = 0;
            tlm::tlm_generic_payload t;
            t.set_command(command);
            t.set_address(address);
            t.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
            t.set_data_length(4);
            t.set_streaming_width(4);
            t.set_byte_enable_ptr(enables.empty() ? nullptr : enables.data());
            t.set_byte_enable_length(static_cast<unsigned>(enables.size()));
            t.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
            sc_core::sc_time delay;
            b.cpu->b_transport(t, delay);
            return t.get_response_status();
        };
        const std::uint64_t cr0 = b.reg(0x20);
        EXPECT_EQ(send(tlm::TLM_WRITE_COMMAND, 0x20, {0xff, 0xff, 0, 0xff}), tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
        EXPECT_EQ(send(tlm::TLM_READ_COMMAND, 0x20, {0xff, 0}), tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
        EXPECT_EQ(send(tlm::TLM_READ_COMMAND, 0x20, {0xff}), tlm::TLM_OK_RESPONSE);
        for (const std::uint64_t beyond : {0x20000ULL, 0x100000020ULL, 0xffffffffffffffe0ULL, 0x1fffeULL}) {
            EXPECT_EQ(send(tlm::TLM_WRITE_COMMAND, beyond, {}), tlm::TLM_ADDRESS_ERROR_RESPONSE) << beyond;
            EXPECT_EQ(send(tlm::TLM_READ_COMMAND, beyond, {}), tlm::TLM_ADDRESS_ERROR_RESPONSE) << beyond;
        }
        EXPECT_EQ(send(tlm::TLM_READ_COMMAND, 0x1fffc, {}), tlm::TLM_OK_RESPONSE);
        b.settle();
        EXPECT_EQ(b.reg(0x20), cr0);

        std::uint32_t value = 0;
        tlm::tlm_generic_payload t;
        t.set_command(tlm::TLM_READ_COMMAND);
        t.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
        t.set_data_length(4);
        t.set_address(0x100000000ULL);
        EXPECT_EQ(b.cpu->transport_dbg(t), 0U);
        t.set_address(0x20);
        EXPECT_EQ(b.cpu->transport_dbg(t), 4U);
        EXPECT_EQ(value, cr0);
    });
}

TEST(RegisterRules, UnacknowledgedOverflowStillTakesRecords_7_4)
{
    bench b;
    in_thread([&] {
        b.enable();
        std::uint64_t value;
        for (unsigned i = 0; i < 5; ++i)
            EXPECT_FALSE(b.read(70 + i, va, value));
        b.settle();
        EXPECT_EQ(b.reg(0x100a8), 0x80000004U);
        b.set_reg(0x100ac, 0x3); // three consumed, OVACKFLG as before
        EXPECT_FALSE(b.read(80, va, value));
        b.settle();
        EXPECT_EQ(b.reg(0x100a8), 0x80000005U);
        EXPECT_EQ(b.memory.word(bench::event_base), 80ULL << 32 | 2);
        for (unsigned i = 0; i < 4; ++i)
            EXPECT_FALSE(b.read(90 + i, va, value));
        b.settle();
        EXPECT_EQ(b.reg(0x100a8) >> 31, 1U); // the second overflow is invisible
    });
}

TEST(EventMerging, OnlyWithMevAndWithinTheWindow_7_3_1)
{
    smmu::tcu::parameters p;
    p.event_merge_window = sc_core::sc_time(1, sc_core::SC_US);
    bench b(p);
    in_thread([&] {
        const std::uint64_t root = b.new_table();
        b.map1(root, va + 0x10000, data_pa);
        b.stage1_stream(5, root, 7);
        b.stage1_stream(6, root, 8);
        b.set_bits(bench::stream_table + 5 * 64 + 8, 1 << 19); // MEV
        b.enable();
        std::uint64_t value;
        for (unsigned i = 0; i < 3; ++i)
            EXPECT_FALSE(b.read(5, va + 8 * i, value)); // InputAddr[11:0] are ignored
        EXPECT_FALSE(b.write(5, va, 0));                // differs in RnW
        b.settle();
        EXPECT_EQ(b.events().size(), 2U);
        EXPECT_EQ(b.tcu.events().merged(), 2U);
        b.settle(2000);
        for (unsigned i = 0; i < 2; ++i)
            EXPECT_FALSE(b.read(6, va, value)); // MEV == 0
        b.settle();
        EXPECT_EQ(b.events().size(), 2U);
        for (unsigned i = 0; i < 3; ++i)
            EXPECT_FALSE(b.read(70, va, value)); // C_BAD_STREAMID: may always be merged
        b.settle();
        EXPECT_EQ(b.events().size(), 1U);
        b.settle(2000);
        EXPECT_FALSE(b.read(70, va, value)); // a significant time later
        b.settle();
        EXPECT_EQ(b.events().size(), 1U);
    });
}

TEST(EventMerging, NothingIsMergedIntoALostRecordAndStallsNever_7_3_1)
{
    smmu::tcu::parameters p;
    p.event_merge_window = sc_core::sc_time(1, sc_core::SC_MS);
    p.suppress_duplicate_stalls = false;
    p.feature.stall_model = 0;
    p.feature.stall_max = 4;
    bench b(p);
    in_thread([&] {
        const std::uint64_t root = b.new_table();
        b.stage1_stream(5, root, 7);
        b.set_bits(bench::stream_table + 5 * 64 + 8, 1 << 19);
        b.set_bits(bench::cd_base + 5 * 64, 1ULL << 44);
        b.enable();
        bench::attempt a, c;
        b.start(a, 5, va);
        b.settle();
        b.start(c, 5, va);
        b.settle();
        EXPECT_EQ(b.events().size(), 2U);
        b.run(0x45 | 5ULL << 32);
        b.set_reg(0x20, 0x9);
        b.settle();
        std::uint64_t value;
        EXPECT_FALSE(b.read(70, va, value)); // lost: the queue is disabled
        b.settle();
        b.set_reg(0x20, 0xd);
        b.settle();
        EXPECT_FALSE(b.read(70, va, value));
        b.settle();
        EXPECT_THAT(b.events(), ElementsAre(bench::record{70ULL << 32 | 2, 0, 0, 0}));
    });
}
