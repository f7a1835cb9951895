#include "smmu/tbu/main_tlb.h"
#include "smmu/tbu/micro_tlb.h"

#include <gtest/gtest.h>

#include <memory>

using namespace iovp;
using namespace iovp::smmu;

static vmsa::translation_tag tag_of(std::uint16_t vm, std::uint16_t space, bool stage1 = true, bool stage2 = false)
{
    vmsa::translation_tag t;
    t.stage1 = stage1;
    t.stage2 = stage2;
    t.has_vmid = true;
    t.has_asid = stage1;
    t.vm = vmid(vm);
    t.space = asid(stage1 ? space : 0);
    return t;
}

static tlb_line line_of(const vmsa::translation_tag& t, std::uint64_t va, std::uint64_t pa, unsigned size = 12,
                        bool global = false)
{
    vmsa::translation x;
    x.input = va;
    x.pa = physical_address(pa);
    x.page_size_log2 = static_cast<std::uint8_t>(size);
    x.not_global = !global;
    return tlb_line::from(t, x);
}

static dti::invalidate_request by(dti::invalidation what, std::uint16_t vm, std::uint16_t space = 0,
                                  std::uint64_t address = 0, std::uint64_t span = 0)
{
    dti::invalidate_request r;
    r.what = what;
    r.vm = vmid(vm);
    r.space = asid(space);
    r.address = address;
    r.span = span;
    return r;
}

// Both TLBs by one interface, so that every rule is checked on both.
struct tlb_under_test {
    virtual ~tlb_under_test() = default;
    virtual bool holds(const vmsa::translation_tag& t, std::uint64_t va) = 0;
    virtual void insert(const tlb_line& l) = 0;
    virtual unsigned invalidate(const dti::invalidate_request& r) = 0;
};
struct micro_under_test : tlb_under_test {
    micro_tlb tlb{32};
    bool holds(const vmsa::translation_tag& t, std::uint64_t va) override { return tlb.find(packed_tag::of(t), va); }
    void insert(const tlb_line& l) override { tlb.insert(l); }
    unsigned invalidate(const dti::invalidate_request& r) override { return tlb.invalidate(r); }
};
struct main_under_test : tlb_under_test {
    main_tlb tlb{64, 4};
    bool holds(const vmsa::translation_tag& t, std::uint64_t va) override { return tlb.find(packed_tag::of(t), va); }
    void insert(const tlb_line& l) override { tlb.insert(l); }
    unsigned invalidate(const dti::invalidate_request& r) override { return tlb.invalidate(r); }
};

class Tlb : public testing::TestWithParam<bool> {
protected:
    std::unique_ptr<tlb_under_test> tlb =
        GetParam() ? std::unique_ptr<tlb_under_test>(new micro_under_test) : std::make_unique<main_under_test>();
    const vmsa::translation_tag a = tag_of(1, 10);
    const vmsa::translation_tag b = tag_of(1, 11);
    const vmsa::translation_tag other_vm = tag_of(2, 10);
};
INSTANTIATE_TEST_SUITE_P(Each, Tlb, testing::Bool(), [](const auto& param) { return param.param ? "Micro" : "Main"; });

TEST_P(Tlb, EveryAddressOfAPageOfEverySizeHits)
{
    for (const unsigned size : {12U, 14U, 16U, 21U, 25U, 29U, 30U}) {
        const std::uint64_t base = std::uint64_t(size) << 40;
        tlb->insert(line_of(a, base + 0x123, 0, size));
        EXPECT_TRUE(tlb->holds(a, base));
        EXPECT_TRUE(tlb->holds(a, base + (std::uint64_t(1) << (size - 1)) + 5));
        EXPECT_TRUE(tlb->holds(a, base + (std::uint64_t(1) << size) - 1));
        EXPECT_FALSE(tlb->holds(a, base + (std::uint64_t(1) << size)));
        EXPECT_FALSE(tlb->holds(a, base - 1));
    }
}

TEST_P(Tlb, TagsSeparateAsidVmidAndStages_3_17)
{
    tlb->insert(line_of(a, 0x1000, 0));
    EXPECT_TRUE(tlb->holds(a, 0x1000));
    EXPECT_FALSE(tlb->holds(b, 0x1000));
    EXPECT_FALSE(tlb->holds(other_vm, 0x1000));
    EXPECT_FALSE(tlb->holds(tag_of(1, 10, true, true), 0x1000));
    vmsa::translation_tag el2 = a;
    el2.world = vmsa::regime::el2_host;
    EXPECT_FALSE(tlb->holds(el2, 0x1000));
    vmsa::translation_tag secure = a;
    secure.non_secure = false;
    EXPECT_FALSE(tlb->holds(secure, 0x1000));
}

