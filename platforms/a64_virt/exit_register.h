#pragma once

#include <cstdint>
#include <optional>
#include <systemc>
#include <tlm_utils/simple_target_socket.h>

namespace iovp::a64_virt {

/// Ends the simulation when software writes to it: the low 8 bits of the value are the program's exit code. One 32-bit
/// register at offset 0 of a page; the rest reads as zero and ignores writes.
class exit_register : public sc_core::sc_module {
public:
    tlm_utils::simple_target_socket<exit_register, 64> registers; ///< 4 KiB

    explicit exit_register(const sc_core::sc_module_name& name);

    const std::optional<std::uint8_t>& code() const { return code_; }

private:
    void b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay);

    std::optional<std::uint8_t> code_;
};

} // namespace iovp::a64_virt
