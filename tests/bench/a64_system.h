#pragma once

#include "rows.h"

#include "cpu/a64/a64_cpu.h"
#include "interconnect/interconnect.h"
#include "memory/sparse_memory.h"

#include <memory>

namespace iovp::bench {

/// A core that sleeps until it is interrupted, memory, and the device that tells it what to do; and the same program on
/// the translator alone. The program is tests/bench/a64/.
class a64_system : public sc_core::sc_module {
public:
    explicit a64_system(const sc_core::sc_module_name& name);
    ~a64_system() override;

    /// a64_mips and its floor: one call is 1000 turns of the driver's loop. a64_mmio: one call is one read of a device
    /// register, of a thousand by one interrupt. a64_irq: one call is one interrupt with its handler.
    void add_to(rows& r);

private:
    class device;
    class floor;

    enum task : std::uint64_t { interrupt_only, work, poll };
    bool interrupt(task what, std::uint64_t times);

    interconnect bus_;
    sparse_memory memory_;
    std::unique_ptr<device> device_;
    cpu::a64_cpu cpu_;
    sc_core::sc_signal<bool, sc_core::SC_MANY_WRITERS> wire_; ///< raised by the bench, lowered by the device
    std::unique_ptr<floor> floor_;
    bool loaded_ = false;
};

} // namespace iovp::bench
