// 5.2, 5.2.2: every bit of a legal STE, one at a time: the response and the one event, or no C_BAD_STE.

#include "unit/smmu_arch/bench.h"

#include <set>

namespace iovp::test {
namespace {

struct Ste_5_2 : testing::Test, smmu_bench {
    /// Flips each of the 512 bits; `illegal` is what 5.2 says of this configuration, all else is no C_BAD_STE.
    void sweep(const structure_words& legal, const std::set<unsigned>& illegal)
    {
        for (unsigned b = 0; b < 512; ++b) {
            structure_words s = legal;
            s[b / 64] ^= std::uint64_t(1) << (b % 64);
            set_ste(8, s);
            const outcome o = run(req(8, 0x1000));
            const auto* t = std::get_if<terminated>(&o);
            if (illegal.count(b) == 0) {
                if (t != nullptr && t->event) {
                    EXPECT_NE(t->event->type(), event_type::c_bad_ste) << "bit " << b;
                }
                continue;
            }
            ASSERT_TRUE(t != nullptr && t->event) << "bit " << b;
            EXPECT_EQ(t->how, termination::abort) << "bit " << b;
            EXPECT_EQ(*t->event, (event_record{{0x0000000800000004, 0, 0, 0}})) << "bit " << b;
        }
    }
    static std::set<unsigned> bits(std::initializer_list<std::pair<unsigned, unsigned>> ranges)
    {
        std::set<unsigned> all;
        for (const auto& [low, high] : ranges)
            for (unsigned b = low; b <= high; ++b)
                all.insert(b);
        return all;
    }
    void stage1_behind()
    {
        write(cd_table, make_cd());
        stage1().map(0x1000, 0x80001000, 3, s1_af | s1_el0);
    }
};

TEST_F(Ste_5_2, SweepAbort)
{
    // Nothing but V can be wrong in a stream that aborts; bit 3 makes it a bypass.
    sweep(make_ste(0), bits({{0, 0}}));
}

TEST_F(Ste_5_2, SweepBypass)
{
    sweep(make_ste(4), bits({{0, 0}}));
}

TEST_F(Ste_5_2, SweepStage1)
{
    stage1_behind();
    // V; S1ContextPtr beyond 44 bits; S1CDMax 16 > SSIDSIZE 10; S1STALLD without Stall; STRW 0b01
    sweep(make_ste(5), bits({{0, 0}, {44, 55}, {63, 63}, {91, 91}, {94, 94}}));
}

TEST_F(Ste_5_2, SweepStage2)
{
    // V; S2T0SZ 16, 28, 4, 52 do not fit level 0 or the IAS; S2SL0 3 and 0; S2PS 32 bits below S2TTB; S2AA64; S2HD,
    // S2HA without HTTU; S2S without Stall; S2TTB beyond 44 bits
    sweep(make_ste(6), bits({{0, 0}, {162, 167}, {178, 179}, {183, 185}, {236, 243}}));
}

TEST_F(Ste_5_2, SweepNested)
{
    stage1_behind();
    // Both lists, but STRW is IGNORED.
    sweep(make_ste(7), bits({{0, 0}, {44, 55}, {63, 63}, {91, 91}, {162, 167}, {178, 179}, {183, 185}, {236, 243}}));
}

TEST_F(Ste_5_2, ReservedConfigValuesAbortWithoutEvent)
{
    for (const unsigned config : {0U, 1U, 2U, 3U}) {
        set_ste(8, make_ste(config));
        expect_silent_abort(req(8, 0x1000));
        EXPECT_EQ(memory.reads.size(), 1U) << "nothing but the STE is fetched";
        memory.reads.clear();
    }
}

TEST_F(Ste_5_2, S1FmtReservedBehavesAsLinear)
{
    auto s = make_ste(5);
    put_bits(s, 63, 59, 4);
    put_bits(s, 65, 64, 2); // S1DSS: substream 0
    put_bits(s, 5, 4, 3);
    set_ste(8, s);
    write(cd_table + 9 * 64, make_cd());
    stage1().map(0x1000, 0x80001000, 3, s1_af | s1_el0);
    request r = req(8, 0x1000);
    r.substream = substream_id(9);
    EXPECT_EQ(ok(r).out.pa.value(), 0x80001000U);
    EXPECT_EQ(memory.reads[1].address.value(), cd_table + 9 * 64);
}

TEST_F(Ste_5_2, S1CdMaxBoundsTheSubstream)
{
    for (const unsigned max : {1U, 4U, 10U}) {
        auto s = make_ste(5);
        put_bits(s, 63, 59, max);
        set_ste(8, s);
        request r = req(8, 0x1000);
        r.substream = substream_id(1U << max);
        expect_abort(r, {0x0000000800000008ULL | std::uint64_t(1U << max) << 12, 0, 0, 0});
        r.substream = substream_id((1U << max) - 1);
        const auto t = fails(r); // inside: its CD is empty
        ASSERT_TRUE(t.event);
        EXPECT_EQ(t.event->type(), event_type::c_bad_cd);
    }
}

TEST_F(Ste_5_2, S1ContextPtrIsAlignedToTheTable)
{
    // 2^4 CDs are 1 KiB: bits [9:6] of the pointer do not count.
    auto s = make_ste(5, cd_table | 0x3c0);
    put_bits(s, 63, 59, 4);
    set_ste(8, s);
    write(cd_table + 3 * 64, make_cd());
    stage1().map(0x1000, 0x80001000, 3, s1_af | s1_el0);
    request r = req(8, 0x1000);
    r.substream = substream_id(3);
    ok(r);
    ASSERT_GE(memory.reads.size(), 2U);
    EXPECT_EQ(memory.reads[1].address.value(), cd_table + 3 * 64);
}

TEST_F(Ste_5_2, S2T0szOfTheLargestAndSmallestInput)
{
    // With 44 bits of IAS: 20 is the largest input; each start level has its smallest.
    const struct {
        unsigned t0sz, sl0;
        bool legal;
    } cases[] = {{20, 2, true}, {19, 2, false}, {24, 2, true}, {25, 2, false}, {21, 1, true}, {20, 1, false},
                 {33, 1, true}, {34, 1, false}, {30, 0, true}, {29, 0, false}, {42, 0, true}, {43, 0, false},
                 {39, 3, true}, {38, 3, false}, {48, 3, true}, {49, 3, false}};
    for (const auto& c : cases) {
        ste s;
        s.words = make_ste(6);
        put_bits(s.words, 165, 160, c.t0sz);
        put_bits(s.words, 167, 166, c.sl0);
        EXPECT_EQ(ste_illegal(s, f), !c.legal) << c.t0sz << ' ' << c.sl0;
    }
}

TEST_F(Ste_5_2, S2TtbIsAlignedToTheFirstTable)
{
    // 44 bits from level 0: 32 descriptors, 256 bytes; the model's reads start at the aligned address.
    auto s = make_ste(6);
    put_bits(s, 247, 196, (0x2000000000 | 0x0f0) >> 4);
    set_ste(8, s);
    stage2().map(0x1000, 0x90001000, 3, s2_rw);
    EXPECT_EQ(ok(req(8, 0x1000)).out.pa.value(), 0x90001000U);
}

TEST_F(Ste_5_2, S2psLimitsWhatStage2MayProduce)
{
    auto s = make_ste(6);
    put_bits(s, 178, 176, 1); // 36 bits
    put_bits(s, 247, 196, 0x800000000 >> 4);
    set_ste(8, s);
    table_builder low(memory, 12, 0, 44, 0x800000000, 0x800400000);
    low.map(0x1000, 0xfffff1000, 3, s2_rw);
    low.map(0x2000, 0x1000000000, 3, s2_rw);
    EXPECT_EQ(ok(req(8, 0x1000)).out.pa.value(), 0xfffff1000U);
    expect_abort(req(8, 0x2000), {0x0000000800000011, 1ULL << 35 | 1ULL << 39 | 2ULL << 40, 0x2000, 0x2000});
}

TEST_F(Ste_5_2, S2EndiSelectsTheDescriptorsOrder)
{
    auto s = make_ste(6);
    put_bits(s, 180, 180, 1);
    set_ste(8, s);
    auto tables = stage2();
    tables.map(0x1000, 0x90001000, 3, s2_rw);
    std::vector<std::uint64_t> slots;
    for (int level = 0; level < 4; ++level)
        slots.push_back(tables.entry(0x1000, level));
    for (const std::uint64_t at : slots)
        memory.word(at) = __builtin_bswap64(memory.word(at));
    EXPECT_EQ(ok(req(8, 0x1000)).out.pa.value(), 0x90001000U);
}

TEST_F(Ste_5_2, S2AffdSuppressesTheAccessFault)
{
    auto s = make_ste(6);
    set_ste(8, s);
    stage2().map(0x1000, 0x90001000, 3, s2_rw & ~s2_af);
    EXPECT_EQ(fails(req(8, 0x1000)).event->type(), event_type::f_access);
    put_bits(s, 181, 181, 1);
    set_ste(8, s);
    EXPECT_EQ(ok(req(8, 0x1000)).out.pa.value(), 0x90001000U);
}

TEST_F(Ste_5_2, S2rDecidesOnTheRecordOnly)
{
    auto s = make_ste(6);
    put_bits(s, 186, 186, 0);
    set_ste(8, s);
    expect_silent_abort(req(8, 0x1000));
}

TEST_F(Ste_5_2, PrivcfgAndInstcfgTables)
{
    // 0 and 1: as it comes; 2: unprivileged, data; 3: privileged, instruction. Writes stay data (13.1.2).
    for (unsigned cfg = 0; cfg < 4; ++cfg) {
        auto s = make_ste(4);
        put_bits(s, 113, 112, cfg);
        put_bits(s, 115, 114, cfg);
        set_ste(8, s);
        for (unsigned in = 0; in < 4; ++in) {
            request r = req(8, 0x1000);
            r.what.privileged = (in & 1) != 0;
            r.what.instruction = (in & 2) != 0;
            const auto o = run(r);
            ASSERT_TRUE(std::holds_alternative<bypassed>(o));
            const auto& what = std::get<bypassed>(o).out.what;
            EXPECT_EQ(what.privileged, cfg < 2 ? r.what.privileged : cfg == 3) << cfg << in;
            EXPECT_EQ(what.instruction, cfg < 2 ? r.what.instruction : cfg == 3) << cfg << in;
        }
        const auto written = run(req(8, 0x1000, true));
        EXPECT_FALSE(std::get<bypassed>(written).out.what.instruction) << cfg;
    }
}

TEST_F(Ste_5_2, ShcfgTable)
{
    const shareability expected[] = {shareability::non_shareable, shareability::inner, shareability::outer,
                                     shareability::inner};
    for (unsigned cfg = 0; cfg < 4; ++cfg) {
        auto s = make_ste(4);
        put_bits(s, 109, 108, cfg);
        set_ste(8, s);
        const auto o = run(req(8, 0x1000)); // incoming: inner
        EXPECT_EQ(std::get<bypassed>(o).out.memory.share, expected[cfg]) << cfg;
    }
}

TEST_F(Ste_5_2, S1CirCorCshSetTheCdFetch)
{
    const struct {
        unsigned code;
        cache_attributes is;
    } cases[] = {{0, {}},
                 {1, {cacheability::write_back, true, false, false}},
                 {2, {cacheability::write_through, true, false, false}},
                 {3, {cacheability::write_back, false, false, false}}};
    stage1_behind();
    for (const auto& inner : cases)
        for (const auto& outer : cases) {
            auto s = make_ste(5);
            put_bits(s, 67, 66, inner.code);
            put_bits(s, 69, 68, outer.code);
            put_bits(s, 71, 70, 3);
            set_ste(8, s);
            memory.reads.clear();
            ok(req(8, 0x1000));
            const auto& m = memory.reads[1].memory;
            EXPECT_EQ(m.inner.policy, inner.is.policy);
            EXPECT_EQ(m.outer.policy, outer.is.policy);
            EXPECT_EQ(m.inner.read_allocate, inner.is.read_allocate);
            const bool all_nc = inner.code == 0 && outer.code == 0;
            EXPECT_EQ(m.share, all_nc ? shareability::outer : shareability::inner);
        }
}

} // namespace
} // namespace iovp::test
