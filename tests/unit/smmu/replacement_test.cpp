// Replacement of the TLBs: what each policy gives up, worked out by hand.
#include "smmu/cache/replacement.h"
#include "smmu/tbu/main_tlb.h"
#include "smmu/tbu/micro_tlb.h"

#include <gmock/gmock.h>

#include <set>
#include <vector>

using namespace iovp;
using namespace iovp::smmu;
using testing::ElementsAre;

namespace {

/// The lines given up one after the other, each filled again as a cache would.
std::vector<std::size_t> victims(replacement_state& r, std::size_t first, unsigned ways, unsigned count)
{
    std::vector<std::size_t> all;
    for (unsigned i = 0; i < count; ++i) {
        all.push_back(r.choose(first, ways));
        r.touch(all.back());
    }
    return all;
}

packed_tag tag()
{
    return packed_tag::of(vmsa::translation_tag());
}

tlb_line page(std::uint64_t number)
{
    vmsa::translation x;
    x.input = number << 12;
    x.page_size_log2 = 12;
    return tlb_line::from(vmsa::translation_tag(), x);
}

template <class Tlb>
std::set<std::uint64_t> held(Tlb& tlb, std::uint64_t pages)
{
    std::set<std::uint64_t> all;
    for (std::uint64_t n = 0; n < pages; ++n)
        if (tlb.peek(tag(), n << 12))
            all.insert(n);
    return all;
}

} // namespace

TEST(Replacement, LruGivesUpTheOneUsedLongestAgo)
{
    replacement_state r(replacement::lru, 8, 4, 1);
    for (const std::size_t line : {4U, 5U, 6U, 7U, 4U, 6U, 0U}) // the second set; line 0 is the first's
        r.touch(line);
    EXPECT_THAT(victims(r, 4, 4, 4), ElementsAre(5, 7, 4, 6));
}

TEST(Replacement, RoundRobinGoesThroughEachSetByItself)
{
    replacement_state r(replacement::round_robin, 8, 4, 1);
    EXPECT_THAT(victims(r, 0, 4, 3), ElementsAre(0, 1, 2));
    r.touch(3); // use does not matter
    EXPECT_THAT(victims(r, 4, 4, 2), ElementsAre(4, 5));
    EXPECT_THAT(victims(r, 0, 4, 2), ElementsAre(3, 0));
}

// After 0, 1, 2, 3 the tree points to the half {0, 1}, there to 0; 0's use then points to {2, 3}, there to 2.
TEST(Replacement, PseudoLruFollowsTheTree)
{
    replacement_state r(replacement::pseudo_lru, 4, 4, 1);
    for (const std::size_t line : {0U, 1U, 2U, 3U})
        r.touch(line);
    EXPECT_THAT(victims(r, 0, 4, 5), ElementsAre(0, 2, 1, 3, 0));
    r.touch(2);
    r.touch(1); // of {2, 3} the colder is 3
    EXPECT_EQ(r.choose(0, 4), 3U);
}

// Each choice turns the nodes on its way: at every level the halves take turns, so that each line comes once. Also
// where a set has more ways than a word has bits.
TEST(Replacement, PseudoLruOfManyWaysGivesUpEachLineOnce)
{
    for (const unsigned ways : {64U, 128U, 8192U}) {
        replacement_state r(replacement::pseudo_lru, 2 * ways, ways, 1);
        const auto all = victims(r, ways, ways, ways);
        for (unsigned i = 0; i < ways; ++i) {
            unsigned reversed = 0; // the root's choice is the number's lowest bit
            for (unsigned bit = 1; bit < ways; bit *= 2)
                reversed = reversed * 2 + ((i & bit) != 0 ? 1 : 0);
            ASSERT_EQ(all[i], ways + reversed) << ways << " ways, choice " << i;
        }
        EXPECT_EQ(r.choose(0, ways), 0U) << "the other set";
    }
}

TEST(Replacement, RandomReachesEveryWayTheSameInEveryRun)
{
    replacement_state a(replacement::random, 16, 16, 7);
    replacement_state b(replacement::random, 16, 16, 7);
    replacement_state other(replacement::random, 16, 16, 8);
    const auto first = victims(a, 0, 16, 400);
    EXPECT_EQ(first, victims(b, 0, 16, 400));
    EXPECT_NE(first, victims(other, 0, 16, 400));
    EXPECT_EQ(std::set<std::size_t>(first.begin(), first.end()).size(), 16U);
}

// A cyclic scan of one page more than there are entries: LRU never hits.
TEST(MicroTlb, PoliciesDecideWhoStays)
{
    micro_tlb lru(4, replacement::lru);
    micro_tlb in_turn(4, replacement::round_robin);
    for (std::uint64_t n = 0; n < 4; ++n) {
        lru.insert(page(n));
        in_turn.insert(page(n));
    }
    lru.find(tag(), 0x0000);
    in_turn.find(tag(), 0x0000);
    lru.insert(page(4));
    in_turn.insert(page(4));
    EXPECT_THAT(held(lru, 5), ElementsAre(0, 2, 3, 4));
    EXPECT_THAT(held(in_turn, 5), ElementsAre(1, 2, 3, 4));
}

TEST(MicroTlb, PeekIsNoUse)
{
    micro_tlb tlb(4, replacement::lru);
    for (std::uint64_t n = 0; n < 4; ++n)
        tlb.insert(page(n));
    EXPECT_NE(tlb.peek(tag(), 0x0000), nullptr);
    tlb.insert(page(4));
    EXPECT_EQ(tlb.peek(tag(), 0x0000), nullptr);
}

TEST(MainTlb, FullyAssociativeKeepsTheLastOnesWhateverTheirAddresses)
{
    main_tlb tlb(64, 64, replacement::lru);
    for (std::uint64_t n = 0; n < 100; ++n)
        tlb.insert(page(n * 4)); // would fall into few sets
    for (std::uint64_t n = 0; n < 100; ++n)
        EXPECT_EQ(tlb.peek(tag(), n << 14) != nullptr, n >= 36) << n;
}

TEST(MainTlb, WithoutEntriesNothingIsHeld)
{
    main_tlb tlb(0, 4);
    tlb.insert(page(1));
    EXPECT_EQ(tlb.find(tag(), 0x1000), nullptr);
    EXPECT_EQ(tlb.page_sizes(), 0U);
}

// One look-up per page size present, in the order in which the sizes came (MMU-600 TRM).
TEST(MainTlb, ProbesCountPageSizesUpToTheHit)
{
    main_tlb tlb(64, 4);
    tlb.find(tag(), 0);
    EXPECT_EQ(tlb.probes(), 1U);
    tlb.insert(page(1));
    vmsa::translation block;
    block.input = 0x40000000;
    block.page_size_log2 = 21;
    tlb.insert(tlb_line::from(vmsa::translation_tag(), block));
    EXPECT_NE(tlb.find(tag(), 0x1000), nullptr);
    EXPECT_EQ(tlb.probes(), 1U);
    EXPECT_NE(tlb.find(tag(), 0x40000000), nullptr);
    EXPECT_EQ(tlb.probes(), 2U);
    EXPECT_EQ(tlb.find(tag(), 0x80000000), nullptr);
    EXPECT_EQ(tlb.probes(), 2U);
}