TEST_P(Tlb, GlobalEntryServesEveryAsidOfItsVmid)
{
    tlb->insert(line_of(a, 0x1000, 0, 12, true));
    EXPECT_TRUE(tlb->holds(b, 0x1000));
    EXPECT_FALSE(tlb->holds(other_vm, 0x1000));
}

TEST_P(Tlb, InvalidateByVaFromAnywhereInsideTheBlock_4_4)
{
    tlb->insert(line_of(a, 0x40000000, 0, 21));
    EXPECT_EQ(tlb->invalidate(by(dti::invalidation::nh_va, 1, 10, 0x40200000)), 0U);
    EXPECT_EQ(tlb->invalidate(by(dti::invalidation::nh_va, 1, 11, 0x40123000)), 0U);
    EXPECT_EQ(tlb->invalidate(by(dti::invalidation::nh_va, 2, 10, 0x40123000)), 0U);
    EXPECT_EQ(tlb->invalidate(by(dti::invalidation::nh_va, 1, 10, 0x40123000)), 1U);
    EXPECT_FALSE(tlb->holds(a, 0x40000000));
}

// 3.17.1: a global entry is one of its ASET; ASIDs are the same in both, and invalidations disregard it (4.4).
TEST_P(Tlb, GlobalEntriesServeTheirAsetOnly_3_17_1)
{
    vmsa::translation_tag a1 = a;
    vmsa::translation_tag b1 = b;
    a1.aset = b1.aset = true;
    tlb->insert(line_of(a, 0x1000, 0, 12, true));
    tlb->insert(line_of(a1, 0x2000, 0, 12, true));
    tlb->insert(line_of(a, 0x3000, 0));
    tlb->insert(line_of(a1, 0x4000, 0));
    EXPECT_TRUE(tlb->holds(b, 0x1000));
    EXPECT_FALSE(tlb->holds(a1, 0x1000));
    EXPECT_FALSE(tlb->holds(b1, 0x1000));
    EXPECT_TRUE(tlb->holds(b1, 0x2000));
    EXPECT_FALSE(tlb->holds(a, 0x2000));
    EXPECT_TRUE(tlb->holds(a1, 0x3000));
    EXPECT_TRUE(tlb->holds(a, 0x4000));
    EXPECT_EQ(tlb->invalidate(by(dti::invalidation::nh_va, 1, 10, 0x2000)), 1U);
    EXPECT_EQ(tlb->invalidate(by(dti::invalidation::nh_asid, 1, 10)), 2U);
    EXPECT_EQ(tlb->invalidate(by(dti::invalidation::nh_all, 1)), 1U);
}

// DDI 0487 R_TVTYQ: pieces of 4 KiB of stage-1 blocks of 2 MiB, in sets that the invalidated address does not select.
TEST_P(Tlb, InvalidateByVaReachesEveryPieceOfTheStage1Block_4_4)
{
    const vmsa::translation_tag nested = tag_of(1, 10, true, true);
    const auto splinter = [&](std::uint64_t va, bool global = false) {
        tlb_line l = line_of(nested, va, va, 12, global);
        l.translation.stage1.active = l.translation.stage2.active = true;
        l.translation.stage1.page_size_log2 = 21;
        l.translation.stage2.page_size_log2 = 12;
        tlb->insert(l);
    };
    const auto four = [&] {
        splinter(0x40000000);
        splinter(0x40001000, true);
        splinter(0x401ff000);
        splinter(0x40200000);
    };
    four();
    EXPECT_EQ(tlb->invalidate(by(dti::invalidation::nh_va, 1, 11, 0x40155000)), 1U); // the global one, of any ASID
    EXPECT_EQ(tlb->invalidate(by(dti::invalidation::nh_va, 1, 10, 0x40155000)), 2U);
    EXPECT_TRUE(tlb->holds(nested, 0x40200000)); // of the next block
    four();
    auto leaf = by(dti::invalidation::nh_vaa, 1, 0, 0x401fe000);
    leaf.leaf = true;
    EXPECT_EQ(tlb->invalidate(leaf), 3U);
    EXPECT_TRUE(tlb->holds(nested, 0x40200000));
    four(); // 4.4.1.1: a range that touches the block
    EXPECT_EQ(tlb->invalidate(by(dti::invalidation::nh_vaa, 1, 0, 0x3ffff000, 0x1000)), 0U);
    EXPECT_EQ(tlb->invalidate(by(dti::invalidation::nh_vaa, 1, 0, 0x40010000, 0x2000)), 3U);
    EXPECT_TRUE(tlb->holds(nested, 0x40200000));
}

