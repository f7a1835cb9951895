#include "timed_bench.h"

#include "common/systemc/transport.h"

#include <gtest/gtest.h>

namespace iovp::oracle {

timed_bench::timed_bench(scenario& s, const smmu::tcu_parameters& p, const smmu::tbu_parameters& q0,
                         const smmu::tbu_parameters& q1)
    : world(s)
    , tcu("tcu", p)
    , tbu0("tbu0", q0)
    , tbu1("tbu1", q1)
{
    memory_bus.scenario_memory = &s.mem;
    links.bind(drivers.cpu, tcu.registers);
    links.bind(tcu.memory, memory_bus.tables);
    links.bind(drivers.device0, tbu0.upstream);
    links.bind(drivers.device1, tbu1.upstream);
    links.bind(tbu0.downstream, memory_bus.devices);
    links.bind(tbu1.downstream, memory_bus.devices);
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
    for (const std::string& v : links.take_violations())
        text += v + '\n';
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

} // namespace iovp::oracle
