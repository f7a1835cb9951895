#include "cpu/host_cpu.h"

#include "common/systemc/configuration_error.h"
#include "interconnect/interconnect.h"
#include "memory/sparse_memory.h"
#include "support/checked_links.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace iovp::cpu {
namespace {

using sc_core::SC_NS;
using sc_core::sc_time;
using kind = host_cpu::memory_kind;

constexpr std::uint64_t ram = 0x8000'0000;

host_cpu::parameters core(unsigned index)
{
    host_cpu::parameters p;
    p.index = index;
    p.affinity = index;
    p.powered_on_at_reset = index == 0;
    return p;
}

sparse_memory::parameters memory_parameters()
{
    sparse_memory::parameters p;
    p.size = 64u << 20;
    return p;
}

/// A GIC CPU interface of one register that remembers what it was asked.
struct fake_gic : sc_core::sc_module, system_register_if {
    explicit fake_gic(const sc_core::sc_module_name& name)
        : sc_module(name)
    {
    }
    bool read_register(system_register which, std::uint64_t& value, sc_time& delay) override
    {
        delay += sc_time(7, SC_NS);
        value = stored;
        return which.encoding() == known;
    }
    bool write_register(system_register which, std::uint64_t value, sc_time& delay) override
    {
        delay += sc_time(7, SC_NS);
        stored = value;
        return which.encoding() == known;
    }
    static constexpr std::uint16_t known = system_register{3, 0, 12, 12, 0}.encoding();
    std::uint64_t stored = 0;
};

struct bench : sc_core::sc_module {
    explicit bench(const sc_core::sc_module_name& name = "bench")
        : sc_module(name)
        , cpu0("cpu0", core(0))
        , cpu1("cpu1", core(1))
        , bus("bus", {})
        , memory("memory", memory_parameters())
        , gic("gic")
        , irq0("irq0")
        , irq1("irq1")
    {
        links.bind(cpu0.bus, bus.upstream);
        links.bind(cpu1.bus, bus.upstream);
        links.bind(bus.downstream, memory.socket);
        bus.map("ram", ram, memory_parameters().size, 0);
        cpu0.irq.bind(irq0);
        cpu1.irq.bind(irq1);
        cpu0.gic.bind(gic);
    }

    test::checked_links links;

    /// Runs the body on CPU 0 and proves that it returned.
    void run(const std::function<void()>& body)
    {
        bool finished = false;
        cpu0.reset_entry([&] {
            body();
            finished = true;
            sc_core::sc_stop();
        });
        sc_core::sc_start(sc_time(10, sc_core::SC_MS));
        EXPECT_TRUE(finished) << "the body did not finish";
    }
    std::uint64_t load(std::uint64_t address)
    {
        std::uint64_t value = 0;
        EXPECT_TRUE(cpu0.read(address, &value, 8, kind::normal));
        return value;
    }
    void store(std::uint64_t address, std::uint64_t value)
    {
        EXPECT_TRUE(cpu0.write(address, &value, 8, kind::normal));
    }

