// Cases that the random programs found, each small and by name.
#include "adapter.h"
#include "unit/smmu/bench.h"

using namespace iovp;
using namespace iovp::test;

// DDI 0487 D8.17 R_TVTYQ: an invalidation by VA reaches all entries that hold information of the stage-1 block, also
// where stage 2 made them smaller, "regardless of whether the entry would be used to translate the address being
// invalidated".
TEST(OracleRegression, TlbiByVaReachesEveryPieceOfASplinteredBlock)
{
    bench b;
    in_thread([&] {
        constexpr std::uint64_t block = 0x40000000, ipa = 0x70000000, data = 0x80000000;
        const std::uint64_t root2 = b.new_table();
        const std::uint64_t root1 = b.new_table();
        b.nested_stream(5, root1, 7, root2, 3);
        b.map1(root1, block, ipa, 2); // 2 MiB of stage 1
        b.map2(root2, ipa, data);     // over 4 KiB of stage 2
        for (int again = 0; again < 2; ++again)
            for (std::uint64_t table = 0x100000; table < b.pool; table += 0x1000)
                b.map2(root2, table, table);
        b.enable();
        std::uint64_t value;
        EXPECT_TRUE(b.read(5, block + 8, value));
        b.memory.set(b.entry(root1, block, 2), 0);
        b.run(0x12 | 3ULL << 32 | 7ULL << 48, block + 0x5000);
        EXPECT_FALSE(b.read(5, block + 8, value));
        b.settle();
        EXPECT_EQ(b.events().size(), 1U);
    });
}

// IHI 0070 5.4 IPS, 5.2 S2PS: an address size fault goes by the address that a translation puts out, also where a block
// is larger than the output size and its own address is in range.
TEST(OracleRegression, AddressSizeFaultInsideABlockLargerThanTheOutputSize)
{
    oracle::machine hw;
    hw.oas = 48;
    hw.ds = hw.va52 = hw.e0pd = hw.ptwnnc = true;
    hw.minor = 3;
    hw.strtab_base = 0x10000;
    hw.strtab_base_cfg = 6;
    oracle::memory m;
    m.set(0x10140, 1 | 5 << 1 | 0x20000);
    m.set(0x20000, 16 | 1ULL << 30 | 1ULL << 31 | 1ULL << 32 | 1ULL << 41 | 3ULL << 45); // IPS: 36 bits
    m.set(0x20008, 0x30000);
    m.set(0x20010, 1ULL << 58); // DS
    m.set(0x20018, 0xff);
    m.set(0x30000, 0x441); // 512 GiB at 0
    oracle::memory_view view(m);
    vmsa::walk_cache_port no_walk_cache;
    smmu::configuration_cache_port no_configuration_cache;
    const smmu::features f = oracle::features_of(hw);
    const smmu::control registers = oracle::control_of(hw);
    const smmu::translation_context context{f, registers, view, no_walk_cache, no_configuration_cache, true};
    oracle::access a;
    a.stream = 5;
    a.privileged = true;
    a.address = 0x123456789;
    const auto inside = smmu::translate(context, oracle::request_of(a));
    ASSERT_TRUE(std::holds_alternative<smmu::translated>(inside));
    EXPECT_EQ(std::get<smmu::translated>(inside).out.pa.value(), 0x123456789U);
    EXPECT_EQ(std::get<smmu::translated>(inside).entry.page_size_log2, 36U);
    a.address |= 1ULL << 36;
    const auto above = smmu::translate(context, oracle::request_of(a));
    ASSERT_TRUE(std::holds_alternative<smmu::terminated>(above));
    EXPECT_EQ(std::get<smmu::terminated>(above).event->type(), smmu::event_type::f_addr_size);
}
