#include "gic_bench.h"

#include <random>

namespace {

using namespace iovp;
using namespace iovp::test;

TEST(Spis, LevelAndEdgeByWireToTheRoutedCpu)
{
    gic_bench b;
    in_thread([&] {
        b.start(false);
        b.store(b.gicd, 0xC08, 8); // INTID 33 edge
        b.store(b.gicd, 0x6000 + 8 * 33, 1, 8);
        b.spi[0] = true;
        b.spi[1] = true;
        wait(ns(20));
        b.spi[1] = false;
        wait(ns(20));
        EXPECT_TRUE(b.irq[0]);
        EXPECT_TRUE(b.irq[1]);
        EXPECT_EQ(b.acknowledge(0), 32u);
        EXPECT_EQ(b.acknowledge(1), 33u);
        b.end(0, 32);
        b.end(1, 33);
        wait(ns(20));
        EXPECT_TRUE(b.irq[0]) << "the level is still there";
        EXPECT_FALSE(b.irq[1]);
        EXPECT_EQ(b.acknowledge(0), 32u);
        b.spi[0] = false;
        wait(ns(20));
        b.end(0, 32);
        EXPECT_EQ(b.acknowledge(0), 1023u);
    });
}

TEST(Spis, NeedTheDistributorAndAnAwakeRedistributor)
{
    gic_bench b;
    in_thread([&] {
        b.start(false);
        b.store(b.gicd, 0, 0);
        b.store(b.gicd, 0x40, 40); // SETSPI
        wait(ns(50));
        EXPECT_FALSE(b.irq[0]);
        EXPECT_EQ(b.acknowledge(0), 1023u);
        b.store(b.gicd, 0, 2);
        wait(ns(50));
        EXPECT_TRUE(b.irq[0]);
        b.store(b.gicr0, 0x14, 2); // ProcessorSleep
        wait(ns(50));
        EXPECT_FALSE(b.irq[0]);
        EXPECT_EQ(b.load(b.gicr0, 0x14), 6u);
        b.store(b.gicr0, 0x14, 0);
        wait(ns(50));
        EXPECT_EQ(b.acknowledge(0), 40u);
    });
}

TEST(Sgis, ReachTheListedCpusAndAllButSelf)
{
    gic_bench b;
    in_thread([&] {
        b.start(false);
        b.msr(0, b.sgi1r, 5ull << 24 | 1u << 1);
        wait(ns(50));
        EXPECT_FALSE(b.irq[0]);
        EXPECT_TRUE(b.irq[1]);
        EXPECT_EQ(b.acknowledge(1), 5u);
        b.end(1, 5);
        b.msr(1, b.sgi1r, 1ull << 40 | 7ull << 24);
        wait(ns(50));
        EXPECT_EQ(b.acknowledge(0), 7u);
        EXPECT_EQ(b.acknowledge(1), 1023u);
        b.end(0, 7);
        b.msr(0, b.sgi1r, 5ull << 24 | 1ull << 16 | 3); // another Aff1
        b.msr(0, b.sgi1r, 5ull << 24 | 1ull << 44 | 3); // Aff0 16 and 17
        b.msr(0, b.sgi1r, 5ull << 24 | 1u << 2);        // no such CPU
        wait(ns(50));
        EXPECT_FALSE(b.irq[0]);
        EXPECT_FALSE(b.irq[1]);
    });
}

TEST(CpuInterface, PreemptionMaskAndNesting)
{
    gic_bench b;
    in_thread([&] {
        b.start(false);
        b.store(b.gicd, 0x420 + 8, 0x80, 1);  // INTID 40
        b.store(b.gicd, 0x420 + 9, 0x40, 1);  // INTID 41
        b.store(b.gicd, 0x420 + 10, 0x80, 1); // INTID 42
        b.store(b.gicd, 0x40, 40);
        wait(ns(50));
        EXPECT_EQ(b.acknowledge(0), 40u);
        EXPECT_EQ(b.mrs(0, b.rpr), 0x80u);
        b.store(b.gicd, 0x40, 42);
        wait(ns(50));
        EXPECT_FALSE(b.irq[0]) << "equal priority does not preempt";
        EXPECT_EQ(b.acknowledge(0), 1023u);
        EXPECT_EQ(b.mrs(0, b.hppir1), 42u);
        b.store(b.gicd, 0x40, 41);
        wait(ns(50));
        EXPECT_TRUE(b.irq[0]);
        EXPECT_EQ(b.acknowledge(0), 41u);
        EXPECT_EQ(b.mrs(0, b.rpr), 0x40u);
        EXPECT_EQ(b.mrs(0, b.ap1r0), 1u << 8 | 1u << 16);
        b.store(b.gicd, 0x48, 41);
        b.end(0, 41);
        EXPECT_EQ(b.mrs(0, b.rpr), 0x80u);
        b.store(b.gicd, 0x48, 40);
        b.end(0, 40);
        EXPECT_EQ(b.mrs(0, b.rpr), 0xFFu);
        b.msr(0, b.pmr, 0x80);
        wait(ns(50));
        EXPECT_FALSE(b.irq[0]) << "masked: 0x80 is not above 0x80";
        b.msr(0, b.pmr, 0x88);
        wait(ns(50));
        EXPECT_EQ(b.acknowledge(0), 42u);
    });
}

TEST(CpuInterface, EoiModeSplitsDropAndDeactivation)
{
    gic_bench b;
    in_thread([&] {
        b.start(false);
        b.spi[0] = true;
        wait(ns(50));
        b.msr(0, b.dir, 32);
        EXPECT_EQ(b.acknowledge(0), 32u);
        b.msr(0, b.dir, 32); // ignored with EOImode = 0
        EXPECT_EQ(b.load(b.gicd, 0x304), 1u);
        b.msr(0, b.ctlr, 2);
        b.end(0, 32);
        EXPECT_EQ(b.mrs(0, b.rpr), 0xFFu);
        EXPECT_EQ(b.load(b.gicd, 0x304), 1u) << "active until DIR";
        EXPECT_EQ(b.acknowledge(0), 1023u);
        b.msr(0, b.dir, 32);
        EXPECT_EQ(b.load(b.gicd, 0x304), 0u);
        EXPECT_EQ(b.acknowledge(0), 32u);
        b.end(0, 1023); // not an interrupt
        EXPECT_EQ(b.mrs(0, b.rpr), 0u);
    });
}

TEST(CpuInterface, SpuriousAndUnimplementedRegisters)
{
    gic_bench b;
    in_thread([&] {
        b.start(false);
        EXPECT_EQ(b.acknowledge(0), 1023u);
        EXPECT_EQ(b.mrs(0, b.hppir1), 1023u);
        EXPECT_EQ(b.gic.icc[0]->stats().spurious, 1u);
        EXPECT_EQ(b.mrs(0, b.sre), 7u);
        b.end(0, 8200); // nothing active: ignored
        EXPECT_EQ(b.mrs(0, b.rpr), 0xFFu);
        std::uint64_t value = 0;
        sc_time delay;
        system_register_if& r = *b.gic.icc[0]->registers.operator->();
        for (const system_register absent :
             {b.ap1r1, system_register{3, 0, 12, 9, 2}, system_register{3, 0, 1, 0, 0}}) {
            EXPECT_FALSE(r.write_register(absent, 0, delay));
            EXPECT_FALSE(r.read_register(absent, value, delay));
        }
        EXPECT_FALSE(r.write_register(b.iar1, 0, delay)) << "read-only";
        EXPECT_FALSE(r.read_register(b.eoir1, value, delay)) << "write-only";
        for (const system_register write_only : {b.sgi1r, b.asgi1r, b.sgi0r})
            EXPECT_FALSE(r.read_register(write_only, value, delay));
        EXPECT_EQ(delay, SC_ZERO_TIME);
        r.read_register(b.rpr, value, delay);
        EXPECT_EQ(delay, ns(4));
    });
}

TEST(Frames, TakeTimeAndKnowTheirEnds)
{
    gic_bench b;
    in_thread([&] {
        std::uint64_t value = 0;
        sc_time delay;
        EXPECT_TRUE(transport(b.bus[b.gicd], tlm::TLM_READ_COMMAND, 4, &value, 4, {}, delay));
        EXPECT_EQ(delay, ns(5));
        EXPECT_FALSE(transport(b.bus[b.gicd], tlm::TLM_READ_COMMAND, 0x10000, &value, 4, {}, delay));
        EXPECT_FALSE(transport(b.bus[b.gicr0], tlm::TLM_READ_COMMAND, 0x1FFFC, &value, 8, {}, delay));
        value = ~0ull;
        EXPECT_TRUE(transport(b.bus[b.gicd], tlm::TLM_READ_COMMAND, 5, &value, 2, {}, delay));
        EXPECT_EQ(value, 0xFFFFFFFF'FFFF0000ull) << "misaligned: RAZ";
        EXPECT_EQ(b.load(b.gicr1, 0x08, 8), 1ull << 32 | 1u << 8 | 1u << 4 | 1u) << "Last";
        EXPECT_EQ(b.load(b.gicr0, 0x08, 8), 1u);
    });
}

TEST(Frames, DebugReadsSeeTheSame)
{
    gic_bench b;
    in_thread([&] {
        tlm::tlm_generic_payload p;
        std::uint32_t value = 0;
        p.set_command(tlm::TLM_READ_COMMAND);
        p.set_address(0xFFE8);
        p.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
        p.set_data_length(4);
        for (const auto f : {b.gicd, b.gits, b.gicr0, b.gicr1}) {
            value = 0;
            EXPECT_EQ(b.bus[f]->transport_dbg(p), 4u);
            EXPECT_EQ(value, 0x30u);
        }
        p.set_command(tlm::TLM_WRITE_COMMAND);
        EXPECT_EQ(b.bus[b.gicd]->transport_dbg(p), 0u);
    });
}

// Anything software writes, anywhere, leaves a GIC that still answers.
TEST(Frames, RandomSoftwareNeitherCrashesNorHangs)
{
    gic_bench b;
    in_thread(
        [&] {
            std::mt19937_64 random(7);
            b.start();
            b.start_its();
            const std::uint32_t interesting[] = {0, 8, 0x14, 0x40, 0x70, 0x78, 0x80, 0x88, 0xA0, 0xB0, 0x100, 0x108};
            for (unsigned n = 0; n < 3000; ++n) {
                const auto f = static_cast<gic_bench::frame>(random() % 4);
                const unsigned size = 1u << random() % 4;
                std::uint32_t offset = static_cast<std::uint32_t>(random() % (f == b.gicd ? 0x10000 : 0x20000));
                if (random() % 2)
                    offset = interesting[random() % 12];
                std::uint64_t value = random() % 4 ? random() & random() : random() % 4;
                if (random() % 4 == 0) // sometimes addresses that exist
                    value = (value & ~0xFFFF'FFFF'F000ull) | (0x80000000 + random() % 0x40 * 0x10000);
                sc_time delay;
                offset &= ~(size - 1);
                transport(b.bus[f], tlm::TLM_WRITE_COMMAND, offset, &value, size, {}, delay);
                b.poke64(b.queue + random() % 0x1000 / 8 * 8, random() % 16 | random() << 36);
                b.msi(static_cast<std::uint32_t>(random() % 0x200), static_cast<std::uint32_t>(random() % 40));
                if (n % 16 == 0)
                    b.end(n / 16 & 1, b.acknowledge(n / 16 & 1));
                wait(ns(40));
            }
            wait(sc_time(1, sc_core::SC_MS));
            EXPECT_EQ(b.load(b.gicd, 0xFFE8), 0x30u);
            EXPECT_EQ(b.load(b.gits, 0xFFE8), 0x30u);
        },
        sc_time(100, sc_core::SC_MS));
}

TEST(Configuration, MistakesAreReportedWithTheObject)
{
    unsigned trial = 0; // processes outlive a failed construction: every trial has its own name
    const auto message = [&trial](const gic::gicv3::parameters& p) {
        try {
            gic::gicv3 g(("g" + std::to_string(trial++)).c_str(), p);
        } catch (const sc_core::sc_report& r) {
            return std::string(r.get_msg());
        }
        return std::string("accepted");
    };
    gic::gicv3::parameters p;
    p.gicd.spi_count = 33;
    EXPECT_THAT(message(p), ::testing::HasSubstr("g0.gicd: parameter spi_count = 33"));
    p = {};
    p.gits.limits.event_cache = 3;
    EXPECT_THAT(message(p), ::testing::HasSubstr("event_cache = 3"));
    p = {};
    p.mpidr = {1, 1};
    EXPECT_THAT(message(p), ::testing::HasSubstr("mpidr"));
    p = {};
    p.mpidr.clear();
    EXPECT_THAT(message(p), ::testing::HasSubstr("mpidr = 0"));
}

} // namespace
