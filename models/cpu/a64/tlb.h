#pragma once

#include "common/memory_attributes.h"
#include "vmsa/translation.h"

#include <array>
#include <cstdint>

namespace iovp::cpu::a64 {

/// One page of 4 KiB as one Exception level sees it.
struct tlb_entry {
    static constexpr std::uint64_t no_page = ~std::uint64_t(0);

    std::uint64_t page = no_page; ///< VA without the offset
    std::uint64_t pa = 0;         ///< of the page's first byte
    std::uint8_t* host = nullptr; ///< DMI to the page's first byte; null: by the bus
    std::uint8_t size_log2 = 12;  ///< of the page or block it was cut from, for TLBI
    bool read = false;
    bool write = false;
    bool execute = false;
    bool device = false; ///< Device memory: unaligned accesses fault
    bool dmi_write = false;
    memory_attributes memory;
};

/// The translations in use of one Exception level, direct-mapped. Permissions are those of the level. One regime at a
/// time: who changes the regime flushes.
class tlb {
public:
    static constexpr unsigned page_bits = 12;
    static constexpr std::size_t entries = 1024;

    /// Higher bits take part: devices and memory are often aligned alike.
    tlb_entry& slot(std::uint64_t va)
    {
        const std::uint64_t page = va >> page_bits;
        return entries_[(page ^ page >> 9 ^ page >> 15) % entries];
    }
    /// Null: a walk is needed.
    tlb_entry* find(std::uint64_t va)
    {
        tlb_entry& e = slot(va);
        return e.page == (va & ~((std::uint64_t(1) << page_bits) - 1)) ? &e : nullptr;
    }
    void flush()
    {
        for (tlb_entry& e : entries_)
            e.page = tlb_entry::no_page;
    }
    /// Every entry for which it says so.
    template <class Predicate>
    void flush_if(Predicate&& p)
    {
        for (tlb_entry& e : entries_)
            if (e.page != tlb_entry::no_page && p(e))
                e.page = tlb_entry::no_page;
    }

private:
    std::array<tlb_entry, entries> entries_{};
};

/// The results of the last walks, each for the whole page or block: where a page of tlb comes from without a walk.
/// Replaced in turn. What is said of tlb about regimes holds here, too.
class block_tlb {
public:
    static constexpr std::size_t entries = 64;

    /// Null: none covers the address. Otherwise the translation of just that address, valid until the next call; its
    /// IPA is the walk's.
    const vmsa::translation* find(std::uint64_t va)
    {
        for (std::size_t i = 0; i < used_; ++i) {
            const entry& e = entries_[i];
            const std::uint64_t offset = va - e.base;
            if (offset >> e.walked.page_size_log2 == 0) {
                found_ = e.walked;
                found_.input = va;
                found_.pa = physical_address(e.pa + offset);
                return &found_;
            }
        }
        return nullptr;
    }
    void insert(std::uint64_t va, const vmsa::translation& t)
    {
        if (used_ < entries)
            ++used_;
        const std::uint64_t mask = (std::uint64_t(1) << t.page_size_log2) - 1;
        entries_[next_] = {va & ~mask, t.pa.value() & ~mask, t};
        next_ = (next_ + 1) % entries;
    }
    void flush() { used_ = next_ = 0; }

private:
    struct entry {
        std::uint64_t base;
        std::uint64_t pa;
        vmsa::translation walked;
    };
    std::array<entry, entries> entries_{};
    std::size_t used_ = 0;
    std::size_t next_ = 0;
    vmsa::translation found_;
};

} // namespace iovp::cpu::a64
