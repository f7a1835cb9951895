#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "drivers/smmuv3/smmu.h"
#include "hal/hal.h"

/// The machine behind hal.h in these tests: memory as a map of 64-bit words, and one SMMU double that has registers,
/// consumes commands and remembers them. One machine at a time; the test's fixture owns it.
class machine {
public:
    static constexpr std::uint64_t smmu_base = 0x2B400000;
    static constexpr std::uint64_t ram_base = 0x80000000;

    using command = std::array<std::uint64_t, 2>;

    machine();
    ~machine();
    machine(const machine&) = delete;
    machine& operator=(const machine&) = delete;
    static machine* current();

    // Memory.
    std::uint64_t read64(std::uint64_t addr) const;
    void write64(std::uint64_t addr, std::uint64_t value);
    std::uint64_t alloc(std::uint64_t bytes, std::uint64_t align);
    std::uint64_t allocated = 0;                                           ///< bytes out now
    std::uint64_t alloc_limit = ~std::uint64_t{0};                         ///< allocations beyond that many bytes fail
    std::function<void(std::uint64_t addr, std::uint64_t value)> on_write; ///< before each 64-bit store by software

    // SMMU registers and queue.
    std::uint32_t idr0, idr1, idr3, idr5;
    std::map<std::uint32_t, std::uint64_t> regs; ///< by offset, as last written
    std::vector<std::pair<std::uint32_t, std::uint64_t>> reg_writes;
    std::vector<command> commands;               ///< consumed
    std::function<bool(const command&)> illegal; ///< true: CERROR_ILL
    std::function<void()> on_sync;               ///< when a CMD_SYNC is consumed
    bool hang = false;                           ///< consumes nothing
    bool consume_late = false;                   ///< consumes only when CMDQ_CONS is read
    bool cr0_ack = true;
    unsigned max_queue_fill = 0;
    unsigned errors_raised = 0;
    std::uint64_t now = 0;
    bool irqs = false;
    const hal_guest* guest = nullptr; ///< while hal_guest_run() is active
    bool guest_fault = false;
    std::vector<std::uint64_t> invalidated; ///< VTTBR of each hal_guest_invalidate()
    hal_range program{0, 0};

    void post_event(const std::array<std::uint64_t, 4>& record); ///< respects full and overflow (7.4)
    smmu_platform platform();

    std::uint64_t mmio_read(std::uint64_t addr);
    void mmio_write(std::uint64_t addr, std::uint64_t value);
    std::uint64_t translate(std::uint64_t addr); ///< IPA -> PA while a guest runs
    /// Opcodes consumed since the last call to this.
    std::vector<unsigned> opcodes();

private:
    void consume();
    std::map<std::uint64_t, std::uint64_t> words_;
    std::uint64_t next_ = ram_base;
    std::uint32_t cons_ = 0, cons_err_ = 0, gerror_ = 0;
    std::uint32_t event_prod_ = 0;
    std::size_t seen_ = 0;
};
