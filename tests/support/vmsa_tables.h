#pragma once

#include "vmsa/port.h"
#include "vmsa/walk_cache.h"

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <vector>

namespace iovp::test {

/// Memory for walks: 64-bit words that read as zero until written, a list of what was read, addresses that abort.
class table_memory : public vmsa::memory_port {
public:
    std::uint64_t& word(std::uint64_t address) { return words_[address]; }
    void abort_at(std::uint64_t address) { aborting_.insert(address); }

    /// Called before every compare-exchange: what another agent does to memory meanwhile.
    std::function<void(std::uint64_t)> before_exchange;

    std::vector<vmsa::structure_access> reads;
    std::vector<vmsa::structure_access> exchanges;

    bool read(const vmsa::structure_access& what, std::uint64_t* words, unsigned count) override
    {
        reads.push_back(what);
        if (aborting_.count(what.address.value()) != 0)
            return false;
        for (unsigned i = 0; i < count; ++i)
            words[i] = words_[what.address.value() + 8 * i];
        return true;
    }

    exchange compare_exchange(const vmsa::structure_access& what, std::uint64_t& expected,
                              std::uint64_t desired) override
    {
        exchanges.push_back(what);
        if (before_exchange)
            before_exchange(what.address.value());
        if (aborting_.count(what.address.value()) != 0)
            return exchange::aborted;
        std::uint64_t& now = words_[what.address.value()];
        if (now != expected) {
            expected = now;
            return exchange::changed;
        }
        now = desired;
        return exchange::done;
    }

private:
    std::map<std::uint64_t, std::uint64_t> words_;
    std::set<std::uint64_t> aborting_;
};

/// A walk cache without limits; only_tables_above hides entries so that chosen levels stay cold.
class table_walk_cache : public vmsa::walk_cache_port {
public:
    bool lookup(const vmsa::walk_cache_key& key, vmsa::table_pointer& found) override
    {
        for (const auto& e : entries_) {
            if (e.first.tag == key.tag && e.first.stage == key.stage && e.first.level == key.level &&
                e.first.address == key.address && e.first.upper_half == key.upper_half) {
                found = e.second;
                return true;
            }
        }
        return false;
    }
    void fill(const vmsa::walk_cache_key& key, const vmsa::table_pointer& entry) override
    {
        entries_.emplace_back(key, entry);
    }
    std::size_t size() const { return entries_.size(); }

private:
    std::vector<std::pair<vmsa::walk_cache_key, vmsa::table_pointer>> entries_;
};

/// Builds VMSAv8-64 tables in a table_memory, from the encodings of D8.3 alone (no model code).
class table_builder {
public:
    /// `granule_log2`: 12, 14 or 16; `start_level` and `input_bits` as TCR/VTCR say; tables come from `pool` upwards.
    /// `shift`: tables are built for addresses A and stored at A + shift (guest tables in IPA space).
    table_builder(table_memory& memory, unsigned granule_log2, int start_level, unsigned input_bits, std::uint64_t root,
                  std::uint64_t pool, std::uint64_t shift = 0)
        : memory_(memory)
        , granule_(granule_log2)
        , start_(start_level)
        , input_bits_(input_bits)
        , root_(root)
        , next_(pool)
        , shift_(shift)
    {
    }

    unsigned level_bits(int level) const { return granule_ + (3 - unsigned(level)) * (granule_ - 3); }

    /// Maps va to pa by a leaf at `level` whose other bits are `attributes` (AF included by the caller).
    void map(std::uint64_t va, std::uint64_t pa, int level, std::uint64_t attributes)
    {
        memory_.get().word(entry(va, level) + shift_) = pa | attributes | (level == 3 ? 3 : 1);
    }

    /// Address (before the shift) of the descriptor of `level` for va; makes the tables above it.
    std::uint64_t entry(std::uint64_t va, int level)
    {
        std::uint64_t table = root_;
        for (int l = start_;; ++l) {
            const unsigned low = level_bits(l);
            const unsigned top = l == start_ ? input_bits_ : low + granule_ - 3;
            const std::uint64_t index = (va >> low) & ((std::uint64_t(1) << (top - low)) - 1);
            const std::uint64_t address = table + index * 8;
            if (l == level)
                return address;
            std::uint64_t& d = memory_.get().word(address + shift_);
            if (d == 0) {
                d = next_ | 3;
                tables_.push_back(next_);
                next_ += std::uint64_t(1) << granule_;
            }
            table = d & 0x0000fffffffff000 & ~((std::uint64_t(1) << granule_) - 1);
        }
    }

    std::uint64_t& descriptor(std::uint64_t va, int level) { return memory_.get().word(entry(va, level) + shift_); }

    /// The tables below the root, in the order in which they were made (addresses before the shift).
    const std::vector<std::uint64_t>& tables() const { return tables_; }

private:
    std::reference_wrapper<table_memory> memory_;
    unsigned granule_;
    int start_;
    unsigned input_bits_;
    std::uint64_t root_;
    std::uint64_t next_;
    std::uint64_t shift_;
    std::vector<std::uint64_t> tables_;
};

// Leaf bits of stage 1.
constexpr std::uint64_t s1_af = 1ULL << 10;
constexpr std::uint64_t s1_el0 = 1ULL << 6; ///< AP[1]
constexpr std::uint64_t s1_ro = 1ULL << 7;  ///< AP[2]
constexpr std::uint64_t s1_ng = 1ULL << 11;
constexpr std::uint64_t s1_inner = 3ULL << 8; ///< SH
constexpr std::uint64_t s1_pxn = 1ULL << 53;
constexpr std::uint64_t s1_uxn = 1ULL << 54;
constexpr std::uint64_t dbm = 1ULL << 51;
constexpr std::uint64_t contiguous_hint = 1ULL << 52;
// Leaf bits of stage 2.
constexpr std::uint64_t s2_af = 1ULL << 10;
constexpr std::uint64_t s2_read = 1ULL << 6;
constexpr std::uint64_t s2_write = 2ULL << 6;
constexpr std::uint64_t s2_wb = 0xfULL << 2;
constexpr std::uint64_t s2_inner = 3ULL << 8;
constexpr std::uint64_t s2_rw = s2_af | s2_read | s2_write | s2_wb | s2_inner;

} // namespace iovp::test
