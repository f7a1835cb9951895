#pragma once

#include "common/memory_attributes.h"
#include "common/strong.h"
#include "common/systemc/transport.h"
#include "smmu/tcu/slot_pool.h"
#include "vmsa/port.h"

#include <cstdint>
#include <memory>
#include <systemc>
#include <tlm_utils/simple_initiator_socket.h>

namespace iovp::smmu {

/// The TCU's accesses to memory: tables, queues and MSIs, as transactions on one initiator socket. False: aborted.
class memory_master {
public:
    using socket = sc_core::sc_port_b<tlm::tlm_fw_transport_if<>>;

    /// How many accesses may be outstanding: who comes when all are waits, first come, first served.
    struct limits {
        unsigned reads;
        unsigned writes;
        bool reads_bind; ///< false: there are never more readers than that, and nobody needs to count
    };

    /// The occupancy probes of reads, where they bind, and writes are children of the module under construction.
    memory_master(socket& s, std::uint16_t requester, device_id msi_device, const limits& l)
        : socket_(s)
        , requester_(requester)
        , msi_device_(msi_device)
        , writes_("memory_writes", l.writes)
    {
        if (l.reads_bind)
            reads_ = std::make_unique<slot_pool>("memory_reads", l.reads);
    }

    bool read(std::uint64_t address, void* data, unsigned size, const memory_attributes& memory, bool non_secure,
              sc_core::sc_time& delay)
    {
        const auto access = [&] {
            return transport(socket_, tlm::TLM_READ_COMMAND, address, data, size, attributes_of(memory, non_secure),
                             delay);
        };
        return reads_ ? outstanding(*reads_, delay, access) : access();
    }
    bool write(std::uint64_t address, void* data, unsigned size, const memory_attributes& memory, bool non_secure,
               sc_core::sc_time& delay)
    {
        return outstanding(writes_, delay, [&] {
            return transport(socket_, tlm::TLM_WRITE_COMMAND, address, data, size, attributes_of(memory, non_secure),
                             delay);
        });
    }

    /// 3.13: writes `desired` if memory holds `expected`, otherwise `expected` becomes what memory holds; atomic
    /// however long memory waits. TLM's base protocol has no such transaction: a read and a write without enabled bytes
    /// take its time and meet its aborts, and then the words are compared and exchanged in debug accesses, which
    /// nothing interrupts.
    vmsa::memory_port::exchange compare_exchange(std::uint64_t address, std::uint64_t& expected, std::uint64_t desired,
                                                 const memory_attributes& memory, bool non_secure,
                                                 sc_core::sc_time& delay);

    /// The words are compared and exchanged in debug accesses, without time.
    vmsa::memory_port::exchange exchange_debug(std::uint64_t address, std::uint64_t& expected, std::uint64_t desired,
                                               const memory_attributes& memory, bool non_secure);

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

    // An access that is outstanding from the caller's local time to its end.
    template <class Access>
    static bool outstanding(slot_pool& pool, sc_core::sc_time& delay, const Access& access)
    {
        pass(delay);
        pool.acquire(delay);
        const bool ok = access();
        pass(delay);
        pool.release();
        return ok;
    }
    static void pass(sc_core::sc_time& delay)
    {
        if (delay != sc_core::SC_ZERO_TIME)
            sc_core::wait(delay);
        delay = sc_core::SC_ZERO_TIME;
    }

    socket& socket_;
    std::uint16_t requester_;
    device_id msi_device_;
    std::unique_ptr<slot_pool> reads_; ///< null: as many as there are readers
    slot_pool writes_;
};

/// Attributes of queue accesses from SMMU_CR1 (6.3.11).
memory_attributes queue_attributes(std::uint32_t cr1);

} // namespace iovp::smmu
