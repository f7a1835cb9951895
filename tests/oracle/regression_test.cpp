// Cases that the random programs found, each small and by name.
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