TEST_P(Tlb, InvalidateByVaTakesGlobalEntriesOfAnyAsid_4_4_2_4)
{
    tlb->insert(line_of(a, 0x1000, 0, 12, true));
    EXPECT_EQ(tlb->invalidate(by(dti::invalidation::nh_va, 1, 99, 0x1000)), 1U);
}

TEST_P(Tlb, InvalidateByAsidLeavesGlobalEntries_4_4_2_2)
{
    tlb->insert(line_of(a, 0x1000, 0));
    tlb->insert(line_of(a, 0x2000, 0, 12, true));
    tlb->insert(line_of(b, 0x3000, 0));
    EXPECT_EQ(tlb->invalidate(by(dti::invalidation::nh_asid, 1, 10)), 1U);
    EXPECT_FALSE(tlb->holds(a, 0x1000));
    EXPECT_TRUE(tlb->holds(a, 0x2000));
    EXPECT_TRUE(tlb->holds(b, 0x3000));
}

TEST_P(Tlb, InvalidateByVmid)
{
    const vmsa::translation_tag stage2 = tag_of(1, 0, false, true);
    tlb->insert(line_of(a, 0x1000, 0));
    tlb->insert(line_of(stage2, 0x1000, 0));
    tlb->insert(line_of(other_vm, 0x1000, 0));
    EXPECT_EQ(tlb->invalidate(by(dti::invalidation::nh_all, 1)), 1U); // 4.4.2.1: stage 1 only
    EXPECT_TRUE(tlb->holds(stage2, 0x1000));
    EXPECT_EQ(tlb->invalidate(by(dti::invalidation::s12_vmall, 1)), 1U);
    EXPECT_FALSE(tlb->holds(stage2, 0x1000));
    EXPECT_TRUE(tlb->holds(other_vm, 0x1000));
    EXPECT_EQ(tlb->invalidate(by(dti::invalidation::nsnh_all, 0)), 1U);
}

TEST_P(Tlb, InvalidateByIpaReachesStage2EntriesOnly_4_4_3_1)
{
    const vmsa::translation_tag stage2 = tag_of(1, 0, false, true);
    const vmsa::translation_tag combined = tag_of(1, 10, true, true);
    tlb->insert(line_of(stage2, 0x80000000, 0, 21));
    tlb->insert(line_of(combined, 0x80000000, 0, 21));
    EXPECT_EQ(tlb->invalidate(by(dti::invalidation::s2_ipa, 2, 0, 0x80001000)), 0U);
    EXPECT_EQ(tlb->invalidate(by(dti::invalidation::s2_ipa, 1, 0, 0x80001000)), 1U);
    EXPECT_FALSE(tlb->holds(stage2, 0x80000000));
    EXPECT_TRUE(tlb->holds(combined, 0x80000000));
}

TEST_P(Tlb, InvalidateByRange_4_4_1_1)
{
    for (std::uint64_t va = 0; va < 8 * 0x1000; va += 0x1000)
        tlb->insert(line_of(a, va, 0));
    EXPECT_EQ(tlb->invalidate(by(dti::invalidation::nh_vaa, 1, 0, 0x2000, 0x3000)), 3U);
    EXPECT_TRUE(tlb->holds(a, 0x1000));
    EXPECT_FALSE(tlb->holds(a, 0x2000));
    EXPECT_FALSE(tlb->holds(a, 0x4000));
    EXPECT_TRUE(tlb->holds(a, 0x5000));
}

TEST_P(Tlb, Nh_invalidationsDoNotReachEl2)
{
    vmsa::translation_tag el2 = a;
    el2.world = vmsa::regime::el2_host;
    el2.has_vmid = false;
    el2.vm = vmid(0);
    tlb->insert(line_of(el2, 0x1000, 0));
    EXPECT_EQ(tlb->invalidate(by(dti::invalidation::nh_va, 0, 10, 0x1000)), 0U);
    EXPECT_EQ(tlb->invalidate(by(dti::invalidation::nsnh_all, 0)), 0U);
    auto r = by(dti::invalidation::el2_va, 0, 10, 0x1000);
    EXPECT_EQ(tlb->invalidate(r), 0U); // E2H == 0: entries of EL2 without ASID
    r.e2h = true;
    EXPECT_EQ(tlb->invalidate(r), 1U);
}

TEST_P(Tlb, SecondInsertOfAPageReplacesTheFirst)
{
    tlb->insert(line_of(a, 0x1000, 0x8000));
    tlb->insert(line_of(a, 0x1000, 0x9000));
    EXPECT_EQ(tlb->invalidate(by(dti::invalidation::nh_all, 1)), 1U);
}

