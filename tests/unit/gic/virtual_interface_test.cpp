#include "gic_bench.h"

// The virtual CPU interface, by its registers alone. Numbers are those of the Arm ARM's register descriptions.
namespace {

using namespace iovp;
using namespace iovp::test;

constexpr system_register ich_hcr{3, 4, 12, 11, 0}, ich_vtr{3, 4, 12, 11, 1}, ich_misr{3, 4, 12, 11, 2},
    ich_eisr{3, 4, 12, 11, 3}, ich_elrsr{3, 4, 12, 11, 5}, ich_vmcr{3, 4, 12, 11, 7}, ich_ap0r0{3, 4, 12, 8, 0},
    ich_ap1r0{3, 4, 12, 9, 0}, ich_ap1r1{3, 4, 12, 9, 1}, sre_el2{3, 4, 12, 9, 5};
constexpr system_register iar0{3, 0, 12, 8, 0}, eoir0{3, 0, 12, 8, 1}, hppir0{3, 0, 12, 8, 2}, bpr0{3, 0, 12, 8, 3},
    ap0r0{3, 0, 12, 8, 4}, igrpen0{3, 0, 12, 12, 6};

constexpr system_register ich_lr(unsigned n)
{
    return {3, 4, 12, static_cast<std::uint8_t>(12 + n / 8), static_cast<std::uint8_t>(n % 8)};
}

constexpr std::uint64_t pending = 1ull << 62, active = 1ull << 63, hardware = 1ull << 61, group1 = 1ull << 60,
                        eoi_maintenance = 1ull << 41;
constexpr std::uint64_t priority(std::uint64_t p)
{
    return p << 48;
}
constexpr std::uint64_t physical(std::uint64_t intid)
{
    return intid << 32;
}

struct virtual_bench : gic_bench {
    virtual_bench(const gic::gicv3::parameters& p = two_cpus())
        : gic_bench(p)
        , virq("virq")
        , vfiq("vfiq")
    {
        gic.icc[0]->virq.bind(virq);
        gic.icc[0]->vfiq.bind(vfiq);
    }

    // ICH_* as the hypervisor of CPU 0.
    void set(system_register r, std::uint64_t value) { msr(0, r, value); }
    std::uint64_t get(system_register r) { return mrs(0, r); }
    // ICV_* as its guest.
    void guest_set(system_register r, std::uint64_t value)
    {
        sc_time delay;
        EXPECT_TRUE(gic.icc[0]->virtual_registers->write_register(r, value, delay));
        EXPECT_EQ(delay, ns(4));
        wait(delay);
    }
    std::uint64_t guest_get(system_register r)
    {
        sc_time delay;
        std::uint64_t value = 0;
        EXPECT_TRUE(gic.icc[0]->virtual_registers->read_register(r, value, delay));
        EXPECT_EQ(delay, ns(4));
        wait(delay);
        return value;
    }
    /// The interface on, the guest's mask open, both groups enabled.
    void open()
    {
        set(ich_hcr, 1);
        guest_set(pmr, 0xFF);
        guest_set(igrpen0, 1);
        guest_set(igrpen1, 1);
    }

