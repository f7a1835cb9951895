#pragma once

#include "dma_system/dma_system.h"
#include "gic/gicv3.h"
#include "workload.h"

#include <cstdint>
#include <functional>
#include <random>
#include <systemc>
#include <tlm_utils/simple_initiator_socket.h>

namespace iovp::profile {

/// What MSIs need beside a dma_system: devices that write to the doorbell, behind a TBU of their own, a GIC with its
/// ITS, and a CPU that acknowledges. StreamID and DeviceID of a device are the same number; its vectors are EventIDs
/// from 0.
class msi_system : public sc_core::sc_module {
public:
    struct statistics {
        std::uint64_t sent = 0;
        std::uint64_t errors = 0;       ///< of them: the write ended with an error
        std::uint64_t acknowledged = 0; ///< interrupts that the CPU took; MSIs of a pending interrupt merge with it
        time_ps last_end = 0;           ///< the last acknowledge
    };

    static constexpr std::uint64_t gicd_base = 0x08000000;
    static constexpr std::uint64_t its_base = 0x08100000;
    static constexpr std::uint64_t gicr_base = 0x08200000;
    static constexpr std::uint64_t doorbell_frame = its_base + 0x10000; ///< 64 KiB; to be mapped 1:1
    static constexpr unsigned most_lpis = 65536 - 8192;

    msi_system(const sc_core::sc_module_name& name, dma::dma_system& base, const workload& w);

    /// GIC, ITS tables and commands: what the driver does once. From a thread.
    void start();
    /// Sends `count` MSIs and waits until nothing is pending. `log` may be null. From a thread.
    void run(std::uint64_t count, latency_log* log, const std::function<void()>& sent);

    const statistics& counts() const { return statistics_; }

    gic::gicv3 gic;
    smmu::tbu tbu;

private:
    void lane();
    void cpu();
    void store(std::uint64_t address, std::uint64_t value, unsigned size = 4);
    std::uint64_t load(std::uint64_t address, unsigned size);
    std::uint64_t system_register(iovp::system_register which, std::uint64_t value, bool write);
    void its_command(std::uint64_t w0, std::uint64_t w1, std::uint64_t w2);

    tlm_utils::simple_initiator_socket<msi_system, 64> driver_;
    tlm_utils::simple_initiator_socket<msi_system, 64> device_;
    dma::dma_system& base_;
    const workload workload_;
    const sc_core::sc_time interrupt_entry_;
    sc_core::sc_signal<bool> irq_;
    std::uint64_t queue_ = 0; ///< of ITS commands
    std::uint64_t write_pointer_ = 0;

    statistics statistics_;
    std::mt19937_64 random_;
    latency_log* log_ = nullptr;
    std::function<void()> sent_;
    std::uint64_t left_ = 0;
    std::uint64_t number_ = 0;
    time_ps next_issue_ = 0;
    unsigned lanes_ = 0;
    sc_core::sc_event lanes_done_;
};

} // namespace iovp::profile
