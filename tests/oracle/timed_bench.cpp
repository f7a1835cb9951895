#include "timed_bench.h"

#include "common/systemc/transport.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>

namespace iovp::oracle {

std::string in_child(const std::function<std::string()>& body)
{
    int ends[2];
    if (pipe(ends) != 0)
        return "no pipe";
    const pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        alarm(60);
        sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
        std::string text;
        try {
            text = body();
        } catch (const std::exception& e) { // the parent's stack is not the child's to unwind
            text = std::string("\nexception: ") + e.what();
        }
        std::size_t done = 0;
        while (done < text.size()) {
            const ssize_t n = write(ends[1], text.data() + done, text.size() - done);
            if (n <= 0)
                break;
            done += static_cast<std::size_t>(n);
        }
        _exit(0);
    }
    close(ends[1]);
    std::string text;
    char part[4096];
    for (ssize_t n; (n = read(ends[0], part, sizeof part)) > 0;)
        text.append(part, static_cast<std::size_t>(n));
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status))
        return text + "\nthe simulation ended by signal " + std::to_string(WTERMSIG(status));
    if (WEXITSTATUS(status) != 0)
        return text + "\nthe simulation exited with " + std::to_string(WEXITSTATUS(status));
    return text;
}

bus::bus(sc_core::sc_module_name name)
    : sc_module(name)
{
    tables.register_b_transport(this, &bus::tables_transport);
    tables.register_transport_dbg(this, &bus::tables_debug);
    devices.register_b_transport(this, &bus::devices_transport);
}

std::uint64_t bus::word(std::uint64_t address) const
{
    return ((address & ~secure_space) < queues_end ? queues : *scenario_memory).get(address);
}

void bus::set(std::uint64_t address, std::uint64_t value)
{
    of(address).set(address, value);
}

void bus::pass_time(sc_core::sc_time& delay)
{
    delay += latency;
    if (waits) {
        wait(delay);
        delay = sc_core::SC_ZERO_TIME;
    }
}

bool bus::move(tlm::tlm_generic_payload& t)
{
    const std::uint64_t from = t.get_address() | (iovp::attributes::of(t).non_secure ? 0 : secure_space);
    memory& m = of(from);
    if (m.aborts(from))
        return false;
    for (unsigned i = 0; i < t.get_data_length(); ++i) {
        if (t.get_byte_enable_ptr() != nullptr &&
            t.get_byte_enable_ptr()[i % t.get_byte_enable_length()] != TLM_BYTE_ENABLED)
            continue;
        const std::uint64_t at = (from + i) & ~std::uint64_t(7);
        const unsigned shift = unsigned((from + i) & 7) * 8;
        std::uint64_t w = m.get(at);
        if (t.is_write()) {
            w = (w & ~(std::uint64_t(0xff) << shift)) | std::uint64_t(t.get_data_ptr()[i]) << shift;
            m.set(at, w);
        } else {
            t.get_data_ptr()[i] = static_cast<unsigned char>(w >> shift);
        }
    }
    return true;
}

