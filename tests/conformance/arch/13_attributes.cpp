// 13: attributes of transactions.

#include "unit/smmu_arch/bench.h"

#include "common/transaction_attributes.h"

namespace iovp::test {
namespace {

struct Attributes_13 : testing::Test, smmu_bench {
    memory_attributes through(const request& r)
    {
        const auto o = run(r);
        if (const auto* b = std::get_if<bypassed>(&o))
            return b->out.memory;
        ADD_FAILURE() << "not bypassed";
        return {};
    }
};

/// MemAttr[3:0] (13.1.4, D8.6.5): Device types in 0..3, then outer (bits 3:2) and inner (bits 1:0) 1 NC, 2 WT, 3 WB.
void expect_type(const memory_attributes& m, unsigned memattr)
{
    const memory_type device[] = {memory_type::device_nGnRnE, memory_type::device_nGnRE, memory_type::device_nGRE,
                                  memory_type::device_GRE};
    const cacheability cache[] = {cacheability::non_cacheable, cacheability::non_cacheable, cacheability::write_through,
                                  cacheability::write_back};
    if (memattr < 4) {
        EXPECT_EQ(m.type, device[memattr]) << memattr;
        EXPECT_EQ(m.share, shareability::outer) << memattr;
        return;
    }
    if ((memattr & 3) == 0) // reserved inner type: any
        return;
    EXPECT_EQ(m.type, memory_type::normal) << memattr;
    EXPECT_EQ(m.outer.policy, cache[memattr >> 2]) << memattr;
    EXPECT_EQ(m.inner.policy, cache[memattr & 3]) << memattr;
}

TEST_F(Attributes_13, MemAttrReplacesTheType)
{
    for (unsigned memattr = 0; memattr < 16; ++memattr) {
        auto s = make_ste(4);
        put_bits(s, 100, 96, 0x10 | memattr);
        set_ste(8, s);
        expect_type(through(req(8, 0x1000)), memattr);
        put_bits(s, 100, 100, 0); // MTCFG 0: as it comes
        set_ste(8, s);
        EXPECT_EQ(through(req(8, 0x1000)), normal_write_back());
    }
}

TEST_F(Attributes_13, GbpaMemAttrReplacesTheType)
{
    regs.enabled = false;
    for (unsigned memattr = 0; memattr < 16; ++memattr) {
        regs.gbpa = memattr | 1 << 4 | 1 << 12;
        expect_type(through(req(8, 0x1000)), memattr);
    }
}

TEST_F(Attributes_13, DeviceAndNonCacheableAreOuterShareable)
{
    for (unsigned memattr = 0; memattr < 16; ++memattr)
        for (unsigned sh = 0; sh < 4; ++sh) {
            auto s = make_ste(4);
            put_bits(s, 100, 96, 0x10 | memattr);
            put_bits(s, 109, 108, sh);
            set_ste(8, s);
            const auto m = through(req(8, 0x1000));
            const bool uncached = m.type != memory_type::normal || (m.inner.policy == cacheability::non_cacheable &&
                                                                    m.outer.policy == cacheability::non_cacheable);
            if (uncached) {
                EXPECT_EQ(m.share, shareability::outer) << memattr << ' ' << sh;
            }
        }
}

TEST_F(Attributes_13, DefaultsOfATransactionWithoutAttributes)
{
    const request r = request::from(transaction_attributes{}, 0x1234, true);
    EXPECT_FALSE(r.what.privileged);
    EXPECT_FALSE(r.what.instruction);
    EXPECT_TRUE(r.what.write);
    EXPECT_FALSE(r.substream.has_value());
    EXPECT_EQ(r.sec_sid, security_state::non_secure);
    EXPECT_EQ(r.memory, normal_write_back());
    EXPECT_EQ(r.address, 0x1234U);
}

TEST_F(Attributes_13, OutputsOfANonSecureStreamAreNonSecure)
{
    set_ste(8, make_ste(4));
    set_ste(9, make_ste(5));
    write(cd_table, make_cd());
    stage1().map(0x1000, 0x80001000, 3, s1_af | s1_el0 | 1ULL << 5 /* NS */);
    request r = req(8, 0x1000);
    r.non_secure = false;
    EXPECT_TRUE(std::get<bypassed>(run(r)).out.non_secure);
    r.stream = stream_id(9);
    EXPECT_TRUE(ok(r).out.non_secure);
    stage1().descriptor(0x1000, 3) &= ~(1ULL << 5);
    EXPECT_TRUE(ok(r).out.non_secure);
}

} // namespace
} // namespace iovp::test
