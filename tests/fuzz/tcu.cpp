// Registers, command queue and transactions through the SystemC modules, with stalls and ATOS. They are elaborated
// once; each input is a program that starts and ends with everything disabled. A program that does not end in bounded
// time is a hang; so is a transaction that has no end when translation is off.

#include "smmu/tcu/tcu.h"
#include "common/systemc/attributes.h"
#include "common/systemc/transport.h"
#include "fuzz/input.h"
#include "smmu/tbu/tbu.h"

#include <tlm_utils/multi_passthrough_target_socket.h>
#include <tlm_utils/simple_initiator_socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

using namespace iovp;
using iovp::fuzz::require;

namespace {

constexpr std::uint64_t memory_size = 0x10000; // addresses wrap, so that every pointer finds something

struct small_memory : sc_core::sc_module {
    tlm_utils::multi_passthrough_target_socket<small_memory, 64> socket{"socket"};
    std::vector<std::uint8_t> bytes = std::vector<std::uint8_t>(memory_size);
    unsigned abort_every = 0;
    unsigned accesses = 0;

    explicit small_memory(sc_core::sc_module_name name)
        : sc_module(name)
    {
        socket.register_b_transport(this, &small_memory::b_transport);
        socket.register_transport_dbg(this, &small_memory::transport_dbg);
    }
    void b_transport(int, tlm::tlm_generic_payload& t, sc_core::sc_time& delay)
    {
        delay += sc_core::sc_time(10, sc_core::SC_NS);
        require(t.get_address() >> 44 == 0, "accesses leave within the OAS");
        if (abort_every != 0 && ++accesses % abort_every == 0) {
            t.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
            return;
        }
        transport_dbg(0, t);
        t.set_response_status(tlm::TLM_OK_RESPONSE);
    }
    unsigned transport_dbg(int, tlm::tlm_generic_payload& t)
    {
        require(t.get_address() >> 44 == 0, "debug accesses leave within the OAS");
        const unsigned char* enables = t.get_byte_enable_ptr();
        for (unsigned i = 0; i < t.get_data_length(); ++i) {
            if (enables != nullptr && enables[i % t.get_byte_enable_length()] != TLM_BYTE_ENABLED)
                continue;
            std::uint8_t& byte = bytes[(t.get_address() + i) % memory_size];
            if (t.is_write())
                byte = t.get_data_ptr()[i];
            else
                t.get_data_ptr()[i] = byte;
        }
        return t.get_data_length();
    }
    void set(std::uint64_t address, std::uint64_t word)
    {
        for (unsigned i = 0; i < 8; ++i)
            bytes[(address + i) % memory_size] = static_cast<std::uint8_t>(word >> 8 * i);
    }
};

smmu::tcu::parameters with_stalls_and_atos()
{
    smmu::tcu::parameters p;
    p.feature.stall_model = 0;
    p.feature.stall_max = 4;
    p.feature.atos = true;
    // Small, so that they overflow, and that an invalidation is soon through them.
    p.walk_cache_entries = 8;
    p.walk_cache_ways = 2;
    p.configuration_cache_entries = 4;
    p.configuration_cache_ways = 2;
    return p;
}

smmu::tbu::parameters with_small_tlbs()
{
    smmu::tbu::parameters p;
    p.micro_tlb_entries = 4;
    p.main_tlb_entries = 16;
    p.main_tlb_ways = 4;
    p.stream_entries = 4;
    p.stream_ways = 2;
    return p;
}

/// A device's transaction in a thread of its own: it may be stalled.
struct transaction {
    bool busy = false;
    transaction_attributes with;
    std::uint64_t address = 0;
    unsigned size = 0;
    bool write = false;
    sc_core::sc_event go;
};

struct smmu_system : sc_core::sc_module {
    small_memory memory{"memory"};
    smmu::tcu tcu{"tcu", with_stalls_and_atos()};
    smmu::tbu tbu{"tbu", with_small_tlbs()};
    tlm_utils::simple_initiator_socket<smmu_system, 64> cpu{"cpu"}, device{"device"};
    sc_core::sc_signal<bool> lines[4];
    sc_core::sc_event go;
    const std::uint8_t* data = nullptr;
    std::size_t size = 0;
    bool done = true;
    std::array<transaction, 6> transactions;

