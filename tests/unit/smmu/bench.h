#pragma once

#include "common/systemc/attributes.h"
#include "common/systemc/time.h"
#include "common/systemc/transport.h"
#include "smmu/tbu/tbu.h"
#include "smmu/tcu/tcu.h"
#include "support/checked_links.h"
#include "support/in_thread.h"

#include <tlm_utils/multi_passthrough_target_socket.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace iovp::test {

/// Memory for TCU and TBUs: bytes that read as zero until written, a latency, pages that abort, a page at which
/// accesses wait until the test lets them go, and a list of all accesses.
struct bench_memory : sc_core::sc_module {
    struct access {
        bool write;
        std::uint64_t address;
        unsigned size;
        transaction_attributes with;
    };

    tlm_utils::multi_passthrough_target_socket<bench_memory, 64> socket{"socket"};
    sc_core::sc_time latency{10, sc_core::SC_NS};
    std::set<std::uint64_t> aborting; ///< pages of 4 KiB
    std::uint64_t waiting_page = ~0ULL;
    bool arrived = false; ///< an access waits at waiting_page
    sc_core::sc_event go;
    std::vector<access> log;
    std::uint64_t no_debug_page = ~0ULL; ///< debug accesses reach no byte of it
    bool waits = false; ///< latency passes inside the call: reads take their data at its beginning, writes at its end
    std::array<unsigned, 3> in_flight{}, peak{}; ///< then: calls of the TCU, TBU 0 and TBU 1 at the same time

    explicit bench_memory(sc_core::sc_module_name name)
        : sc_module(name)
    {
        socket.register_b_transport(this, &bench_memory::b_transport);
        socket.register_transport_dbg(this, &bench_memory::transport_dbg);
    }
    void b_transport(int from, tlm::tlm_generic_payload& t, sc_core::sc_time& delay)
    {
        log.push_back({t.is_write(), t.get_address(), t.get_data_length(), attributes::of(t)});
        if (waits) {
            const auto i = static_cast<std::size_t>(from);
            peak[i] = std::max(peak[i], ++in_flight[i]);
            if (t.is_read())
                copy(t);
            wait(latency);
            --in_flight[i];
        } else {
            delay += latency;
        }
        if (auto* r = attributes::of(t).latency)
            r->until(local_ps(delay), stage::memory);
        if (aborting.count(t.get_address() >> 12) != 0) {
            t.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
            return;
        }
        if (!waits || t.is_write())
            copy(t);
        t.set_response_status(tlm::TLM_OK_RESPONSE);
        if (t.get_address() >> 12 == waiting_page) {
            arrived = true;
            wait(go);
        }
    }
    unsigned transport_dbg(int, tlm::tlm_generic_payload& t)
    {
        if (t.get_address() >> 12 == no_debug_page)
            return 0;
        copy(t);
        return t.get_data_length();
    }
    void copy(tlm::tlm_generic_payload& t)
    {
        for (unsigned i = 0; i < t.get_data_length(); ++i) {
            if (t.get_byte_enable_ptr() && t.get_byte_enable_ptr()[i % t.get_byte_enable_length()] == 0)
                continue;
            std::uint8_t& byte = bytes[t.get_address() + i];
            if (t.is_write())
                byte = t.get_data_ptr()[i];
            else
                t.get_data_ptr()[i] = byte;
        }
    }
    std::uint64_t word(std::uint64_t address)
    {
        std::uint64_t value = 0;
        for (unsigned i = 0; i < 8; ++i)
            value |= std::uint64_t(bytes[address + i]) << 8 * i;
        return value;
    }
    void set(std::uint64_t address, std::uint64_t value)
    {
        for (unsigned i = 0; i < 8; ++i)
            bytes[address + i] = static_cast<std::uint8_t>(value >> 8 * i);
    }
    unsigned count(std::uint64_t page, bool write) const
    {
        unsigned n = 0;
        for (const access& a : log)
            n += a.write == write && a.address >> 12 == page;
        return n;
    }

    std::map<std::uint64_t, std::uint8_t> bytes;
};

/// A TCU on bench_memory, and a driver that writes the architecture's encodings by itself.
struct bench_base {
    static constexpr std::uint64_t stream_table = 0x10000, command_base = 0x20000, event_base = 0x21000,
                                   cd_base = 0x22000, msi_page = 0x40000;

    explicit bench_base(const smmu::tcu::parameters& p)
        : tcu("tcu", p)
    {
        links.bind(cpu, tcu.registers);
        links.bind(tcu.memory, memory.socket);
        tcu.eventq_irq.bind(eventq_irq);
        tcu.gerror_irq.bind(gerror_irq);
        tcu.cmd_sync_irq.bind(cmd_sync_irq);
        tcu.priq_irq.bind(priq_irq);
    }

    bench_memory memory{"memory"};
    smmu::tcu tcu;
    checked_links links;
    struct driver : sc_core::sc_module {
        explicit driver(sc_core::sc_module_name name)
            : sc_module(name)
        {
        }
        tlm_utils::simple_initiator_socket<driver, 64> cpu{"cpu"};
    } cpu_driver{"cpu_driver"};
    tlm_utils::simple_initiator_socket<driver, 64>& cpu = cpu_driver.cpu;
    sc_core::sc_signal<bool> eventq_irq{"eventq_irq"}, gerror_irq{"gerror_irq"}, cmd_sync_irq{"cmd_sync_irq"},
        priq_irq{"priq_irq"};

