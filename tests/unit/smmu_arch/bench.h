#pragma once

#include "smmu/arch/translate.h"
#include "support/vmsa_tables.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <ostream>
#include <utility>

namespace iovp::smmu {

inline std::ostream& operator<<(std::ostream& o, const event_record& e)
{
    o << event_name(e.type()) << std::hex;
    for (const std::uint64_t w : e.words)
        o << ' ' << w;
    return o << std::dec;
}

} // namespace iovp::smmu

namespace iovp::test {

using namespace iovp::smmu;

/// Configuration cache without limits.
struct any_configuration_cache : configuration_cache_port {
    std::map<std::uint32_t, ste> stes;
    std::map<std::pair<std::uint32_t, std::uint32_t>, cd> cds;

    bool lookup(stream_id s, ste& found) override
    {
        const auto i = stes.find(s.value());
        if (i == stes.end())
            return false;
        found = i->second;
        return true;
    }
    void fill(stream_id s, const ste& e) override { stes[s.value()] = e; }
    bool lookup(stream_id s, substream_id ss, cd& found) override
    {
        const auto i = cds.find({s.value(), ss.value()});
        if (i == cds.end())
            return false;
        found = i->second;
        return true;
    }
    void fill(stream_id s, substream_id ss, const cd& e) override { cds[{s.value(), ss.value()}] = e; }
};

/// Sets bits [high:low] of a structure, numbered through its 512 bits as in chapter 5.
template <class Words>
void put_bits(Words& words, unsigned high, unsigned low, std::uint64_t value)
{
    for (unsigned b = low; b <= high; ++b) {
        std::uint64_t& w = words[b / 64];
        const std::uint64_t m = std::uint64_t(1) << (b % 64);
        w = ((value >> (b - low)) & 1) != 0 ? w | m : w & ~m;
    }
}

using structure_words = std::array<std::uint64_t, 8>;

/// A legal STE by the bit positions of 5.2: stage-1 table of CDs at `cd_pointer`, stage 2 at 0x20_0000_0000 (4K, level
/// 0, 44 bits).
inline structure_words make_ste(unsigned config, std::uint64_t cd_pointer = 0x3000000000)
{
    structure_words w{};
    put_bits(w, 0, 0, 1);
    put_bits(w, 3, 1, config);
    put_bits(w, 55, 6, cd_pointer >> 6);
    put_bits(w, 109, 108, 1);      // SHCFG: incoming
    put_bits(w, 143, 128, 0x1357); // S2VMID
    put_bits(w, 165, 160, 20);     // S2T0SZ: 44 bits
    put_bits(w, 167, 166, 2);      // S2SL0: level 0 with 4K
    put_bits(w, 169, 168, 1);      // S2IR0
    put_bits(w, 171, 170, 1);      // S2OR0
    put_bits(w, 173, 172, 3);      // S2SH0
    put_bits(w, 178, 176, 4);      // S2PS: 44 bits
    put_bits(w, 179, 179, 1);      // S2AA64
    put_bits(w, 186, 186, 1);      // S2R
    put_bits(w, 247, 196, 0x2000000000 >> 4);
    return w;
}

/// A legal CD by the bit positions of 5.4: TTB0 at 0x10_0000_0000 (4K, 48 bits), TTB1 off, A and R set.
inline structure_words make_cd()
{
    structure_words w{};
    put_bits(w, 5, 0, 16);  // T0SZ
    put_bits(w, 9, 8, 1);   // IR0
    put_bits(w, 11, 10, 1); // OR0
    put_bits(w, 13, 12, 3); // SH0
    put_bits(w, 30, 30, 1); // EPD1
    put_bits(w, 31, 31, 1); // V
    put_bits(w, 34, 32, 4); // IPS: 44 bits
    put_bits(w, 41, 41, 1); // AA64
    put_bits(w, 45, 45, 1); // R
    put_bits(w, 46, 46, 1); // A
    put_bits(w, 63, 48, 0x2468);
    put_bits(w, 119, 68, 0x1000000000 >> 4);
    put_bits(w, 223, 192, 0x0000ff44); // MAIR: 0 NC, 1 WB
    return w;
}

constexpr std::uint64_t mair_is_wb = 1ULL << 2; ///< AttrIndx 1

/// A whole SMMU's architecture on a table_memory. Stream table at 0x40_0000_0000, linear, 2^8 entries.
struct smmu_bench {
    static constexpr std::uint64_t stream_table = 0x4000000000;
    static constexpr std::uint64_t cd_table = 0x3000000000;

    table_memory memory;
    features f;
    control regs;
    vmsa::walk_cache_port no_walk_cache;
    configuration_cache_port no_configuration_cache;
    vmsa::walk_cache_port* walk_cache = &no_walk_cache;
    configuration_cache_port* configuration_cache = &no_configuration_cache;

    smmu_bench()
    {
        regs.enabled = true;
        regs.cr2 = 2; // RECINVSID
        regs.strtab_base = stream_table;
        regs.strtab_base_cfg = 8; // LOG2SIZE
    }

    void write(std::uint64_t address, const structure_words& w)
    {
        for (unsigned i = 0; i < 8; ++i)
            memory.word(address + 8 * i) = w[i];
    }
    void set_ste(std::uint32_t sid, const structure_words& w) { write(stream_table + sid * 64ULL, w); }

    table_builder stage1(std::uint64_t shift = 0) { return {memory, 12, 0, 48, 0x1000000000, 0x1000400000, shift}; }
    table_builder stage2() { return {memory, 12, 0, 44, 0x2000000000, 0x2000400000}; }

    static request req(std::uint32_t sid, std::uint64_t address, bool write = false)
    {
        request r;
        r.stream = stream_id(sid);
        r.address = address;
        r.what.write = write;
        return r;
    }

    outcome run(const request& r)
    {
        const translation_context c{f, regs, memory, *walk_cache, *configuration_cache, true};
        return translate(c, r);
    }

    translated ok(const request& r)
    {
        const auto o = run(r);
        if (const auto* t = std::get_if<terminated>(&o)) {
            ADD_FAILURE() << "terminated";
            if (t->event)
                ADD_FAILURE() << *t->event;
            return {};
        }
        if (!std::holds_alternative<translated>(o)) {
            ADD_FAILURE() << "bypassed";
            return {};
        }
        return std::get<translated>(o);
    }

    terminated fails(const request& r)
    {
        const auto o = run(r);
        if (!std::holds_alternative<terminated>(o)) {
            ADD_FAILURE() << "not terminated";
            return {};
        }
        return std::get<terminated>(o);
    }

    /// The whole outcome: an abort with exactly this record.
    void expect_abort(const request& r, const std::array<std::uint64_t, 4>& record)
    {
        const auto t = fails(r);
        EXPECT_EQ(t.how, termination::abort);
        ASSERT_TRUE(t.event.has_value());
        EXPECT_EQ(*t.event, event_record{record});
    }
    void expect_silent_abort(const request& r)
    {
        const auto t = fails(r);
        EXPECT_EQ(t.how, termination::abort);
        EXPECT_FALSE(t.event.has_value());
    }
};

} // namespace iovp::test
