#include "dma_system/control_port.h"

#include "common/systemc/configuration_error.h"
#include "common/systemc/transport.h"

#include <algorithm>
#include <array>

namespace iovp::dma {

// 6.2
static constexpr std::uint32_t cr0 = 0x20, cr0ack = 0x24, cr1 = 0x28, cr2 = 0x2c, strtab_base = 0x80,
                               strtab_base_cfg = 0x88, cmdq_base = 0x90, cmdq_prod = 0x98, cmdq_cons = 0x9c,
                               eventq_base = 0xa0, eventq_prod = 0x100a8, eventq_cons = 0x100ac;

// How long the driver waits before it looks at a register again.
static const sc_core::sc_time poll(20, sc_core::SC_NS);

control_port::control_port(const sc_core::sc_module_name& name, const addresses& a)
    : sc_module(name)
    , socket("socket")
    , at_(a)
{
}

void control_port::access(tlm::tlm_command command, std::uint64_t address, void* data, unsigned size)
{
    sc_core::sc_time delay;
    if (!transport(socket, command, address, data, size, {}, delay))
        configuration_error(name(), "address", std::to_string(address), "mapped");
    wait(delay);
}

std::uint64_t control_port::read(std::uint32_t reg, unsigned size)
{
    std::uint64_t value = 0;
    access(tlm::TLM_READ_COMMAND, at_.registers + reg, &value, size);
    return value;
}

void control_port::write(std::uint32_t reg, std::uint64_t value, unsigned size)
{
    access(tlm::TLM_WRITE_COMMAND, at_.registers + reg, &value, size);
}

void control_port::enable()
{
    write(cr1, 0xd75); // tables and queues: write-back, inner shareable
    write(cr2, 2);     // RECINVSID
    write(strtab_base, at_.stream_table, 8);
    write(strtab_base_cfg, at_.strtab_base_cfg);
    write(cmdq_base, at_.command_queue | at_.command_log2, 8);
    write(eventq_base, at_.event_queue | at_.event_log2, 8);
    constexpr std::uint32_t on = 0xd; // CMDQEN, EVENTQEN, SMMUEN
    write(cr0, on);
    while (read(cr0ack) != on)
        wait(poll);
}

void control_port::command(std::uint64_t word0, std::uint64_t word1)
{
    const std::uint32_t wrap = 1u << at_.command_log2;
    while (((produced_ ^ read(cmdq_cons)) & (2 * wrap - 1)) == wrap)
        wait(poll);
    std::array<std::uint64_t, 2> words = {word0, word1};
    access(tlm::TLM_WRITE_COMMAND, at_.command_queue + std::uint64_t(produced_ & (wrap - 1)) * 16, words.data(), 16);
    produced_ = (produced_ + 1) & (2 * wrap - 1);
    ++commands_;
    write(cmdq_prod, produced_);
}

void control_port::sync()
{
    command(0x46);
    const std::uint32_t indexes = (2u << at_.command_log2) - 1;
    while ((read(cmdq_cons) & indexes) != produced_)
        wait(poll);
}

void control_port::invalidate_all()
{
    command(0x30); // CMD_TLBI_NSNH_ALL
}

void control_port::invalidate_configuration()
{
    command(0x04, 31); // CMD_CFGI_ALL
}

void control_port::invalidate_stream(stream_id stream)
{
    command(0x03 | std::uint64_t(stream.value()) << 32, 1); // CMD_CFGI_STE, Leaf
    command(0x06 | std::uint64_t(stream.value()) << 32);    // CMD_CFGI_CD_ALL
}

void control_port::invalidate(const address_space& space, std::uint64_t iova, std::uint64_t size,
                              std::uint64_t page_size, bool by_range)
{
    // CMD_TLBI_NH_VA or CMD_TLBI_S2_IPA, Leaf
    const std::uint64_t word0 = space.stage1() ? 0x12 | std::uint64_t(space.space().value()) << 48 : 0x2a;
    const std::uint64_t tagged = word0 | std::uint64_t(space.vm().value()) << 32;
    if (!by_range) {
        for (std::uint64_t at = iova; at < iova + size; at += page_size)
            command(tagged, at | 1);
        return;
    }
    // 4.4.1.1: (NUM + 1) x 2^SCALE granules from the address; TG 1, 2, 3 are 4K, 16K, 64K.
    const unsigned granule_log2 = space.shape().granule_log2;
    const std::uint64_t tg = granule_log2 == 12 ? 1 : granule_log2 == 14 ? 2 : 3;
    for (std::uint64_t left = size >> granule_log2; left != 0;) {
        unsigned scale = 0;
        while ((left >> scale & 1) == 0)
            ++scale;
        const std::uint64_t number = std::min<std::uint64_t>(left >> scale & 31, 31);
        if (number == 1 && scale == 0) // reserved with TG and without TTL
            command(tagged, iova | 1);
        else
            command(tagged | (number - 1) << 12 | std::uint64_t(scale) << 20, iova | tg << 10 | 1);
        iova += number << (scale + granule_log2);
        left -= number << scale;
    }
}

unsigned control_port::events()
{
    const std::uint32_t mask = (2u << at_.event_log2) - 1;
    return static_cast<unsigned>((read(eventq_prod) - read(eventq_cons)) & mask);
}

} // namespace iovp::dma