TEST(MicroTlb, PseudoLruKeepsWhatIsUsed)
{
    micro_tlb tlb(4);
    const auto t = tag_of(1, 1);
    for (std::uint64_t va = 0; va < 4 * 0x1000; va += 0x1000)
        tlb.insert(line_of(t, va, 0));
    for (std::uint64_t va = 0x10000; va < 0x20000; va += 0x1000) {
        EXPECT_NE(tlb.find(packed_tag::of(t), 0), nullptr);
        tlb.insert(line_of(t, va, 0));
    }
    EXPECT_NE(tlb.find(packed_tag::of(t), 0), nullptr);
    // the tree points away from the half of the page in use: the other half is replaced
    EXPECT_EQ(tlb.find(packed_tag::of(t), 0x2000), nullptr);
    EXPECT_EQ(tlb.find(packed_tag::of(t), 0x3000), nullptr);
}

TEST(MainTlb, PageSizesPresentComeAndGo)
{
    main_tlb tlb(64, 4);
    const auto t = tag_of(1, 1);
    EXPECT_EQ(tlb.page_sizes(), 0U);
    tlb.insert(line_of(t, 0x1000, 0, 12));
    tlb.insert(line_of(t, 0x40000000, 0, 30));
    tlb.insert(line_of(t, 0x200000, 0, 21));
    EXPECT_EQ(tlb.page_sizes(), 3U);
    tlb.invalidate(by(dti::invalidation::nh_vaa, 1, 0, 0x40000000));
    EXPECT_EQ(tlb.page_sizes(), 2U);
    EXPECT_NE(tlb.find(packed_tag::of(t), 0x200000), nullptr);
    EXPECT_NE(tlb.find(packed_tag::of(t), 0x1000), nullptr);
    tlb.invalidate(by(dti::invalidation::nh_all, 1));
    EXPECT_EQ(tlb.page_sizes(), 0U);
}

TEST(MainTlb, HoldsAsManyAsItHasAndStaysConsistentBeyond)
{
    main_tlb tlb(64, 4);
    const auto t = tag_of(1, 1);
    for (std::uint64_t n = 0; n < 1000; ++n)
        tlb.insert(line_of(t, n << 12, n << 12, 12));
    unsigned held = 0;
    for (std::uint64_t n = 0; n < 1000; ++n)
        if (const tlb_line* l = tlb.find(packed_tag::of(t), n << 12)) {
            EXPECT_EQ(l->translation.pa.value(), n << 12);
            ++held;
        }
    EXPECT_EQ(held, 64U);
}

// 4.3, 4.4: configuration invalidations and those of TLBs do not reach what the others are for.
TEST(InvalidationKinds, ConfigurationAndTlbAreApart)
{
    using dti::invalidation;
    const vmsa::translation_tag tag = tag_of(1, 10);
    const dti::cached_translation entry{tag, 0x1000, 12, false, false};
    const stream_id stream(5);
    const substream_id substream(0);
    EXPECT_TRUE(dti::matches(by(invalidation::nh_all, 1), entry));
    for (const invalidation what : {invalidation::config_stream, invalidation::config_range,
                                    invalidation::config_substream, invalidation::config_all}) {
        dti::invalidate_request r = by(what, 1, 10, 0x1000);
        r.stream = stream;
        EXPECT_FALSE(dti::matches(r, entry));
        EXPECT_TRUE(dti::matches(r, stream, &substream));
    }
    for (const invalidation what :
         {invalidation::nh_all, invalidation::nh_asid, invalidation::nh_vaa, invalidation::nh_va, invalidation::el2_all,
          invalidation::s2_ipa, invalidation::s12_vmall, invalidation::nsnh_all, invalidation::el3_all}) {
        dti::invalidate_request r = by(what, 1, 10, 0x1000);
        r.stream = stream;
        EXPECT_FALSE(dti::matches(r, stream, &substream));
    }
}

// 4.4.1.1: a range does not wrap at the top of the address space.
TEST(InvalidationKinds, RangesEndAtTheTop_4_4_1_1)
{
    const vmsa::translation_tag tag = tag_of(1, 10);
    const std::uint64_t top = ~std::uint64_t(0) - 0xfff;
    const auto range = by(dti::invalidation::nh_va, 1, 10, top, std::uint64_t(1) << 60);
    EXPECT_TRUE(dti::matches(range, dti::cached_translation{tag, top, 12, false, false}));
    EXPECT_FALSE(dti::matches(range, dti::cached_translation{tag, top - 0x1000, 12, false, false}));
    EXPECT_FALSE(dti::matches(range, dti::cached_translation{tag, 0, 12, false, false}));
}
