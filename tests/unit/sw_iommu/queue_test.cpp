#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "machine.h"

namespace {

using testing::Each;
using testing::ElementsAre;

struct Queue : testing::Test {
    machine m;
    smmu s{};
    void start(bool by_msi = false)
    {
        smmu_platform p = m.platform();
        p.sync_by_msi = by_msi;
        ASSERT_EQ(smmu_init(&s, &p), 0);
    }
};

TEST_F(Queue, Init_3_11_OrderOfRegistersAndCommands)
{
    start();
    const auto position = [&](std::uint32_t offset, std::uint64_t value) {
        for (std::size_t i = 0; i < m.reg_writes.size(); i++)
            if (m.reg_writes[i].first == offset && m.reg_writes[i].second == value)
                return static_cast<int>(i);
        return -1;
    };
    const auto last_of = [&](std::uint32_t offset) {
        int at = -1;
        for (std::size_t i = 0; i < m.reg_writes.size(); i++)
            if (m.reg_writes[i].first == offset)
                at = static_cast<int>(i);
        return at;
    };
    const int disabled = position(0x20, 0);
    const int cmdq = position(0x20, 8);
    const int eventq = position(0x20, 12);
    const int enabled = position(0x20, 13);
    ASSERT_GE(disabled, 0);
    for (const std::uint32_t reg : {0x28u, 0x2Cu, 0x80u, 0x88u, 0x90u, 0x98u, 0x9Cu, 0xA0u, 0x100A8u, 0x100ACu}) {
        int first = -1;
        for (std::size_t i = 0; i < m.reg_writes.size() && first < 0; i++)
            if (m.reg_writes[i].first == reg)
                first = static_cast<int>(i);
        EXPECT_GT(first, disabled) << std::hex << reg;
        EXPECT_LT(first, cmdq) << std::hex << reg;
    }
    EXPECT_LT(cmdq, eventq);
    EXPECT_LT(eventq, enabled);
    EXPECT_GT(last_of(0x98), eventq); // invalidation, then SMMUEN
    EXPECT_LT(last_of(0x98), enabled);
    EXPECT_THAT(m.opcodes(), ElementsAre(0x04, 0x20, 0x30, 0x46));
    EXPECT_EQ(m.commands[0][1], 31u);      // CFGI_ALL
    EXPECT_EQ(m.regs[0x44] >> 20 & 1, 1u); // aborts whenever it is disabled
    EXPECT_EQ(m.regs[0x50], 5u);
}

TEST_F(Queue, Init_ProbesEverything)
{
    m.idr0 &= ~(1u << 9 | 1u << 12 | 1u << 18 | 1u << 27); // no Hyp, 8-bit ASID and VMID, linear stream table
    m.idr1 = 6u | 0u << 6 | 2u << 16 | 1u << 21;
    m.idr5 = 2u | 1u << 6;
    start();
    EXPECT_EQ(s.features.sid_bits, 6u);
    EXPECT_EQ(s.features.ssid_bits, 0u);
    EXPECT_EQ(s.features.oas, 40u);
    EXPECT_FALSE(s.features.gran4k);
    EXPECT_FALSE(s.features.gran16k);
    EXPECT_TRUE(s.features.gran64k);
    EXPECT_EQ(m.regs[0x88], 6u); // linear, 64 entries
    EXPECT_EQ(m.regs[0x90] & 31, 1u);
    EXPECT_EQ(m.regs[0xA0] & 31, 2u);
    EXPECT_THAT(m.opcodes(), ElementsAre(0x04, 0x30, 0x46)); // EL2_ALL would be CERROR_ILL
    for (unsigned i = 1; i < 256; i++)
        EXPECT_EQ(smmu_alloc_vmid(&s), i);
    EXPECT_EQ(smmu_alloc_vmid(&s), 0u);
    EXPECT_EQ(smmu_stream_prepare(&s, 64), ERR_INVALID);
    EXPECT_EQ(smmu_stream_prepare(&s, 63), 0);
}

TEST_F(Queue, Init_TwoLevelStreamTable_5_1)
{
    start();
    EXPECT_EQ(m.regs[0x88], (1u << 16 | 8u << 6 | 16u));
    const std::uint64_t base = m.regs[0x80] & 0x00FFFFFFFFFFFFC0u;
    EXPECT_EQ(base % (8u << 8), 0u);
    EXPECT_EQ(m.read64(base + 8 * 0x12), 0u);
    ASSERT_EQ(smmu_stream_prepare(&s, 0x1234), 0);
    const std::uint64_t l1std = m.read64(base + 8 * 0x12);
    EXPECT_EQ(l1std & 31, 9u);
    const smmu_entry ste = smmu_make_ste_bypass(true);
    ASSERT_EQ(smmu_write_ste(&s, 0x1234, ste.dw), 0);
    EXPECT_EQ(m.read64((l1std & 0x00FFFFFFFFFFFFC0u) + 64 * 0x34), ste.dw[0]);
    EXPECT_EQ(smmu_write_ste(&s, 0x1334, ste.dw), ERR_INVALID); // no second level there
}

TEST_F(Queue, Init_RefusesWhatItCannotDrive)
{
    smmu_platform p = m.platform();
    m.idr1 |= 1u << 29;
    EXPECT_EQ(smmu_init(&s, &p), ERR_UNSUPPORTED);
    m.idr1 &= ~(1u << 29);
    m.idr0 &= ~(3u << 2);
    EXPECT_EQ(smmu_init(&s, &p), ERR_UNSUPPORTED);
    m.idr0 |= 2u << 2;
    m.cr0_ack = false;
    EXPECT_EQ(smmu_init(&s, &p), ERR_TIMEOUT);
    m.cr0_ack = true;
    m.alloc_limit = 2048;
    EXPECT_EQ(smmu_init(&s, &p), ERR_NO_MEMORY);
}

TEST_F(Queue, CommandsWrapAndNeverOverrun)
{
    start();
    m.commands.clear();
    m.consume_late = true; // only when the driver looks at CONS, which it does when the queue is full
    for (std::uint16_t i = 0; i < 1000; i++)
        ASSERT_EQ(smmu_tlbi_asid(&s, 3, i), 0);
    ASSERT_EQ(smmu_sync(&s), 0);
    ASSERT_EQ(m.commands.size(), 1001u);
    for (std::uint16_t i = 0; i < 1000; i++)
        EXPECT_EQ(m.commands[i][0], 0x11u | std::uint64_t{3} << 32 | std::uint64_t{i} << 48);
    EXPECT_EQ(m.max_queue_fill, 16u);
}

TEST_F(Queue, FullAndHungQueueTimesOut)
{
    start();
    m.hang = true;
    for (unsigned i = 0; i < 16; i++)
        ASSERT_EQ(smmu_tlbi_asid(&s, 0, 1), 0);
    EXPECT_EQ(smmu_tlbi_asid(&s, 0, 1), ERR_TIMEOUT);
    EXPECT_EQ(smmu_sync(&s), ERR_TIMEOUT);
}

TEST_F(Queue, CerrorIll_7_1_IsReplacedByASyncAndTheRestGoesOn)
{
    start();
    m.commands.clear();
    m.opcodes();
    m.illegal = [](const machine::command& c) { return (c[0] & 0xFF) == 0x7F; };
    ASSERT_EQ(smmu_issue(&s, smmu_cmd{{0x7F, 0}}), 0);
    ASSERT_EQ(smmu_tlbi_asid(&s, 0, 9), 0);
    ASSERT_EQ(smmu_sync(&s), 0);
    EXPECT_EQ(m.errors_raised, 1u);
    EXPECT_EQ(s.counts.skipped_commands, 1u);
    std::vector<unsigned> ops;
    for (const auto& c : m.commands)
        ops.push_back(c[0] & 0xFF);
    EXPECT_THAT(ops, ElementsAre(0x46, 0x11, 0x46));
}

TEST_F(Queue, CerrorIll_OnAQueueNobodyWaitsForIsRecoveredByTheGerrorHandler)
{
    start();
    m.illegal = [](const machine::command& c) { return (c[0] & 0xFF) == 0x7F; };
    ASSERT_EQ(smmu_issue(&s, smmu_cmd{{0x7F, 0}}), 0);
    std::uint32_t active = 0;
    smmu_set_handlers(
        &s, nullptr, [](void* context, smmu*, std::uint32_t bits) { *static_cast<std::uint32_t*>(context) = bits; },
        &active);
    smmu_handle_gerror(&s);
    EXPECT_EQ(active, 1u);
    EXPECT_EQ(m.commands.back()[0] & 0xFF, 0x46u);
    smmu_handle_gerror(&s);
    EXPECT_EQ(s.counts.gerrors, 1u);
}

TEST_F(Queue, SyncByMsi_4_7_3)
{
    start(true);
    const auto c = m.commands.back();
    EXPECT_EQ(c[0] >> 12 & 3, 1u);
    EXPECT_EQ(c[0] >> 22 & 3, 3u);
    EXPECT_EQ(c[0] >> 24 & 15, 15u);
    EXPECT_EQ(c[0] >> 32, 1u);
    EXPECT_EQ(m.read64(c[1]) & 0xFFFFFFFF, 1u);
    ASSERT_EQ(smmu_sync(&s), 0);
    EXPECT_EQ(m.read64(c[1]) & 0xFFFFFFFF, 2u);
}

TEST_F(Queue, MsisOfTheSmmuItself_6_3_21)
{
    smmu_platform p = m.platform();
    p.setup_msi = [](void*, smmu_msi_source source, smmu_msi* msi) {
        msi->address = 0x30110040;
        msi->data = source == SMMU_MSI_EVENTQ ? 7 : 8;
        msi->attributes = 1;
        return true;
    };
    ASSERT_EQ(smmu_init(&s, &p), 0);
    EXPECT_EQ(m.regs[0x68], 0x30110040u);
    EXPECT_EQ(m.regs[0x70], 8u);
    EXPECT_EQ(m.regs[0x74], 1u);
    EXPECT_EQ(m.regs[0xB0], 0x30110040u);
    EXPECT_EQ(m.regs[0xB8], 7u);
    EXPECT_EQ(m.regs[0xBC], 1u);
}

TEST_F(Queue, InterruptStateIsKept)
{
    start();
    m.irqs = true;
    ASSERT_EQ(smmu_sync(&s), 0);
    EXPECT_TRUE(m.irqs);
    m.irqs = false;
    ASSERT_EQ(smmu_sync(&s), 0);
    EXPECT_FALSE(m.irqs);
}

struct Events : Queue {
    std::vector<smmu_event> got;
    static void on_event(void* context, smmu*, const smmu_event* e)
    {
        static_cast<Events*>(context)->got.push_back(*e);
    }
};

TEST_F(Events, QueueWrapsAndEveryRecordIsDeliveredOnce)
{
    start();
    smmu_set_handlers(&s, on_event, nullptr, this);
    for (std::uint64_t i = 0; i < 1000; i++) {
        m.post_event({0x04 | i << 32, 0, 0, 0});
        if (i % 3 == 2)
            smmu_handle_eventq(&s);
    }
    smmu_handle_eventq(&s);
    ASSERT_EQ(got.size(), 1000u);
    for (std::uint32_t i = 0; i < 1000; i++)
        EXPECT_EQ(got[i].stream_id, i);
    EXPECT_EQ(s.counts.overflows, 0u);
}

TEST_F(Events, Overflow_7_4_IsAcknowledgedEachTime)
{
    start();
    smmu_set_handlers(&s, on_event, nullptr, this);
    for (unsigned round = 1; round <= 3; round++) {
        got.clear();
        for (std::uint64_t i = 0; i < 150; i++) // 128 fit
            m.post_event({0x04 | i << 32, 0, 0, 0});
        EXPECT_EQ(smmu_handle_eventq(&s), 128u);
        EXPECT_EQ(got.back().stream_id, 127u);
        EXPECT_EQ(s.counts.overflows, round);
        EXPECT_EQ(m.regs[0x100AC] >> 31, round & 1);
        EXPECT_EQ(smmu_handle_eventq(&s), 0u);
    }
}

/// A record in which each field of 7.3 has a value of its own, whatever the type uses of it.
std::array<std::uint64_t, 4> record(unsigned type)
{
    return {type | 1u << 11 | 0xABCDEull << 12 | 0x1234ull << 32,
            // Reason/STAG, GPCF, Stall, PnU, RnW, S2, CLASS = IN
            0x5A5Aull | 1ull << 16 | 1ull << 31 | 1ull << 33 | 1ull << 35 | 1ull << 39 | 2ull << 40,
            0xFFFF000012345678ull, 0x0000000008000FF8ull};
}

struct expectation {
    unsigned type;
    const char* name;
    bool ssv, access, input, fault, stall, ipa, fetch, reason, gpcf;
};

TEST(EventRecords_7_3, EveryTypeYieldsExactlyItsFields)
{
    static const expectation all[] = {
        // type, name, ssv, access, input, fault, stall, ipa, fetch, reason, gpcf
        {0x01, "F_UUT", true, true, true, false, false, false, false, true, false},
        {0x02, "C_BAD_STREAMID", true, false, false, false, false, false, false, false, false},
        {0x03, "F_STE_FETCH", true, false, false, false, false, false, true, true, true},
        {0x04, "C_BAD_STE", true, false, false, false, false, false, false, false, false},
        {0x05, "F_BAD_ATS_TREQ", true, false, true, false, false, false, false, false, false},
        {0x06, "F_STREAM_DISABLED", false, false, false, false, false, false, false, false, false},
        {0x07, "F_TRANSL_FORBIDDEN", false, false, true, false, false, false, false, false, false},
        {0x08, "C_BAD_SUBSTREAMID", true, false, false, false, false, false, false, false, false},
        {0x09, "F_CD_FETCH", true, false, false, false, false, false, true, true, true},
        {0x0A, "C_BAD_CD", true, false, false, false, false, false, false, false, false},
        {0x0B, "F_WALK_EABT", true, true, true, true, false, false, true, true, true},
        {0x10, "F_TRANSLATION", true, true, true, true, true, true, false, false, false},
        {0x11, "F_ADDR_SIZE", true, true, true, true, true, true, false, false, false},
        {0x12, "F_ACCESS", true, true, true, true, true, true, false, false, false},
        {0x13, "F_PERMISSION", true, true, true, true, true, true, false, false, false},
        {0x20, "F_TLB_CONFLICT", true, true, true, true, false, true, false, true, false},
        {0x21, "F_CFG_CONFLICT", true, false, false, false, false, false, false, true, false},
        {0x25, "F_VMS_FETCH", true, false, false, false, false, false, true, true, true},
    };
    for (const expectation& x : all) {
        SCOPED_TRACE(x.name);
        const auto raw = record(x.type);
        smmu_event e{};
        smmu_event_decode(raw.data(), &e);
        EXPECT_EQ(e.type, x.type);
        EXPECT_TRUE(e.known);
        EXPECT_STREQ(smmu_event_name(e.type), x.name);
        EXPECT_EQ(e.stream_id, 0x1234u);
        EXPECT_EQ(e.ssv, x.ssv);
        EXPECT_EQ(e.substream_id, x.ssv ? 0xABCDEu : 0u);
        EXPECT_EQ(e.rnw, x.access || x.type == 0x07);
        EXPECT_EQ(e.pnu, x.access);
        EXPECT_FALSE(e.ind);
        EXPECT_EQ(e.s2, x.fault);
        EXPECT_EQ(e.event_class, x.fault ? SMMU_CLASS_IN : SMMU_CLASS_CD);
        EXPECT_EQ(e.stall, x.stall);
        EXPECT_EQ(e.stag, x.stall ? 0x5A5Au : 0u);
        EXPECT_EQ(e.input_addr, x.input ? raw[2] : 0u);
        EXPECT_EQ(e.ipa, x.ipa ? 0x8000000u : 0u);
        EXPECT_EQ(e.fetch_addr, x.fetch ? 0x8000FF8u : 0u);
        EXPECT_EQ(e.reason, x.reason ? 0x5A5Au : 0u);
        EXPECT_EQ(e.gpcf, x.gpcf);
        for (unsigned i = 0; i < 4; i++)
            EXPECT_EQ(e.raw[i], raw[i]);
    }
}

TEST(EventRecords_7_3, StageOneFaultHasNoIpa)
{
    auto raw = record(0x10);
    raw[1] &= ~(1ull << 39);
    smmu_event e{};
    smmu_event_decode(raw.data(), &e);
    EXPECT_FALSE(e.s2);
    EXPECT_EQ(e.ipa, 0u);
}

TEST(EventRecords_7_3_16, TtrnwOnlyWithClassTtd)
{
    auto raw = record(0x13);
    raw[1] |= 1ull << 44;
    smmu_event e{};
    smmu_event_decode(raw.data(), &e);
    EXPECT_FALSE(e.ttrnw);
    raw[1] = (raw[1] & ~(3ull << 40)) | 1ull << 40;
    smmu_event_decode(raw.data(), &e);
    EXPECT_TRUE(e.ttrnw);
}

TEST(EventRecords_7_3_19, PageRequest)
{
    const std::uint64_t raw[4] = {0x24 | 1u << 11 | 0x00001ull << 12 | 0x77ull << 32, 0x21ull << 33 | 0x81ull << 44,
                                  0x12345678, 0};
    smmu_event e{};
    smmu_event_decode(raw, &e);
    EXPECT_STREQ(smmu_event_name(e.type), "E_PAGE_REQUEST");
    EXPECT_EQ(e.input_addr, 0x12345000u);
    EXPECT_EQ(e.span, 0x81u);
    EXPECT_EQ(e.page_request, 0x21u); // pR, uX
}

TEST(EventRecords_7_3_21, ImpdefAndReservedKeepTheRawRecord)
{
    for (unsigned type = 0; type < 256; type++) {
        const auto raw = record(type);
        smmu_event e{};
        smmu_event_decode(raw.data(), &e);
        EXPECT_EQ(e.raw[3], raw[3]);
        if (type >= 0xE0 && type <= 0xEF) {
            EXPECT_TRUE(e.known);
            EXPECT_STREQ(smmu_event_name(e.type), "IMPDEF_EVENT");
        } else if (std::string(smmu_event_name(e.type)) == "RESERVED") {
            EXPECT_FALSE(e.known);
        }
    }
}

TEST_F(Queue, CdTables_5_3_5_4)
{
    start();
    smmu_cd_table table{};
    EXPECT_EQ(smmu_cd_table_alloc(&s, 9, &table), ERR_INVALID); // SSIDSIZE is 8
    ASSERT_EQ(smmu_cd_table_alloc(&s, 8, &table), 0);
    EXPECT_EQ(table.fmt, 1u);
    smmu_cd_config config{};
    config.asid = 4;
    config.ttb0 = 0x80000000;
    const smmu_entry cd = smmu_make_cd(&config);
    const std::uint32_t sids[2] = {5, 6};
    m.opcodes();
    ASSERT_EQ(smmu_write_cd(&s, &table, 0x83, cd.dw, sids, 2), 0);
    const std::uint64_t l1cd = m.read64(table.base + 8 * 2);
    EXPECT_EQ(l1cd & 0xFFF, 1u);
    EXPECT_EQ(m.read64((l1cd & ~0xFFFull) + 64 * 3), cd.dw[0]);
    const auto ops = m.opcodes();
    EXPECT_EQ(std::count(ops.begin(), ops.end(), 0x05u), 2 * std::count(ops.begin(), ops.end(), 0x46u) - 2);
    EXPECT_EQ(smmu_write_cd(&s, &table, 256, cd.dw, sids, 2), ERR_INVALID);
    const std::uint64_t before = m.allocated;
    smmu_cd_table_free(&s, &table);
    EXPECT_EQ(before - m.allocated, 32u + 4096u);

    m.idr0 &= ~(1u << 19);
    smmu other{};
    const smmu_platform p = m.platform();
    ASSERT_EQ(smmu_init(&other, &p), 0);
    ASSERT_EQ(smmu_cd_table_alloc(&other, 8, &table), 0);
    EXPECT_EQ(table.fmt, 0u);
    EXPECT_EQ(table.base % (64u << 8), 0u);
}

} // namespace
