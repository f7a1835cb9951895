#pragma once

#include "common/latency_record.h"
#include "pcie/root_port.h"

#include <cstdint>
#include <systemc>
#include <tlm>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
#include <vector>

namespace iovp::pcie {

/// Root complex of one segment: ECAM, memory window, root ports on bus 0, and the only place where a Requester ID
/// becomes a StreamID and a DeviceID. See models/pcie/README.md.
class root_complex : public sc_core::sc_module {
public:
    struct parameters {
        unsigned ports = 2;                    ///< root ports, 1..31
        unsigned first_device = 1;             ///< device number of port 0 on bus 0; the others follow
        std::uint32_t stream_base = 0;         ///< StreamID = stream_base + Requester ID (IORT's output base)
        std::uint32_t device_base = 0;         ///< DeviceID = device_base + Requester ID
        std::uint64_t mmio_base = 0x5000'0000; ///< PCI address of the memory window's first byte
        std::uint16_t vendor_id = 0x1234;
        std::uint16_t device_id = 0x1050;
        unsigned max_payload = 256;                                      ///< bytes, 128..4096, a power of two
        sc_core::sc_time latency = sc_core::sc_time(10, sc_core::SC_NS); ///< per request, each way through; assumed

        /// Reports a value that is not allowed as iovp::configuration_error naming `object`.
        void check(const std::string& object) const;
    };

    tlm_utils::simple_target_socket<root_complex, 64> ecam; ///< 256 MiB: bus [27:20], device, function, register
    tlm_utils::simple_target_socket<root_complex, 64> mmio; ///< memory window; PCI address = mmio_base + address
    sc_core::sc_vector<tlm_utils::simple_initiator_socket<root_complex, 64>> dma; ///< per port: to its TBU's upstream
    sc_core::sc_vector<tlm_utils::simple_initiator_socket<root_complex, 64>> link_out; ///< per port: to link.from_root
    sc_core::sc_vector<tlm_utils::simple_target_socket_tagged<root_complex, 64>> link_in; ///< per port: link.to_root

    root_complex(const sc_core::sc_module_name& name, const parameters& p);

    const parameters& configuration() const { return parameters_; }
    /// The Requester ID that port `index` itself has: bus 0.
    std::uint16_t port_rid(unsigned index) const;

private:
    void configuration_access(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay);
    void memory_access(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay);
    void device_request(int port, tlm::tlm_generic_payload& trans, sc_core::sc_time& delay);
    static bool refuse(tlm::tlm_generic_payload& trans);
    bool forward_configuration(tlm::tlm_generic_payload& trans, std::uint16_t target, unsigned offset,
                               sc_core::sc_time& delay);
    root_port* port_at(std::uint16_t target);

    const parameters parameters_;
    std::vector<root_port> ports_;
    std::vector<time_ps> last_write_end_; ///< per port
};

} // namespace iovp::pcie
