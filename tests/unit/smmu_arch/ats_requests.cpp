// 3.9.1.2, 13.6, 13.7, 3.13.7: ATS Translation Requests.

#include "smmu/arch/ats.h"

#include "bench.h"

namespace iovp::test {
namespace {

constexpr std::uint64_t shift = 0x7000000000;
constexpr std::uint64_t va = 0x1000, ipa = 0x80001000, pa = 0x90001000;

/// Streams: 8 nested, 9 stage 1 alone, 10 stage 2 alone, all with full ATS; ATSCHK is set.
struct ats_bench : smmu_bench {
    table_builder s2 = stage2();
    table_builder nested1 = stage1(shift);
    table_builder flat1 = stage1();
    structure_words nested_words = make_ste(7), stage1_words = make_ste(5), stage2_words = make_ste(6);
    structure_words cd_words = make_cd();

    ats_bench()
    {
        f.ats = true;
        f.ats_split_stage = true;
        f.ats_record_errors = true;
        regs.ats_check = true;
        eats(1);
        nested1.map(va, ipa, 3, s1_af | s1_el0 | mair_is_wb);
        flat1.map(va, ipa, 3, s1_af | s1_el0 | mair_is_wb);
        s2.map(ipa, pa, 3, s2_rw);
        s2.map(cd_table, cd_table + shift, 3, s2_rw);
        map_tables();
        update();
    }
    void eats(unsigned value)
    {
        for (structure_words* w : {&nested_words, &stage1_words, &stage2_words})
            put_bits(*w, 93, 92, value);
        update();
    }
    void map_tables()
    {
        s2.map(0x1000000000, 0x1000000000 + shift, 3, s2_rw);
        for (const std::uint64_t t : nested1.tables())
            s2.map(t, t + shift, 3, s2_rw);
    }
    void update()
    {
        set_ste(8, nested_words);
        set_ste(9, stage1_words);
        set_ste(10, stage2_words);
        write(cd_table, cd_words);
        write(cd_table + shift, cd_words);
    }
    static ats_request asks(std::uint32_t sid, std::uint64_t address, bool nw = false)
    {
        ats_request r;
        r.stream = stream_id(sid);
        r.address = address;
        r.no_write = nw;
        return r;
    }
    static ats_request with_pasid(std::uint32_t sid, std::uint64_t address, std::uint32_t pasid, bool exe, bool priv,
                                  bool nw = false)
    {
        ats_request r = asks(sid, address, nw);
        r.substream = substream_id(pasid);
        r.execute = exe;
        r.privileged = priv;
        return r;
    }
    ats_completion answer(const ats_request& r)
    {
        const translation_context c{f, regs, memory, *walk_cache, *configuration_cache, true};
        return translation_request(c, r);
    }
    /// Success without access, nothing recorded, one STU (4 KiB here).
    void expect_denied(const ats_request& r, const char* why = "")
    {
        const auto a = answer(r);
        EXPECT_EQ(a.status, ats_status::success) << why;
        EXPECT_FALSE(a.read || a.write || a.execute) << why;
        EXPECT_EQ(a.size_log2, 12) << why;
        EXPECT_EQ(a.address, 0U) << why;
        EXPECT_FALSE(a.event.has_value()) << why;
    }
    void expect_granted(const ats_request& r, std::uint64_t address, unsigned size_log2, bool read, bool write,
                        bool execute = false, bool privileged = false)
    {
        const auto a = answer(r);
        EXPECT_EQ(a.status, ats_status::success);
        EXPECT_EQ(a.address, address);
        EXPECT_EQ(unsigned(a.size_log2), size_log2);
        EXPECT_EQ(a.read, read);
        EXPECT_EQ(a.write, write);
        EXPECT_EQ(a.execute, execute);
        EXPECT_EQ(a.privileged, privileged);
        EXPECT_FALSE(a.event.has_value());
    }
    void expect_unsupported(const ats_request& r, bool recorded, const char* why = "")
    {
        const auto a = answer(r);
        EXPECT_EQ(a.status, ats_status::unsupported_request) << why;
        EXPECT_FALSE(a.read || a.write || a.execute) << why;
        ASSERT_EQ(a.event.has_value(), recorded) << why;
        if (recorded) {
            EXPECT_EQ(a.event->type(), event_type::f_bad_ats_treq) << why;
        }
    }
    /// CA, recorded only with REC_CFG_ATS.
    void expect_completer_abort(const ats_request& r, event_type e)
    {
        regs.cr2 = 2;
        auto a = answer(r);
        EXPECT_EQ(a.status, ats_status::completer_abort) << event_name(e);
        EXPECT_FALSE(a.read || a.write || a.execute);
        EXPECT_FALSE(a.event.has_value()) << event_name(e);
        regs.cr2 = 2 | 8;
        a = answer(r);
        EXPECT_EQ(a.status, ats_status::completer_abort);
        ASSERT_TRUE(a.event.has_value()) << event_name(e);
        EXPECT_EQ(a.event->type(), e) << *a.event;
        f.ats_record_errors = false; // the bit is RES0 then
        EXPECT_FALSE(answer(r).event.has_value());
        f.ats_record_errors = true;
        regs.cr2 = 2;
    }
};

struct AtsRequest : testing::Test, ats_bench {};

TEST_F(AtsRequest, ReturnsTheTranslationOfAllStages_3_9_1)
{
    expect_granted(asks(8, va + 0x123), pa, 12, true, true);
    expect_granted(asks(9, va), ipa, 12, true, true);
    expect_granted(asks(10, ipa), pa, 12, true, true);
}

TEST_F(AtsRequest, DisabledStreams_3_9_1_2)
{
    for (const std::uint32_t sid : {8U, 9U, 10U}) {
        eats(0);
        expect_unsupported(asks(sid, va), true, "EATS 0b00");
        eats(3);
        expect_unsupported(asks(sid, va), true, "EATS 0b11 is reserved without DPT");
    }
    eats(2);
    regs.ats_check = false;
    expect_unsupported(asks(8, va), true, "EATS 0b10 without ATSCHK");
    regs.ats_check = true;
    eats(1);
    set_ste(11, make_ste(0));
    expect_unsupported(asks(11, va), false, "Config 0b000: silent");
    auto bypass = make_ste(4);
    put_bits(bypass, 93, 92, 1);
    set_ste(11, bypass);
    expect_unsupported(asks(11, va), true, "Config 0b100: EATS is IGNORED");
    regs.enabled = false;
    regs.gbpa = 0;
    expect_unsupported(asks(8, va), true, "SMMUEN 0");
    EXPECT_TRUE(memory.reads.size() > 0);
    memory.reads.clear();
    answer(asks(8, va));
    EXPECT_TRUE(memory.reads.empty()) << "nothing is fetched with SMMUEN 0 (6.3.9.6)";
}

TEST_F(AtsRequest, RecordOfABadRequest_7_3_6)
{
    eats(0);
    ats_request r = with_pasid(8, 0x123456789abcdef0, 0x54321, true, true);
    r.span = 5;
    auto a = answer(r);
    ASSERT_TRUE(a.event.has_value());
    // R, W, X, PRIV; before overrides
    EXPECT_EQ(*a.event, (event_record{{0x0000000854321805, 5 | 0xfULL << 28, 0x123456789abcd000, 0}}));
    put_bits(nested_words, 113, 112, 2); // PRIVCFG: unprivileged
    put_bits(nested_words, 115, 114, 2); // INSTCFG: data
    put_bits(nested_words, 83, 83, 1);   // MEV
    update();
    a = answer(r);
    EXPECT_EQ(*a.event, (event_record{{0x0000000854321805, 5 | 0xfULL << 28, 0x123456789abcd000, 0}}));
    EXPECT_TRUE(a.mev);
    // NW; without PASID no X and PRIV
    r.substream.reset();
    r.no_write = true;
    EXPECT_EQ(*answer(r).event, (event_record{{0x0000000800000005, 5 | 8ULL << 28, 0x123456789abcd000, 0}}));
}

TEST_F(AtsRequest, SizeIsTheSmallerOfTheStages_13_6_3)
{
    flat1.map(0x40000000, 0x80000000, 1, s1_af | s1_el0);
    expect_granted(asks(9, 0x7fffffff), 0x80000000, 30, true, true);
    nested1.map(0x200000, 0x80200000, 2, s1_af | s1_el0); // 2 MiB over 4 KiB
    s2.map(0x80212000, 0x90aaa000, 3, s2_rw);
    nested1.map(0x600000, 0x80a03000, 3, s1_af | s1_el0); // 4 KiB over 2 MiB
    s2.map(0x80a00000, 0x91200000, 2, s2_rw);
    nested1.map(0x800000, 0x80c00000, 2, s1_af | s1_el0); // 2 MiB over 2 MiB
    s2.map(0x80c00000, 0x91600000, 2, s2_rw);
    map_tables();
    expect_granted(asks(8, 0x212345), 0x90aaa000, 12, true, true);
    expect_granted(asks(8, 0x600fff), 0x91203000, 12, true, true);
    expect_granted(asks(8, 0x912345), 0x91600000, 21, true, true);
    // STU: the smallest granule
    EXPECT_EQ(smallest_translation_unit_log2(f), 12U);
    f.granule_4k = false;
    EXPECT_EQ(smallest_translation_unit_log2(f), 14U);
    f.granule_16k = false;
    EXPECT_EQ(smallest_translation_unit_log2(f), 16U);
}

TEST_F(AtsRequest, DataEntryEncodesTheSize)
{
    ats_completion a;
    a.status = ats_status::success;
    a.address = 0x123456789a000;
    a.size_log2 = 12;
    a.read = true;
    EXPECT_EQ(a.data_entry(), 0x123456789a001U);
    a.write = true;
    a.execute = true;
    a.privileged = true;
    EXPECT_EQ(a.data_entry(), 0x123456789a01bU) << "N, Global and U are 0";
    a.address = 0x1234567898000;
    a.size_log2 = 13; // S, and bit 12 is the lowest zero
    EXPECT_EQ(a.data_entry(), 0x123456789881bU);
    a.size_log2 = 14;
    EXPECT_EQ(a.data_entry(), 0x123456789981bU);
    a.address = 0x1234567800000;
    a.size_log2 = 21;
    EXPECT_EQ(a.data_entry(), 0x12345678ff81bU);
}

TEST_F(AtsRequest, TranslationRelatedFaultsGiveNoAccess_3_9_1_2)
{
    for (const bool s2r : {false, true}) { // no part of it: nothing is recorded
        put_bits(nested_words, 186, 186, s2r);
        put_bits(stage2_words, 186, 186, s2r);
        update();
        expect_denied(asks(8, 0x5000), "stage-1 translation");
        nested1.map(0x6000, 0x80006000, 3, s1_af | s1_el0);
        expect_denied(asks(8, 0x6000), "stage-2 translation");
        expect_denied(asks(10, 0x5000), "stage-2 translation, alone");
        nested1.map(0x7000, ipa, 3, s1_el0);
        expect_denied(asks(8, 0x7000), "stage-1 access flag");
        s2.map(0x80008000, 0x90008000, 3, s2_rw & ~s2_af);
        expect_denied(asks(10, 0x80008000), "stage-2 access flag");
        flat1.map(0x9000, 1ULL << 44, 3, s1_af | s1_el0);
        expect_denied(asks(9, 0x9000), "stage-1 address size");
        expect_denied(asks(10, 1ULL << 44), "beyond the IAS");
        expect_denied(asks(9, 1ULL << 50), "beyond T0SZ");
    }
}

TEST_F(AtsRequest, Stage2FaultsOfFetchesGiveNoAccess_3_9_1_2)
{
    for (const bool s2r : {false, true}) {
        put_bits(nested_words, 186, 186, s2r);
        update();
        s2.map(cd_table, cd_table + shift, 3, s2_rw & ~s2_read); // CD fetch: F_PERMISSION
        expect_denied(asks(8, va), "CD, permission");
        s2.descriptor(cd_table, 3) = 0;
        expect_denied(asks(8, va), "CD, translation");
        s2.map(cd_table, cd_table + shift, 3, s2_rw);
        s2.map(0x1000000000, 0x1000000000 + shift, 3, s2_rw & ~s2_read);
        expect_denied(asks(8, va), "TTD, permission");
        s2.descriptor(0x1000000000, 3) = 0;
        expect_denied(asks(8, va), "TTD, translation");
        map_tables();
        expect_granted(asks(8, va), pa, 12, true, true);
    }
}

TEST_F(AtsRequest, ConfigurationErrorsAreCompleterAborts_3_9_1_2)
{
    expect_completer_abort(asks(256, va), event_type::c_bad_streamid);
    regs.cr2 = 8; // RECINVSID is needed as well
    EXPECT_FALSE(answer(asks(256, va)).event.has_value());
    EXPECT_EQ(answer(asks(256, va)).status, ats_status::completer_abort);
    expect_completer_abort(asks(12, va), event_type::c_bad_ste); // V == 0
    put_bits(nested_words, 63, 59, 0);
    expect_completer_abort(with_pasid(8, va, 1, false, false), event_type::c_bad_substreamid);
    expect_completer_abort(with_pasid(10, va, 1, false, false), event_type::c_bad_substreamid);
    put_bits(stage1_words, 63, 59, 4); // S1CDMax, S1DSS 0b00
    update();
    expect_completer_abort(asks(9, va), event_type::f_stream_disabled);
    put_bits(cd_words, 31, 31, 0);
    update();
    expect_completer_abort(asks(8, va), event_type::c_bad_cd);
    put_bits(cd_words, 31, 31, 1);
    update();
    memory.abort_at(pa - 0x10001000 + 0); // nothing reads it
    const std::uint64_t leaf = flat1.entry(va, 3);
    memory.abort_at(leaf);
    put_bits(stage1_words, 63, 59, 0);
    update();
    expect_completer_abort(asks(9, va), event_type::f_walk_eabt);
    memory.abort_at(cd_table);
    expect_completer_abort(asks(9, va), event_type::f_cd_fetch);
    memory.abort_at(s2.entry(cd_table, 3));
    expect_completer_abort(asks(8, va), event_type::f_walk_eabt);
    memory.abort_at(stream_table + 8 * 64);
    expect_completer_abort(asks(8, va), event_type::f_ste_fetch);
}

// The examples of 13.7: {User, Priv} permissions by AP and XN; NW; Exe; Priv; expected R, W, Exe.
TEST_F(AtsRequest, ExamplesOfPermissions_13_7)
{
    constexpr std::uint64_t user_ro = s1_el0 | s1_ro, user_rw = s1_el0, xn = s1_uxn | s1_pxn;
    put_bits(stage1_words, 63, 59, 1);
    put_bits(stage1_words, 65, 64, 2); // S1DSS: without a PASID CD 0
    update();
    write(cd_table + 64, cd_words);
    const struct {
        std::uint64_t page;
        bool nw, exe, priv, r, w, x;
    } rows[] = {
        {user_ro, true, false, false, true, false, false}, // User-RO; the page gives nobody more
        {user_rw, false, false, false, true, true, false},
        {user_ro, false, false, false, true, false, false},
        {0, false, false, true, true, true, false}, // Priv-RW
        {user_rw | xn, true, true, false, true, true, false},
        {user_rw | xn, false, false, false, true, true, false},
        {user_rw, false, true, false, true, true, true},
        {0, false, true, false, false, false, false}, // User-X, Priv-RW, UXN == 0: execute-only
        {s1_ro, false, true, true, true, false, true},
        {s1_ro | s1_pxn, true, true, true, true, false, false},
    };
    for (const auto& row : rows) {
        flat1.map(0x5000, 0x70005000, 3, s1_af | row.page);
        const auto a = answer(with_pasid(9, 0x5000, 1, row.exe, row.priv, row.nw));
        EXPECT_EQ(a.status, ats_status::success);
        EXPECT_EQ(a.read, row.r) << std::hex << row.page;
        EXPECT_EQ(a.write, row.w) << std::hex << row.page;
        EXPECT_EQ(a.execute, row.x) << std::hex << row.page;
        EXPECT_EQ(a.privileged, row.priv);
        EXPECT_FALSE(a.event.has_value());
    }
    // A fault: Priv as in the request.
    EXPECT_TRUE(answer(with_pasid(9, 0x6000, 1, true, true)).privileged);
    // Without a PASID Exe and Priv are 0.
    flat1.map(0x5000, 0x70005000, 3, s1_af | user_rw);
    ats_request r = asks(9, 0x5000);
    r.execute = true;
    r.privileged = true;
    expect_granted(r, 0x70005000, 12, true, true, false, false);
}

TEST_F(AtsRequest, OverridesOfPrivilegeAndInstruction_13_7_1)
{
    put_bits(stage1_words, 63, 59, 1);
    put_bits(stage1_words, 65, 64, 2);
    write(cd_table + 64, cd_words);
    const auto set = [&](unsigned privcfg, unsigned instcfg) {
        put_bits(stage1_words, 113, 112, privcfg);
        put_bits(stage1_words, 115, 114, instcfg);
        update();
    };
    flat1.map(0x5000, 0x70005000, 3, s1_af); // privileged only
    set(3, 0);
    expect_granted(with_pasid(9, 0x5000, 1, false, false), 0x70005000, 12, true, true, false, false);
    expect_granted(asks(9, 0x5000), 0x70005000, 12, true, true, false, false);
    set(2, 0);
    expect_denied(with_pasid(9, 0x5000, 1, false, true));
    EXPECT_TRUE(answer(with_pasid(9, 0x5000, 1, false, true)).privileged) << "Priv is the request's";

    // The example: page User-RO (and Priv-RW, which one descriptor cannot say).
    flat1.map(0x5000, 0x70005000, 3, s1_af | s1_el0 | s1_ro);
    expect_granted(with_pasid(9, 0x5000, 1, false, true), 0x70005000, 12, true, false, false, true);

    // INSTCFG instruction: reads are fetches.
    set(0, 3);
    flat1.map(0x5000, 0x70005000, 3, s1_af); // execute-only for the user
    expect_granted(with_pasid(9, 0x5000, 1, true, false), 0x70005000, 12, true, false, true, false);
    expect_granted(with_pasid(9, 0x5000, 1, false, false), 0x70005000, 12, true, false, false, false);
    flat1.map(0x5000, 0x70005000, 3, s1_af | s1_el0 | s1_uxn);
    expect_granted(with_pasid(9, 0x5000, 1, true, false), 0x70005000, 12, false, true, false, false);
    // INSTCFG data: execution is reading.
    set(0, 2);
    expect_granted(with_pasid(9, 0x5000, 1, true, false), 0x70005000, 12, true, true, true, false);
    // IDR1.ATTR_PERMS_OVR == 0
    f.attribute_permissions_override = false;
    set(3, 3);
    flat1.map(0x5000, 0x70005000, 3, s1_af);
    expect_denied(asks(9, 0x5000));
}

TEST_F(AtsRequest, PermissionsOfBothStagesCombine_3_9_1_2)
{
    const struct {
        std::uint64_t one, two;
        bool r, w;
    } rows[] = {
        {s1_el0, s2_read | s2_write, true, true}, {s1_el0 | s1_ro, s2_read | s2_write, true, false},
        {s1_el0, s2_read, true, false},           {s1_el0, s2_write, false, true},
        {s1_el0 | s1_ro, s2_write, false, false}, {s1_el0, 0, false, false},
    };
    for (const unsigned mode : {1U, 2U}) {
        eats(mode);
        for (const auto& row : rows) {
            nested1.map(va, ipa, 3, s1_af | row.one);
            s2.map(ipa, pa, 3, (s2_rw & ~(s2_read | s2_write)) | row.two);
            if (row.r || row.w)
                expect_granted(asks(8, va), mode == 1 ? pa : ipa, 12, row.r, row.w);
            else
                expect_denied(asks(8, va));
        }
    }
}

TEST_F(AtsRequest, ExecuteImpliesRead_13_7_1)
{
    put_bits(nested_words, 63, 59, 1);
    put_bits(nested_words, 65, 64, 2);
    update();
    write(cd_table + shift + 64, cd_words);
    s2.map(ipa, pa, 3, s2_rw & ~s2_read); // stage 2: write and execute
    expect_granted(with_pasid(8, va, 1, true, false), pa, 12, false, true, false);
    s2.map(ipa, pa, 3, s2_rw);
    expect_granted(with_pasid(8, va, 1, true, false), pa, 12, true, true, true);
}

TEST_F(AtsRequest, Stage2IsNotAskedWhenStage1GrantsNothing_3_9_1_2)
{
    nested1.map(va, ipa, 3, s1_af); // privileged only
    const std::uint64_t leaf = s2.entry(ipa, 3);
    memory.abort_at(leaf);
    expect_denied(asks(8, va));
    for (const auto& r : memory.reads)
        EXPECT_NE(r.address.value(), leaf);
    nested1.map(va, ipa, 3, s1_af | s1_el0);
    EXPECT_EQ(answer(asks(8, va)).status, ats_status::completer_abort);
}

TEST_F(AtsRequest, SplitStageReturnsTheIpa_13_6_3)
{
    eats(2);
    // Illegal without both stages: only stream 8 has it.
    expect_granted(asks(8, va + 8), ipa, 12, true, true);
    nested1.map(0x200000, 0x80200000, 2, s1_af | s1_el0);
    s2.map(0x80212000, 0x90aaa000, 3, s2_rw);
    expect_granted(asks(8, 0x212345), 0x80212000, 12, true, true);
    nested1.map(0x6000, 0x80006000, 3, s1_af | s1_el0);
    expect_denied(asks(8, 0x6000), "stage 2 does not map it");
}

TEST_F(AtsRequest, Stage1SkippedByS1dss_13_6_4)
{
    for (structure_words* w : {&nested_words, &stage1_words}) {
        put_bits(*w, 63, 59, 4);
        put_bits(*w, 65, 64, 1);
    }
    update();
    // Stage 1 alone: the identity, whatever was asked.
    expect_granted(asks(9, 0x123456789), 0x123456000, 12, true, true);
    expect_granted(asks(9, 0x123456789, true), 0x123456000, 12, true, true);
    expect_denied(asks(9, 1ULL << 44), "beyond the OAS");
    // Nested: stage 2 alone, a PA.
    expect_granted(asks(8, ipa + 4), pa, 12, true, true);
    // With a PASID stage 1 translates.
    write(cd_table + shift + 64, cd_words);
    expect_granted(with_pasid(8, va, 1, false, false), pa, 12, true, true);
}

TEST_F(AtsRequest, SplitStageSkippingStage1_13_6_5)
{
    put_bits(nested_words, 63, 59, 4);
    put_bits(nested_words, 65, 64, 1);
    eats(2);
    s2.map(ipa, pa, 3, s2_rw & ~s2_write);
    expect_granted(asks(8, ipa + 4), ipa, 12, true, false); // identity, permissions of stage 2
    s2.map(0x80a00000, 0x91200000, 2, s2_rw);
    expect_granted(asks(8, 0x80b12345), 0x80a00000, 21, true, true);
    expect_denied(asks(8, 1ULL << 44), "beyond the IAS");
}

struct AtsUpdates : AtsRequest {
    std::uint64_t& leaf1 = flat1.descriptor(va, 3);
    void hardware(bool ha, bool hd)
    {
        f.htt_update = 2;
        put_bits(cd_words, 43, 43, ha);
        put_bits(cd_words, 42, 42, hd);
        put_bits(nested_words, 184, 184, ha);
        put_bits(nested_words, 183, 183, hd);
        update();
    }
};

TEST_F(AtsUpdates, AccessFlagIsSetWhenAnythingIsGranted_3_13_7_1)
{
    leaf1 &= ~s1_af;
    const std::uint64_t before = leaf1;
    expect_denied(asks(9, va), "AF 0 without HTTU (3.13.7.2)");
    EXPECT_EQ(leaf1, before);
    hardware(true, false);
    leaf1 &= ~s1_el0; // nothing granted
    expect_denied(asks(9, va));
    EXPECT_EQ(leaf1, before & ~s1_el0);
    leaf1 = before;
    expect_granted(asks(9, va, true), ipa, 12, true, true);
    EXPECT_EQ(leaf1, before | s1_af);
}

TEST_F(AtsUpdates, DirtyStateByNw_3_13_7_1)
{
    // Writable-clean: DBM, read-only.
    leaf1 |= dbm | s1_ro;
    const std::uint64_t clean = leaf1;
    expect_granted(asks(9, va), ipa, 12, true, false); // without HTTU
    hardware(true, false);
    expect_granted(asks(9, va), ipa, 12, true, false); // access flag only
    EXPECT_EQ(leaf1, clean);
    hardware(true, true);
    expect_granted(asks(9, va, true), ipa, 12, true, false); // NW must not mark it dirty
    EXPECT_EQ(leaf1, clean);
    expect_granted(asks(9, va), ipa, 12, true, true);
    EXPECT_EQ(leaf1, clean & ~s1_ro);
    expect_granted(asks(9, va, true), ipa, 12, true, true); // dirty already
}

TEST_F(AtsUpdates, ReadOnlyStage1LeavesStage2Clean_3_13_7_1)
{
    hardware(true, true);
    nested1.map(va, ipa, 3, s1_af | s1_el0 | s1_ro); // not writable
    s2.map(ipa, pa, 3, (s2_rw & ~s2_write) | dbm);
    const std::uint64_t clean = s2.descriptor(ipa, 3);
    expect_granted(asks(8, va), pa, 12, true, false);
    EXPECT_EQ(s2.descriptor(ipa, 3), clean);
    // Stage 1 clean, stage 2 read-only: neither changes, because no write permission is granted.
    nested1.map(va, ipa, 3, s1_af | s1_el0 | s1_ro | dbm);
    s2.map(ipa, pa, 3, s2_rw & ~s2_write);
    const std::uint64_t one = nested1.descriptor(va, 3);
    expect_granted(asks(8, va), pa, 12, true, false);
    EXPECT_EQ(nested1.descriptor(va, 3), one);
    // Both writable-clean: both become dirty.
    s2.map(ipa, pa, 3, (s2_rw & ~s2_write) | dbm);
    expect_granted(asks(8, va, true), pa, 12, true, false);
    EXPECT_EQ(nested1.descriptor(va, 3), one);
    expect_granted(asks(8, va), pa, 12, true, true);
    EXPECT_EQ(nested1.descriptor(va, 3), one & ~s1_ro);
    EXPECT_EQ(s2.descriptor(ipa, 3), clean | s2_write);
}

TEST_F(AtsUpdates, SplitStageTreatsACleanStage2AsWritable_3_13_7_1)
{
    hardware(true, true);
    eats(2);
    s2.map(ipa, pa, 3, (s2_rw & ~s2_write) | dbm);
    const std::uint64_t clean = s2.descriptor(ipa, 3);
    expect_granted(asks(8, va, true), ipa, 12, true, true);
    EXPECT_EQ(s2.descriptor(ipa, 3), clean) << "NW";
    // Stage 1 is updated by the request as ever.
    nested1.map(va, ipa, 3, s1_el0 | s1_ro | dbm);
    expect_granted(asks(8, va), ipa, 12, true, true);
    EXPECT_EQ(nested1.descriptor(va, 3), ipa | s1_af | s1_el0 | dbm | 3);
}

TEST_F(AtsUpdates, ExternalAbortOfAnUpdateIsACompleterAbort_3_9_1_2)
{
    hardware(true, false);
    leaf1 &= ~s1_af;
    regs.cr2 = 2 | 8; // REC_CFG_ATS
    memory.before_exchange = [this](std::uint64_t address) { memory.abort_at(address); };
    const auto a = answer(asks(9, va));
    EXPECT_EQ(a.status, ats_status::completer_abort);
    EXPECT_FALSE(a.read || a.write || a.execute);
    ASSERT_TRUE(a.event.has_value());
    EXPECT_EQ(a.event->type(), event_type::f_walk_eabt);
}

TEST_F(AtsRequest, WhereNothingMayBeUpdatedNothingIs)
{
    f.htt_update = 2;
    put_bits(cd_words, 43, 43, 1);
    put_bits(cd_words, 42, 42, 1);
    update();
    flat1.descriptor(va, 3) &= ~s1_af;
    const std::uint64_t before = flat1.descriptor(va, 3);
    const translation_context c{f, regs, memory, *walk_cache, *configuration_cache, false};
    EXPECT_TRUE(translation_request(c, asks(9, va)).write);
    EXPECT_EQ(flat1.descriptor(va, 3), before);
}

} // namespace
} // namespace iovp::test
