#pragma once

#include "scenario.h"

#include <array>

/// What the parts of a scenario's construction share.
namespace iovp::oracle {

using u64 = std::uint64_t;

/// A field of a structure of up to 64 bytes, by the bit numbers of the specification.
inline void put(std::array<u64, 8>& w, unsigned high, unsigned low, u64 value)
{
    const unsigned at = low % 64, size = high - low + 1;
    const u64 mask = (size == 64 ? ~u64(0) : (u64(1) << size) - 1) << at;
    w[low / 64] = (w[low / 64] & ~mask) | ((value << at) & mask);
}

/// The same of one that stands in memory.
inline void put(scenario& s, u64 structure, unsigned high, unsigned low, u64 value)
{
    const u64 at = structure + low / 64 * 8;
    std::array<u64, 8> w{s.mem.get(at)};
    put(w, low % 64 + high - low, low % 64, value);
    s.mem.set(at, w[0]);
}

inline u64 get(const scenario& s, u64 structure, unsigned high, unsigned low)
{
    const u64 word = s.mem.get(structure + low / 64 * 8) >> low % 64;
    return high - low == 63 ? word : word & ((u64(1) << (high - low + 1)) - 1);
}

/// D8.2: the lowest input bit that a level of a granule resolves.
inline unsigned low_bit(unsigned granule, int level)
{
    return granule + unsigned(3 - level) * (granule - 3);
}

/// Writes a structure, and remembers its words.
void store(scenario& s, u64 at, const std::array<u64, 8>& w);

/// The encoding of an address size (IPS, S2PS): the smallest that has the bits.
unsigned code_of(unsigned bits);

/// log2 of the granules that the machine has.
std::vector<unsigned> granules(const machine& hw);

/// The most bits that the tables of a granule hold.
unsigned widest(unsigned granule, bool ds);

/// A bit for the addresses of tables, so that some stand where only large descriptors reach: below 2^bits.
u64 far_bit(choices& c, unsigned bits);

/// No unprivileged accesses in the stream's world (5.2 STRW, CR2.E2H).
bool one_privilege(const scenario& s, const stream& st);

/// Input bits that every IPA space of the stream has.
unsigned narrowest(const stream& st);

/// Features and control registers.
void random_features(machine& hw, choices& c, const limits& l);

/// The stage-2 tables of a stream, and the fields of its STE that describe them.
void random_stage2(scenario& s, stream& st, choices& c, std::array<u64, 8>& w);

/// The CDs of a stream with their tables, and the fields of its STE that lead there.
void random_contexts(scenario& s, stream& st, choices& c, std::array<u64, 8>& w);

} // namespace iovp::oracle
