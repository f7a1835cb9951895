#include "smmu/tbu/main_tlb.h"
#include "smmu/tbu/micro_tlb.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <vector>

namespace iovp::test {
namespace {

using namespace smmu;

/// One of 48 translations that never overlap: three page sizes, four address spaces of two VMs, a third of them global.
struct candidate {
    vmsa::translation_tag tag;
    vmsa::translation content;
};

std::vector<candidate> candidates()
{
    std::vector<candidate> all;
    for (unsigned i = 0; i < 48; ++i) {
        candidate c;
        c.tag.stage1 = c.tag.has_asid = c.tag.has_vmid = true;
        c.tag.space = asid(static_cast<std::uint16_t>(1 + i % 4));
        c.tag.vm = vmid(static_cast<std::uint16_t>(i / 4 % 2));
        c.content.page_size_log2 = i % 3 == 0 ? 12 : i % 3 == 1 ? 16 : 21;
        c.content.input = std::uint64_t(i / 3 % 5 + i * 16) << 21;
        c.content.pa = physical_address(std::uint64_t(i + 1) << 32);
        c.content.stage1.active = true;
        c.content.stage1.page_size_log2 = c.content.page_size_log2;
        c.content.not_global = i % 3 != 2;
        all.push_back(c);
    }
    return all;
}

dti::invalidate_request address_space(std::uint16_t space, std::uint16_t vm)
{
    dti::invalidate_request r;
    r.what = dti::invalidation::nh_asid;
    r.space = asid(space);
    r.vm = vmid(vm);
    return r;
}

/// What is there and what is found, by a map without sets, hashes or an order; there is room for all of them.
template <class Tlb>
void compare_with_a_map(Tlb& tlb)
{
    const std::vector<candidate> all = candidates();
    std::map<std::size_t, std::uint64_t> held; ///< candidate, PA
    std::uint64_t random = 1;
    for (unsigned step = 0; step < 20000; ++step) {
        random = random * 6364136223846793005 + 1442695040888963407;
        const std::size_t n = (random >> 33) % all.size();
        const candidate& c = all[n];
        const unsigned what = (random >> 20) % 64;
        if (what == 0) { // global ones stay: they are of no address space
            tlb.invalidate(address_space(c.tag.space.value(), c.tag.vm.value()));
            for (auto i = held.begin(); i != held.end();) {
                const candidate& h = all[i->first];
                const bool goes = h.tag.space == c.tag.space && h.tag.vm == c.tag.vm && h.content.not_global;
                i = goes ? held.erase(i) : std::next(i);
            }
        } else if (what < 8) { // the same page again, elsewhere in memory
            vmsa::translation t = c.content;
            t.pa = physical_address(t.pa.value() + (std::uint64_t(step) << 40));
            tlb.insert(tlb_line::from(c.tag, t));
            held[n] = t.pa.value();
        }
        vmsa::translation_tag tag = c.tag;
        if (!c.content.not_global)
            tag.space = asid(77);
        const std::uint64_t address = c.content.input + (std::uint64_t(1) << c.content.page_size_log2) - 8;
        const tlb_line* const found = tlb.find(packed_tag::of(tag), address);
        const auto expected = held.find(n);
        ASSERT_EQ(found != nullptr, expected != held.end()) << "step " << step;
        if (found) {
            ASSERT_EQ(found->translation.pa.value(), expected->second) << "step " << step;
        }
        tag.vm = vmid(9);
        ASSERT_EQ(tlb.find(packed_tag::of(tag), address), nullptr);
    }
}

TEST(TlbLookUp, MicroTlbFindsWhatIsThere)
{
    micro_tlb tlb(64);
    compare_with_a_map(tlb);
}

TEST(TlbLookUp, MainTlbFindsWhatIsThere)
{
    main_tlb tlb(256, 256);
    compare_with_a_map(tlb);
}

TEST(TlbLookUp, ASecondCopyTakesThePlaceOfTheFirst)
{
    micro_tlb tlb(4, replacement::lru);
    const std::vector<candidate> all = candidates();
    for (unsigned n = 0; n < 4; ++n)
        tlb.insert(tlb_line::from(all[n].tag, all[n].content));
    tlb.insert(tlb_line::from(all[2].tag, all[2].content));
    for (unsigned n = 0; n < 4; ++n)
        EXPECT_NE(tlb.peek(packed_tag::of(all[n].tag), all[n].content.input), nullptr) << n;
}

} // namespace
} // namespace iovp::test
