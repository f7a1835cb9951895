#pragma once

#include "common/systemc/time.h"
#include "common/systemc/transport.h"
#include "gic/gicv3.h"
#include "support/checked_links.h"
#include "support/in_thread.h"
#include "unit/gic/its_commands.h"

#include <gmock/gmock.h>
#include <tlm_utils/multi_passthrough_target_socket.h>

#include <map>

namespace iovp::test {

using sc_core::SC_NS;
using sc_core::sc_time;
using sc_core::SC_ZERO_TIME;
using sc_core::wait;

inline sc_time ns(unsigned n)
{
    return sc_time(n, SC_NS);
}

/// Memory that costs 10 ns an access and counts.
struct slow_memory : sc_core::sc_module {
    tlm_utils::multi_passthrough_target_socket<slow_memory, 64> socket;
    std::map<std::uint64_t, std::uint8_t> bytes;
    unsigned reads = 0;
    unsigned writes = 0;

    explicit slow_memory(sc_core::sc_module_name name)
        : sc_module(name)
        , socket("socket")
    {
        socket.register_b_transport(this, &slow_memory::b_transport);
    }
    void b_transport(int, tlm::tlm_generic_payload& p, sc_time& delay)
    {
        delay += ns(10);
        for (unsigned i = 0; i < p.get_data_length(); ++i)
            if (p.is_write())
                bytes[p.get_address() + i] = p.get_data_ptr()[i];
            else
                p.get_data_ptr()[i] = byte(p.get_address() + i);
        ++(p.is_write() ? writes : reads);
        p.set_response_status(p.get_address() < 0x80000000 ? tlm::TLM_ADDRESS_ERROR_RESPONSE : tlm::TLM_OK_RESPONSE);
    }
    std::uint8_t byte(std::uint64_t address) const
    {
        const auto at = bytes.find(address);
        return at == bytes.end() ? 0 : at->second;
    }
};

/// A GIC for two CPUs (affinities 0 and 1), its memory, and what a driver does with them.
struct gic_bench : sc_core::sc_module {
    enum frame { gicd, gits, gicr0, gicr1 };
    static constexpr std::uint64_t properties = 0x80001000, pending0 = 0x80010000, pending1 = 0x80020000;
    static constexpr std::uint64_t devices = 0x80100000, collections = 0x80110000, queue = 0x80120000, itt = 0x80130000;

    static gic::gicv3::parameters two_cpus()
    {
        gic::gicv3::parameters p;
        p.mpidr = {0x80000000, 0x80000001};
        return p;
    }
    explicit gic_bench(const gic::gicv3::parameters& p = two_cpus(), sc_core::sc_module_name name = "bench")
        : sc_module(name)
        , gic("gic", p)
        , memory("memory")
        , bus("bus", 4)
        , irq("irq", 2)
        , spi("spi", 2)
    {
        links.bind(bus[gicd], gic.gicd.registers);
        links.bind(bus[gits], gic.gits.registers);
        links.bind(gic.gits.memory, memory.socket);
        for (unsigned cpu = 0; cpu < 2; ++cpu) {
            links.bind(bus[gicr0 + cpu], gic.gicr[cpu]->registers);
            links.bind(gic.gicr[cpu]->memory, memory.socket);
            gic.icc[cpu]->irq.bind(irq[cpu]);
            gic.gicd.spi[cpu].bind(spi[cpu]); // INTIDs 32 and 33; the others stay unbound
        }
    }

    test::checked_links links;

    void store(frame f, std::uint32_t offset, std::uint64_t value, unsigned size = 4)
    {
        sc_time delay;
        EXPECT_TRUE(transport(bus[f], tlm::TLM_WRITE_COMMAND, offset, &value, size, {}, delay));
        wait(delay);
    }
    std::uint64_t load(frame f, std::uint32_t offset, unsigned size = 4)
    {
        sc_time delay;
        std::uint64_t value = 0;
        EXPECT_TRUE(transport(bus[f], tlm::TLM_READ_COMMAND, offset, &value, size, {}, delay));
        wait(delay);
        return value;
    }
    void msr(unsigned cpu, system_register r, std::uint64_t value)
    {
        sc_time delay;
        EXPECT_TRUE(gic.icc[cpu]->registers->write_register(r, value, delay));
        wait(delay);
    }
    std::uint64_t mrs(unsigned cpu, system_register r)
    {
        sc_time delay;
        std::uint64_t value = 0;
        EXPECT_TRUE(gic.icc[cpu]->registers->read_register(r, value, delay));
        wait(delay);
        return value;
    }
    std::uint64_t acknowledge(unsigned cpu) { return mrs(cpu, iar1); }
    void end(unsigned cpu, std::uint64_t intid) { msr(cpu, eoir1, intid); }