    host_cpu cpu0, cpu1;
    interconnect bus;
    sparse_memory memory;
    fake_gic gic;
    sc_core::sc_signal<bool, sc_core::SC_MANY_WRITERS> irq0, irq1;
};

TEST(HostCpu, AccessesReachMemoryAndTakeTime)
{
    bench b;
    b.run([&] {
        b.store(ram + 8, 0x1122334455667788);
        const sc_time before = sc_core::sc_time_stamp();
        EXPECT_EQ(b.load(ram + 8), 0x1122334455667788u);
        // 4 cycles of 500 ps, 10 ns interconnect, 8 bytes at 170 B/ns, 95 ns
        EXPECT_EQ(sc_core::sc_time_stamp() - before, sc_time(107047, sc_core::SC_PS));
    });
}

TEST(HostCpu, CopiesInPiecesThatDoNotCrossACopySize)
{
    bench b;
    b.run([&] {
        std::vector<std::uint8_t> out(200), in(200);
        for (unsigned i = 0; i < out.size(); ++i)
            out[i] = static_cast<std::uint8_t>(i + 1);
        EXPECT_TRUE(b.cpu0.copy_out(ram + 0xffd, out.data(), out.size()));
        EXPECT_TRUE(b.cpu0.copy_in(in.data(), ram + 0xffd, in.size()));
        EXPECT_EQ(in, out);
        EXPECT_TRUE(b.cpu0.fill(ram + 0x1000, 0x5a, 100));
        EXPECT_EQ(b.load(ram + 0x1000), 0x5a5a5a5a5a5a5a5au);
        EXPECT_TRUE(b.cpu0.copy_in(in.data(), ram + 0x1062, 4));
        EXPECT_THAT(std::vector<std::uint8_t>(in.begin(), in.begin() + 4), testing::ElementsAre(0x5a, 0x5a, 104, 105));
    });
}

TEST(HostCpu, ABusErrorIsRememberedOnceAndReadsAllOnes)
{
    bench b;
    b.run([&] {
        std::uint32_t value = 0;
        EXPECT_FALSE(b.cpu0.read(0x800'0000, &value, 4, kind::device));
        EXPECT_EQ(value, 0xffffffffu);
        EXPECT_TRUE(b.cpu0.take_bus_error());
        EXPECT_FALSE(b.cpu0.take_bus_error());
        EXPECT_FALSE(b.cpu0.write(0x800'0000, &value, 4, kind::device));
        EXPECT_TRUE(b.cpu0.take_bus_error());
    });
}

TEST(HostCpu, CurrentIsTheCoreWhoseThreadRunsAlsoAfterWaits)
{
    bench b;
    std::vector<unsigned> order;
    EXPECT_EQ(host_cpu::current(), nullptr);
    b.run([&] {
        bool stop = false;
        EXPECT_EQ(host_cpu::find(1), &b.cpu1);
        EXPECT_EQ(host_cpu::find(2), nullptr);
        EXPECT_TRUE(b.cpu1.power_on([&] {
            EXPECT_EQ(host_cpu::current(), &b.cpu1);
            std::uint64_t value = 1;
            b.cpu1.write(ram + 0x100, &value, 8, kind::normal);
            EXPECT_EQ(host_cpu::current(), &b.cpu1);
            stop = true;
        }));
        EXPECT_FALSE(b.cpu1.power_on([] {}));
        while (!stop) {
            EXPECT_EQ(host_cpu::current(), &b.cpu0);
            b.cpu0.counter(); // lets the other core run
        }
        EXPECT_EQ(b.load(ram + 0x100), 1u);
        wait(sc_time(1, sc_core::SC_US));
        EXPECT_FALSE(b.cpu1.powered_on());
        EXPECT_TRUE(b.cpu1.power_on([] {}));
    });
}

TEST(HostCpu, TheHandlerRunsMaskedAtTheNextCallAfterTheEntryTime)
{
    bench b;
    b.run([&] {
        std::vector<std::string> log;
        sc_time at;
        b.cpu0.set_interrupt_handler([&] {
            log.push_back("handler");
            at = sc_core::sc_time_stamp();
            EXPECT_EQ(host_cpu::current(), &b.cpu0);
            b.store(ram, 1); // does not nest although irq is still high
            b.irq0.write(false);
            b.cpu0.counter();
        });
        b.irq0.write(true);
        b.store(ram, 0);
        EXPECT_TRUE(log.empty()); // masked at reset
        const sc_time before = sc_core::sc_time_stamp();
        b.cpu0.enable_interrupts();
        EXPECT_THAT(log, testing::ElementsAre("handler"));
        EXPECT_EQ(at - before, sc_time(50500, sc_core::SC_PS)); // one cycle and 50 ns
        b.store(ram, 2);
        EXPECT_EQ(log.size(), 1u);
        b.irq0.write(true);
        wait(sc_core::SC_ZERO_TIME);
        b.store(ram, 3); // taken before the access
        EXPECT_EQ(log.size(), 2u);
        EXPECT_EQ(b.load(ram), 3u);
        EXPECT_TRUE(b.cpu0.disable_interrupts());
        EXPECT_FALSE(b.cpu0.disable_interrupts());
        b.irq0.write(true);
        b.store(ram, 4);
        b.store(ram, 4);
        EXPECT_EQ(log.size(), 2u);
    });
}

TEST(HostCpu, WaitForInterruptEndsByInterruptOrDeadline)
{
    bench b;
    b.run([&] {
        const std::uint64_t start = b.cpu0.counter();
        b.cpu0.wait_for_interrupt(start + 1000);
        const std::uint64_t later = b.cpu0.counter();
        EXPECT_GE(later, start + 1000);
        EXPECT_LE(later, start + 1002);
        b.cpu0.wait_for_interrupt(start); // a deadline that has passed
        EXPECT_LE(b.cpu0.counter(), later + 3);

        unsigned handled = 0;
        b.cpu0.set_interrupt_handler([&] {
            ++handled;
            b.irq0.write(false);
            b.cpu0.counter();
        });
        b.cpu1.power_on([&] {
            b.cpu1.wait_for_interrupt(b.cpu1.counter() + 500);
            b.irq0.write(true);
        });
        b.cpu0.wait_for_interrupt(~std::uint64_t(0)); // masked: returns with the interrupt pending
        EXPECT_TRUE(b.irq0.read());
        EXPECT_EQ(handled, 0u);
        b.cpu0.enable_interrupts();
        EXPECT_EQ(handled, 1u);
    });
}

TEST(HostCpu, CounterCountsSimulatedTimeAndAdvances)
{
    bench b;
    b.run([&] {
        wait(sc_time(5, sc_core::SC_US));
        const std::uint64_t first = b.cpu0.counter();
        EXPECT_EQ(first, sc_core::sc_time_stamp().value() / 1000);
        b.cpu0.counter();
        b.cpu0.counter();
        EXPECT_GT(b.cpu0.counter(), first);
    });
}

TEST(HostCpu, SystemRegistersGoToTheGic)
{
    bench b;
    b.run([&] {
        std::uint64_t value = 0;
        const sc_time before = sc_core::sc_time_stamp();
        EXPECT_TRUE(b.cpu0.write_register({3, 0, 12, 12, 0}, 42));
        EXPECT_EQ(sc_core::sc_time_stamp() - before, sc_time(9, SC_NS));
        EXPECT_TRUE(b.cpu0.read_register({3, 0, 12, 12, 0}, value));
        EXPECT_EQ(value, 42u);
        EXPECT_FALSE(b.cpu0.read_register({3, 0, 1, 0, 0}, value));
        EXPECT_FALSE(b.cpu1.read_register({3, 0, 12, 12, 0}, value)); // not bound
    });
}

TEST(HostCpu, BadParametersAreRefused)
{
    auto p = core(0);
    p.counter_frequency = 3;
    try {
        host_cpu c("cpu", p);
        FAIL() << "accepted";
    } catch (const sc_core::sc_report& r) {
        EXPECT_STREQ(r.get_msg_type(), configuration_message);
        EXPECT_STREQ(r.get_msg(), "cpu: parameter counter_frequency = 3: allowed: a divisor of 10^12");
    }
}

// A guest's stage 2: 4 KiB granule, 40-bit IPA from level 1 with two concatenated tables (T0SZ 24, SL0 1, PS 44 bits).
constexpr std::uint64_t vtcr = 24 | 1u << 6 | 1u << 8 | 1u << 10 | 3u << 12 | 0u << 14 | 4u << 16;
constexpr std::uint64_t root = ram + 0x10'0000, level2 = ram + 0x10'2000, level3 = ram + 0x10'3000;
// valid page, AF, inner shareable, MemAttr normal write-back; S2AP read-write or read-only
constexpr std::uint64_t page_rw = 0x3 | 0xfu << 2 | 3u << 6 | 3u << 8 | 1u << 10;
constexpr std::uint64_t page_ro = 0x3 | 0xfu << 2 | 1u << 6 | 3u << 8 | 1u << 10;

struct guest_bench : bench {
    // IPA 0 is RAM + 2 MiB, read-write; IPA 0x1000 is the page after it, read-only; the rest is not mapped.
    void map()
    {
        store(root, level2 | 3);
        store(level2, level3 | 3);
        store(level3, (ram + 0x20'0000) | page_rw);
        store(level3 + 8, (ram + 0x20'1000) | page_ro);
        guest.vttbr = std::uint64_t(7) << 48 | root;
        guest.vtcr = vtcr;
    }
    host_cpu::guest guest;
};

TEST(HostCpuGuest, AddressesAreTranslatedByTheTablesInMemory)
{
    guest_bench b;
    b.run([&] {
        b.map();
        b.store(ram + 0x20'1010, 0xabcd);
        const std::uint64_t result = b.cpu0.run_guest(b.guest, [&] {
            b.store(0x10, 99);
            return b.load(0x1010);
        });
        EXPECT_EQ(result, 0xabcdu);
        EXPECT_EQ(b.load(ram + 0x20'0010), 99u);
        EXPECT_FALSE(b.cpu0.take_bus_error());
    });
}

TEST(HostCpuGuest, WhatStage2RefusesIsABusErrorWithItsFault)
{
    guest_bench b;
    b.run([&] {
        b.map();
        b.cpu0.run_guest(b.guest, [&] {
            std::uint64_t value = 5;
            EXPECT_FALSE(b.cpu0.write(0x1010, &value, 8, kind::normal));
            return std::uint64_t(0);
        });
        EXPECT_TRUE(b.cpu0.take_bus_error());
        ASSERT_TRUE(b.cpu0.last_stage2_fault());
        EXPECT_EQ(b.cpu0.last_stage2_fault()->kind, vmsa::fault_kind::permission);
        EXPECT_EQ(b.cpu0.last_stage2_fault()->stage, 2);
        EXPECT_EQ(b.load(ram + 0x20'1010), 0u);
        b.cpu0.run_guest(b.guest, [&] {
            std::uint64_t value = 5;
            EXPECT_FALSE(b.cpu0.read(0x2018, &value, 8, kind::normal));
            EXPECT_EQ(value, ~std::uint64_t(0));
            return std::uint64_t(0);
        });
        EXPECT_EQ(b.cpu0.last_stage2_fault()->kind, vmsa::fault_kind::translation);
        EXPECT_EQ(b.cpu0.last_stage2_fault()->level, 3);
        EXPECT_EQ(b.cpu0.last_stage2_fault()->ipa, intermediate_address(0x2018));
        EXPECT_TRUE(b.cpu0.take_bus_error());
    });
}

TEST(HostCpuGuest, AnAccessAcrossAPageIsTranslatedInEachPage)
{
    guest_bench b;
    b.run([&] {
        b.map();
        b.store(level3, (ram + 0x40'0000) | page_rw); // IPA 0 and IPA 0x1000 far apart and in the other order
        b.store(ram + 0x40'0ff8, 0x1111'1111'2222'2222);
        b.store(ram + 0x20'1000, 0x3333'3333'4444'4444);
        b.store(ram + 0x40'1000, 0x5555'5555'5555'5555); // what stands behind the first page
        b.cpu0.run_guest(b.guest, [&] {
            EXPECT_EQ(b.load(0xffc), 0x4444'4444'1111'1111u);
            std::uint64_t value = ~std::uint64_t(0);
            EXPECT_FALSE(b.cpu0.write(0xffc, &value, 8, kind::normal)); // the second page is read-only
            EXPECT_TRUE(b.cpu0.write(0xff8, &value, 8, kind::normal));
            return std::uint64_t(0);
        });
        EXPECT_TRUE(b.cpu0.take_bus_error());
        EXPECT_EQ(b.cpu0.last_stage2_fault()->kind, vmsa::fault_kind::permission);
        EXPECT_EQ(b.cpu0.last_stage2_fault()->ipa, intermediate_address(0x1000));
        EXPECT_EQ(b.load(ram + 0x40'0ff8), ~std::uint64_t(0));
        EXPECT_EQ(b.load(ram + 0x40'1000), 0x5555'5555'5555'5555u);
        EXPECT_EQ(b.load(ram + 0x20'1000), 0x3333'3333'4444'4444u);
        b.cpu0.run_guest(b.guest, [&] {
            std::uint64_t value = 0;
            EXPECT_FALSE(b.cpu0.read(0x1ffc, &value, 8, kind::normal)); // the page behind is not mapped
            EXPECT_EQ(value, ~std::uint64_t(0));
            return std::uint64_t(0);
        });
        EXPECT_EQ(b.cpu0.last_stage2_fault()->ipa, intermediate_address(0x2000));
        EXPECT_TRUE(b.cpu0.take_bus_error());
        // The host's own accesses are not split.
        EXPECT_EQ(b.load(ram + 0x40'0ffc), 0x5555'5555'ffff'ffffu);
    });
}

TEST(HostCpuGuest, AStartLevelThatDoesNotFitIsALevel0Fault)
{
    guest_bench b;
    b.run([&] {
        b.map();
        b.guest.vtcr = vtcr | 3u << 6; // SL0 3 is reserved
        b.cpu0.run_guest(b.guest, [&] {
            std::uint64_t value = 0;
            EXPECT_FALSE(b.cpu0.read(0x10, &value, 8, kind::normal));
            return std::uint64_t(0);
        });
        ASSERT_TRUE(b.cpu0.last_stage2_fault());
        EXPECT_EQ(b.cpu0.last_stage2_fault()->level, 0);
        EXPECT_EQ(b.cpu0.last_stage2_fault()->kind, vmsa::fault_kind::translation);
    });
}

TEST(HostCpuGuest, HypercallsAndInterruptsRunWithTheHostsAddresses)
{
    guest_bench b;
    b.run([&] {
        b.map();
        b.store(ram + 0x30'0000, 0x77);
        b.guest.hypercall = [&](std::uint64_t function, const std::uint64_t arguments[4]) {
            return b.load(ram + 0x30'0000) + function + arguments[3];
        };
        unsigned handled = 0;
        b.cpu0.set_interrupt_handler([&] {
            EXPECT_EQ(b.load(ram + 0x30'0000), 0x77u);
            ++handled;
            b.irq0.write(false);
            b.cpu0.counter();
        });
        b.cpu0.enable_interrupts();
        const std::uint64_t arguments[4] = {0, 0, 0, 0x1000};
        EXPECT_EQ(b.cpu0.hypercall(1, arguments), ~std::uint64_t(0)); // no guest
        const std::uint64_t result = b.cpu0.run_guest(b.guest, [&] {
            b.irq0.write(true);
            wait(sc_core::SC_ZERO_TIME);
            b.store(0x20, 1);
            EXPECT_EQ(b.cpu0.run_guest(b.guest, [] { return std::uint64_t(1); }), 0u);
            return b.cpu0.hypercall(0x100, arguments);
        });
        EXPECT_EQ(result, 0x1177u);
        EXPECT_EQ(handled, 1u);
        EXPECT_EQ(b.load(ram + 0x20'0020), 1u);
        EXPECT_FALSE(b.cpu0.take_bus_error());
    });
}

} // namespace
} // namespace iovp::cpu