    sc_core::sc_signal<bool> virq;
    sc_core::sc_signal<bool> vfiq;
};

TEST(VirtualInterface, TellsWhatItIs)
{
    gic::gicv3::parameters p = gic_bench::two_cpus();
    p.icc.list_registers = 6;
    virtual_bench b(p);
    in_thread([&] {
        // PRIbits 5, PREbits 5, 16-bit INTIDs, TDS, no direct injection, A3V, 6 list registers.
        EXPECT_EQ(b.get(ich_vtr), 4ull << 29 | 4ull << 26 | 1ull << 21 | 1ull << 20 | 1ull << 19 | 5);
        EXPECT_EQ(b.get(sre_el2), 0xFu);
        EXPECT_EQ(b.get(ich_elrsr), 0x3Fu) << "all free";
        // PRIbits 5, A3V; VFIQEn is RES1 and the binary points have their least values.
        EXPECT_EQ(b.guest_get(b.ctlr), 4u << 8 | 1u << 15);
        EXPECT_EQ(b.get(ich_vmcr), 1u << 3 | 3u << 18 | 2u << 21);
        std::uint64_t value = 0;
        sc_time delay;
        system_register_if& r = *b.gic.icc[0]->registers.operator->();
        for (const system_register absent : {ich_lr(6), ich_lr(15), ich_ap1r1, system_register{3, 4, 12, 8, 1}}) {
            EXPECT_FALSE(r.read_register(absent, value, delay));
            EXPECT_FALSE(r.write_register(absent, 0, delay));
        }
        for (const system_register read_only : {ich_vtr, ich_misr, ich_eisr, ich_elrsr})
            EXPECT_FALSE(r.write_register(read_only, 0, delay));
        system_register_if& v = *b.gic.icc[0]->virtual_registers.operator->();
        for (const system_register absent : {ich_hcr, b.ap1r1, b.sgi1r})
            EXPECT_FALSE(v.write_register(absent, 0, delay));
        EXPECT_FALSE(v.write_register(b.iar1, 0, delay));
        EXPECT_FALSE(v.read_register(b.eoir1, value, delay));
        EXPECT_EQ(delay, SC_ZERO_TIME);
    });
}

TEST(VirtualInterface, RegistersKeepTheirBitsOnly)
{
    virtual_bench b;
    in_thread([&] {
        b.set(ich_hcr, ~0ull);
        EXPECT_EQ(b.get(ich_hcr), 0xF8007CFFu);
        b.set(ich_hcr, 0);
        b.set(ich_vmcr, ~0ull);
        EXPECT_EQ(b.get(ich_vmcr), 0xF8FC021Bu) << "VPMR 7:3, VBPR0, VBPR1, VEOIM, VCBPR, VFIQEn, VENG1, VENG0";
        b.set(ich_vmcr, 0);
        EXPECT_EQ(b.get(ich_vmcr), 1u << 3 | 3u << 18 | 2u << 21) << "least binary points";
        b.set(ich_lr(0), ~0ull);
        EXPECT_EQ(b.get(ich_lr(0)), 0xF0F81FFF0000FFFFull);
        b.set(ich_lr(0), ~hardware);
        EXPECT_EQ(b.get(ich_lr(0)), 0xD0F802000000FFFFull) << "HW = 0: EOI alone";
        b.set(ich_lr(3), 34);
        EXPECT_EQ(b.get(ich_lr(3)), 34u);
        b.set(ich_ap0r0, 0x80000001);
        b.set(ich_ap1r0, 0x10);
        EXPECT_EQ(b.guest_get(ap0r0), 0x80000001u);
        EXPECT_EQ(b.guest_get(b.ap1r0), 0x10u);
        b.guest_set(ap0r0, 0);
        b.guest_set(b.ap1r0, 0);
        EXPECT_EQ(b.get(ich_ap0r0), 0u);
        EXPECT_EQ(b.get(ich_ap1r0), 0u);
    });
}

// The guest's registers and the hypervisor's ICH_VMCR_EL2 are the same state.
TEST(VirtualInterface, VmcrIsTheGuestsView)
{
    virtual_bench b;
    in_thread([&] {
        b.guest_set(b.pmr, 0xA7);
        b.guest_set(bpr0, 5);
        b.guest_set(b.bpr1, 6);
        b.guest_set(b.ctlr, 2);
        b.guest_set(b.igrpen1, 1);
        EXPECT_EQ(b.get(ich_vmcr), 0xA0u << 24 | 5u << 21 | 6u << 18 | 1u << 9 | 1u << 3 | 1u << 1);
        EXPECT_EQ(b.guest_get(b.ctlr) & 3, 2u);
        b.guest_set(bpr0, 0);
        b.guest_set(b.bpr1, 0);
        EXPECT_EQ(b.guest_get(bpr0), 2u);
        EXPECT_EQ(b.guest_get(b.bpr1), 3u);
        // VCBPR: BPR1 reads as BPR0 plus one, saturated, and does not take writes.
        b.guest_set(b.ctlr, 1);
        b.guest_set(b.bpr1, 6);
        b.guest_set(bpr0, 4);
        EXPECT_EQ(b.guest_get(b.bpr1), 5u);
        b.guest_set(bpr0, 7);
        EXPECT_EQ(b.guest_get(b.bpr1), 7u);
        b.guest_set(b.ctlr, 0);
        EXPECT_EQ(b.guest_get(b.bpr1), 3u);
        b.set(ich_vmcr, 1);
        EXPECT_EQ(b.guest_get(igrpen0), 1u);
        EXPECT_EQ(b.guest_get(b.igrpen1), 0u);
        EXPECT_EQ(b.guest_get(b.pmr), 0u);
    });
}

TEST(VirtualInterface, AnInterruptFromPendingToInactive)
{
    virtual_bench b;
    in_thread([&] {
        b.open();
        EXPECT_FALSE(b.virq);
        EXPECT_EQ(b.guest_get(b.iar1), 1023u);
        b.set(ich_lr(1), pending | group1 | priority(0xA0) | 27);
        EXPECT_TRUE(b.virq);
        EXPECT_FALSE(b.vfiq);
        EXPECT_FALSE(b.irq[0]) << "the physical wire";
        EXPECT_EQ(b.get(ich_elrsr), 0b1101u);
        EXPECT_EQ(b.guest_get(b.hppir1), 27u);
        EXPECT_EQ(b.guest_get(hppir0), 1023u);
        EXPECT_EQ(b.guest_get(iar0), 1023u) << "of the other group";
        EXPECT_EQ(b.guest_get(b.iar1), 27u);
        EXPECT_FALSE(b.virq);
        EXPECT_EQ(b.get(ich_lr(1)), active | group1 | priority(0xA0) | 27);
        EXPECT_EQ(b.get(ich_ap1r0), 1u << (0xA0 >> 3));
        EXPECT_EQ(b.guest_get(b.rpr), 0xA0u);
        EXPECT_EQ(b.mrs(0, b.rpr), 0xFFu) << "the physical interface is idle";
        b.guest_set(b.eoir1, 27);
        EXPECT_EQ(b.get(ich_lr(1)), group1 | priority(0xA0) | 27);
        EXPECT_EQ(b.get(ich_ap1r0), 0u);
        EXPECT_EQ(b.guest_get(b.rpr), 0xFFu);
        EXPECT_EQ(b.get(ich_elrsr), 0b1111u);
        EXPECT_EQ(b.get(ich_hcr), 1u) << "EOIcount";
    });
}

TEST(VirtualInterface, GroupZeroIsAVirtualFiq)
{
    virtual_bench b;
    in_thread([&] {
        b.open();
        b.set(ich_lr(0), pending | priority(0x20) | 5);
        EXPECT_TRUE(b.vfiq);
        EXPECT_FALSE(b.virq);
        EXPECT_EQ(b.guest_get(b.iar1), 1023u);
        EXPECT_EQ(b.guest_get(iar0), 5u);
        EXPECT_FALSE(b.vfiq);
        EXPECT_EQ(b.get(ich_ap0r0), 1u << 4);
        b.guest_set(b.eoir1, 5); // the other group's: nothing ends
        EXPECT_EQ(b.get(ich_ap0r0), 1u << 4);
        b.guest_set(eoir0, 5);
        EXPECT_EQ(b.get(ich_ap0r0), 0u);
        EXPECT_EQ(b.get(ich_lr(0)), priority(0x20) | 5);
    });
}

TEST(VirtualInterface, AnEndOfTheOtherGroupEndsNothing)
{
    virtual_bench b;
    in_thread([&] {
        b.open();
        b.set(ich_lr(0), pending | group1 | priority(0xA0) | 60);
        EXPECT_EQ(b.guest_get(b.iar1), 60u);
        b.set(ich_lr(1), pending | priority(0x20) | 61);
        EXPECT_EQ(b.guest_get(iar0), 61u);
        b.guest_set(b.eoir1, 60); // the highest active priority is Group 0's
        EXPECT_EQ(b.get(ich_ap1r0), 1u << (0xA0 >> 3));
        EXPECT_EQ(b.get(ich_ap0r0), 1u << (0x20 >> 3));
        EXPECT_EQ(b.get(ich_lr(0)), active | group1 | priority(0xA0) | 60);
        // The priority is Group 1's, the list register is not: the priority ends, the interrupt does not.
        b.guest_set(eoir0, 61);
        b.set(ich_lr(1), active | priority(0x20) | 61);
        b.guest_set(b.eoir1, 61);
        EXPECT_EQ(b.get(ich_ap1r0), 0u);
        EXPECT_EQ(b.get(ich_lr(1)), active | priority(0x20) | 61);
        EXPECT_EQ(b.get(ich_hcr), 1u);
    });
}

TEST(VirtualInterface, EnablesMaskAndPriorityDecide)
{
    virtual_bench b;
    in_thread([&] {
        b.open();
        b.set(ich_lr(0), pending | group1 | priority(0xA0) | 40);
        EXPECT_TRUE(b.virq);
        b.set(ich_hcr, 0);
        EXPECT_FALSE(b.virq);
        EXPECT_EQ(b.guest_get(b.iar1), 1023u) << "En = 0";
        EXPECT_EQ(b.guest_get(b.hppir1), 1023u);
        b.set(ich_hcr, 1);
        EXPECT_TRUE(b.virq);
        b.guest_set(b.igrpen1, 0);
        EXPECT_FALSE(b.virq);
        EXPECT_EQ(b.guest_get(b.hppir1), 1023u);
        b.guest_set(b.igrpen1, 1);
        b.guest_set(b.pmr, 0xA0); // only priorities above the mask, so lower values
        EXPECT_FALSE(b.virq);
        EXPECT_EQ(b.guest_get(b.iar1), 1023u);
        EXPECT_EQ(b.guest_get(b.hppir1), 40u) << "HPPIR does not look at the mask";
        b.guest_set(b.pmr, 0xA8);
        EXPECT_TRUE(b.virq);
        // The highest goes first, whichever list register it is in.
        b.set(ich_lr(2), pending | group1 | priority(0x80) | 41);
        EXPECT_EQ(b.guest_get(b.hppir1), 41u);
        EXPECT_EQ(b.guest_get(b.iar1), 41u);
        EXPECT_FALSE(b.virq) << "0xA0 does not preempt 0x80";
        b.set(ich_lr(3), pending | group1 | priority(0x40) | 42);
        EXPECT_TRUE(b.virq);
        EXPECT_EQ(b.guest_get(b.iar1), 42u);
        EXPECT_EQ(b.get(ich_ap1r0), 1u << 16 | 1u << 8);
        b.guest_set(b.eoir1, 42);
        EXPECT_EQ(b.guest_get(b.rpr), 0x80u);
        b.guest_set(b.eoir1, 41);
        EXPECT_EQ(b.guest_get(b.iar1), 40u);
    });
}

TEST(VirtualInterface, BinaryPointGroupsPriorities)
{
    virtual_bench b;
    in_thread([&] {
        b.open();
        b.guest_set(b.bpr1, 6); // group priority in bits 7:6
        b.set(ich_lr(0), pending | group1 | priority(0xA8) | 40);
        EXPECT_EQ(b.guest_get(b.iar1), 40u);
        EXPECT_EQ(b.get(ich_ap1r0), 1u << (0x80 >> 3));
        EXPECT_EQ(b.guest_get(b.rpr), 0x80u);
        b.set(ich_lr(1), pending | group1 | priority(0x80) | 41);
        EXPECT_FALSE(b.virq) << "of the same group priority";
        b.set(ich_lr(1), pending | group1 | priority(0x78) | 41);
        EXPECT_TRUE(b.virq);
        // Group 0 has its own point: BPR0 = 2 leaves 7:3.
        b.set(ich_lr(1), pending | priority(0x78) | 41);
        EXPECT_EQ(b.guest_get(iar0), 41u);
        EXPECT_EQ(b.get(ich_ap0r0), 1u << (0x78 >> 3));
        b.guest_set(eoir0, 41);
        // VCBPR: Group 1 follows BPR0 = 6 as Group 0 does, so bit 7 alone, whatever BPR1 says.
        b.guest_set(b.eoir1, 40);
        b.guest_set(b.ctlr, 1);
        b.guest_set(bpr0, 6);
        b.set(ich_lr(1), pending | group1 | priority(0x78) | 41);
        EXPECT_EQ(b.guest_get(b.iar1), 41u);
        EXPECT_EQ(b.guest_get(b.rpr), 0u);
    });
}

TEST(VirtualInterface, PendingAndActiveIsPendingAgainAfterTheEnd)
{
    virtual_bench b;
    in_thread([&] {
        b.open();
        b.set(ich_lr(0), pending | group1 | priority(0xA0) | 2);
        EXPECT_EQ(b.guest_get(b.iar1), 2u);
        b.set(ich_lr(0), b.get(ich_lr(0)) | pending);
        EXPECT_FALSE(b.virq);
        EXPECT_EQ(b.guest_get(b.hppir1), 1023u) << "active ones are not pending";
        b.guest_set(b.eoir1, 2);
        EXPECT_EQ(b.get(ich_lr(0)), pending | group1 | priority(0xA0) | 2);
        EXPECT_TRUE(b.virq);
    });
}

TEST(VirtualInterface, EoiModeSplitsDropAndDeactivation)
{
    virtual_bench b;
    in_thread([&] {
        b.open();
        b.guest_set(b.ctlr, 2);
        b.set(ich_lr(0), pending | group1 | priority(0xA0) | 2);
        EXPECT_EQ(b.guest_get(b.iar1), 2u);
        b.guest_set(b.eoir1, 2);
        EXPECT_EQ(b.guest_get(b.rpr), 0xFFu);
        EXPECT_EQ(b.get(ich_lr(0)), active | group1 | priority(0xA0) | 2);
        b.guest_set(b.dir, 3);
        EXPECT_EQ(b.get(ich_hcr) >> 27, 1u) << "no list register for 3";
        b.guest_set(b.dir, 8192); // an LPI has nothing to deactivate
        EXPECT_EQ(b.get(ich_hcr) >> 27, 1u);
        b.guest_set(b.dir, 2);
        EXPECT_EQ(b.get(ich_lr(0)), group1 | priority(0xA0) | 2);
        // With EOImode = 0 DIR does nothing.
        b.guest_set(b.ctlr, 0);
        b.set(ich_lr(0), active | group1 | priority(0xA0) | 2);
        b.guest_set(b.dir, 2);
        EXPECT_EQ(b.get(ich_lr(0)), active | group1 | priority(0xA0) | 2);
        EXPECT_EQ(b.get(ich_hcr) >> 27, 1u);
    });
}

TEST(VirtualInterface, VirtualLpisHaveNoActiveState)
{
    virtual_bench b;
    in_thread([&] {
        b.open();
        b.set(ich_lr(0), pending | group1 | priority(0xA0) | 8200);
        EXPECT_EQ(b.guest_get(b.iar1), 8200u);
        EXPECT_EQ(b.get(ich_lr(0)), group1 | priority(0xA0) | 8200);
        EXPECT_EQ(b.guest_get(b.rpr), 0xA0u);
        b.guest_set(b.eoir1, 8200);
        EXPECT_EQ(b.guest_get(b.rpr), 0xFFu);
        EXPECT_EQ(b.get(ich_hcr), 1u) << "EOIcount does not count LPIs";
    });
}

// More active interrupts than list registers: the hypervisor took one out, and learns of its end by EOIcount.
TEST(VirtualInterface, EoiCountCountsWhatHasNoListRegister)
{
    virtual_bench b;
    in_thread([&] {
        b.start(false);
        b.open();
        b.set(ich_hcr, 1 | 1u << 2);
        b.set(ich_lr(0), pending | group1 | priority(0xA0) | 50);
        EXPECT_EQ(b.guest_get(b.iar1), 50u);
        b.set(ich_lr(0), 0);
        b.guest_set(b.eoir1, 1021);
        EXPECT_EQ(b.guest_get(b.rpr), 0xA0u) << "no interrupt: ignored";
        EXPECT_EQ(b.get(ich_misr), 0u);
        b.guest_set(b.eoir1, 50);
        EXPECT_EQ(b.get(ich_hcr), 1ull << 27 | 1u << 2 | 1);
        EXPECT_EQ(b.get(ich_misr), 1u << 2);
        wait(ns(10));
        EXPECT_EQ(b.acknowledge(0), 25u) << "maintenance interrupt";
        b.guest_set(b.eoir1, 50); // nothing active: not counted
        EXPECT_EQ(b.get(ich_hcr) >> 27, 1u);
        b.set(ich_hcr, 1 | 1u << 2);
        EXPECT_EQ(b.get(ich_misr), 0u);
    });
}

TEST(VirtualInterface, HardwareInterruptEndsInTheDistributor)
{
    virtual_bench b;
    in_thread([&] {
        b.start(false);
        b.open();
        b.msr(0, b.ctlr, 2); // the host drops the priority, the guest's end deactivates
        b.spi[0] = true;
        wait(ns(20));
        EXPECT_EQ(b.acknowledge(0), 32u);
        b.end(0, 32);
        const auto is_active = [&] { return (b.load(b.gicd, 0x304) & 1) != 0; };
        EXPECT_TRUE(is_active());
        b.spi[0] = false;
        b.set(ich_lr(0), pending | hardware | group1 | physical(32) | priority(0xA0) | 77);
        EXPECT_EQ(b.guest_get(b.iar1), 77u);
        EXPECT_TRUE(is_active());
        b.guest_set(b.eoir1, 77);
        EXPECT_FALSE(is_active());
        EXPECT_EQ(b.get(ich_lr(0)), hardware | group1 | physical(32) | priority(0xA0) | 77);
        // Level still high: it comes again at once.
        b.spi[0] = true;
        wait(ns(20));
        EXPECT_EQ(b.acknowledge(0), 32u);
        b.end(0, 32);
        b.guest_set(b.ctlr, 2);
        b.set(ich_lr(0), pending | hardware | group1 | physical(32) | priority(0xA0) | 77);
        EXPECT_EQ(b.guest_get(b.iar1), 77u);
        b.guest_set(b.eoir1, 77);
        EXPECT_TRUE(is_active()) << "EOImode: DIR deactivates";
        EXPECT_FALSE(b.irq[0]);
        b.guest_set(b.dir, 77);
        EXPECT_FALSE(is_active());
        wait(ns(10));
        EXPECT_TRUE(b.irq[0]);
    });
}

TEST(VirtualInterface, MaintenanceInterruptHasEightReasons)
{
    virtual_bench b;
    in_thread([&] {
        b.start(false);
        b.open();
        const auto reason = [&](std::uint64_t hcr) {
            b.set(ich_hcr, hcr | 1);
            wait(ns(10));
            const std::uint64_t misr = b.get(ich_misr);
            const bool asserted = (b.load(b.gicr0, 0x10200) >> 25 & 1) != 0;
            EXPECT_EQ(asserted, misr != 0) << hcr;
            EXPECT_EQ(asserted, b.irq[0].read()) << hcr;
            return misr;
        };
        constexpr std::uint64_t uie = 2, lrenpie = 4, npie = 8, on0 = 16, off0 = 32, on1 = 64, off1 = 128;
        EXPECT_EQ(reason(0), 0u);
        EXPECT_EQ(reason(uie), 1u << 1) << "no list register is valid";
        b.set(ich_lr(0), pending | group1 | priority(0xA0) | 40);
        EXPECT_EQ(reason(uie), 1u << 1) << "one is";
        b.set(ich_lr(1), active | group1 | priority(0xA0) | 41);
        EXPECT_EQ(reason(uie), 0u) << "two are";
        EXPECT_EQ(reason(npie), 0u);
        b.set(ich_lr(0), pending | active | group1 | priority(0xA0) | 40);
        EXPECT_EQ(reason(npie), 1u << 3) << "pending and active (0b11) is not the pending state (0b01)";
        b.set(ich_lr(0), 0);
        EXPECT_EQ(reason(npie), 1u << 3);
        EXPECT_EQ(reason(lrenpie | 3u << 27), 1u << 2);
        EXPECT_EQ(reason(lrenpie), 0u);
        EXPECT_EQ(reason(on0 | on1), 1u << 4 | 1u << 6);
        EXPECT_EQ(reason(off0 | off1), 0u);
        b.guest_set(b.igrpen1, 0);
        EXPECT_EQ(reason(on0 | on1 | off0 | off1), 1u << 4 | 1u << 7);
        b.guest_set(igrpen0, 0);
        EXPECT_EQ(reason(off0), 1u << 5);
        EXPECT_EQ(reason(0), 0u);
        // EOI: an empty list register with HW = 0 and the EOI bit; it is neither free nor valid.
        b.set(ich_lr(1), active | group1 | priority(0xA0) | eoi_maintenance | 41);
        b.set(ich_ap1r0, 1u << 20);
        EXPECT_EQ(reason(0), 0u);
        b.guest_set(b.eoir1, 41);
        EXPECT_EQ(reason(0), 1u);
        EXPECT_EQ(b.get(ich_eisr), 0b0010u);
        EXPECT_EQ(b.get(ich_elrsr), 0b1101u);
        b.set(ich_lr(1), hardware | eoi_maintenance); // that bit belongs to pINTID now
        EXPECT_EQ(reason(0), 0u);
        EXPECT_EQ(b.get(ich_elrsr), 0b1111u);
        // En = 0: no maintenance interrupt, although the reason is shown.
        b.set(ich_hcr, uie);
        wait(ns(10));
        EXPECT_EQ(b.get(ich_misr), 1u << 1);
        EXPECT_FALSE(b.irq[0]);
    });
}

TEST(VirtualInterface, HypervisorAsksForTraps)
{
    virtual_bench b;
    in_thread([&] {
        system_register_if& r = *b.gic.icc[0]->registers.operator->();
        const auto trapped = [&](std::uint64_t hcr) {
            b.set(ich_hcr, hcr);
            std::string which;
            const std::pair<const char*, system_register> all[] = {
                {"pmr ", b.pmr},     {"ctlr ", b.ctlr},   {"rpr ", b.rpr},      {"dir ", b.dir},
                {"sgi1r ", b.sgi1r}, {"iar0 ", iar0},     {"bpr0 ", bpr0},      {"grp0 ", igrpen0},
                {"iar1 ", b.iar1},   {"ap1r0 ", b.ap1r0}, {"grp1 ", b.igrpen1}, {"sre ", b.sre}};
            for (const auto& [name, reg] : all)
                if (r.trapped_to_el2(reg))
                    which += name;
            return which;
        };
        EXPECT_EQ(trapped(0), "");
        EXPECT_EQ(trapped(1 << 10), "pmr ctlr rpr dir sgi1r ");
        EXPECT_EQ(trapped(1 << 11), "iar0 bpr0 grp0 ");
        EXPECT_EQ(trapped(1 << 12), "iar1 ap1r0 grp1 ");
        EXPECT_EQ(trapped(1 << 14), "dir ");
    });
}

TEST(VirtualInterface, RefusesImpossibleParameters)
{
    for (const unsigned n : {0u, 17u}) {
        gic::cpu_interface::parameters p;
        p.list_registers = n;
        EXPECT_ANY_THROW(p.check("icc")) << n;
    }
    gic::cpu_interface::parameters p;
    p.maintenance_intid = 15;
    EXPECT_ANY_THROW(p.check("icc"));
}

} // namespace