    void poke64(std::uint64_t address, std::uint64_t value)
    {
        for (unsigned i = 0; i < 8; ++i)
            memory.bytes[address + i] = static_cast<std::uint8_t>(value >> (8 * i));
    }

    /// CPU interfaces open, redistributors awake, LPIs on, SGIs, PPIs and SPIs 32..63 in Group 1 and enabled.
    void start(bool lpis = true)
    {
        store(gicd, 0x0000, 2);
        store(gicd, 0x0084, ~0u);
        store(gicd, 0x0104, ~0u);
        for (const frame f : {gicr0, gicr1}) {
            const unsigned cpu = f - gicr0;
            store(f, 0x0014, 0);
            while (load(f, 0x0014) & 4) {
            }
            store(f, 0x10080, ~0u);
            store(f, 0x10100, ~0u);
            store(f, 0x0070, properties | 13, 8);
            store(f, 0x0078, (cpu ? pending1 : pending0) | 1ull << 62, 8);
            if (lpis)
                store(f, 0x0000, 1);
            msr(cpu, pmr, 0xFF);
            msr(cpu, igrpen1, 1);
        }
    }
    /// ITS enabled; device 0x107 with 32 events; collections 0 and 1 on CPUs 0 and 1; event 3 is LPI 8200 on CPU 1.
    /// `indirect`: the device table has two levels, of which the caller has made the first.
    void start_its(bool indirect = false)
    {
        store(gits, 0x100, 1ull << 63 | std::uint64_t(indirect) << 62 | devices, 8);
        store(gits, 0x108, 1ull << 63 | collections, 8);
        store(gits, 0x080, 1ull << 63 | queue, 8);
        store(gits, 0x088, 0, 8);
        store(gits, 0x000, 1);
        using namespace its_words;
        commands({mapd(0x107, itt, 5), mapc(0, 0), mapc(1, 1), mapti(0x107, 3, 8200, 1), sync(1)});
        lpi(8200, 0xA1);
    }
    void lpi(std::uint32_t intid, std::uint8_t configuration)
    {
        memory.bytes[properties + intid - 8192] = configuration;
    }

    void submit(const its_words::words& c)
    {
        for (unsigned i = 0; i < 4; ++i)
            poke64(queue + write_pointer + 8 * i, c[i]);
        write_pointer = (write_pointer + 32) % 0x1000;
        store(gits, 0x088, write_pointer, 8);
    }
    void commands(std::initializer_list<its_words::words> list)
    {
        for (const auto& c : list)
            submit(c);
        for (unsigned n = 0; n < 1000 && load(gits, 0x090, 8) != write_pointer; ++n)
            wait(ns(10));
        EXPECT_EQ(load(gits, 0x090, 8), write_pointer) << "commands not consumed";
    }
    /// A device's MSI write, after `delay` of its local time.
    void msi(std::optional<std::uint32_t> device, std::uint32_t event, latency_record* record = nullptr,
             sc_time delay = SC_ZERO_TIME, unsigned size = 4)
    {
        transaction_attributes a;
        if (device)
            a.device = device_id(*device);
        a.latency = record;
        EXPECT_TRUE(transport(bus[gits], tlm::TLM_WRITE_COMMAND, 0x10040, &event, size, a, delay));
    }

    static constexpr system_register pmr{3, 0, 4, 6, 0}, iar1{3, 0, 12, 12, 0}, eoir1{3, 0, 12, 12, 1},
        hppir1{3, 0, 12, 12, 2}, bpr1{3, 0, 12, 12, 3}, ctlr{3, 0, 12, 12, 4}, sre{3, 0, 12, 12, 5},
        igrpen1{3, 0, 12, 12, 7}, dir{3, 0, 12, 11, 1}, rpr{3, 0, 12, 11, 3}, sgi1r{3, 0, 12, 11, 5},
        asgi1r{3, 0, 12, 11, 6}, sgi0r{3, 0, 12, 11, 7}, ap1r0{3, 0, 12, 9, 0}, ap1r1{3, 0, 12, 9, 1};

    gic::gicv3 gic;
    slow_memory memory;
    sc_core::sc_vector<tlm_utils::simple_initiator_socket<gic_bench, 64>> bus;
    sc_core::sc_vector<sc_core::sc_signal<bool>> irq;
    sc_core::sc_vector<sc_core::sc_signal<bool>> spi;
    std::uint64_t write_pointer = 0;
};

} // namespace iovp::test
