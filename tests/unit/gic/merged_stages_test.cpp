#include "gic_bench.h"

#include <deque>
#include <random>

// An MSI that meets nobody takes one event for all its stages. Nothing that can be seen may depend on that: the same
// random programme runs on a GIC that merges stages and on one that does not, and what they do is compared.
namespace {

using namespace iovp;
using namespace iovp::test;
using namespace its_words;

gic::gicv3::parameters parameters(bool merge, unsigned queue_depth)
{
    gic::gicv3::parameters p = gic_bench::two_cpus();
    p.gits.merge_stages = merge;
    p.gits.queue_depth = queue_depth;
    p.gits.limits.event_cache = 8;
    p.gicr.lpi_cache = 8;
    return p;
}

/// One GIC, the programme and what was seen: interrupt wires, acknowledged interrupts, and the records of the MSIs.
struct subject {
    subject(bool merge, unsigned queue_depth, const char* name)
        : bench(parameters(merge, queue_depth), name)
    {
        for (unsigned cpu = 0; cpu < 2; ++cpu) {
            sc_core::sc_spawn_options o;
            o.spawn_method();
            o.set_sensitivity(&bench.irq[cpu]);
            o.dont_initialize();
            sc_core::sc_spawn([this, cpu] { note(bench.irq[cpu] ? "up" : "down", 1 + cpu); },
                              sc_core::sc_gen_unique_name("irq_watch"), &o);
        }
    }

    // A list for each wire: two that change at the same time have no order.
    void note(const std::string& what, unsigned list = 0)
    {
        seen[list].push_back(sc_core::sc_time_stamp().to_string() + " " + what);
    }

    void write(gic_bench::frame f, std::uint32_t offset, std::uint64_t value, unsigned size)
    {
        sc_time delay;
        EXPECT_TRUE(transport(bench.bus[f], tlm::TLM_WRITE_COMMAND, offset, &value, size, {}, delay));
    }

    void command(const words& c)
    {
        for (unsigned i = 0; i < 4; ++i)
            bench.poke64(gic_bench::queue + bench.write_pointer + 8 * i, c[i]);
        bench.write_pointer = (bench.write_pointer + 32) % 0x1000;
        write(bench.gits, 0x088, bench.write_pointer, 8);
    }

    void start()
    {
        bench.start();
        bench.start_its();
        for (unsigned e = 0; e < events; ++e) {
            bench.commands({mapti(0x107, e, 8192 + e, e & 1)});
            bench.lpi(8192 + e, static_cast<std::uint8_t>((0xA0 + 8 * (e % 3)) | 1));
        }
    }

    void acknowledge(unsigned cpu)
    {
        sc_time delay;
        std::uint64_t id = 0;
        bench.gic.icc[cpu]->registers->read_register(gic_bench::iar1, id, delay);
        note("cpu " + std::to_string(cpu) + " takes " + std::to_string(id));
        if (id != 1023)
            bench.gic.icc[cpu]->registers->write_register(gic_bench::eoir1, id, delay);
    }

    void msi(unsigned event, unsigned ahead)
    {
        const sc_time delay(ahead, sc_core::SC_PS);
        records.emplace_back(latency_record::kind::msi, local_ps(delay));
        bench.msi(0x107, event, &records.back(), delay);
    }

