// A counter group as a module: what an integrator may not ask for, and looks from outside.
#include "pmcg_bench.h"

#include "support/refusal.h"

#include <memory>

using namespace iovp;
using namespace iovp::test;

namespace {

using pmcg_p = smmu::pmcg::parameters;

const refused<pmcg_p> rows[] = {
    {[](pmcg_p& p) { p.feature.counters = 0; }, "feature = contradictory: allowed: counters: allowed are 1..64"},
    {[](pmcg_p& p) { p.feature.counters = 65; }, "feature = contradictory: allowed: counters: allowed are 1..64"},
    {[](pmcg_p& p) { p.feature.counter_bits = 33; },
     "feature = contradictory: allowed: counter_bits: allowed are 32, 36, 40, 44, 48, 64"},
    {[](pmcg_p& p) { p.feature.stream_id_bits = 0; },
     "feature = contradictory: allowed: stream_id_bits: allowed are 1..32"},
    {[](pmcg_p& p) { p.feature.stream_id_bits = 33; },
     "feature = contradictory: allowed: stream_id_bits: allowed are 1..32"},
    {[](pmcg_p& p) { p.feature.output_bits = 31; },
     "feature = contradictory: allowed: output_bits: allowed are 32..56"},
    {[](pmcg_p& p) { p.feature.output_bits = 57; },
     "feature = contradictory: allowed: output_bits: allowed are 32..56"},
    {[](pmcg_p& p) { p.feature.architecture_minor = 5; },
     "feature = contradictory: allowed: architecture_minor: allowed are 0..4"},
    {[](pmcg_p& p) { p.feature.identification = 0x80; },
     "feature = contradictory: allowed: identification: bit 7 is zero in IIDR"},
    {[](pmcg_p& p) { p.clock_period = {}; }, "clock_period = 0 s: allowed: more than 0 s"},
    {[](pmcg_p& p) { p.register_cycles = 1001; }, "register_cycles = 1001: allowed: 0..1000"},
    {[](pmcg_p& p) { p.update_cycles = 0; }, "update_cycles = 0: allowed: 1..1000"},
    {[](pmcg_p& p) { p.interrupt_cycles = 0; }, "interrupt_cycles = 0: allowed: 1..1000"},
};

} // namespace

TEST(PmcgParameters, OutOfRange)
{
    check_all(rows);
}

TEST(PmcgParameters, CheckedWhenItIsMade)
{
    pmcg_p p;
    p.update_cycles = 1001;
    EXPECT_EQ(refusal([&] { smmu::pmcg("group", p); }), "group: parameter update_cycles = 1001: allowed: 1..1000");
}

TEST(PmcgParameters, OneSourceForEachGroup)
{
    group_bench b;
    EXPECT_EQ(refusal([&] { b.group.watch(b.source); }),
              "pmcg: parameter watch = called twice: allowed: one TBU or TCU for each group");
}

// With MSIs its memory socket needs an end; tlm's socket alone would say so without naming what to change.
TEST(PmcgParameters, MsisNeedMemory)
{
    pmcg_p p;
    p.feature.msi = true;
    smmu::pmcg group("group", p);
    struct driver : sc_core::sc_module {
        tlm_utils::simple_initiator_socket<driver, 64> cpu{"cpu"};
        explicit driver(sc_core::sc_module_name name)
            : sc_module(name)
        {
        }
    } d("driver");
    d.cpu.bind(group.registers);
    EXPECT_EQ(refusal([] { sc_core::sc_start(sc_core::SC_ZERO_TIME); }),
              "group: parameter memory = unbound: allowed: bound, or feature.msi false");
}

// 10.5.1: CFGR at 0xe00. Time does not pass and nothing changes.
TEST(PmcgDebug, ReadsRegistersAndNothingElse)
{
    group_bench b;
    in_thread([&] {
        b.program(0, 1 | every_stream, 7);
        b.occurs(1);
        const auto look = [&](tlm::tlm_command command, std::uint64_t address, unsigned length, std::uint64_t& value) {
            tlm::tlm_generic_payload p;
            attributes a;
            p.set_command(command);
            p.set_address(address);
            p.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
            p.set_data_length(length);
            p.set_streaming_width(length);
            p.set_extension(&a);
            const unsigned count = b.drivers.cpu->transport_dbg(p);
            p.clear_extension(&a);
            return count;
        };
        const sc_core::sc_time before = sc_core::sc_time_stamp();
        std::uint64_t value = 0;
        EXPECT_EQ(look(tlm::TLM_READ_COMMAND, 0xe00, 4, value), 4U);
        EXPECT_EQ(value, b.group.configuration().feature.cfgr());
        EXPECT_EQ(value & 0x3f, 7U); // NCTR: eight counters
        value = 0;
        EXPECT_EQ(look(tlm::TLM_READ_COMMAND, b.counters_page, 8, value), 8U);
        EXPECT_EQ(value, 8U);
        value = 0x1234;
        EXPECT_EQ(look(tlm::TLM_WRITE_COMMAND, b.counters_page, 8, value), 0U);
        EXPECT_EQ(look(tlm::TLM_READ_COMMAND, 0xe00, 2, value), 0U);
        EXPECT_EQ(look(tlm::TLM_READ_COMMAND, 0x20000, 4, value), 0U);
        EXPECT_EQ(sc_core::sc_time_stamp(), before);
        EXPECT_EQ(b.value(0), 8U);
    });
}

// 10.5.2.19: the acknowledge of IRQEN 0 says that no edge is still to come: that of an overflow during the
// pulse of another comes a pulse's width later.
TEST(PmcgInterrupt, DisablingWaitsForTheLastEdge)
{
    pmcg_p p;
    p.interrupt_cycles = 200;
    group_bench b(p);
    in_thread([&] {
        b.program(0, 1 | every_stream, ~0ULL);
        b.program(1, 2 | every_stream, ~0ULL);
        b.set_reg(0xc40, 3, 8); // INTENSET
        b.enable_irq();
        b.occurs(1);
        sc_core::wait(10, sc_core::SC_NS);
        b.occurs(2);
        EXPECT_TRUE(b.irq.read());
        b.set_reg(0xe50, 0);
        sc_core::wait(100, sc_core::SC_NS);
        EXPECT_EQ(b.reg(0xe54), 1U);
        sc_core::wait(1, sc_core::SC_US);
        EXPECT_FALSE(b.irq.read());
        EXPECT_EQ(b.reg(0xe54), 0U);
    });
}

TEST(PmcgRegisters, AnAccessIsRecorded)
{
    group_bench b;
    in_thread([&] {
        latency_record r(latency_record::kind::dma_read, to_ps(sc_core::sc_time_stamp()));
        transaction_attributes a;
        a.latency = &r;
        std::uint32_t value = 0;
        sc_core::sc_time delay;
        EXPECT_TRUE(transport(b.drivers.cpu, tlm::TLM_READ_COMMAND, 0xe00, &value, 4, a, delay));
        ASSERT_EQ(r.spans().size(), 1U);
        EXPECT_EQ(r.spans()[0].what, stage::device_register);
        EXPECT_EQ(r.spans()[0].end - r.spans()[0].start, 4000U); // register_cycles of 1 ns
    });
}
