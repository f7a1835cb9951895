#pragma once

#include "loader/loader.h"

#include <tlm>

namespace iovp {

/// Puts bytes into a memory by its debug transport, without time. `address` counts from the memory's start.
void put_bytes(tlm::tlm_fw_transport_if<>& memory, std::uint64_t address, const void* data, std::size_t size);
void get_bytes(tlm::tlm_fw_transport_if<>& memory, std::uint64_t address, void* data, std::size_t size);

/// A program into the memory that begins at `base`.
void put_program(tlm::tlm_fw_transport_if<>& memory, std::uint64_t base, const loader::program& program);

} // namespace iovp