    void step(std::mt19937& random)
    {
        const auto pick = [&random](unsigned n) { return static_cast<unsigned>(random() % n); };
        const unsigned what = pick(64);
        const unsigned event = pick(events);
        const unsigned cpu = pick(2);
        const unsigned ahead = pick(4) ? 0 : pick(30000);
        const auto f = cpu ? gic_bench::gicr1 : gic_bench::gicr0;
        if (what < 40)
            msi(event, ahead);
        else if (what < 52)
            acknowledge(cpu);
        else if (what < 54)
            command(raise(0x107, event));
        else if (what < 55)
            command(clear(0x107, event));
        else if (what < 56)
            command(movi(0x107, event, cpu));
        else if (what < 57)
            command(sync(cpu));
        else if (what < 58)
            command(inv(0x107, event));
        else if (what < 59)
            write(f, 0x00A0, 8192 + event, 8); // GICR_INVLPIR
        else if (what < 60)
            bench.gic.icc[cpu]->registers->write_register(gic_bench::pmr, pick(2) ? 0xFF : 0xA4, unused);
        else if (what < 61)
            write(f, 0x10200, 1u << pick(16), 4); // an SGI by GICR_ISPENDR0
        else if (what < 62)
            write(bench.gicd, 0x0000, 2 * pick(2), 4);
        else if (what < 63 && pick(4) == 0)
            write(f, 0x0000, pick(2), 4); // EnableLPIs
        else if (what < 64 && pick(4) == 0)
            write(bench.gits, 0x000, pick(2), 4);
    }

    void run(std::uint32_t seed)
    {
        std::mt19937 random(seed);
        start();
        wait(sc_time(50, sc_core::SC_US) - sc_core::sc_time_stamp()); // both begin together
        for (unsigned round = 0; round < 60; ++round) {
            // What a round has switched off is switched on again; sparse and crowded rounds.
            write(bench.gits, 0x000, 1, 4);
            write(bench.gicd, 0x000, 2, 4);
            for (const auto f : {gic_bench::gicr0, gic_bench::gicr1})
                write(f, 0x0000, 1, 4);
            const unsigned spread = 1 + static_cast<unsigned>(random() % 60000);
            for (unsigned i = 0; i < 100; ++i) {
                step(random);
                wait(sc_time(1 + static_cast<unsigned>(random() % spread), sc_core::SC_PS));
            }
            wait(sc_time(3, sc_core::SC_US));
        }
        for (const latency_record& r : records) {
            std::string line = r.closed() ? (r.aborted ? "aborted" : "closed") : "open";
            for (const stage_span& s : r.spans())
                line +=
                    " " + std::string(stage_name(s.what)) + " " + std::to_string(s.start) + "-" + std::to_string(s.end);
            seen[0].push_back(line);
        }
        const gic::its::statistics& s = bench.gic.gits.stats();
        note(std::to_string(s.translations) + " " + std::to_string(s.hits[1]) + " " + std::to_string(s.misses[1]) +
             " " + std::to_string(s.ignored_disabled) + " " + std::to_string(s.commands));
        for (const auto& r : bench.gic.gicr)
            note(std::to_string(r->stats().lpis_set) + " " + std::to_string(r->stats().lpis_merged) + " " +
                 std::to_string(r->stats().lpis_dropped) + " " + std::to_string(r->stats().configuration_hits) + " " +
                 std::to_string(r->stats().configuration_reads));
        done = true;
        finished.notify();
    }

    static constexpr unsigned events = 24;
    gic_bench bench;
    std::deque<latency_record> records;
    std::vector<std::string> seen[3];
    sc_time unused;
    bool done = false;
    sc_core::sc_event finished;
};

class MergedStages : public ::testing::TestWithParam<unsigned> {};

TEST_P(MergedStages, ShowNothingOfThemselves)
{
    const unsigned depth = GetParam() % 2 ? 1 : 32;
    subject merged(true, depth, "merged");
    subject separate(false, depth, "separate");
    in_thread([&] {
        sc_core::sc_spawn([&] { separate.run(GetParam()); });
        merged.run(GetParam());
        while (!separate.done)
            wait(separate.finished);
        EXPECT_GT(merged.seen[0].size(), 3000u);
        for (unsigned list = 0; list < 3; ++list) {
            const auto& a = merged.seen[list];
            const auto& b = separate.seen[list];
            for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
                ASSERT_EQ(a[i], b[i]) << "list " << list << " after " << (i ? a[i - 1] : "");
            ASSERT_EQ(a.size(), b.size());
        }
    });
}

INSTANTIATE_TEST_SUITE_P(Seeds, MergedStages, ::testing::Range(1u, 37u));

} // namespace
