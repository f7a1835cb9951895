// 3.18, 6.3.16: an SMMU without MSIs (IDR0.MSI = 0) has its wires, and IRQ_CTRL enables them.

#include "unit/smmu/bench.h"

using namespace iovp;
using namespace iovp::test;

TEST(Interrupts_3_18, WithoutMsisTheWiresRemainAndObeyTheirEnable)
{
    smmu::tcu::parameters p;
    p.feature.msi = false;
    bench b(p);
    in_thread([&] {
        b.set_reg(0xb0, bench::msi_page, 8); // absent: RES0
        b.set_reg(0x68, bench::msi_page, 8);
        b.enable(0);
        unsigned events = 0, errors = 0;
        sc_core::sc_spawn_options on_event, on_error;
        on_event.spawn_method();
        on_event.dont_initialize();
        on_event.set_sensitivity(&b.eventq_irq.posedge_event());
        sc_core::sc_spawn([&] { ++events; }, "events", &on_event);
        on_error.spawn_method();
        on_error.dont_initialize();
        on_error.set_sensitivity(&b.gerror_irq.posedge_event());
        sc_core::sc_spawn([&] { ++errors; }, "errors", &on_error);

        std::uint64_t value;
        for (const bool enabled : {false, true}) {
            EXPECT_FALSE(b.read(80, 0x1000, value)); // C_BAD_STREAMID
            b.settle();
            EXPECT_EQ(b.events().size(), 1U);
            EXPECT_EQ(events, enabled ? 1U : 0U);
            b.push(0xff); // CERROR_ILL
            b.ring();
            b.settle();
            EXPECT_EQ(b.reg(0x60) ^ b.reg(0x64), 1U);
            EXPECT_EQ(errors, enabled ? 1U : 0U);
            b.memory.set(bench::command_base + ((b.produced - 1) & 7) * 16, 0x30);
            b.set_reg(0x64, b.reg(0x60));
            b.settle();
            EXPECT_EQ(b.reg(0x9c) & 0xfffff, b.produced);
            b.set_reg(0x50, 5);
            b.settle();
        }
        EXPECT_EQ(b.memory.count(bench::msi_page >> 12, true), 0U);
    });
}