void bus::tables_transport(int, tlm::tlm_generic_payload& t, sc_core::sc_time& delay)
{
    pass_time(delay);
    t.set_response_status(move(t) ? tlm::TLM_OK_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

/// The compare-exchange of hardware updates reads and writes without time.
unsigned bus::tables_debug(int, tlm::tlm_generic_payload& t)
{
    return move(t) ? t.get_data_length() : 0;
}

void bus::devices_transport(int, tlm::tlm_generic_payload& t, sc_core::sc_time& delay)
{
    departure d;
    d.address = t.get_address();
    d.size = t.get_data_length();
    d.write = t.is_write();
    d.with = iovp::attributes::of(t);
    if (on_departure)
        on_departure(d);
    else
        departures.push_back(d);
    if (t.is_read())
        std::memset(t.get_data_ptr(), 0x5a, t.get_data_length());
    pass_time(delay);
    t.set_response_status(tlm::TLM_OK_RESPONSE);
}

timed_bench::timed_bench(scenario& s, const smmu::tcu_parameters& p, const smmu::tbu_parameters& q0,
                         const smmu::tbu_parameters& q1)
    : world(s)
    , tcu("tcu", p)
    , tbu0("tbu0", q0)
    , tbu1("tbu1", q1)
{
    memory_bus.scenario_memory = &s.mem;
    drivers.cpu.bind(tcu.registers);
    tcu.memory.bind(memory_bus.tables);
    drivers.device0.bind(tbu0.upstream);
    drivers.device1.bind(tbu1.upstream);
    tbu0.downstream.bind(memory_bus.devices);
    tbu1.downstream.bind(memory_bus.devices);
    tbu0.dti.bind(tcu.dti);
    tbu1.dti.bind(tcu.dti);
    tcu.eventq_irq.bind(wires[0]);
    tcu.gerror_irq.bind(wires[1]);
    tcu.cmd_sync_irq.bind(wires[2]);
    tcu.priq_irq.bind(wires[3]);
}

std::string timed_bench::run(const std::function<std::string()>& body)
{
    struct runner : sc_core::sc_module {
        SC_HAS_PROCESS(runner);
        runner(sc_core::sc_module_name name, std::function<void()> what)
            : sc_module(name)
            , body_(std::move(what))
        {
            SC_THREAD(go);
            set_stack_size(1 << 20);
        }
        void go() { body_(); }

    private:
        std::function<void()> body_;
    };
    std::string text = "the simulation stood still before the body ended";
    runner main("body", [&] {
        try {
            text = body();
        } catch (const std::exception& e) {
            text = std::string("exception: ") + e.what();
        }
        sc_core::sc_stop();
    });
    std::vector<std::unique_ptr<runner>> others;
    for (const auto& m : more_)
        others.push_back(std::make_unique<runner>(sc_core::sc_gen_unique_name("beside"), m));
    sc_core::sc_start(sc_core::sc_time(100, sc_core::SC_MS));
    if (text.empty() && ::testing::Test::HasFailure())
        text = "a SystemC warning";
    return text;
}

namespace {

/// Registers of the Secure interface are reached by Secure accesses.
transaction_attributes of_the_cpu(std::uint32_t offset)
{
    transaction_attributes a;
    a.non_secure = offset < 0x8000 || offset >= 0x10000;
    return a;
}

} // namespace

std::uint64_t timed_bench::reg(std::uint32_t offset, unsigned size)
{
    std::uint64_t value = 0;
    sc_core::sc_time delay;
    transport(drivers.cpu, tlm::TLM_READ_COMMAND, offset, &value, size, of_the_cpu(offset), delay);
    return value;
}

void timed_bench::set_reg(std::uint32_t offset, std::uint64_t value, unsigned size)
{
    sc_core::sc_time delay;
    transport(drivers.cpu, tlm::TLM_WRITE_COMMAND, offset, &value, size, of_the_cpu(offset), delay);
}

std::string timed_bench::enable()
{
    const machine& hw = world.hw;
    set_reg(0x44, hw.gbpa | 1U << 31);
    settle(1000);
    set_reg(0x28, 0xd75);
    set_reg(0x2c, unsigned(hw.e2h) | unsigned(hw.recinvsid) << 1);
    set_reg(0x80, hw.strtab_base, 8);
    set_reg(0x88, hw.strtab_base_cfg);
    set_reg(0x90, command_base | queue_log2, 8);
    set_reg(0xa0, event_base | queue_log2, 8);
    set_reg(0x20, hw.smmuen ? 0xd : 0xc);
    std::uint32_t secure_cr0 = 0;
    if (hw.secure_impl) {
        const control_registers& r = hw.secure;
        secure_cr0 = (r.smmuen ? 0xd : 0xc) | unsigned(r.sif) << 5;
        set_reg(0x8044, r.gbpa | 1U << 31);
        settle(1000);
        set_reg(0x8028, 0xd75);
        set_reg(0x802c, unsigned(r.e2h) | unsigned(r.recinvsid) << 1);
        set_reg(0x8080, r.strtab_base, 8);
        set_reg(0x8088, r.strtab_base_cfg);
        set_reg(0x8090, command_base | queue_log2, 8);
        set_reg(0x80a0, event_base | queue_log2, 8);
        set_reg(0x8020, secure_cr0);
    }
    for (unsigned i = 0; i < 100; ++i) {
        settle(1000);
        if (reg(0x24) == (hw.smmuen ? 0xdU : 0xcU) && (!hw.secure_impl || reg(0x8024) == secure_cr0))
            return "";
    }
    return "CR0ACK does not follow";
}

void timed_bench::push(std::uint64_t dw0, std::uint64_t dw1, bool secure)
{
    std::uint32_t& produced = produced_[secure ? 1 : 0];
    const std::uint64_t at = (command_base + (produced & ((1U << queue_log2) - 1)) * 16) | (secure ? secure_space : 0);
    memory_bus.set(at, dw0);
    memory_bus.set(at + 8, dw1);
    produced = (produced + 1) & ((2U << queue_log2) - 1);
}

std::string timed_bench::sync(double poll, bool secure)
{
    const std::uint32_t frame = secure ? 0x8000 : 0;
    push(0x46, 0, secure);
    set_reg(frame + 0x98, produced_[secure ? 1 : 0]);
    for (unsigned looks = 0; looks < 10000; ++looks) {
        settle(poll);
        const auto cons = static_cast<std::uint32_t>(reg(frame + 0x9c));
        if (cons == produced_[secure ? 1 : 0])
            return "";
        if ((cons >> 24 & 0x7f) != 0)
            return "a command error " + std::to_string(cons >> 24 & 0x7f);
    }
    return "CMD_SYNC does not complete";
}

std::vector<record> timed_bench::events(bool secure)
{
    std::vector<record> all;
    const std::uint32_t prod_at = secure ? 0x80a8 : 0x100a8, cons_at = secure ? 0x80ac : 0x100ac;
    std::uint32_t& consumed = consumed_[secure ? 1 : 0];
    const std::uint32_t mask = (2U << queue_log2) - 1;
    const auto prod = static_cast<std::uint32_t>(reg(prod_at));
    while (consumed != (prod & mask)) {
        record r;
        for (unsigned i = 0; i < 4; ++i)
            r[i] = memory_bus.word((event_base + (consumed & (mask >> 1)) * 32 + 8 * i) | (secure ? secure_space : 0));
        all.push_back(r);
        consumed = (consumed + 1) & mask;
    }
    set_reg(cons_at, consumed | (prod & 0x80000000U));
    return all;
}

timed_bench::response timed_bench::issue(unsigned tbu, const access& a, unsigned size)
{
    transaction_attributes t;
    t.stream = stream_id(a.stream);
    t.sec_sid = a.secure ? security_state::secure : security_state::non_secure;
    t.non_secure = a.ns;
    if (a.ssv)
        t.substream = substream_id(a.substream);
    t.instruction = a.instruction;
    t.privileged = a.privileged;
    t.memory = model_attributes(a.memory);
    sc_core::sc_time delay;
    response r;
    r.data.assign(size, 0xa5);
    r.ok =
        transport(tbu == 0 ? drivers.device0 : drivers.device1,
                  a.write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND, a.address, r.data.data(), size, t, delay);
    sc_core::wait(delay);
    return r;
}

smmu::tcu_parameters random_tcu(choices& c, const machine& hw)
{
    smmu::tcu_parameters p;
    p.feature = features_of(hw);
    p.walk_cache_ways = c.of({4U, 1U, 2U});
    p.walk_cache_entries = p.walk_cache_ways * c.of({64U, 1U, 2U});
    p.configuration_cache_ways = c.of({4U, 1U, 2U});
    p.configuration_cache_entries = p.configuration_cache_ways * c.of({64U, 1U, 2U});
    p.slots = c.of({256U, 4U, 8U});
    p.walk_slots = p.slots == 256 ? c.of({16U, 2U}) : 2;
    p.configuration_slots = c.of({4U, 1U, 2U});
    p.event_slots = c.of({32U, 8U});
    return p;
}

smmu::tbu_parameters random_tbu(choices& c, const smmu::tcu_parameters& t)
{
    smmu::tbu_parameters p;
    p.micro_tlb_entries = c.of({32U, 4U, 8U});
    p.main_tlb_ways = c.of({4U, 8U});
    p.main_tlb_entries = p.main_tlb_ways * c.of({64U, 1U, 2U, 512U});
    p.stream_ways = c.of({4U, 1U});
    p.stream_entries = p.stream_ways * c.of({16U, 1U, 2U});
    p.slots = c.of({128U, 2U, 8U});
    p.tokens = std::min(p.slots, t.slots / 2); // for each of two TBUs
    if (c.chance(30))
        p.tokens = 2;
    p.hazards = c.of({p.slots < 32 ? p.slots : 32U, 0U});
    return p;
}

namespace {

using u64 = std::uint64_t;

/// Nested streams are invalidated by VA too: OracleRegression.TlbiByVaReachesEveryPieceOfASplinteredBlock. False: only
/// where stage 2 cannot splinter a stage-1 block.
constexpr bool invalidate_splintered = true;

constexpr u64 nsnh_all = 0x30, el2_all = 0x20, cfgi_all = 0x04, el3_all = 0x18, s_el2_all = 0x50;

constexpr u64 ssec = 1 << 10;

/// All of the Secure EL1 world: SNH_ALL goes with Secure stage 2; without, NH_ALL has no VMID to match (4.4.2.1).
u64 snh_all(const scenario& s)
{
    return s.hw.sel2 ? 0x60 : 0x10;
}

/// Everything, whatever it was.
void invalidate_tlbs(change& x, const scenario& s)
{
    x.commands.push_back({nsnh_all, 0});
    x.commands.push_back({el2_all, 0});
    if (!s.hw.secure_impl)
        return;
    x.commands.push_back({snh_all(s), 0, true});
    x.commands.push_back({el3_all, 0, true});
    if (s.hw.sel2)
        x.commands.push_back({s_el2_all, 0, true});
}

void invalidate_configuration(change& x, const scenario& s)
{
    x.commands.push_back({cfgi_all, 31});
    if (s.hw.secure_impl)
        x.commands.push_back({cfgi_all | ssec, 31, true});
}

void invalidate_all(change& x, const scenario& s)
{
    invalidate_configuration(x, s);
    invalidate_tlbs(x, s);
}

/// 4.4.2, 4.4.5: one of the commands of the Secure queue that reach the entries of a stage-1 leaf.
void invalidate_secure_stage1(change& x, const scenario& s, const stream& st, const stream::context& k, u64 va,
                              bool global, choices& c)
{
    const u64 vm = u64(s.hw.sel2 && st.config == 7 ? st.vmid : 0) << 32, as = u64(k.asid) << 48;
    const u64 page = (va & ~u64(0xfff)) | c.below(2);
    const bool host = s.hw.secure.e2h;
    switch (c.below(4)) {
    case 1: x.commands.push_back({st.strw == 1 ? 0x1a : st.strw == 2 ? 0x52 | as : 0x12 | vm | as, page, true}); break;
    case 2:
        if (st.strw == 1 || (st.strw == 2 && !host))
            x.commands.push_back({st.strw == 1 ? el3_all : s_el2_all, 0, true});
        else
            x.commands.push_back({st.strw == 2 ? 0x53 : 0x13 | vm, page, true});
        break;
    case 3:
        if (!global && (st.strw == 0 || (st.strw == 2 && host))) {
            x.commands.push_back({st.strw == 2 ? 0x51 | as : 0x11 | vm | as, 0, true});
            break;
        }
        [[fallthrough]];
    default: x.commands.push_back({st.strw == 1 ? el3_all : st.strw == 2 ? s_el2_all : snh_all(s), 0, true}); break;
    }
}

/// 4.4.2: one of the commands that reach the entries of a stage-1 leaf.
void invalidate_stage1(change& x, const scenario& s, const stream& st, const stream::context& k, u64 va, bool global,
                       choices& c)
{
    if (st.secure) {
        invalidate_secure_stage1(x, s, st, k, va, global, c);
        return;
    }
    const u64 vm = u64(s.hw.s2p ? st.vmid : 0) << 32, as = u64(k.asid) << 48;
    const u64 page = va & ~u64(0xfff);
    const u64 leaf = c.below(2);
    if (st.strw == 2) {
        switch (c.below(5)) {
        case 1: x.commands.push_back({0x22 | as, page | leaf}); break;
        case 2:
            if (s.hw.e2h) {
                x.commands.push_back({0x23, page | leaf});
                break;
            }
            [[fallthrough]];
        case 3:
            if (s.hw.e2h && !global) {
                x.commands.push_back({0x21 | as, 0});
                break;
            }
            [[fallthrough]];
        default: x.commands.push_back({el2_all, 0}); break;
        }
        return;
    }
    const unsigned which = c.below(7);
    if (!invalidate_splintered && st.config == 7 && (which == 1 || which == 2 || which == 5)) {
        x.commands.push_back({0x10 | vm, 0});
        return;
    }
    switch (which) {
    case 1: x.commands.push_back({0x12 | vm | as, page | leaf}); break;
    case 2: x.commands.push_back({0x13 | vm, page | leaf}); break;
    case 3:
        if (!global) {
            x.commands.push_back({0x11 | vm | as, 0});
            break;
        }
        [[fallthrough]];
    case 4: x.commands.push_back({0x10 | vm, 0}); break;
    case 5: x.commands.push_back({0x12 | vm | as, page | leaf}); break;
    default: x.commands.push_back({nsnh_all, 0}); break;
    }
}

u64 as_stored(const table& t, u64 d)
{
    if (!t.big())
        return d;
    u64 r = 0;
    for (unsigned i = 0; i < 64; i += 8)
        r |= ((d >> i) & 0xff) << (56 - i);
    return r;
}

/// Another descriptor for a leaf: unmapped, mapped again, moved, other rights or attributes.
u64 another(u64 old, const table& t, int level, u64 fresh_bits, u64 fresh_target, choices& c)
{
    const u64 inside = t.leaf_size(level) - 1;
    const u64 page = level == 3 ? 3 : 1;
    switch (c.below(5)) {
    case 1: return (old & 1) != 0 ? old & ~u64(1) : old | page;
    case 2: return old ^ u64(1) << (6 + c.below(2));
    case 3: return old ^ u64(1) << c.of({10U, 2U, 3U, 53U, 54U, 51U});
    case 4: return (old & 0x0000fffffffff000 & ~inside) | fresh_bits | page;
    default: return (fresh_target & 0x0000ffffffffffff & ~inside) | (old & (0xffff000000000fff)) | page;
    }
}

/// 4.4.1.1: gives an invalidation by address a granule and a level or a range, which still reach the leaf.
void narrow(change::command& command, const table& t, const table::leaf& l, u64 base, const machine& hw, choices& c)
{
    const unsigned g = t.granule();
    const bool level_known = l.level != 0 && (g != 14 || l.level != 1 || hw.ds);
    const u64 ttl = level_known && c.chance(60) ? u64(l.level) : 0;
    const bool range = ttl == 0 || c.chance(50);
    u64 start = base;
    u64 scale = 0, num = 0;
    if (range) {
        const u64 step = ttl != 0 ? t.leaf_size(l.level) : u64(1) << g; // what Address is aligned to
        u64 before = step * c.below(4);
        if (l.from < before)
            before = 0;
        start -= before;
        const u64 units = (before + t.leaf_size(l.level)) >> g;
        while (((units - 1) >> scale) > 31)
            ++scale;
        scale += c.chance(30) && scale < 20 ? c.below(10) : 0;
        num = (units - 1) >> scale;
        num += c.chance(50) ? c.below(32 - unsigned(num)) : 0;
        if (ttl == 0 && num == 0 && scale == 0) // reserved
            num = 1;
    }
    command.first |= num << 12 | scale << 20;
    command.second = (command.second & 1) | (start & ~u64(0xfff)) | u64(g == 12 ? 1 : g == 14 ? 2 : 3) << 10 | ttl << 8;
}

void change_stage1(scenario& s, stream& st, choices& c, change& x)
{
    stream::context& k = st.contexts[c.below(static_cast<unsigned>(st.contexts.size()))];
    const unsigned h = k.half[0] && (!k.half[1] || c.below(2) == 0) ? 0 : 1;
    if (!k.half[h] || k.half[h]->leaves().empty())
        return;
    const table& t = *k.half[h];
    const table::leaf& l = c.of(t.leaves());
    const u64 old = t.get(l.at);
    const u64 d = another(old, t, l.level, stage1_bits(c, false), target(c, s.hw.oas), c);
    const bool global = (old & 0x800) == 0;
    u64 va = l.from + (c.word() & (t.leaf_size(l.level) - 1)); // any address inside
    va = full_address(k, h, va);
    x.what = "a stage-1 leaf";
    x.writes.push_back({l.at, as_stored(t, d)});
    if ((old & 1) != 0 || c.chance(50)) // 3.17: what faulted is not cached
        invalidate_stage1(x, s, st, k, va, global, c);
    const u64 base = va & ~(t.leaf_size(l.level) - 1);
    for (auto& command : x.commands) {
        const u64 op = command.first & 0xff;
        if ((op == 0x12 || op == 0x13 || op == 0x22 || op == 0x23 || op == 0x52 || op == 0x53 || op == 0x1a) &&
            c.chance(60))
            narrow(command, t, l, base, s.hw, c);
    }
}

void change_stage2(scenario& s, stream& st, choices& c, change& x)
{
    const table& t = st.of_space(!st.secure || c.chance(50));
    if (t.leaves().empty())
        return;
    const table::leaf& l = c.of(t.leaves());
    const bool holds_structures = l.from < 0x80000000 && st.config == 7;
    const u64 old = t.get(l.at);
    u64 d = another(old, t, l.level, stage2_bits(c), target(c, s.hw.oas), c);
    if (holds_structures && c.chance(90)) // keep most structures in place
        d = (d & ~u64(0x0000fffffffff000)) | (old & 0x0000fffffffff000);
    x.what = "a stage-2 leaf";
    x.writes.push_back({l.at, as_stored(t, d)});
    const u64 vm = u64(st.vmid) << 32;
    if (holds_structures) { // CDs were fetched through it
        invalidate_all(x, s);
        return;
    }
    if ((old & 1) == 0 && c.chance(50))
        return;
    if (st.secure) {
        x.commands.push_back({s.hw.sel2 && c.chance(50) ? 0x58 | vm : snh_all(s), 0, true}); // S_S12_VMALL
        return;
    }
    switch (c.below(4)) {
    case 1: x.commands.push_back({0x28 | vm, 0}); break; // S12_VMALL
    case 2:
        x.commands.push_back(
            {0x2a | vm, ((l.from + (c.word() & (t.leaf_size(l.level) - 1))) & 0x000ffffffffff000) | c.below(2)});
        if (c.chance(60))
            narrow(x.commands.back(), t, l, l.from, s.hw, c);
        if (st.config == 7 || !s.hw.s1p)
            x.commands.push_back({s.hw.s1p ? 0x10 | vm : nsnh_all, 0});
        break;
    default: x.commands.push_back({nsnh_all, 0}); break;
    }
}

/// A bit of the CD that does not change its ASID.
void change_cd(scenario& s, stream& st, choices& c, change& x)
{
    stream::context& k = st.contexts[c.below(static_cast<unsigned>(st.contexts.size()))];
    unsigned bit = c.of({46U, 45U, 35U, 36U, 40U, 38U, 39U, 14U, 30U, 31U, 33U, 65U, 129U, 42U, 43U, 41U, 0U});
    if (bit == 0)
        bit = c.chance(50) ? 192 + c.below(64) : c.below(48);
    const u64 at = k.cd + bit / 64 * 8;
    x.what = "a CD, bit " + std::to_string(bit);
    x.writes.push_back({at, s.mem.get(at) ^ u64(1) << bit % 64});
    const u64 sid = u64(st.id) << 32 | (st.secure ? ssec : 0);
    const u64 ss = st.cdmax == 0 ? 0 : 1U << 11 | u64(k.substream) << 12;
    switch (c.below(4)) {
    case 1: x.commands.push_back({0x05 | sid | ss, c.below(2)}); break;
    case 2: x.commands.push_back({0x06 | sid, 0}); break;
    case 3: x.commands.push_back({0x03 | sid, c.below(2)}); break;
    default: x.commands.push_back({cfgi_all | (st.secure ? ssec : 0), 31}); break;
    }
    x.commands.back().secure = st.secure;
    if (bit == 45 || bit == 46) // 5.4.1: A, R, S need no TLB invalidation
        return;
    if (st.secure)
        invalidate_tlbs(x, s);
    else if (st.strw == 2)
        x.commands.push_back({el2_all, 0});
    else
        x.commands.push_back({c.below(2) == 0 ? nsnh_all : 0x10 | u64(s.hw.s2p ? st.vmid : 0) << 32, 0});
}

/// A bit of the STE, none of those that would make two streams share a TLB tag.
void change_ste(scenario& s, stream& st, choices& c, change& x)
{
    unsigned bit = c.of({0U,   1U,   2U,   3U,   64U, 65U,  100U, 108U, 109U, 112U, 113U, 114U,
                         115U, 181U, 182U, 186U, 89U, 185U, 162U, 166U, 176U, 179U, 61U,  511U});
    if (bit == 511)
        bit = c.of({96U,  97U,  98U,  99U,  101U, 102U, 103U, 104U, 160U, 161U, 163U, 174U,
                    177U, 180U, 183U, 184U, 59U,  60U,  4U,   5U,   83U,  92U,  93U});
    const u64 at = st.ste + bit / 64 * 8;
    x.what = "an STE, bit " + std::to_string(bit);
    x.writes.push_back({at, s.mem.get(at) ^ u64(1) << bit % 64});
    const u64 sid = u64(st.id) << 32 | (st.secure ? ssec : 0);
    switch (c.below(4)) {
    case 1: x.commands.push_back({0x03 | sid, c.below(2)}); break;
    case 2: x.commands.push_back({0x04 | (sid & ~u64(0xf00000000)), 3}); break; // 16 streams
    default: x.commands.push_back({cfgi_all | (st.secure ? ssec : 0), 31}); break;
    }
    x.commands.back().secure = st.secure;
    if (bit < 4 || (bit >= 160 && bit != 186 && bit != 185) || bit == 89)
        invalidate_tlbs(x, s);
}

} // namespace

change any_change(scenario& s, choices& c)
{
    change x;
    stream& st = s.streams[c.below(static_cast<unsigned>(s.streams.size()))];
    x.stream = st.id;
    x.secure = st.secure;
    switch (c.below(12)) {
    default:
        if (!st.contexts.empty())
            change_stage1(s, st, c, x);
        else if (st.second)
            change_stage2(s, st, c, x);
        break;
    case 4:
    case 5:
        if (st.second)
            change_stage2(s, st, c, x);
        break;
    case 6:
        if (!st.contexts.empty())
            change_cd(s, st, c, x);
        break;
    case 7: change_ste(s, st, c, x); break;
    case 8: { // a table or leaf descriptor, anything
        const auto all = s.descriptors();
        if (all.empty())
            break;
        const u64 at = c.of(all);
        x.what = "a descriptor";
        x.any_stream = true;
        // Not the global bit: what becomes global would serve another stream of the same VMID.
        const unsigned bit = c.below(64);
        x.writes.push_back({at, s.mem.get(at) ^ (u64(bit == 11 || bit == 51 ? 0 : 1) << bit)});
        invalidate_all(x, s);
        break;
    }
    case 10:
    case 11: { // a table or page is taken away, or comes back
        const auto all = s.descriptors();
        if (all.empty())
            break;
        const u64 at = c.of(all);
        x.what = "a descriptor's valid bit";
        x.any_stream = true;
        const bool big = (s.mem.get(at) >> 56 & 1) != 0 && (s.mem.get(at) & 1) == 0;
        x.writes.push_back({at, s.mem.get(at) ^ (u64(1) << (big ? 56 : 0))});
        if (c.chance(50)) {
            invalidate_all(x, s);
        } else { // the configuration stays
            invalidate_tlbs(x, s);
            if (std::any_of(s.streams.begin(), s.streams.end(), [](const stream& o) { return o.config == 7; }))
                invalidate_configuration(x, s); // CDs were fetched through stage 2
        }
        break;
    }
    case 9: { // L1STD, L1CD, or another word of a structure
        u64 at = c.of(s.structures);
        for (const stream& other : s.streams) {
            if (at >= other.ste && at < other.ste + 64)
                return x;
            for (const stream::context& k : other.contexts)
                if (at >= k.cd && at < k.cd + 64)
                    return x;
        }
        x.what = "a level-1 descriptor";
        x.any_stream = true;
        x.writes.push_back({at, s.mem.get(at) ^ u64(1) << c.of({0U, 1U, 2U, 3U, 4U, 13U, 20U})});
        invalidate_all(x, s);
        break;
    }
    }
    if (!s.hw.hyp || !s.hw.s1p) { // CMD_TLBI_EL2_* would be CERROR_ILL (4.4.2)
        auto& k = x.commands;
        for (std::size_t i = 0; i < k.size();)
            if ((k[i].first & 0xff) == el2_all && !k[i].secure)
                k.erase(k.begin() + static_cast<std::ptrdiff_t>(i));
            else
                ++i;
    }
    return x;
}

} // namespace iovp::oracle