    // Registers.
    std::uint64_t reg(std::uint32_t offset, unsigned size = 4)
    {
        std::uint64_t value = 0;
        sc_core::sc_time delay;
        EXPECT_TRUE(transport(cpu, tlm::TLM_READ_COMMAND, offset, &value, size, {}, delay));
        return value;
    }
    void set_reg(std::uint32_t offset, std::uint64_t value, unsigned size = 4)
    {
        sc_core::sc_time delay;
        EXPECT_TRUE(transport(cpu, tlm::TLM_WRITE_COMMAND, offset, &value, size, {}, delay));
    }
    void settle(double ns = 500) { sc_core::wait(ns, sc_core::SC_NS); }

    /// 3.11: queues of 8 commands and 4 events, a linear stream table of 64; enables them all.
    void enable(std::uint32_t irq_ctrl = 0, std::uint32_t strtab_base_cfg = 6, std::uint32_t cr2 = 2)
    {
        set_reg(0x28, 0xd75);
        set_reg(0x2c, cr2); // RECINVSID
        set_reg(0x80, stream_table, 8);
        set_reg(0x88, strtab_base_cfg);
        set_reg(0x90, command_base | 3, 8);
        set_reg(0xa0, event_base | 2, 8);
        set_reg(0x50, irq_ctrl);
        set_reg(0x20, 0xd);
        settle();
        EXPECT_EQ(reg(0x24), 0xdU);
    }

    // Commands.
    std::uint32_t produced = 0;
    void push(std::uint64_t dw0, std::uint64_t dw1 = 0)
    {
        memory.set(command_base + (produced & 7) * 16, dw0);
        memory.set(command_base + (produced & 7) * 16 + 8, dw1);
        produced = (produced + 1) & 15;
    }
    void ring() { set_reg(0x98, produced); }
    /// Runs one command and a CMD_SYNC and waits for both.
    void run(std::uint64_t dw0, std::uint64_t dw1 = 0)
    {
        push(dw0, dw1);
        push(0x46);
        ring();
        for (int i = 0; i < 100 && reg(0x9c) != produced; ++i)
            settle(100);
        EXPECT_EQ(reg(0x9c), produced);
    }

    // Events not yet consumed.
    std::uint32_t consumed = 0;
    using record = std::array<std::uint64_t, 4>;
    std::vector<record> events()
    {
        std::vector<record> all;
        for (const std::uint32_t prod = static_cast<std::uint32_t>(reg(0x100a8)) & 7; consumed != prod;
             consumed = (consumed + 1) & 7) {
            record r;
            for (unsigned i = 0; i < 4; ++i)
                r[i] = memory.word(event_base + (consumed & 3) * 32 + 8 * i);
            all.push_back(r);
        }
        set_reg(0x100ac, consumed | (static_cast<std::uint32_t>(reg(0x100a8)) & 0x80000000U));
        return all;
    }

    // Tables, 4K granule. Stage 1: 48 bits from level 0; stage 2: 44 bits from level 0, identity for tables.
    std::uint64_t pool = 0x100000;
    std::uint64_t new_table()
    {
        pool += 0x1000;
        return pool - 0x1000;
    }
    std::uint64_t* nested_under = nullptr; ///< stage-2 root under which stage-1 tables are made
    std::uint64_t entry(std::uint64_t root, std::uint64_t address, int level)
    {
        for (int l = 0;; ++l) {
            const std::uint64_t slot = root + ((address >> (39 - 9 * l)) & 0x1ff) * 8;
            if (l == level)
                return slot;
            if (memory.word(slot) == 0)
                memory.set(slot, new_table() | 3);
            root = memory.word(slot) & 0xfffffffff000;
        }
    }
    /// Stage-1 leaf: AttrIndx 0, AP read/write for both privileges, inner shareable, AF, nG.
    void map1(std::uint64_t root, std::uint64_t va, std::uint64_t pa, int level = 3, std::uint64_t bits = 0xf41)
    {
        memory.set(entry(root, va, level), pa | bits | (level == 3 ? 2 : 0));
    }
    /// Stage-2 leaf: write-back, read/write, inner shareable, AF.
    void map2(std::uint64_t root, std::uint64_t ipa, std::uint64_t pa, int level = 3, std::uint64_t bits = 0x7fd)
    {
        memory.set(entry(root, ipa, level), pa | bits | (level == 3 ? 2 : 0));
    }

