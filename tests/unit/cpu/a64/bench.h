#pragma once

#include "assembler.h"

#include "cpu/a64/a64_cpu.h"
#include "interconnect/interconnect.h"
#include "memory/sparse_memory.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace iovp::cpu::test {

constexpr std::uint64_t ram = 0x8000'0000;
constexpr std::uint64_t ram_size = 64u << 20;
constexpr std::uint64_t device_base = 0x1000'0000;
constexpr std::uint64_t bad_device = 0x1100'0000; ///< answers every access with an error
constexpr std::uint64_t code = ram;               ///< where programs go
constexpr std::uint64_t vectors_el1 = ram + 0x1'0000;
constexpr std::uint64_t vectors_el2 = ram + 0x2'0000;
constexpr std::uint64_t results = ram + 0x10'0000; ///< where programs leave 64-bit words
constexpr std::uint64_t tables = ram + 0x20'0000;

/// A device of one 64-bit register that remembers what was done, and drives a wire: bit 0 of what is written.
struct device : sc_core::sc_module {
    tlm_utils::simple_target_socket<device, 64> socket;
    sc_core::sc_out<bool> line;
    struct access {
        bool write;
        std::uint64_t address;
        std::uint64_t value;
        unsigned size;
        sc_core::sc_time when;
    };
    std::vector<access> log;
    std::uint64_t stored = 0;
    sc_core::sc_time latency{20, sc_core::SC_NS};

    explicit device(const sc_core::sc_module_name& name)
        : sc_module(name)
        , socket("socket")
        , line("line")
    {
        socket.register_b_transport(this, &device::b_transport);
    }
    void b_transport(tlm::tlm_generic_payload& p, sc_core::sc_time& delay)
    {
        std::uint64_t value = 0;
        const std::size_t size = std::min<std::size_t>(p.get_data_length(), sizeof value);
        if (p.is_write()) {
            std::memcpy(&value, p.get_data_ptr(), size);
            stored = value;
            line.write(value & 1);
        } else {
            std::memset(p.get_data_ptr(), 0, p.get_data_length());
            std::memcpy(p.get_data_ptr(), &stored, size);
            value = stored;
        }
        log.push_back({p.is_write(), p.get_address(), value, p.get_data_length(), sc_core::sc_time_stamp() + delay});
        delay += latency;
        p.set_response_status(tlm::TLM_OK_RESPONSE);
        if (p.get_address() == end)
            sc_core::sc_stop();
    }
    static constexpr std::uint64_t end = 0xff8; ///< an access here ends the simulation
};

struct failing_device : sc_core::sc_module {
    tlm_utils::simple_target_socket<failing_device, 64> socket;
    explicit failing_device(const sc_core::sc_module_name& name)
        : sc_module(name)
        , socket("socket")
    {
        socket.register_b_transport(this, &failing_device::b_transport);
    }
    void b_transport(tlm::tlm_generic_payload& p, sc_core::sc_time&)
    {
        p.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
    }
};

/// Descriptors of 4 KiB granules (D8.3).
namespace descriptor {
constexpr std::uint64_t table = 3, page = 3, block = 1;
constexpr std::uint64_t af = 1u << 10, inner_shareable = 3u << 8;
constexpr std::uint64_t attr(unsigned index)
{
    return std::uint64_t(index) << 2;
}
constexpr std::uint64_t el0 = 1u << 6;       ///< AP[1]
constexpr std::uint64_t read_only = 1u << 7; ///< AP[2]
constexpr std::uint64_t pxn = std::uint64_t(1) << 53, uxn = std::uint64_t(1) << 54, xn = uxn;
constexpr std::uint64_t not_global = 1u << 11;
// Stage 2
constexpr std::uint64_t s2_read = 1u << 6, s2_write = 2u << 6, s2_normal = 0xfu << 2, s2_device = 1u << 2;
} // namespace descriptor

/// Leaves x`n` as result number `slot`; uses x28.
inline program& save(program& p, unsigned slot, xn n)
{
    return p.mov(28, results + 8 * slot).str(n, 28);
}
/// The same with a system register; uses x27 and x28.
inline program& save_sr(program& p, unsigned slot, std::uint32_t r)
{
    p.mrs(27, r);
    return save(p, slot, 27);
}
/// Ends the simulation; uses x28. With the MMU on, the device must be mapped.
inline program& done(program& p)
{
    return p.mov(28, device_base + device::end).str(28, 28).label("end_of_program").b("end_of_program");
}

