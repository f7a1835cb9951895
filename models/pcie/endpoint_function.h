#pragma once

#include "common/latency_record.h"
#include "common/register_file.h"
#include "pcie/config_space.h"
#include "pcie/msix.h"
#include "pcie/tlp.h"

#include <cstdint>
#include <deque>
#include <systemc>
#include <tlm>
#include <vector>

namespace iovp::pcie {

class endpoint;

/// One function of an endpoint: type-0 configuration space, BARs, DMA engine with its buffer, MSI-X. The registers are
/// described in models/pcie/README.md.
class endpoint_function : public sc_core::sc_module, private posted_observer {
public:
    endpoint_function(const sc_core::sc_module_name& name, endpoint& owner, unsigned number);

    config_space space;

    /// A configuration request; time for it is already in the caller's delay.
    void configure(tlm::tlm_generic_payload& trans, const sc_core::sc_time& delay);

    /// A memory request to a PCI address: true when one of the BARs claims it (Memory Space Enable is set) and has
    /// answered.
    bool memory(tlm::tlm_generic_payload& trans, const sc_core::sc_time& delay);

private:
    struct chunk {
        std::uint64_t address;
        std::uint32_t offset;
        unsigned size;
    };
    struct transfer {
        bool to_memory;
        bool interrupt;
        std::uint64_t iova;
        std::uint32_t offset;
        std::uint32_t length;
        unsigned vector;
    };
    struct doorbell {
        time_ps when;
        unsigned vector;
    };

    void define_configuration();
    void define_registers();
    std::uint64_t bar(unsigned index) const;
    void bar0(tlm::tlm_generic_payload& trans, std::uint32_t offset);
    void bar2(tlm::tlm_generic_payload& trans, std::uint32_t offset);
    std::uint64_t start(std::uint64_t control);

    void run_engine();
    void run_read();
    void run_interrupts();
    bool execute(const transfer& t);
    bool execute_writes(const transfer& t);
    bool execute_reads(const transfer& t);
    void read(const chunk& c);
    void post(std::uint64_t address, void* data, unsigned size, bool relaxed, latency_record* record);
    void send(const msix::message& m);
    void posted_done(const tlm::tlm_generic_payload& write, bool unsupported) override;
    void count_error(std::uint32_t counter, std::uint64_t address, std::uint32_t transfer_number);
    latency_record* begin_record(latency_record::kind what, std::uint64_t iova, unsigned size);
    std::uint16_t requester() const;

    endpoint& owner_;
    const unsigned number_;
    const unsigned express_;
    msix msix_;
    register_file registers_;
    std::vector<std::uint8_t> buffer_;
    transfer current_ = {};
    std::uint32_t transfer_ = 0;    ///< number of the current transfer, counted by START
    sc_core::sc_time access_delay_; ///< local time of the register access being served
    std::deque<chunk> reads_;       ///< waiting for a tag
    unsigned reads_left_ = 0;       ///< waiting or in flight
    unsigned tags_ = 0;             ///< processes of run_read(), made when they are needed first
    bool reads_failed_ = false;
    sc_core::sc_time issue_free_; ///< when the engine can make its next read request
    bool error_seen_ = false;     ///< ERROR_IOVA holds the first refused address
    std::deque<doorbell> doorbells_;
    sc_core::sc_event start_event_, read_event_, reads_done_event_, interrupt_event_;
};

} // namespace iovp::pcie
