#include "cpu/a64/jit_context.h"

#include "cpu/a64/core.h"
#include "cpu/a64/instruction.h"

#include <algorithm>
#include <dynarmic/backend/x64/exclusive_monitor_friend.h>
#include <stdexcept>
#include <sys/mman.h>

namespace iovp::cpu::a64 {

using Dynarmic::HaltReason;

// What translated code gets in place of an instruction that the system layer executes: UDF, which the translator does
// not know and hands to InterpreterFallback.
static constexpr std::uint32_t for_us = 0;
static constexpr std::uint64_t page_size = std::uint64_t(1) << tlb::page_bits;
static constexpr std::uint64_t page_mask = page_size - 1;
static constexpr std::uint64_t half_of_everything = std::uint64_t(1) << 63;

jit_context::jit_context(core& owner, unsigned level)
    : el(level)
    , core_(owner)
{
    // Address space only: a page of the table becomes memory when an entry in it is set.
    constexpr std::size_t table_size = (std::size_t(1) << (table_bits - tlb::page_bits)) * sizeof(void*);
    void* const table =
        mmap(nullptr, table_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (table == MAP_FAILED)
        throw std::bad_alloc();
    table_ = static_cast<void**>(table);

    Dynarmic::A64::UserConfig c;
    c.callbacks = this;
    c.global_monitor = &monitor_;
    // Without the pass that merges instructions for the system layer: each must be seen.
    c.optimizations = Dynarmic::all_safe_optimizations & ~Dynarmic::OptimizationFlag::MiscIROpt;
    c.tpidr_el0 = core_.thread_register(false);
    c.tpidrro_el0 = core_.thread_register(true);
    c.page_table = table_;
    c.page_table_address_space_bits = table_bits;
    c.silently_mirror_page_table = false;
    // Every unaligned access comes to us: it may fault, and it may cross a page.
    c.detect_misaligned_access_via_page_table = 16 | 32 | 64 | 128;
    c.check_halt_on_memory_access = true;
    c.define_unpredictable_behaviour = true;
    c.code_cache_size = 32u << 20;
    jit_ = std::make_unique<Dynarmic::A64::Jit>(c);
}

jit_context::~jit_context()
{
    constexpr std::size_t table_size = (std::size_t(1) << (table_bits - tlb::page_bits)) * sizeof(void*);
    munmap(table_, table_size);
}

exit_cause jit_context::run()
{
    cause_ = exit_cause::none;
    jit_->Run();
    return finish();
}

exit_cause jit_context::step()
{
    cause_ = exit_cause::none;
    stepping_ = true;
    jit_->Step();
    stepping_ = false;
    return finish();
}

exit_cause jit_context::finish()
{
    switch (cause_) {
    case exit_cause::undefined:
    case exit_cause::no_code:
        // The translator has moved PC behind the instruction.
        jit_->SetPC(cause_pc_);
        break;
    default: break;
    }
    return cause_;
}

void jit_context::halt(exit_cause why)
{
    cause_ = why;
    jit_->HaltExecution(HaltReason::MemoryAbort);
}

// A load exclusive calls back with its monitor locked; nothing else that reads does.
bool jit_context::is_exclusive_read() const
{
    return *Dynarmic::GetExclusiveMonitorLockPointer(const_cast<Dynarmic::ExclusiveMonitor*>(&monitor_)) != 0;
}

void jit_context::InterpreterFallback(std::uint64_t pc, std::size_t)
{
    cause_ = exit_cause::fallback;
    cause_pc_ = pc;
    jit_->HaltExecution();
}

void jit_context::ExceptionRaised(std::uint64_t pc, Dynarmic::A64::Exception e)
{
    cause_ = e == Dynarmic::A64::Exception::NoExecuteFault ? exit_cause::no_code : exit_cause::undefined;
    cause_pc_ = pc;
    jit_->HaltExecution();
}

void jit_context::AddTicks(std::uint64_t ticks)
{
    core_.executed(ticks);
}

std::uint64_t jit_context::GetTicksRemaining()
{
    return core_.ticks_allowed();
}

// Branches and what the translator ends a block with besides them: ISB and what is for us.
static bool ends_block(std::uint32_t word)
{
    constexpr std::uint32_t isb = 0xd50330df, crm = 0xf00;
    return word == for_us || ((word & 0x1c000000) == 0x14000000 && !insn::is_system(word)) || (word & ~crm) == isb;
}

std::optional<std::uint32_t> jit_context::MemoryReadCode(std::uint64_t va)
{
    const std::optional<std::uint32_t> word = code_at(va);
    if (!stepping_) {
        if (block_ended_ || va != block_next_)
            block_start_ = va;
        block_next_ = va + 4;
        block_ended_ = !word || ends_block(*word);
    }
    return word;
}

// What the translator gets to see.
std::optional<std::uint32_t> jit_context::code_at(std::uint64_t va)
{
    const std::optional<core::fetched> f = core_.fetch(*this, va);
    if (!f)
        return std::nullopt;
    code_pages_[va & ~page_mask] = f->pa & ~page_mask;
    if (for_system_layer(f->word, el))
        return for_us;
    if (!fp_enabled && (insn::is_fp(f->word) || is_fp_register_access(f->word)))
        return for_us;
    if (stepping_)
        return f->word;
    if (core_.is_breakpoint(va) || stepped_sites.count(va) != 0)
        return for_us;
    return f->word;
}

template <class T>
T jit_context::read(std::uint64_t va)
{
    T value{};
    core_.load(*this, va, &value, sizeof value);
    return value;
}

template <class T>
void jit_context::write(std::uint64_t va, T value)
{
    core_.store(*this, va, &value, sizeof value);
}

std::uint8_t jit_context::MemoryRead8(std::uint64_t va)
{
    return read<std::uint8_t>(va);
}
std::uint16_t jit_context::MemoryRead16(std::uint64_t va)
{
    return read<std::uint16_t>(va);
}
std::uint32_t jit_context::MemoryRead32(std::uint64_t va)
{
    return read<std::uint32_t>(va);
}
std::uint64_t jit_context::MemoryRead64(std::uint64_t va)
{
    return read<std::uint64_t>(va);
}
Dynarmic::A64::Vector jit_context::MemoryRead128(std::uint64_t va)
{
    return read<Dynarmic::A64::Vector>(va);
}
void jit_context::MemoryWrite8(std::uint64_t va, std::uint8_t value)
{
    write(va, value);
}
void jit_context::MemoryWrite16(std::uint64_t va, std::uint16_t value)
{
    write(va, value);
}
void jit_context::MemoryWrite32(std::uint64_t va, std::uint32_t value)
{
    write(va, value);
}
void jit_context::MemoryWrite64(std::uint64_t va, std::uint64_t value)
{
    write(va, value);
}
void jit_context::MemoryWrite128(std::uint64_t va, Dynarmic::A64::Vector value)
{
    write(va, value);
}
bool jit_context::MemoryWriteExclusive8(std::uint64_t va, std::uint8_t value, std::uint8_t expected)
{
    return core_.store_exclusive(*this, va, &value, &expected, sizeof value);
}
bool jit_context::MemoryWriteExclusive16(std::uint64_t va, std::uint16_t value, std::uint16_t expected)
{
    return core_.store_exclusive(*this, va, &value, &expected, sizeof value);
}
bool jit_context::MemoryWriteExclusive32(std::uint64_t va, std::uint32_t value, std::uint32_t expected)
{
    return core_.store_exclusive(*this, va, &value, &expected, sizeof value);
}
bool jit_context::MemoryWriteExclusive64(std::uint64_t va, std::uint64_t value, std::uint64_t expected)
{
    return core_.store_exclusive(*this, va, &value, &expected, sizeof value);
}
bool jit_context::MemoryWriteExclusive128(std::uint64_t va, Dynarmic::A64::Vector value, Dynarmic::A64::Vector expected)
{
    return core_.store_exclusive(*this, va, &value, &expected, sizeof value);
}

void jit_context::install(const tlb_entry& e)
{
    if (e.size_log2 > tlb::page_bits)
        has_blocks_ = true;
    if (!e.host || !e.read || !e.write || !e.dmi_write || e.page >> table_bits != 0)
        return;
    void*& entry = table_[e.page >> tlb::page_bits];
    if (!entry)
        installed_.push_back(e.page);
    entry = e.host;
}

void jit_context::flush_data()
{
    entries.flush();
    blocks.flush();
    for (const std::uint64_t page : installed_)
        table_[page >> tlb::page_bits] = nullptr;
    installed_.clear();
    has_blocks_ = false;
}

void jit_context::flush_code()
{
    if (code_pages_.empty())
        return;
    code_pages_.clear();
    jit_->InvalidateCacheRange(0, half_of_everything);
    jit_->InvalidateCacheRange(half_of_everything, half_of_everything);
}

void jit_context::flush()
{
    flush_data();
    flush_code();
    stepped_sites.clear();
    not_stepped.clear();
}

void jit_context::forget_code(std::uint64_t va, std::uint64_t size)
{
    jit_->InvalidateCacheRange(va, size);
}

// A page that was cut from a block goes with the whole block; only TLB entries still know about blocks, so when there
// are any, everything goes.
void jit_context::flush_page(std::uint64_t va)
{
    if (has_blocks_) {
        flush();
        return;
    }
    blocks.flush();
    const std::uint64_t page = va & ~page_mask;
    if (tlb_entry* e = entries.find(va))
        e->page = tlb_entry::no_page;
    if (page >> table_bits == 0)
        table_[page >> tlb::page_bits] = nullptr;
    if (code_pages_.erase(page) != 0)
        forget_code(page, page_size);
}

void jit_context::flush_code_line(std::uint64_t pa, std::uint64_t line_size)
{
    for (const auto& [va, page] : code_pages_)
        if (page == (pa & ~page_mask))
            forget_code(va + (pa & page_mask & ~(line_size - 1)), line_size);
}

void jit_context::flush_dmi()
{
    flush_data();
}

} // namespace iovp::cpu::a64
