#pragma once

#include "common/latency_record.h"
#include "pcie/endpoint_function.h"

#include <cstdint>
#include <memory>
#include <systemc>
#include <tlm>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
#include <vector>

namespace iovp::pcie {

/// A PCI Express device with DMA engines and MSI-X, one of each per function. See models/pcie/README.md.
class endpoint : public sc_core::sc_module {
public:
    struct parameters {
        unsigned functions = 1; ///< 1..8
        std::uint16_t vendor_id = 0x1234;
        std::uint16_t device_id = 0x1051;
        unsigned vectors = 16;        ///< MSI-X vectors per function, 1..2048
        unsigned buffer_size = 65536; ///< bytes per function, power of two 4 KiB..16 MiB
        unsigned max_payload = 256;   ///< bytes, power of two 128..4096: Max_Payload_Size Supported
        unsigned read_tags = 256;     ///< reads in flight per function, 1..256; assumed
        sc_core::sc_time access_latency = sc_core::sc_time(20, sc_core::SC_NS);    ///< register access; assumed
        sc_core::sc_time issue_latency = sc_core::sc_time(10, sc_core::SC_NS);     ///< engine, per request; assumed
        sc_core::sc_time interrupt_latency = sc_core::sc_time(20, sc_core::SC_NS); ///< MSI-X table look-up; assumed

        /// Reports a value that is not allowed as iovp::configuration_error naming `object`.
        void check(const std::string& object) const;
    };

    tlm_utils::simple_target_socket<endpoint, 64> link_in;     ///< requests from the link: configuration, BARs
    tlm_utils::simple_initiator_socket<endpoint, 64> link_out; ///< DMA and MSIs to the link

    endpoint(const sc_core::sc_module_name& name, const parameters& p);

    /// Every DMA read, DMA write and MSI begun from now on gets a record here; null (the default): none. Not owned.
    void set_latency_log(latency_log* log) { log_ = log; }

    const parameters& configuration() const { return parameters_; }

private:
    friend class endpoint_function;

    void b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay);

    const parameters parameters_;
    latency_log* log_ = nullptr;
    std::uint16_t bus_and_device_ = 0; ///< captured from configuration writes, in RID position
    std::vector<std::unique_ptr<endpoint_function>> functions_;
};

} // namespace iovp::pcie
