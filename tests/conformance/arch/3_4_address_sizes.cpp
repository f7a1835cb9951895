// 3.4: what happens at the edges of input, intermediate and output sizes, for each size that can be configured.

#include "unit/smmu_arch/bench.h"

namespace iovp::test {
namespace {

struct AddressSizes_3_4 : testing::Test, smmu_bench {};

TEST_F(AddressSizes_3_4, BypassAtTheEdgeOfEveryOas)
{
    for (const unsigned oas : {32U, 36U, 40U, 42U, 44U, 48U}) {
        f = {};
        f.output_bits = oas;
        regs.strtab_base = 0x10000000;
        write(0x10000000 + 8 * 64, make_ste(4, 0));
        const std::uint64_t beyond = 1ULL << oas;
        EXPECT_TRUE(std::holds_alternative<bypassed>(run(req(8, beyond - 1)))) << oas;
        expect_abort(req(8, beyond), {0x0000000800000011, 1ULL << 35 | 2ULL << 40, beyond, 0});
        regs.enabled = false; // globally: no event
        regs.gbpa = 0x1000;
        expect_silent_abort(req(8, beyond));
        regs.enabled = true;
    }
}

TEST_F(AddressSizes_3_4, T0szIsTheEdgeOfStage1)
{
    for (const unsigned t0sz : {16U, 20U, 25U, 32U, 39U, 48U}) {
        auto c = make_cd();
        put_bits(c, 5, 0, t0sz);
        set_ste(8, make_ste(5));
        write(cd_table, c);
        const std::uint64_t beyond = 1ULL << (64 - t0sz);
        // Tables are empty: inside the range the walk reads them, outside nothing is read.
        for (const std::uint64_t address : {beyond - 8, beyond}) {
            memory.reads.clear();
            expect_abort(req(8, address), {0x0000000800000010, 1ULL << 35 | 2ULL << 40, address, 0});
            EXPECT_EQ(memory.reads.size(), address < beyond ? 3U : 2U) << t0sz;
        }
    }
}

TEST_F(AddressSizes_3_4, UpperAddressBitsMustBeTheSign)
{
    auto c = make_cd();
    put_bits(c, 30, 30, 0); // both halves
    put_bits(c, 21, 16, 16);
    put_bits(c, 23, 22, 2);
    put_bits(c, 183, 132, 0x1100000000 >> 4);
    set_ste(8, make_ste(5));
    write(cd_table, c);
    stage1().map(0x1000, 0x80001000, 3, s1_af | s1_el0);
    table_builder(memory, 12, 0, 48, 0x1100000000, 0x1100400000).map(0xfffffffff000, 0x80002000, 3, s1_af | s1_el0);
    EXPECT_EQ(ok(req(8, 0x1000)).out.pa.value(), 0x80001000U);
    EXPECT_EQ(ok(req(8, 0xfffffffffffff000)).out.pa.value(), 0x80002000U);
    for (unsigned b = 48; b < 64; ++b) {
        const std::uint64_t low = 0x1000 ^ (1ULL << b);
        const std::uint64_t high = 0xfffffffffffff000 ^ (1ULL << b);
        expect_abort(req(8, low), {0x0000000800000010, 1ULL << 35 | 2ULL << 40, low, 0});
        expect_abort(req(8, high), {0x0000000800000010, 1ULL << 35 | 2ULL << 40, high, 0});
    }
}

TEST_F(AddressSizes_3_4, Stage1OutputBeyondTheIasIsAStage1Fault)
{
    // IPS says 48 bits; stage 2 accepts 44: the stage-1 output is checked first.
    auto c = make_cd();
    put_bits(c, 34, 32, 5);
    set_ste(8, make_ste(7));
    write(cd_table, c);
    table_builder s2 = stage2();
    table_builder s1 = stage1();
    s1.map(0x1000, 0x100000000000, 3, s1_af | s1_el0);
    s2.map(cd_table, cd_table, 3, s2_rw);
    s2.map(0x1000000000, 0x1000000000, 3, s2_rw);
    for (const std::uint64_t t : s1.tables())
        s2.map(t, t, 3, s2_rw);
    expect_abort(req(8, 0x1000), {0x0000000800000011, 1ULL << 35 | 2ULL << 40, 0x1000, 0});
}

TEST_F(AddressSizes_3_4, StructureFetchesBeyondTheOas_3_4_3)
{
    // A stream table that ends above the OAS: no access is made, F_STE_FETCH reports the address below it.
    regs.strtab_base = (1ULL << 44) - 0x4000;
    regs.strtab_base_cfg = 16; // 4 MiB: aligned down, so that the table ends at 2^44
    const std::uint64_t base = (1ULL << 44) - (1ULL << 22);
    write(base + 0xffffULL * 64, make_ste(4));
    EXPECT_TRUE(std::holds_alternative<bypassed>(run(req(0xffff, 0x1000))));
    f.output_bits = 42;
    memory.reads.clear();
    const auto t = fails(req(8, 0x1000));
    ASSERT_TRUE(t.event);
    EXPECT_EQ(t.event->type(), event_type::f_ste_fetch);
    EXPECT_EQ(t.event->words[3], (1ULL << 42) - (1ULL << 22) + 8 * 64) << "7.3.4: FetchAddr[55:OAS] are RES0";
    EXPECT_TRUE(memory.reads.empty());
}

} // namespace
} // namespace iovp::test
