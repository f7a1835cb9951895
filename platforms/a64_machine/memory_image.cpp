#include "a64_machine/memory_image.h"

namespace iovp {

static void debug_access(sparse_memory& memory, tlm::tlm_command command, std::uint64_t address, void* data,
                         std::size_t size)
{
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(static_cast<unsigned char*>(data));
    payload.set_data_length(static_cast<unsigned>(size));
    memory.socket.get_base_interface().transport_dbg(payload);
}

void put_bytes(sparse_memory& memory, std::uint64_t address, const void* data, std::size_t size)
{
    debug_access(memory, tlm::TLM_WRITE_COMMAND, address, const_cast<void*>(data), size);
}

void get_bytes(sparse_memory& memory, std::uint64_t address, void* data, std::size_t size)
{
    debug_access(memory, tlm::TLM_READ_COMMAND, address, data, size);
}

void put_program(sparse_memory& memory, std::uint64_t base, const loader::program& program)
{
    for (const loader::segment& s : program.segments)
        put_bytes(memory, s.address - base, s.bytes.data(), s.bytes.size());
}

} // namespace iovp