    SC_HAS_PROCESS(smmu_system);
    explicit smmu_system(sc_core::sc_module_name name)
        : sc_module(name)
    {
        cpu.bind(tcu.registers);
        tcu.memory.bind(memory.socket);
        device.bind(tbu.upstream);
        tbu.downstream.bind(memory.socket);
        tbu.dti.bind(tcu.dti);
        tcu.eventq_irq.bind(lines[0]);
        tcu.gerror_irq.bind(lines[1]);
        tcu.cmd_sync_irq.bind(lines[2]);
        tcu.priq_irq.bind(lines[3]);
        SC_THREAD(run);
        set_stack_size(1 << 20);
        sc_core::sc_spawn_options options;
        options.set_stack_size(1 << 20);
        for (transaction& t : transactions)
            sc_core::sc_spawn([this, &t] { serve(t); }, sc_core::sc_gen_unique_name("device"), &options);
    }

    std::uint64_t reg(std::uint32_t offset, unsigned bytes = 4)
    {
        std::uint64_t value = 0;
        sc_core::sc_time delay;
        transport(cpu, tlm::TLM_READ_COMMAND, offset, &value, bytes, {}, delay);
        return value;
    }
    void set_reg(std::uint32_t offset, std::uint64_t value, unsigned bytes = 4)
    {
        sc_core::sc_time delay;
        transport(cpu, tlm::TLM_WRITE_COMMAND, offset, &value, bytes, {}, delay);
    }
    void settle(unsigned ns) { wait(ns, sc_core::SC_NS); }

    void serve(transaction& t)
    {
        for (;;) {
            wait(t.go);
            std::array<std::uint8_t, 64> bytes{};
            sc_core::sc_time delay;
            transport(device, t.write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND, t.address, bytes.data(), t.size,
                      t.with, delay);
            wait(delay);
            t.busy = false;
        }
    }
    bool idle() const
    {
        return std::none_of(transactions.begin(), transactions.end(), [](const transaction& t) { return t.busy; });
    }

    /// Everything off, errors acknowledged, caches empty.
    void quiet()
    {
        memory.abort_every = 0;
        settle(20000); // a field that is being Updated would keep its value (6.3.9)
        set_reg(0x50, 0);
        set_reg(0x20, 0);
        settle(20000);
        require(reg(0x24) == 0, "a quiet SMMU acknowledges CR0");
        require(idle(), "no transaction is left when translation is off");
        set_reg(0x64, reg(0x60));
        set_reg(0x9c, 0);
        set_reg(0x98, 0);
        set_reg(0x90, 0xf000 | 2, 8);
        set_reg(0xa0, 0xe000 | 2, 8);
        set_reg(0x100a8, 0);
        set_reg(0x100ac, 0);
        memory.set(0xf000, 0x04);
        memory.set(0xf008, 31); // CMD_CFGI_ALL
        memory.set(0xf010, 0x30);
        memory.set(0xf018, 0); // CMD_TLBI_NSNH_ALL
        memory.set(0xf020, 0x46);
        memory.set(0xf028, 0); // CMD_SYNC
        set_reg(0x20, 8);
        settle(100);
        set_reg(0x98, 3);
        settle(2000);
        require((reg(0x9c) & 0xfffff) == 3, "a quiet SMMU consumes three commands");
        set_reg(0x20, 0);
        settle(100);
        require(reg(0x24) == 0, "a quiet SMMU acknowledges CR0");
        set_reg(0x9c, 0);
        set_reg(0x98, 0);
        std::memset(memory.bytes.data(), 0, memory.bytes.size());
    }

