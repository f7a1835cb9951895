#pragma once

#include "loader/loader.h"
#include "memory/sparse_memory.h"

namespace iovp {

/// Puts bytes into a memory by its debug transport, without time. `address` counts from the memory's start.
void put_bytes(sparse_memory& memory, std::uint64_t address, const void* data, std::size_t size);
void get_bytes(sparse_memory& memory, std::uint64_t address, void* data, std::size_t size);

/// A program into the memory that begins at `base`.
void put_program(sparse_memory& memory, std::uint64_t base, const loader::program& program);

} // namespace iovp
