#include "table_writer.h"

#include <algorithm>

namespace iovp::bench {

// Debug accesses of the socket's own interface: nothing has to be bound.
static void access(sparse_memory& memory, tlm::tlm_command command, std::uint64_t address, std::uint64_t& value)
{
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
    payload.set_data_length(8);
    payload.set_streaming_width(8);
    memory.socket.get_base_export()->transport_dbg(payload);
}

std::uint64_t table_writer::word(std::uint64_t address)
{
    std::uint64_t value = 0;
    access(memory_, tlm::TLM_READ_COMMAND, address, value);
    return value;
}

void table_writer::set(std::uint64_t address, std::uint64_t value)
{
    access(memory_, tlm::TLM_WRITE_COMMAND, address, value);
}

std::uint64_t table_writer::new_table()
{
    const std::uint64_t table = next_;
    next_ += 0x1000;
    return table;
}

void table_writer::map(std::uint64_t root, std::uint64_t address, std::uint64_t leaf)
{
    for (int level = 0;; ++level) {
        const std::uint64_t slot = root + ((address >> (39 - 9 * level)) & 0x1ff) * 8;
        if (level == 3)
            return set(slot, leaf);
        std::uint64_t table = word(slot);
        if (table == 0) {
            table = new_table() | 3;
            set(slot, table);
        }
        root = table & 0xfffffffff000;
    }
}

// 5.4: T0SZ 16, write-back inner shareable walks, EPD1, V, IPS 44 bits, AA64, R, A, ASET; MAIR attribute 0 write-back.
void table_writer::write_cd(std::uint64_t at, std::uint64_t root, std::uint16_t asid)
{
    set(at, 16 | 1 << 8 | 1 << 10 | 3 << 12 | 1 << 30 | 1ULL << 31 | 4ULL << 32 | 1ULL << 41 | 1ULL << 45 | 1ULL << 46 |
                std::uint64_t(asid) << 48);
    set(at + 8, root);
    set(at + 24, 0xff);
}

// 5.2: S1CIR, S1COR write-back, S1CSH inner, SHCFG incoming.
static constexpr std::uint64_t stage1_attributes = 0x1000000000d4;

void table_writer::write_ste(std::uint64_t at, std::uint64_t cd)
{
    set(at, 1 | 5 << 1 | cd);
    set(at + 8, stage1_attributes);
}

// 5.2: S2T0SZ 20, S2SL0 2, write-back inner shareable walks, 4K, S2PS 44 bits, S2AA64, S2R.
void table_writer::write_nested_ste(std::uint64_t at, std::uint64_t cd, std::uint64_t root2, std::uint16_t vmid)
{
    set(at, 1 | 7 << 1 | cd);
    set(at + 8, stage1_attributes);
    set(at + 16,
        vmid | 20ULL << 32 | 2ULL << 38 | 1ULL << 40 | 1ULL << 42 | 3ULL << 44 | 4ULL << 48 | 1ULL << 51 | 1ULL << 58);
    set(at + 24, root2);
}

} // namespace iovp::bench
