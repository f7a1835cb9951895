#include "bench.h"

namespace iovp::test {
namespace {

// 5.2 STE.S2PTW and IDR3.PTWNNC: what becomes of a CD fetch whose IPA is mapped as Device memory.
struct DeviceWalks : testing::Test, smmu_bench {
    static constexpr std::uint64_t s2_device = 0x4c1; ///< AF, S2AP read and write, MemAttr Device-nGnRnE
    structure_words entry = make_ste(7);

    void SetUp() override
    {
        auto s1 = stage1();
        auto s2 = stage2();
        s1.map(0x1000, 0x80001000, 3, s1_af | s1_el0 | mair_is_wb);
        s2.map(cd_table, cd_table, 3, s2_device);
        s2.map(0x1000000000, 0x1000000000, 3, s2_rw);
        for (const std::uint64_t t : s1.tables())
            s2.map(t, t, 3, s2_rw);
        s2.map(0x80001000, 0xa0001000, 3, s2_rw);
        write(cd_table, make_cd());
        set_ste(8, entry);
    }
    memory_type type_of_cd_fetch()
    {
        memory.reads.clear();
        EXPECT_EQ(ok(req(8, 0x1000)).out.pa.value(), 0xa0001000U);
        for (const auto& r : memory.reads)
            if (r.what == vmsa::structure::cd)
                return r.memory.type;
        ADD_FAILURE() << "no CD was fetched";
        return memory_type::device_GRE;
    }
};

TEST_F(DeviceWalks, AreDeviceAccessesWithoutPtwnnc)
{
    EXPECT_EQ(type_of_cd_fetch(), memory_type::device_nGnRnE);
}

TEST_F(DeviceWalks, AreNonCacheableWithPtwnnc)
{
    f.ptw_nnc = true;
    EXPECT_EQ(type_of_cd_fetch(), memory_type::normal);
    for (const auto& r : memory.reads)
        if (r.what == vmsa::structure::cd) {
            EXPECT_EQ(r.memory.outer.policy, cacheability::non_cacheable);
        }
}

TEST_F(DeviceWalks, AreFaultsWithS2ptwWhateverPtwnncSays)
{
    put_bits(entry, 182, 182, 1);
    set_ste(8, entry);
    for (const bool nnc : {false, true}) {
        f.ptw_nnc = nnc;
        // F_PERMISSION with S2, CLASS CD, RnW as of the read; the address is the CD's IPA.
        expect_abort(req(8, 0x1000), {0x13 | 8ULL << 32, 1ULL << 35 | 1ULL << 39, 0x1000, cd_table});
    }
}

} // namespace
} // namespace iovp::test