/// Cores, memory at `ram`, two devices, wires.
struct bench : sc_core::sc_module {
    explicit bench(unsigned cores = 1, const a64_cpu::parameters& p = {}, const sc_core::sc_module_name& name = "bench")
        : sc_module(name)
        , bus("bus", interconnect::parameters{})
        , memory("memory", memory_parameters())
        , dev("dev")
        , bad("bad")
        , wire("wire")
    {
        for (unsigned i = 0; i < cores; ++i) {
            a64_cpu::parameters q = p;
            q.index = i;
            q.affinity = i;
            q.powered_on_at_reset = i == 0;
            if (q.reset_address == 0)
                q.reset_address = code;
            cpus.push_back(std::make_unique<a64_cpu>(("cpu" + std::to_string(i)).c_str(), q));
            cpus.back()->bus.bind(bus.upstream);
            cpus.back()->on_fatal([this](const std::string& what) {
                fatal.push_back(what);
                sc_core::sc_stop();
            });
        }
        cpus[0]->irq.bind(wire);
        bus.downstream.bind(memory.socket);
        bus.downstream.bind(dev.socket);
        bus.downstream.bind(bad.socket);
        bus.map("ram", ram, ram_size, 0);
        bus.map("dev", device_base, 0x1000, 1);
        bus.map("bad", bad_device, 0x1000, 2);
        dev.line.bind(wire);
    }

    static sparse_memory::parameters memory_parameters()
    {
        sparse_memory::parameters p;
        p.size = ram_size;
        return p;
    }

    void debug(tlm::tlm_command command, std::uint64_t pa, void* data, unsigned size)
    {
        tlm::tlm_generic_payload payload;
        payload.set_command(command);
        payload.set_address(pa);
        payload.set_data_ptr(static_cast<unsigned char*>(data));
        payload.set_data_length(size);
        EXPECT_EQ(cpus[0]->bus->transport_dbg(payload), size);
    }
    /// Words of memory; before the simulation they are kept, because nothing is connected yet.
    void poke(std::uint64_t pa, std::uint64_t value)
    {
        if (running)
            debug(tlm::TLM_WRITE_COMMAND, pa, &value, 8);
        else
            image[pa] = value;
    }
    std::uint64_t peek(std::uint64_t pa)
    {
        if (!running)
            return image[pa];
        std::uint64_t value = 0;
        debug(tlm::TLM_READ_COMMAND, pa, &value, 8);
        return value;
    }
    /// The n-th word at `results`.
    std::uint64_t result(unsigned n) { return peek(results + 8 * n); }
    void load(const program& p)
    {
        std::vector<std::uint32_t> words = p.words();
        words.resize((words.size() + 1) / 2 * 2, 0xd503201f);
        for (std::size_t i = 0; i < words.size(); i += 2)
            poke(p.base() + 4 * i, words[i] | std::uint64_t(words[i + 1]) << 32);
    }
    void start_of_simulation() override
    {
        running = true;
        for (const auto& [pa, value] : image)
            poke(pa, value);
    }

    /// Writes one descriptor of each level down to `level` so that `va` maps to `leaf`; tables below `root` come from
    /// `next`, a page each. 4 KiB granules, start level 1 unless said otherwise.
    void map(std::uint64_t root, std::uint64_t va, std::uint64_t leaf, int level, int start = 1)
    {
        std::uint64_t table = root;
        for (int l = start; l < level; ++l) {
            const std::uint64_t at = table + ((va >> (12 + 9 * (3 - l)) & 0x1ff) * 8);
            std::uint64_t entry = peek(at);
            if (!(entry & 1)) {
                entry = next | descriptor::table;
                next += 0x1000;
                poke(at, entry);
            }
            table = entry & 0xffff'ffff'f000;
        }
        poke(table + ((va >> (12 + 9 * (3 - level)) & 0x1ff) * 8), leaf);
    }

    /// Runs until a program executes `done()` or says something fatal; fails when it does neither.
    void run(const sc_core::sc_time& limit = sc_core::sc_time(10, sc_core::SC_MS))
    {
        sc_core::sc_start(limit);
        EXPECT_TRUE(finished() || !fatal.empty()) << cpus[0]->describe();
    }
    bool finished() const { return !dev.log.empty() && dev.log.back().address == device::end; }

    interconnect bus;
    sparse_memory memory;
    device dev;
    failing_device bad;
    sc_core::sc_signal<bool, sc_core::SC_MANY_WRITERS> wire;
    std::vector<std::unique_ptr<a64_cpu>> cpus;
    std::vector<std::string> fatal;
    std::uint64_t next = tables + 0x10'0000;
    std::map<std::uint64_t, std::uint64_t> image;
    bool running = false;
};

} // namespace iovp::cpu::test
