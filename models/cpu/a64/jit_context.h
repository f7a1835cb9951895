#pragma once

#include "cpu/a64/tlb.h"
#include "cpu/a64/translation_regime.h"

#include <cstdint>
#include <dynarmic/interface/A64/a64.h>
#include <dynarmic/interface/A64/config.h>
#include <dynarmic/interface/exclusive_monitor.h>
#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace iovp::cpu::a64 {

class core;

/// Why translated code gave control back to the system layer.
enum class exit_cause : std::uint8_t {
    none,      ///< its ticks are used up, or its code was invalidated
    fallback,  ///< an instruction that the system layer executes, or one that must be stepped (see stepped_sites)
    undefined, ///< the translator refused the instruction
    no_code,   ///< nothing to execute at PC
    abort,     ///< a load or store faulted; PC is the instruction's, nothing of it has happened
    bus_access ///< a load or store needs the bus; PC is the instruction's, nothing of it has happened
};

/// Translated code of one Exception level of one core: a Jit, the TLB in front of the MMU and the table of host
/// pointers by which translated loads and stores reach memory. The Jit finds code by VA, so a change of regime flushes
/// it.
class jit_context final : private Dynarmic::A64::UserCallbacks {
public:
    jit_context(core& owner, unsigned el);
    ~jit_context() override;
    jit_context(const jit_context&) = delete;
    jit_context& operator=(const jit_context&) = delete;

    Dynarmic::A64::Jit& jit() { return *jit_; }
    const unsigned el; ///< whose permissions apply

    regime_key key{};          ///< of `regime`
    translation_regime regime; ///< in force
    bool fp_enabled = true;    ///< the code was translated with FP instructions in it
    tlb entries;
    block_tlb blocks;

    /// Runs until the ticks that the core allows are used up or something needs the system layer.
    exit_cause run();
    /// Executes one instruction, bus accesses allowed.
    exit_cause step();

    /// Code and data of everything, of one page or block, or code alone.
    void flush();
    void flush_data();
    void flush_code();
    void flush_page(std::uint64_t va);
    /// Code that was fetched from this physical line.
    void flush_code_line(std::uint64_t pa, std::uint64_t line_size);
    /// Every data translation to this physical range (DMI is no longer valid).
    void flush_dmi();
    /// Makes the page's host pointer visible to translated code.
    void install(const tlb_entry& e);
    /// Code of [va, va + size) is translated anew.
    void forget_code(std::uint64_t va, std::uint64_t size);

    /// Called by the core from within an access: ends the run before this instruction.
    void halt(exit_cause why);
    bool stepping() const { return stepping_; }
    void set_stepping(bool on) { stepping_ = on; } ///< around an access that the core makes itself
    /// The access under way is that of a load exclusive.
    bool is_exclusive_read() const;

    /// How many instructions have executed before the one at `at`, which an exit has interrupted, since their block
    /// began: they have not been counted. Known for the code that was translated last, otherwise zero.
    std::uint64_t uncounted_before(std::uint64_t at) const
    {
        return at >= block_start_ && at < block_next_ ? (at - block_start_) / 4 : 0;
    }

    /// Instructions that access the bus most of the time: the code ends before them, so that every instruction before
    /// them is counted when they execute. Value: how many times in a row they did not.
    std::unordered_map<std::uint64_t, unsigned> stepped_sites;
    std::unordered_set<std::uint64_t> not_stepped; ///< those that turned out to be no such sites

private:
    static constexpr unsigned table_bits = 43; ///< of VA; what is above goes through the callbacks

    std::optional<std::uint32_t> MemoryReadCode(std::uint64_t va) override;
    std::uint8_t MemoryRead8(std::uint64_t va) override;
    std::uint16_t MemoryRead16(std::uint64_t va) override;
    std::uint32_t MemoryRead32(std::uint64_t va) override;
    std::uint64_t MemoryRead64(std::uint64_t va) override;
    Dynarmic::A64::Vector MemoryRead128(std::uint64_t va) override;
    void MemoryWrite8(std::uint64_t va, std::uint8_t value) override;
    void MemoryWrite16(std::uint64_t va, std::uint16_t value) override;
    void MemoryWrite32(std::uint64_t va, std::uint32_t value) override;
    void MemoryWrite64(std::uint64_t va, std::uint64_t value) override;
    void MemoryWrite128(std::uint64_t va, Dynarmic::A64::Vector value) override;
    bool MemoryWriteExclusive8(std::uint64_t va, std::uint8_t value, std::uint8_t expected) override;
    bool MemoryWriteExclusive16(std::uint64_t va, std::uint16_t value, std::uint16_t expected) override;
    bool MemoryWriteExclusive32(std::uint64_t va, std::uint32_t value, std::uint32_t expected) override;
    bool MemoryWriteExclusive64(std::uint64_t va, std::uint64_t value, std::uint64_t expected) override;
    bool MemoryWriteExclusive128(std::uint64_t va, Dynarmic::A64::Vector value,
                                 Dynarmic::A64::Vector expected) override;
    void InterpreterFallback(std::uint64_t pc, std::size_t count) override;
    void CallSVC(std::uint32_t) override {}
    void ExceptionRaised(std::uint64_t pc, Dynarmic::A64::Exception e) override;
    void AddTicks(std::uint64_t ticks) override;
    std::uint64_t GetTicksRemaining() override;
    std::uint64_t GetCNTPCT() override { return 0; }

    template <class T>
    T read(std::uint64_t va);
    template <class T>
    void write(std::uint64_t va, T value);
    exit_cause finish();
    std::optional<std::uint32_t> code_at(std::uint64_t va);

    core& core_;
    bool stepping_ = false;
    exit_cause cause_ = exit_cause::none;
    std::uint64_t cause_pc_ = 0;
    Dynarmic::ExclusiveMonitor monitor_{1}; ///< only of this core: see exclusive_monitor.h for the others
    void** table_;                          ///< by VA page
    std::vector<std::uint64_t> installed_;  ///< pages with an entry
    /// VA pages with translated code, and the physical page each was fetched from.
    std::unordered_map<std::uint64_t, std::uint64_t> code_pages_;
    std::uint64_t block_start_ = 0; ///< of the code that was translated last
    std::uint64_t block_next_ = 0;  ///< behind its last instruction
    bool block_ended_ = true;
    bool has_blocks_ = false; ///< some TLB entry was cut from a block: TLBI by VA must look at all
    std::unique_ptr<Dynarmic::A64::Jit> jit_;
};

} // namespace iovp::cpu::a64