    void ste_at(std::uint64_t address, std::array<std::uint64_t, 4> w)
    {
        for (unsigned i = 0; i < 8; ++i)
            memory.set(address + i * 8, i < 4 ? w[i] : 0);
    }
    void ste(std::uint32_t sid, std::array<std::uint64_t, 4> w) { ste_at(stream_table + sid * 64, w); }
    void set_bits(std::uint64_t address, std::uint64_t set, std::uint64_t clear = 0)
    {
        memory.set(address, (memory.word(address) & ~clear) | set);
    }
    static constexpr std::uint64_t ste1 = 0x1000000000d4; ///< SHCFG incoming, S1CIR/COR write-back, S1CSH inner
    static std::uint64_t ste2(std::uint16_t vmid)         // S2T0SZ 20, S2SL0 2, WB, inner, 4K, S2PS 44 bits, AA64, S2R
    {
        return vmid | 20ULL << 32 | 2ULL << 38 | 1ULL << 40 | 1ULL << 42 | 3ULL << 44 | 4ULL << 48 | 1ULL << 51 |
               1ULL << 58;
    }
    void bypass_stream(std::uint32_t sid) { ste(sid, {1 | 4 << 1, 1ULL << 44, 0, 0}); }
    void stage1_stream(std::uint32_t sid, std::uint64_t root, std::uint16_t asid)
    {
        const std::uint64_t cd = cd_base + sid * 64;
        write_cd(cd, root, asid);
        ste(sid, {1 | 5 << 1 | cd, ste1, 0, 0});
    }
    void stage2_stream(std::uint32_t sid, std::uint64_t root, std::uint16_t vmid)
    {
        ste(sid, {1 | 6 << 1, 1ULL << 44, ste2(vmid), root});
    }
    void nested_stream(std::uint32_t sid, std::uint64_t root1, std::uint16_t asid, std::uint64_t root2,
                       std::uint16_t vmid)
    {
        const std::uint64_t cd = cd_base + sid * 64;
        write_cd(cd, root1, asid);
        ste(sid, {1 | 7 << 1 | cd, ste1, ste2(vmid), root2});
        map2(root2, cd_base, cd_base);
    }
    void write_cd(std::uint64_t at, std::uint64_t root, std::uint16_t asid)
    {
        memory.set(at, 16 | 1 << 8 | 1 << 10 | 3 << 12 | 1 << 30 | 1ULL << 31 | 4ULL << 32 | 1ULL << 41 | 1ULL << 45 |
                           1ULL << 46 | std::uint64_t(asid) << 48);
        memory.set(at + 8, root);
        memory.set(at + 24, 0xff);
    }
};

/// The same with two TBUs, each with a device.
struct bench : bench_base {
    explicit bench(const smmu::tcu::parameters& p = {}, const smmu::tbu::parameters& q = {})
        : bench_base(p)
        , tbu0("tbu0", q)
        , tbu1("tbu1", q)
    {
        links.bind(device0, tbu0.upstream);
        links.bind(device1, tbu1.upstream);
        links.bind(tbu0.downstream, memory.socket);
        links.bind(tbu1.downstream, memory.socket);
        tbu0.dti.bind(tcu.dti);
        tbu1.dti.bind(tcu.dti);
    }

    smmu::tbu tbu0;
    smmu::tbu tbu1;
    struct initiators : sc_core::sc_module {
        using socket = tlm_utils::simple_initiator_socket<initiators, 64>;
        explicit initiators(sc_core::sc_module_name name)
            : sc_module(name)
        {
        }
        socket device0{"device0"}, device1{"device1"};
    } drivers{"drivers"};
    initiators::socket& device0 = drivers.device0;
    initiators::socket& device1 = drivers.device1;

    // Device traffic. True: completed without abort; waits until its end.
    template <class Socket>
    bool access(Socket& device, std::uint32_t sid, tlm::tlm_command command, std::uint64_t iova, void* data,
                unsigned size, latency_record* listener = nullptr, std::optional<substream_id> substream = {})
    {
        transaction_attributes a;
        a.stream = stream_id(sid);
        a.substream = substream;
        a.latency = listener;
        sc_core::sc_time delay;
        const bool ok = transport(device, command, iova, data, size, a, delay);
        sc_core::wait(delay);
        return ok;
    }
    bool read(std::uint32_t sid, std::uint64_t iova, std::uint64_t& value, latency_record* listener = nullptr)
    {
        value = 0;
        return access(device0, sid, tlm::TLM_READ_COMMAND, iova, &value, 8, listener);
    }
    /// An access of a thread of its own.
    struct attempt {
        bool done = false;
        bool ok = false;
        std::uint64_t value = 0;
    };
    template <class Socket>
    void start(attempt& a, Socket& device, std::uint32_t sid, std::uint64_t iova,
               tlm::tlm_command command = tlm::TLM_READ_COMMAND)
    {
        sc_core::sc_spawn([this, &a, &device, sid, iova, command] {
            a.value = command == tlm::TLM_READ_COMMAND ? 0xdead : 0x600d;
            a.ok = access(device, sid, command, iova, &a.value, 8);
            a.done = true;
        });
    }
    void start(attempt& a, std::uint32_t sid, std::uint64_t iova, tlm::tlm_command command = tlm::TLM_READ_COMMAND)
    {
        start(a, device0, sid, iova, command);
    }
    bool write(std::uint32_t sid, std::uint64_t iova, std::uint64_t value)
    {
        return access(device0, sid, tlm::TLM_WRITE_COMMAND, iova, &value, 8);
    }
};

} // namespace iovp::test
