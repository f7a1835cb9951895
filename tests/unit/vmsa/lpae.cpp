// VMSAv8-32 LPAE (IHI 0070 3.4, 3.4.1, 5.4 CD.AA64, 5.2 STE.S2AA64): 32-bit input in two halves, 40-bit output.

#include "bench.h"

namespace iovp::test {
namespace {

struct lpae_bench : walk_bench {
    lpae_bench()
    {
        s1.aarch32 = true;
        s1.output_bits = 40;
        s2.aarch32 = true;
        s2.output_bits = 40;
        s1.half[1].disabled = false;
    }
    /// Tables of a half; TTB1's stand at 0x11_0000_0000.
    table_builder half(unsigned which, unsigned txsz)
    {
        const unsigned input_bits = 32 - txsz;
        use_s1 = true;
        s1.half[which].tsz = 32 + txsz;
        s1.half[which].ttb = 0x1000000000 + which * 0x100000000;
        return {memory, 12, input_bits > 30 ? 1 : 2, input_bits, s1.half[which].ttb, s1.half[which].ttb + 0x10000, 0};
    }
};

TEST(Lpae, StartLevelAndLeavesOfEveryT0SZ)
{
    for (unsigned t0sz = 0; t0sz < 8; ++t0sz) {
        lpae_bench b;
        auto t = b.half(0, t0sz);
        b.s1.half[1].tsz = 32;
        const std::uint64_t top = (std::uint64_t(1) << (32 - t0sz)) - 0x1000;
        t.map(top, 0xff12345000, 3, s1_af | s1_inner);
        const auto r = b.ok(top + 0xabc, read_el1);
        EXPECT_EQ(r.pa.value(), 0xff12345abcU) << t0sz;
        EXPECT_EQ(unsigned(r.page_size_log2), 12U);
        EXPECT_EQ(b.memory.reads.size(), t0sz < 2 ? 3U : 2U) << t0sz;
        EXPECT_EQ(r.stage1_memory, normal_write_back());
        // 3.4.1: VA[63:32] are zero.
        expect_fault(b.fails(top | 1ULL << 32, read_el1), fault_kind::translation, 1, 0, fault_class::in_);
        expect_fault(b.fails(top | 1ULL << 63, read_el1), fault_kind::translation, 1, 0, fault_class::in_);
    }
}

TEST(Lpae, EveryPairOfTxSZSelectsItsHalf)
{
    // TTBCR: independent of the model, each half as an interval of [0, 2^32).
    for (unsigned t0sz = 0; t0sz < 8; ++t0sz) {
        for (unsigned t1sz = 0; t1sz < 8; ++t1sz) {
            const std::uint64_t all = 1ULL << 32;
            const std::uint64_t low_end = t0sz == 0 ? (t1sz == 0 ? all : all - (all >> t1sz)) : all >> t0sz;
            const std::uint64_t high_begin = t1sz == 0 ? (t0sz == 0 ? all : low_end) : all - (all >> t1sz);
            std::vector<std::uint64_t> probes = {0, all - 0x1000, 0x80000000, 0x7ffff000, 0xc0000000, 0x3ffff000};
            for (const std::uint64_t edge : {low_end, high_begin})
                for (const std::uint64_t p : {edge, edge - 0x1000})
                    if (p < all)
                        probes.push_back(p);
            for (const std::uint64_t va : probes) {
                lpae_bench b;
                auto low = b.half(0, t0sz);
                auto high = b.half(1, t1sz);
                low.map(va, 0x4000000000, 3, s1_af);
                high.map(va, 0x8000000000, 3, s1_af);
                if (va >= high_begin)
                    EXPECT_EQ(b.ok(va, read_el1).pa.value(), 0x8000000000U) << t0sz << ' ' << t1sz << ' ' << va;
                else if (va < low_end)
                    EXPECT_EQ(b.ok(va, read_el1).pa.value(), 0x4000000000U) << t0sz << ' ' << t1sz << ' ' << va;
                else
                    expect_fault(b.fails(va, read_el1), fault_kind::translation, 1, 0, fault_class::in_);
            }
        }
    }
}

TEST(Lpae, DisabledHalf)
{
    lpae_bench b;
    auto high = b.half(1, 1);
    auto low = b.half(0, 0);
    low.map(0x1000, 0x2000, 3, s1_af);
    high.map(0x80000000, 0x3000, 3, s1_af);
    b.ok(0x1000, read_el1);
    b.ok(0x80000000, read_el1);
    b.s1.half[1].disabled = true;
    b.ok(0x1000, read_el1);
    expect_fault(b.fails(0x80000000, read_el1), fault_kind::translation, 1, 0, fault_class::in_);
}

TEST(Lpae, HypHasOneHalf)
{
    lpae_bench b;
    b.s1.world = vmsa::regime::el2;
    auto t = b.half(0, 1);
    b.half(1, 1);
    t.map(0x1000, 0x2000, 3, s1_af);
    EXPECT_EQ(b.ok(0x1000, read_el0).pa.value(), 0x2000U);
    expect_fault(b.fails(0x80001000, read_el0), fault_kind::translation, 1, 0, fault_class::in_);
}

TEST(Lpae, I3_4_OutputBeyond40BitsIsAnAddressSizeFault)
{
    for (unsigned bit = 40; bit < 48; ++bit) {
        lpae_bench b;
        auto t = b.half(0, 0);
        t.map(0x1000, 1ULL << bit, 3, s1_af);
        expect_fault(b.fails(0x1000, read_el1), fault_kind::address_size, 1, 3, fault_class::in_);
        t.descriptor(0x1000, 2) |= 1ULL << bit;
        expect_fault(b.fails(0x1000, read_el1), fault_kind::address_size, 1, 2, fault_class::in_);
    }
}

TEST(Lpae, I3_4_OutputIsTruncatedToASmallerOas)
{
    lpae_bench b;
    b.impl.output_bits = 36;
    auto t = b.half(0, 0);
    b.s1.half[0].ttb = 0x7f00000000; // the tables stand at what is left of it: 0xf_0000_0000
    b.memory.word(0xf00000000) = 0xf800000000 | 3;
    b.memory.word(0x800000000) = 0xff40000000 | s1_af | 1;
    EXPECT_EQ(b.ok(0x1234, read_el1).pa.value(), 0xf40001234U);
    (void)t;
    // With stage 2 below, the IPA keeps its 40 bits.
    lpae_bench n;
    n.impl.output_bits = 36;
    auto s2 = n.stage2(12, 1, 40);
    auto s1 = n.half(0, 0);
    s1.map(0x40000000, 0xf140000000, 1, s1_af);
    s2.map(0xf140000000, 0xf280000000, 1, s2_rw);
    s2.map(0x1000000000, 0x1000000000, 3, s2_rw);
    // S2 root at 0x20_0000_0000 and its tables lie beyond 36 bits: they are read where 36 bits are left of them.
    n.s2.ttb = 0x200000000;
    n.memory.word(0x200000000 + (0xf140000000 >> 30) * 8) = 0xf280000000 | s2_rw | 1;
    n.memory.word(0x200000000 + (0x1000000000 >> 30) * 8) = 0x1000000000 | s2_rw | 1;
    n.memory.word(0x8) = 0xf140000000 | s1_af | 1; // the stage-1 table: IPA 0x10_0000_0000 is PA 0
    const auto r = n.ok(0x40000010, read_el1);
    EXPECT_EQ(r.ipa.value(), 0xf140000010U);
    EXPECT_EQ(r.pa.value(), 0x280000010U);
}

struct right {
    access what;
    bool allowed;
};

void expect_rights(lpae_bench& b, std::uint64_t va, std::initializer_list<right> rights)
{
    for (const right& r : rights) {
        if (r.allowed)
            b.ok(va, r.what);
        else
            expect_fault(b.fails(va, r.what), fault_kind::permission, 1, 3, fault_class::in_);
    }
}

TEST(Lpae, PermissionsOfEl1)
{
    lpae_bench b;
    auto t = b.half(0, 0);
    // EL0-writable is executable by EL1 unless UWXN; VMSAv8-64 never allows it.
    t.map(0x1000, 0x1000, 3, s1_af | s1_el0);
    expect_rights(b, 0x1000, {{write_el0, true}, {fetch_el0, true}, {fetch_el1, true}});
    b.s1.uwxn = true;
    expect_rights(b, 0x1000, {{write_el0, true}, {fetch_el0, true}, {fetch_el1, false}});
    b.s1.uwxn = false;
    b.s1.aarch32 = false;
    b.s1.half[0].tsz = 32;
    expect_rights(b, 0x1000, {{fetch_el1, false}});
    b.s1.aarch32 = true;
    // XN is for both.
    t.map(0x2000, 0x2000, 3, s1_af | s1_el0 | s1_ro | s1_uxn);
    expect_rights(b, 0x2000, {{read_el0, true}, {fetch_el0, false}, {fetch_el1, false}, {write_el1, false}});
    // No EL0 access: nothing to execute for EL0.
    t.map(0x3000, 0x3000, 3, s1_af);
    expect_rights(b, 0x3000, {{read_el0, false}, {fetch_el0, false}, {fetch_el1, true}, {write_el1, true}});
    t.map(0x4000, 0x4000, 3, s1_af | s1_el0 | s1_ro | s1_pxn);
    expect_rights(b, 0x4000, {{fetch_el0, true}, {fetch_el1, false}});
    b.s1.wxn = true;
    expect_rights(b, 0x3000, {{fetch_el1, false}});
    expect_rights(b, 0x1000, {{fetch_el0, false}});
}

TEST(Lpae, HadAndAccessFlag)
{
    lpae_bench b;
    auto t = b.half(0, 0);
    t.map(0x1000, 0x1000, 3, s1_af);
    t.descriptor(0x1000, 2) |= 1ULL << 62; // APTable: read-only
    expect_rights(b, 0x1000, {{read_el1, true}, {write_el1, false}});
    b.s1.half[0].hierarchical_disable = true;
    expect_rights(b, 0x1000, {{write_el1, true}});
    t.map(0x2000, 0x2000, 3, 0);
    expect_fault(b.fails(0x2000, read_el1), fault_kind::access_flag, 1, 3, fault_class::in_);
    b.s1.affd = true;
    b.ok(0x2000, read_el1);
}

TEST(Lpae, Stage2StartsAndConcatenates)
{
    // 40 bits from level 1: two tables.
    lpae_bench b;
    auto t = b.stage2(12, 1, 40);
    t.map(0xffc0000000, 0x1240000000, 1, s2_rw);
    EXPECT_EQ(b.ok(0xffc0001000, write_el0).pa.value(), 0x1240001000U);
    EXPECT_EQ(b.memory.reads.front().address.value(), 0x2000000000U + 1023 * 8);
    expect_fault(b.fails(1ULL << 40, read_el0), fault_kind::translation, 2, 0, fault_class::in_);
}

TEST(Lpae, I5_2_S2AA64_NoExecuteOnlyPages)
{
    lpae_bench b;
    auto t = b.stage2(12, 1, 40);
    t.map(0x1000, 0x1000, 3, s2_af | s2_write | s2_wb | s2_inner);
    EXPECT_EQ(int(b.fails(0x1000, fetch_el0).kind), int(fault_kind::permission));
    b.s2.aarch32 = false;
    b.ok(0x1000, fetch_el0);
}

} // namespace
} // namespace iovp::test
