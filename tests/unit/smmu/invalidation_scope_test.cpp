// 4.4.2 to 4.4.4: which cached translations each TLB invalidation reaches, by StreamWorld, state, tag and address.
#include "smmu/dti/invalidation.h"

#include <gtest/gtest.h>

#include <string>

using namespace iovp;
using namespace iovp::smmu;
using dti::invalidation;
using vmsa::regime;

namespace {

constexpr std::uint64_t page = 0x7000;

/// Of VMID 3 where it has one.
struct cached {
    char name;
    regime world;
    bool secure;
    bool stage1;         ///< otherwise an IPA's
    std::uint16_t space; ///< 0: not tagged with an ASID
    bool global;
};

constexpr cached entries[] = {
    {'a', regime::el1, false, true, 5, false},      {'b', regime::el1, false, true, 6, false},
    {'c', regime::el1, false, true, 6, true},       {'d', regime::el1, false, false, 0, false},
    {'e', regime::el2, false, true, 0, true},       {'f', regime::el2_host, false, true, 5, false},
    {'g', regime::el2_host, false, true, 6, false}, {'h', regime::el2_host, false, true, 6, true},
    {'i', regime::el1, true, true, 5, false},       {'j', regime::el1, true, false, 0, false},
    {'k', regime::el2, true, true, 0, true},        {'l', regime::el2_host, true, true, 5, false},
    {'m', regime::el2_host, true, true, 6, false},  {'n', regime::el3, true, true, 0, true},
    {'o', regime::el1, false, true, 5, true},       {'p', regime::el2_host, false, true, 5, true},
};

std::string reached(const dti::invalidate_request& r)
{
    std::string names;
    for (const cached& c : entries) {
        vmsa::translation_tag t;
        t.world = c.world;
        t.non_secure = !c.secure;
        t.stage1 = c.stage1;
        t.stage2 = !c.stage1;
        t.has_vmid = c.world == regime::el1;
        t.vm = vmid(t.has_vmid ? 3 : 0);
        t.has_asid = c.space != 0;
        t.space = asid(c.space);
        if (dti::matches(r, dti::cached_translation{t, page, 12, c.global, false}))
            names += c.name;
    }
    return names;
}

/// By VMID 3, ASID 5 and the address of the page.
dti::invalidate_request by(invalidation what, bool secure, bool e2h)
{
    dti::invalidate_request r;
    r.what = what;
    r.secure = secure;
    r.e2h = e2h;
    r.vm = vmid(3);
    r.space = asid(5);
    r.address = page;
    return r;
}

} // namespace

TEST(InvalidationScope_4_4, EachCommandReachesItsEntriesAlone)
{
    const struct {
        invalidation what;
        bool secure, e2h;
        const char* names;
        bool by_address;
    } rows[] = {
        {invalidation::nh_all, false, false, "abco", false},
        {invalidation::nh_asid, false, false, "a", false},
        {invalidation::nh_vaa, false, false, "abco", true},
        {invalidation::nh_va, false, false, "aco", true},
        {invalidation::nh_all, true, false, "i", false},
        {invalidation::el3_all, true, false, "n", false},
        {invalidation::el3_va, true, false, "n", true},
        {invalidation::el2_all, false, false, "efghp", false},
        {invalidation::el2_all, true, true, "klm", false},
        {invalidation::el2_va, false, false, "e", true},
        {invalidation::el2_va, false, true, "fhp", true},
        {invalidation::el2_va, true, false, "k", true},
        {invalidation::el2_va, true, true, "l", true},
        {invalidation::el2_vaa, false, false, "e", true},
        {invalidation::el2_vaa, false, true, "fghp", true},
        {invalidation::el2_vaa, true, true, "lm", true},
        {invalidation::el2_asid, false, true, "f", false},
        {invalidation::el2_asid, true, true, "l", false},
        {invalidation::s2_ipa, false, false, "d", true},
        {invalidation::s2_ipa, true, false, "j", true},
        {invalidation::s12_vmall, false, false, "abcdo", false},
        {invalidation::s12_vmall, true, false, "ij", false},
        {invalidation::nsnh_all, false, false, "abcdo", false},
        {invalidation::nsnh_all, true, false, "ij", false}, // SNH_ALL
    };
    for (const auto& row : rows) {
        dti::invalidate_request r = by(row.what, row.secure, row.e2h);
        const auto what = static_cast<unsigned>(row.what);
        EXPECT_EQ(reached(r), row.names) << what << row.secure << row.e2h;
        r.address = page + 0x1000;
        EXPECT_EQ(reached(r), row.by_address ? "" : row.names) << what << row.secure << row.e2h;
    }
}