    void program(fuzz::input in)
    {
        // A frame in which something happens: linear stream table at 0, commands at 0x8000, events at 0x9000.
        set_reg(0x28, 0xd75);
        set_reg(0x2c, 2);
        set_reg(0x80, 0, 8);
        set_reg(0x88, 6);
        set_reg(0x90, 0x8000 | 3, 8);
        set_reg(0xa0, 0x9000 | 2, 8);
        const std::uint8_t how = in.u8();
        if ((how & 1) != 0)
            set_reg(0x20, 0xd);
        memory.abort_every = (how & 2) != 0 ? 3 + in.u8() % 61 : 0;
        settle(50);
        std::uint32_t produced = 0;
        for (unsigned steps = 0; !in.empty() && steps < 200; ++steps) {
            const std::uint8_t what = in.u8();
            switch (what & 7) {
            case 0:
            case 1: {
                const std::uint32_t offset = (in.u16() & 0x1ff) | ((what & 0x80) != 0 ? 0x10000U : 0U);
                const unsigned bytes = (what & 0x40) != 0 ? 8 : 4;
                if ((what & 7) == 0)
                    set_reg(offset, in.take(bytes), bytes);
                else
                    reg(offset, bytes);
                break;
            }
            case 2: { // a command
                memory.set(0x8000 + (produced & 7) * 16, in.u64());
                memory.set(0x8008 + (produced & 7) * 16, in.u64());
                produced = (produced + 1) & 15;
                set_reg(0x98, produced);
                break;
            }
            case 3: { // memory
                const std::uint64_t address = in.u16() & 0xfff8;
                memory.set(address, in.u64());
                break;
            }
            case 4: { // a legal STE or CD to begin with
                const std::uint64_t sid = in.u8() & 63;
                const std::uint64_t config = 4 + (what >> 3) % 4;
                memory.set(sid * 64, 1 | config << 1 | 0x1000);
                memory.set(sid * 64 + 8, 1ULL << 44);
                memory.set(sid * 64 + 16, 3 | 32ULL << 32 | 1ULL << 38 | 1ULL << 51 | 1ULL << 58);
                memory.set(sid * 64 + 24, 0x4000);
                memory.set(0x1000, 32 | 1ULL << 30 | 1ULL << 31 | 1ULL << 41 |
                                       ((what & 0x40) != 0 ? 7ULL << 44 : 3ULL << 45) | 7ULL << 48);
                memory.set(0x1008, 0x5000);
                memory.set(0x1018, 0xff44);
                break;
            }
            case 5:
            case 6: { // a transaction
                transaction_attributes a;
                a.stream = stream_id(in.u8() & 127);
                const std::uint8_t with = in.u8();
                if ((with & 1) != 0)
                    a.substream = substream_id(with >> 4);
                a.privileged = (with & 2) != 0;
                a.instruction = (with & 4) != 0;
                const std::uint64_t address = (with & 8) != 0 ? in.u64() : in.u16();
                const auto free = std::find_if(transactions.begin(), transactions.end(),
                                               [](const transaction& t) { return !t.busy; });
                if (free == transactions.end())
                    break; // all are stalled
                free->busy = true;
                free->with = a;
                free->address = address;
                free->size = 1U << ((what >> 3) % 7);
                free->write = (what & 7) == 6;
                free->go.notify(sc_core::SC_ZERO_TIME);
                settle((what & 0x80) != 0 ? 1 : 400);
                break;
            }
            default: settle(1 + (what >> 3) * 10U); break;
            }
        }
    }

    void run()
    {
        for (;;) {
            wait(go);
            program(fuzz::input(data, size));
            quiet();
            done = true;
        }
    }
};

smmu_system& the_system()
{
    static auto* s = new smmu_system("system");
    return *s;
}

} // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***)
{
    sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
    the_system();
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    smmu_system& s = the_system();
    s.data = data;
    s.size = size;
    s.done = false;
    s.go.notify(sc_core::SC_ZERO_TIME);
    for (unsigned i = 0; !s.done; ++i) {
        require(i < 2000, "a program ends");
        sc_core::sc_start(10, sc_core::SC_US);
    }
    return 0;
}
