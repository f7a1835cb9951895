#pragma once

#include "common/memory_attributes.h"
#include "common/strong.h"
#include "common/systemc/transport.h"
#include "vmsa/port.h"

#include <cstdint>
#include <systemc>
#include <tlm_utils/simple_initiator_socket.h>

namespace iovp::smmu {

/// The TCU's accesses to memory: tables, queues and MSIs, as transactions on one initiator socket. False: aborted.
class memory_master {
public:
    using socket = sc_core::sc_port_b<tlm::tlm_fw_transport_if<>>;

    memory_master(socket& s, std::uint16_t requester, device_id msi_device)
        : socket_(s)
        , requester_(requester)
        , msi_device_(msi_device)
    {
    }

    bool read(std::uint64_t address, void* data, unsigned size, const memory_attributes& memory, bool non_secure,
              sc_core::sc_time& delay)
    {
        return transport(socket_, tlm::TLM_READ_COMMAND, address, data, size, attributes_of(memory, non_secure), delay);
    }
    bool write(std::uint64_t address, void* data, unsigned size, const memory_attributes& memory, bool non_secure,
               sc_core::sc_time& delay)
    {
        return transport(socket_, tlm::TLM_WRITE_COMMAND, address, data, size, attributes_of(memory, non_secure),
                         delay);
    }

    /// 3.13: writes `desired` if memory holds `expected`, otherwise `expected` becomes what memory holds; atomic
    /// however long memory waits. TLM's base protocol has no such transaction: a read and a write without enabled bytes
    /// take its time and meet its aborts, and then the words are compared and exchanged in debug accesses, which
    /// nothing interrupts.
    vmsa::memory_port::exchange compare_exchange(std::uint64_t address, std::uint64_t& expected, std::uint64_t desired,
                                                 const memory_attributes& memory, bool non_secure,
                                                 sc_core::sc_time& delay);

    /// 3.18: a 32-bit write with the SMMU's own DeviceID. `memattr`, `sh`: fields of *_IRQ_CFG2 and CMD_SYNC.
    /// `non_secure`: false for those of Secure sources, which go to the Secure PA space.
    bool send_msi(std::uint64_t address, std::uint32_t data, unsigned memattr, unsigned sh, sc_core::sc_time& delay,
                  bool non_secure = true);

    /// Without time or side effects.
    bool read_debug(std::uint64_t address, void* data, unsigned size, const memory_attributes& memory, bool non_secure)
    {
        return debug(tlm::TLM_READ_COMMAND, address, data, size, memory, non_secure);
    }

private:
    bool debug(tlm::tlm_command command, std::uint64_t address, void* data, unsigned size,
               const memory_attributes& memory, bool non_secure);
    transaction_attributes attributes_of(const memory_attributes& memory, bool non_secure) const
    {
        transaction_attributes a;
        a.memory = memory;
        a.non_secure = non_secure;
        a.privileged = true;
        a.requester = requester_;
        return a;
    }

    socket& socket_;
    std::uint16_t requester_;
    device_id msi_device_;
};

/// Attributes of queue accesses from SMMU_CR1 (6.3.11).
memory_attributes queue_attributes(std::uint32_t cr1);

} // namespace iovp::smmu
