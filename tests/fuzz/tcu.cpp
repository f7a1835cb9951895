// Registers, command queues, transactions and PCIe services through the SystemC modules, of an SMMU with ATOS and VATOS
// and of one with Secure state, both with stalls. They are elaborated once; each input is a program for one of them
// that starts and ends with everything disabled. A program that does not end in bounded time is a hang; so is a
// transaction that has no end when translation is off.

#include "smmu/tcu/tcu.h"
#include "common/systemc/attributes.h"
#include "common/systemc/transport.h"
#include "fuzz/input.h"
#include "smmu/dti/ats.h"
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

smmu::tcu::parameters with_everything(bool secure)
{
    smmu::tcu::parameters p;
    smmu::features& f = p.feature;
    f.stall_model = 0;
    f.stall_max = 4;
    f.atos = f.vatos = !secure;
    f.secure_impl = f.secure_stage2 = secure;
    f.ats = f.ats_split_stage = f.ats_record_errors = f.pri = true;
    f.priq_log2 = 3;
    f.vmid_wildcard = f.wake_events = true;
    p.atc_timeout = sc_core::sc_time(2, sc_core::SC_US);
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

/// Answers ATC invalidations at once, later or never.
struct root_complex : sc_core::sc_module, smmu::dti::ats_to_root_complex {
    smmu::dti::ats_manager_socket socket{"socket"};
    smmu::dti::link_parameters parameters;
    std::vector<std::uint32_t> unanswered;
    bool answers = true;
    smmu::dti::ats_invalidation_result result = smmu::dti::ats_invalidation_result::complete;

    explicit root_complex(sc_core::sc_module_name name)
        : sc_module(name)
    {
        socket.bind(static_cast<smmu::dti::ats_to_root_complex&>(*this));
    }
    const smmu::dti::link_parameters& link() const override { return parameters; }
    bool serves(stream_id s) const override { return s.value() < 48; }
    void invalidate(const smmu::dti::ats_invalidate_request& r) override
    {
        require(r.size <= 52, "an ATC invalidation has a span");
        unanswered.push_back(r.id);
        if (answers)
            answer();
    }
    void respond(const smmu::page_response& r) override
    {
        require(serves(r.stream), "responses go to their root complex");
        require(r.prg_index < 512, "PRGIndex has 9 bits");
    }
    void answer()
    {
        for (const std::uint32_t id : unanswered)
            socket->ats_invalidated(id, result);
        unanswered.clear();
    }
};

/// A device's transaction or Translation Request in a thread of its own: it may be stalled.
struct transaction {
    bool busy = false;
    bool asks = false; ///< a Translation Request
    smmu::ats_request request;
    transaction_attributes with;
    std::uint64_t address = 0;
    unsigned size = 0;
    bool write = false;
    sc_core::sc_event go;
};

struct smmu_system : sc_core::sc_module {
    const bool secure;
    small_memory memory{"memory"};
    smmu::tcu tcu;
    smmu::tbu tbu{"tbu", with_small_tlbs()};
    root_complex rc{"rc"};
    tlm_utils::simple_initiator_socket<smmu_system, 64> cpu{"cpu"}, device{"device"};
    sc_core::sc_signal<bool> lines[4];
    sc_core::sc_event go;
    const std::uint8_t* data = nullptr;
    std::size_t size = 0;
    bool done = true;
    std::array<transaction, 6> transactions;

    SC_HAS_PROCESS(smmu_system);
    smmu_system(sc_core::sc_module_name name, bool with_secure)
        : sc_module(name)
        , secure(with_secure)
        , tcu("tcu", with_everything(with_secure))
    {
        rc.socket.bind(tcu.ats);
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

    std::uint64_t reg(std::uint32_t offset, unsigned bytes = 4, bool non_secure = true)
    {
        std::uint64_t value = 0;
        sc_core::sc_time delay;
        transaction_attributes a;
        a.non_secure = non_secure;
        transport(cpu, tlm::TLM_READ_COMMAND, offset, &value, bytes, a, delay);
        return value;
    }
    void set_reg(std::uint32_t offset, std::uint64_t value, unsigned bytes = 4, bool non_secure = true)
    {
        sc_core::sc_time delay;
        transaction_attributes a;
        a.non_secure = non_secure;
        transport(cpu, tlm::TLM_WRITE_COMMAND, offset, &value, bytes, a, delay);
    }
    /// Of the Secure programming interface, by the offsets of the other.
    std::uint64_t sreg(std::uint32_t offset) { return reg(0x8000 + offset, 4, false); }
    void set_sreg(std::uint32_t offset, std::uint64_t value, unsigned bytes = 4)
    {
        set_reg(0x8000 + offset, value, bytes, false);
    }
    void settle(unsigned ns) { wait(ns, sc_core::SC_NS); }

    void serve(transaction& t)
    {
        for (;;) {
            wait(t.go);
            std::array<std::uint8_t, 64> bytes{};
            sc_core::sc_time delay;
            if (t.asks) {
                smmu::ats_completion c;
                rc.socket->ats_translate(t.request, nullptr, c, delay);
                wait(delay);
                check(c);
                t.busy = false;
                continue;
            }
            transport(device, t.write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND, t.address, bytes.data(), t.size,
                      t.with, delay);
            wait(delay);
            t.busy = false;
        }
    }
    static void check(const smmu::ats_completion& c)
    {
        if (c.status != smmu::ats_status::success)
            return;
        require(c.size_log2 >= 12 && c.size_log2 <= 48, "a completion has a size");
        require(c.address >> 44 == 0 && (c.address & ((1ULL << c.size_log2) - 1)) == 0, "an aligned address in range");
        require(c.read || c.write || c.address == 0, "no access says nothing");
    }
    transaction* a_free_one()
    {
        const auto free =
            std::find_if(transactions.begin(), transactions.end(), [](const transaction& t) { return !t.busy; });
        return free == transactions.end() ? nullptr : &*free;
    }
    void start(transaction& t)
    {
        t.busy = true;
        t.go.notify(sc_core::SC_ZERO_TIME);
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
        rc.answers = true;
        rc.result = smmu::dti::ats_invalidation_result::complete;
        rc.answer();
        for (const bool non_secure : {true, false}) {
            set_reg(non_secure ? 0x50 : 0x8050, 0, 4, non_secure);
            set_reg(non_secure ? 0x20 : 0x8020, 0, 4, non_secure);
        }
        settle(20000);
        require(reg(0x24) == 0, "a quiet SMMU acknowledges CR0");
        require(idle(), "no transaction is left when translation is off");
        if (secure) {
            require(sreg(0x24) == 0, "a quiet SMMU acknowledges S_CR0");
            set_sreg(0x64, sreg(0x60));
            set_sreg(0x9c, 0);
            set_sreg(0x98, 0);
            set_sreg(0xa8, 0);
            set_sreg(0xac, 0);
            set_sreg(0x3c, 1);
            settle(2000);
            require(sreg(0x3c) == 0, "S_INIT.INV_ALL ends (6.3.62)");
        } else {
            require((reg(0x100) & 1) == 0 && (reg(0x20a00) & 1) == 0, "ATOS operations end");
        }
        set_reg(0x100c8, 0);
        set_reg(0x100cc, 0);
        set_reg(0x64, reg(0x60));
        set_reg(0x9c, 0);
        set_reg(0x98, 0);
        // An ATC invalidation that timed out is told by the next CMD_SYNC, once (4.5.1).
        memory.set(0xf000, 0x46);
        memory.set(0xf008, 0);
        set_reg(0x90, 0xf000 | 2, 8);
        set_reg(0x20, 8);
        settle(100);
        set_reg(0x98, 1);
        settle(4000);
        set_reg(0x20, 0);
        settle(100);
        set_reg(0x64, reg(0x60));
        set_reg(0x9c, 0);
        set_reg(0x98, 0);
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
        set_reg(0xc0, 0xb000 | 2, 8);
        const std::uint8_t how = in.u8();
        if ((how & 1) != 0)
            set_reg(0x20, (how & 0x20) != 0 ? 0x1f : 0xd);
        if (secure) {
            set_sreg(0x28, 0xd75);
            set_sreg(0x2c, 2);
            set_sreg(0x80, 0, 8);
            set_sreg(0x88, 6);
            set_sreg(0x90, 0xa000 | 3, 8);
            set_sreg(0xa0, 0xc000 | 2, 8);
            if ((how & 4) == 0)
                set_sreg(0x20, 0xd);
        }
        memory.abort_every = (how & 2) != 0 ? 3 + in.u8() % 61 : 0;
        settle(50);
        std::uint32_t produced = 0, secure_produced = 0;
        for (unsigned steps = 0; !in.empty() && steps < 200; ++steps) {
            const std::uint8_t what = in.u8();
            switch (what & 7) {
            case 0:
            case 1: {
                const std::uint16_t place = in.u16();
                std::uint32_t offset = (place & 0x1ff) | ((what & 0x80) != 0 ? 0x10000U : 0U);
                const unsigned bytes = (what & 0x40) != 0 ? 8 : 4;
                const bool to_secure = secure && (what & 0x20) != 0;
                if (to_secure)
                    offset = 0x8000 | (place & 0x1ff);
                else if (!secure && (place & 0x8000) != 0)
                    offset = 0x20a00 | (place & 0x1f);
                if ((what & 7) == 0)
                    set_reg(offset, in.take(bytes), bytes, !to_secure);
                else
                    reg(offset, bytes, !to_secure);
                break;
            }
            case 2: { // a command
                if (secure && (what & 8) != 0) {
                    memory.set(0xa000 + (secure_produced & 7) * 16, in.u64());
                    memory.set(0xa008 + (secure_produced & 7) * 16, in.u64());
                    secure_produced = (secure_produced + 1) & 15;
                    set_sreg(0x98, secure_produced);
                    break;
                }
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
                const std::uint64_t eats = config == 7 && (what & 0x80) != 0 ? 2 : (what & 0x20) != 0 ? 1 : 0;
                memory.set(sid * 64 + 8, 1ULL << 44 | eats << 28);
                memory.set(sid * 64 + 16, 3 | 32ULL << 32 | 1ULL << 38 | 1ULL << 51 | 1ULL << 58);
                memory.set(sid * 64 + 24, 0x4000);
                if (secure) {
                    memory.set(sid * 64 + 32, 32ULL << 32 | 1ULL << 38);
                    memory.set(sid * 64 + 48, 0x6000);
                }
                memory.set(0x1000, 32 | 1ULL << 30 | 1ULL << 31 | 1ULL << 41 |
                                       ((what & 0x40) != 0 ? 7ULL << 44 : 3ULL << 45) | 7ULL << 48);
                memory.set(0x1008, 0x5000);
                memory.set(0x1018, 0xff44);
                break;
            }
            case 5:
            case 6: { // a transaction
                transaction_attributes a;
                const std::uint8_t stream = in.u8();
                a.stream = stream_id(stream & 127);
                if ((stream & 128) != 0 && secure) {
                    a.sec_sid = security_state::secure;
                    a.non_secure = (stream & 64) != 0;
                    a.stream = stream_id(stream & 63);
                } else if ((stream & 128) != 0) {
                    a.ats = ats_state::translated;
                }
                const std::uint8_t with = in.u8();
                if ((with & 1) != 0)
                    a.substream = substream_id(with >> 4);
                a.privileged = (with & 2) != 0;
                a.instruction = (with & 4) != 0;
                const std::uint64_t address = (with & 8) != 0 ? in.u64() : in.u16();
                transaction* const free = a_free_one();
                if (free == nullptr)
                    break; // all are stalled
                free->asks = false;
                free->with = a;
                free->address = address;
                free->size = 1U << ((what >> 3) % 7);
                free->write = (what & 7) == 6;
                start(*free);
                settle((what & 0x80) != 0 ? 1 : 400);
                break;
            }
            default:
                if ((what & 0x80) != 0)
                    pcie(what >> 3 & 0xf, in);
                settle(1 + (what >> 3) * 10U);
                break;
            }
        }
    }

    /// Translation Requests, Page Requests, and what becomes of ATC invalidations.
    void pcie(unsigned what, fuzz::input& in)
    {
        if (what < 4) {
            rc.answers = (what & 1) == 0;
            rc.result = static_cast<smmu::dti::ats_invalidation_result>(in.u8() % 3);
            if (what == 2)
                rc.answer();
            return;
        }
        const std::uint8_t stream = in.u8();
        const std::uint8_t with = in.u8();
        std::optional<substream_id> substream;
        if ((stream & 0x80) != 0)
            substream = substream_id(with >> 4);
        if (what < 10) {
            transaction* const free = a_free_one();
            if (free == nullptr)
                return;
            free->asks = true;
            free->request = {};
            free->request.stream = stream_id(stream & 127);
            free->request.substream = substream;
            free->request.address = (with & 8) != 0 ? in.u64() : in.u16();
            free->request.no_write = (with & 1) != 0;
            free->request.execute = (with & 2) != 0;
            free->request.privileged = (with & 4) != 0;
            start(*free);
            return;
        }
        smmu::page_request r;
        r.stream = stream_id(stream & 47);
        r.substream = substream;
        r.address = std::uint64_t(in.u8()) << 12;
        r.prg_index = in.u16() & 0x1ff;
        r.last = (with & 1) != 0;
        r.write = (with & 2) != 0;
        r.read = (with & 4) != 0;
        r.execute = (with & 8) != 0;
        r.privileged = (what & 1) != 0;
        rc.socket->page_requested(r);
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

smmu_system& the_system(bool secure)
{
    static auto* s = new smmu_system("system", false);
    static auto* with_secure = new smmu_system("secure_system", true);
    return secure ? *with_secure : *s;
}

} // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***)
{
    sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
    the_system(false);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    smmu_system& s = the_system(size != 0 && (data[0] & 0x80) != 0);
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
