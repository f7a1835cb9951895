#include "dma_system/table_memory.h"

#include "common/bit_field.h"
#include "common/systemc/configuration_error.h"

namespace iovp::dma {

table_memory::table_memory(sparse_memory& memory, std::uint64_t base, std::uint64_t limit)
    : memory_(memory)
    , base_(base)
    , end_(base + limit)
    , next_(base)
{
}

std::uint64_t table_memory::allocate(std::uint64_t bytes, std::uint64_t alignment)
{
    const std::uint64_t at = align_down(next_ + alignment - 1, alignment);
    if (at > end_ || bytes > end_ - at)
        configuration_error(memory_.name(), "size", std::to_string(end_ - base_) + " bytes for tables",
                            "more: the next table needs " + std::to_string(bytes) + " bytes");
    next_ = at + bytes;
    return at;
}

void table_memory::access(tlm::tlm_command command, std::uint64_t address, void* data, unsigned size)
{
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(address - base_);
    payload.set_data_ptr(static_cast<unsigned char*>(data));
    payload.set_data_length(size);
    payload.set_streaming_width(size);
    if (memory_.socket.get_base_interface().transport_dbg(payload) != size)
        configuration_error(memory_.name(), "address", std::to_string(address), "inside the memory");
}

void table_memory::read(std::uint64_t address, void* data, unsigned size)
{
    access(tlm::TLM_READ_COMMAND, address, data, size);
}

void table_memory::write(std::uint64_t address, const void* data, unsigned size)
{
    access(tlm::TLM_WRITE_COMMAND, address, const_cast<void*>(data), size); // TLM: targets only read it
}

std::uint64_t table_memory::word(std::uint64_t address)
{
    std::uint64_t value = 0;
    read(address, &value, 8);
    return value;
}

} // namespace iovp::dma
