#pragma once

#include "support/vmsa_tables.h"
#include "vmsa/walk.h"

#include <gtest/gtest.h>

#include <ostream>

namespace iovp::vmsa {

// How failures print.
inline std::ostream& operator<<(std::ostream& o, const fault& f)
{
    return o << "fault{kind " << int(f.kind) << " stage " << int(f.stage) << " level " << int(f.level) << " class "
             << int(f.cls) << " ipa " << std::hex << f.ipa.value() << " fetch " << f.fetch_address.value() << std::dec
             << " ttd_write " << f.ttd_write << "}";
}

} // namespace iovp::vmsa

namespace iovp::test {

using vmsa::access;
using vmsa::fault_class;
using vmsa::fault_kind;
using vmsa::granule;

constexpr access read_el0{false, false, false};
constexpr access write_el0{true, false, false};
constexpr access fetch_el0{false, true, false};
constexpr access read_el1{false, false, true};
constexpr access write_el1{true, false, true};
constexpr access fetch_el1{false, true, true};

constexpr std::uint64_t mair_wb = 0xff; ///< attribute 0: Normal WB RA WA

inline granule granule_of(unsigned log2)
{
    return static_cast<granule>(log2);
}

/// A walk's context with memory and, when asked, a cache.
struct walk_bench {
    table_memory memory;
    vmsa::walk_cache_port no_cache;
    vmsa::walk_cache_port* cache = &no_cache;
    vmsa::implementation impl;
    vmsa::stage1_regime s1;
    vmsa::stage2_regime s2;
    bool use_s1 = false;
    bool use_s2 = false;
    bool may_update = true;

    walk_bench()
    {
        impl.output_bits = 48;
        impl.xnx = impl.hierarchical_disable = impl.small_tables = true;
        s1.output_bits = 48;
        s1.mair = mair_wb;
        s1.half[1].disabled = true;
        s2.output_bits = 48;
    }

    /// Stage 1 through TTB0 with `input_bits`, first table at 0x10_0000_0000.
    table_builder stage1(unsigned granule_log2, int start, unsigned input_bits, std::uint64_t shift = 0)
    {
        use_s1 = true;
        s1.half[0].tg = granule_of(granule_log2);
        s1.half[0].tsz = 64 - input_bits;
        s1.half[0].ttb = 0x1000000000;
        return {memory, granule_log2, start, input_bits, 0x1000000000, 0x1000400000, shift};
    }

    /// Stage 2 with its first table at 0x20_0000_0000.
    table_builder stage2(unsigned granule_log2, int start, unsigned input_bits)
    {
        use_s2 = true;
        s2.tg = granule_of(granule_log2);
        s2.tsz = 64 - input_bits;
        s2.start_level = start;
        s2.ttb = 0x2000000000;
        return {memory, granule_log2, start, input_bits, 0x2000000000, 0x2000400000};
    }

    vmsa::walk_result walk(std::uint64_t va, const access& a)
    {
        vmsa::translation_tag tag;
        tag.stage1 = use_s1;
        tag.stage2 = use_s2;
        const vmsa::walk_context context{impl,      use_s1 ? &s1 : nullptr, use_s2 ? &s2 : nullptr, tag, memory, *cache,
                                         may_update};
        return vmsa::translate(context, va, a);
    }

    vmsa::translation ok(std::uint64_t va, const access& a)
    {
        const auto r = walk(va, a);
        if (const auto* f = std::get_if<vmsa::fault>(&r)) {
            ADD_FAILURE() << "walk of " << std::hex << va << ": " << *f;
            return {};
        }
        return std::get<vmsa::translation>(r);
    }

    vmsa::fault fails(std::uint64_t va, const access& a)
    {
        const auto r = walk(va, a);
        if (std::holds_alternative<vmsa::translation>(r)) {
            ADD_FAILURE() << "walk of " << std::hex << va << " succeeded";
            return {};
        }
        return std::get<vmsa::fault>(r);
    }
};

inline void expect_fault(const vmsa::fault& f, fault_kind kind, int stage, int level, fault_class cls)
{
    EXPECT_EQ(int(f.kind), int(kind)) << f;
    EXPECT_EQ(int(f.stage), stage) << f;
    EXPECT_EQ(int(f.level), level) << f;
    EXPECT_EQ(int(f.cls), int(cls)) << f;
}

} // namespace iovp::test
