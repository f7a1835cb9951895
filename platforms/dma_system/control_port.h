#pragma once

#include "dma_system/address_space.h"

#include <cstdint>
#include <systemc>
#include <tlm_utils/simple_initiator_socket.h>

namespace iovp::dma {

/// What a CPU's driver does with an SMMU: register writes, commands in their queue, CMD_SYNC. Everything takes its time
/// on the interconnect; call it from a thread, one at a time.
class control_port : public sc_core::sc_module {
public:
    struct addresses {
        std::uint64_t registers; ///< of the SMMU's page 0
        std::uint64_t stream_table;
        std::uint32_t strtab_base_cfg;
        std::uint64_t command_queue;
        unsigned command_log2;
        std::uint64_t event_queue;
        unsigned event_log2;
    };

    tlm_utils::simple_initiator_socket<control_port, 64> socket; ///< to the interconnect

    control_port(const sc_core::sc_module_name& name, const addresses& a);

    std::uint64_t read(std::uint32_t reg, unsigned size = 4);
    void write(std::uint32_t reg, std::uint64_t value, unsigned size = 4);

    /// Tables, queues and translation on (3.11): SMMUEN, CMDQEN, EVENTQEN.
    void enable();

    /// Puts a command into the queue and rings; waits only while the queue is full.
    void command(std::uint64_t word0, std::uint64_t word1 = 0);
    /// CMD_SYNC, and waits until it is consumed.
    void sync();

    /// Commands of 4.3 and 4.4, without CMD_SYNC.
    void invalidate_all();           ///< every translation of EL1
    void invalidate_configuration(); ///< every STE and CD
    void invalidate_stream(stream_id stream);
    /// The pages of a range, by VA or IPA; one command for each page, or ranges where `by_range` (IDR3.RIL).
    void invalidate(const address_space& space, std::uint64_t iova, std::uint64_t size, std::uint64_t page_size,
                    bool by_range = false);

    /// Events in the queue; they stay there.
    unsigned events();
    std::uint64_t commands() const { return commands_; } ///< issued so far, CMD_SYNCs too

private:
    void access(tlm::tlm_command command, std::uint64_t address, void* data, unsigned size);

    const addresses at_;
    std::uint32_t produced_ = 0; ///< CMDQ_PROD: index and wrap bit
    std::uint64_t commands_ = 0;
};

} // namespace iovp::dma
