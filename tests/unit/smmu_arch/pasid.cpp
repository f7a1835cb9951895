// 3.9, 13.7: the PASID of an Untranslated transaction with its Execute and Privileged attributes.

#include "bench.h"

namespace iovp::test {
namespace {

constexpr std::uint64_t pnu = 1ULL << 33, ind = 1ULL << 34, rnw = 1ULL << 35, class_in = 2ULL << 40;

TEST(Pasid_13_7, ExecuteAndPrivilegedAreCheckedInTheContextOfTheSubstream)
{
    smmu_bench b;
    auto words = make_ste(5);
    put_bits(words, 63, 59, 4); // S1CDMax
    put_bits(words, 65, 64, 1); // S1DSS: without a PASID stage 1 is bypassed
    b.set_ste(8, words);
    b.write(smmu_bench::cd_table + 3 * 64, make_cd());
    auto s1 = b.stage1();
    s1.map(0x1000, 0x70001000, 3, s1_af | s1_uxn);                  // privileged read, write, execute
    s1.map(0x2000, 0x70002000, 3, s1_af | s1_el0 | s1_ro | s1_uxn); // read-only for all, privileged execute

    request r = smmu_bench::req(8, 0x1000);
    r.substream = substream_id(3);
    const std::uint64_t first = 8ULL << 32 | 3 << 12 | 1 << 11 | 0x13;
    b.expect_abort(r, {first, rnw | class_in, 0x1000, 0});
    r.what.privileged = true;
    EXPECT_EQ(b.ok(r).out.pa.value(), 0x70001000U);
    r.what.instruction = true;
    EXPECT_EQ(b.ok(r).out.pa.value(), 0x70001000U);
    EXPECT_TRUE(b.ok(r).out.what.instruction);
    r.address = 0x2000;
    EXPECT_EQ(b.ok(r).out.pa.value(), 0x70002000U);
    r.what.privileged = false;
    b.expect_abort(r, {first, rnw | ind | class_in, 0x2000, 0});
    r.what.instruction = false;
    EXPECT_EQ(b.ok(r).out.pa.value(), 0x70002000U);
    r.what.write = true;
    r.what.instruction = true; // a write is data (13.1.2)
    r.what.privileged = true;
    b.expect_abort(r, {first, pnu | class_in, 0x2000, 0});
    // Another PASID has another context, none here.
    r.substream = substream_id(4);
    EXPECT_EQ(b.fails(r).event->type(), event_type::c_bad_cd);
    // Without one the transaction passes by S1DSS.
    EXPECT_TRUE(std::holds_alternative<bypassed>(b.run(smmu_bench::req(8, 0x2000))));
}

} // namespace
} // namespace iovp::test
