#include "domain_fixture.h"
#include "guest/guest.h"
#include "guest/host_vm.h"

namespace {

struct Guest : domains {
    static constexpr std::uint64_t ram_ipa = 0x40000000;
    static constexpr std::uint64_t ram_pa = 0x1'0000'0000;
    static constexpr std::uint64_t ram_size = 0x400000;

    iommu_domain parent{};
    host_vm vm{};
    hal_guest run{};
    guest g{};
    guest_config config{};
    struct {
        unsigned device = 99, cpu = 99;
        std::uint32_t vector = 99;
        std::uint64_t ipa = 0;
        bool online = false;
    } asked;
    host_vm_ops ops{};

    void boot(iommu_msi_lookup lookup, bool map_rmr = true)
    {
        start(lookup);
        ops.msi_vector = [](void* c, host_vm* v, unsigned device, std::uint32_t vector, unsigned cpu) {
            auto* self = static_cast<Guest*>(c);
            self->asked.device = device;
            self->asked.vector = vector;
            self->asked.cpu = cpu;
            return static_cast<std::int64_t>(iommu_prepare_msi(v->devices[device].dev, doorbell));
        };
        ops.memory = [](void* c, host_vm*, std::uint64_t ipa, std::uint64_t, bool online) {
            auto* self = static_cast<Guest*>(c);
            self->asked.ipa = ipa;
            self->asked.online = online;
            return std::int64_t{0};
        };
        ASSERT_EQ(iommu_domain_init_paging(&host, &parent, 0, 0), 0);
        ASSERT_EQ(iommu_get_msi_cookie(&parent, msi_base, msi_length), 0);
        ASSERT_EQ(host_vm_init(&vm, &host, &parent, &ops, this), 0);
        ASSERT_EQ(host_vm_plug(&vm, ram_ipa, ram_pa, ram_size), 0);
        ASSERT_EQ(host_vm_add_device(&vm, &dev), 0);
        host_vm_guest(&vm, &run);
        config.pool_ipa = ram_ipa + 0x100000;
        config.pool_size = 0x80000;
        config.rmr_base = msi_base;
        config.rmr_size = msi_length;
        config.map_rmr = map_rmr;
        config.iova_base = 0x1000000;
        config.asid = 3;
    }
    template <class F>
    std::uint64_t in_guest(F f)
    {
        struct context {
            F f;
        } c{f};
        const std::uint64_t result = hal_guest_run(
            &run, [](void* p) -> std::uint64_t { return static_cast<std::uint64_t>(static_cast<context*>(p)->f()); },
            &c);
        EXPECT_FALSE(m.guest_fault);
        return result;
    }
    std::int64_t hvc(std::uint64_t function, std::uint64_t a0 = 0, std::uint64_t a1 = 0, std::uint64_t a2 = 0,
                     std::uint64_t a3 = 0)
    {
        return static_cast<std::int64_t>(in_guest([=] { return hal_hvc(function, a0, a1, a2, a3); }));
    }
    void up()
    {
        ASSERT_EQ(in_guest([&] { return guest_init(&g, &config); }), 0u);
        ASSERT_EQ(in_guest([&] { return guest_attach(&g, 0); }), 0u);
    }
};

TEST_F(Guest, BuildsItsTablesInIpaSpaceAndDmaGoesThroughBothStages)
{
    boot(IOMMU_MSI_PARENT_LOOKUP);
    up();
    const std::uint64_t iova =
        in_guest([&] { return guest_dma_map(&g, ram_ipa + 0x1234, 0x100, IOPT_READ | IOPT_WRITE); });
    EXPECT_EQ(iova, 0x1000234u);
    const seen r = follow(iova);
    EXPECT_EQ(r.ipa, ram_ipa + 0x1234);
    EXPECT_EQ(r.pa, ram_pa + 0x1234);
    EXPECT_TRUE(r.writable);
    m.commands.clear();
    in_guest([&] {
        guest_dma_unmap(&g, iova, 0x100);
        return 0;
    });
    EXPECT_TRUE(follow(iova).stage1_fault);
    bool forwarded = false;
    for (const auto& c : m.commands)
        forwarded |= c[0] == (0x12u | std::uint64_t{parent.vmid} << 32 | std::uint64_t{3} << 48);
    EXPECT_TRUE(forwarded);
    EXPECT_EQ(m.commands.back()[0] & 0xFF, 0x46u);
}

// What a CPU with a TLB needs to be told, by the VMID of that guest.
TEST_F(Guest, UnpluggedMemoryIsInvalidatedInTheCpusStage2)
{
    boot(IOMMU_MSI_PARENT_LOOKUP);
    m.invalidated.clear();
    ASSERT_EQ(host_vm_unplug(&vm, ram_ipa, ram_size), 0);
    EXPECT_FALSE(m.invalidated.empty());
    for (const std::uint64_t vttbr : m.invalidated)
        EXPECT_EQ(vttbr, run.vttbr);
}

// A program in the machine's own memory stands in the CPU's stage 2, and not in that of the devices.
TEST_F(Guest, ProgramIsMappedForTheCpuWhereItIs)
{
    m.program = {0x8800'0000, 0x20000};
    boot(IOMMU_MSI_PARENT_LOOKUP);
    iopt_leaf leaf{};
    phys_addr_t pa = 0;
    for (const std::uint64_t at : {0x8800'0000u, 0x8801'ffffu}) {
        ASSERT_TRUE(iopt_lookup(&vm.cpu, at, &leaf)) << std::hex << at;
        EXPECT_FALSE(iommu_iova_to_phys(&parent, at, &pa)) << std::hex << at;
    }
    EXPECT_FALSE(iopt_lookup(&vm.cpu, 0x8802'0000, &leaf));
    EXPECT_FALSE(iopt_lookup(&vm.cpu, 0x87ff'ffff, &leaf));
}

TEST_F(Guest, MsiThroughTheRmrReachesTheDoorbell)
{
    boot(IOMMU_MSI_PARENT_POINTER);
    up();
    EXPECT_EQ(in_guest([&] { return guest_msi_request(&g, 0, 2, 1); }), 0u);
    EXPECT_EQ(asked.device, 0u);
    EXPECT_EQ(asked.vector, 2u);
    EXPECT_EQ(asked.cpu, 1u);
    const std::uint64_t address = message();
    EXPECT_EQ(address, msi_base + 0x40);
    const seen r = follow(address);
    EXPECT_EQ(r.ipa, msi_base + 0x40);
    EXPECT_EQ(r.pa, doorbell);
    EXPECT_TRUE(r.writable && r.device);
    // The window is the device's alone: the guest's CPU has nothing there.
    EXPECT_FALSE(walker::walk(walker::from_vtcr(run.vttbr, run.vtcr), msi_base,
                              [this](std::uint64_t a) { return m.read64(a); }));
}

TEST_F(Guest, March2023_ThePhysicalDoorbellMissesInTheGuestsStage1)
{
    boot(IOMMU_MSI_ATTACHED_2023);
    up();
    EXPECT_EQ(in_guest([&] { return guest_msi_request(&g, 0, 0, 0); }), 0u);
    EXPECT_EQ(message(), doorbell);
    EXPECT_TRUE(follow(doorbell).stage1_fault);
}

TEST_F(Guest, NobodyMappedTheParent_StageTwoHole)
{
    boot(IOMMU_MSI_PARENT_LOOKUP);
    parent.cookie.leave_unmapped = true;
    up();
    EXPECT_EQ(in_guest([&] { return guest_msi_request(&g, 0, 0, 0); }), 0u);
    EXPECT_EQ(message(), msi_base + 0x40);
    const seen r = follow(message());
    EXPECT_TRUE(r.stage2_fault);
    EXPECT_EQ(r.ipa, msi_base + 0x40);
}

TEST_F(Guest, ForgottenRmrIsAStageOneFaultUntilItIsMapped)
{
    boot(IOMMU_MSI_PARENT_LOOKUP, false);
    up();
    EXPECT_EQ(in_guest([&] { return guest_msi_request(&g, 0, 0, 0); }), 0u);
    EXPECT_TRUE(follow(message()).stage1_fault);
    EXPECT_EQ(in_guest([&] { return guest_map_rmr(&g, true); }), 0u);
    EXPECT_EQ(follow(message()).pa, doorbell);
    EXPECT_EQ(in_guest([&] { return guest_map_rmr(&g, false); }), 0u);
    EXPECT_TRUE(follow(message()).stage1_fault);
}

TEST_F(Guest, HotplugWhileNested)
{
    boot(IOMMU_MSI_PARENT_LOOKUP);
    up();
    ASSERT_EQ(in_guest([&] { return guest_msi_request(&g, 0, 0, 0); }), 0u);
    constexpr std::uint64_t ipa = 0x60000000;
    const std::uint64_t iova = in_guest([&] { return guest_dma_map(&g, ipa, 0x1000, IOPT_WRITE); });
    EXPECT_TRUE(follow(iova).stage2_fault);
    ASSERT_EQ(host_vm_plug(&vm, ipa, 0x1'8000'0000, 0x200000), 0);
    EXPECT_EQ(follow(iova).pa, 0x1'8000'0000u);
    EXPECT_EQ(hvc(GUEST_HVC_MEMORY_OFFLINE, ipa, 0x200000), 0);
    EXPECT_EQ(asked.ipa, ipa);
    EXPECT_FALSE(asked.online);
    m.opcodes();
    ASSERT_EQ(host_vm_unplug(&vm, ipa, 0x200000), 0);
    const auto ops_seen = m.opcodes();
    EXPECT_TRUE(std::count(ops_seen.begin(), ops_seen.end(), 0x2Au) == 1);
    EXPECT_TRUE(std::count(ops_seen.begin(), ops_seen.end(), 0x10u) >= 1);
    EXPECT_TRUE(follow(iova).stage2_fault);
    EXPECT_EQ(follow(message()).pa, doorbell);
    EXPECT_EQ(host_vm_unplug(&vm, ipa, 0x200000), ERR_NOT_FOUND);
}

TEST_F(Guest, DetachAttachAgainAndDestroy)
{
    boot(IOMMU_MSI_PARENT_LOOKUP);
    up();
    ASSERT_EQ(in_guest([&] { return guest_attach(&g, 0); }), 0u); // replaces itself while live
    ASSERT_EQ(in_guest([&] { return guest_detach(&g, 0); }), 0u);
    EXPECT_EQ(dev.domain, &parent);
    EXPECT_EQ(in_guest([&] { return guest_attach(&g, 0); }), 0u);
    ASSERT_EQ(host_vm_destroy(&vm), 0);
    EXPECT_EQ(dev.domain, &host.blocked);
    EXPECT_EQ(iommu_domain_destroy(&parent), 0);
}

TEST_F(Guest, HypercallsBelieveNothing)
{
    boot(IOMMU_MSI_PARENT_LOOKUP);
    up();
    const std::uint64_t vmid = std::uint64_t{parent.vmid} << 32;
    m.commands.clear();
    EXPECT_EQ(hvc(GUEST_HVC_ATTACH_NESTED, 1, g.cd_table, 0), ERR_NOT_FOUND);
    EXPECT_EQ(hvc(GUEST_HVC_ATTACH_NESTED, ~0ull, g.cd_table, 0), ERR_NOT_FOUND);
    EXPECT_EQ(hvc(GUEST_HVC_ATTACH_NESTED, 0, g.cd_table + 8, 0), ERR_INVALID);
    EXPECT_EQ(hvc(GUEST_HVC_ATTACH_NESTED, 0, 1ull << 50, 0), ERR_RANGE);
    EXPECT_EQ(hvc(GUEST_HVC_ATTACH_NESTED, 0, g.cd_table, HVC_S1(31, 0, 0)), ERR_RANGE);
    EXPECT_EQ(hvc(GUEST_HVC_ATTACH_NESTED, 0, g.cd_table, 1ull << 40), ERR_INVALID);
    EXPECT_EQ(hvc(GUEST_HVC_INV_VA, 0x10000, 0, 1, HVC_INV(12, true)), ERR_INVALID);
    EXPECT_EQ(hvc(GUEST_HVC_INV_VA, 1, 0, 1, HVC_INV(5, true)), ERR_INVALID);
    EXPECT_EQ(hvc(GUEST_HVC_INV_VA, 1, 0, 1, 1ull << 20), ERR_INVALID);
    EXPECT_EQ(hvc(GUEST_HVC_INV_ASID, 0x10000), ERR_INVALID);
    EXPECT_EQ(hvc(GUEST_HVC_CFGI_CD, 0, 1u << 20, 1), ERR_INVALID);
    EXPECT_EQ(hvc(GUEST_HVC_CFGI_CD, 3, 0, 1), ERR_NOT_FOUND);
    EXPECT_EQ(hvc(GUEST_HVC_MSI_VECTOR, 9, 0, 0), ERR_NOT_FOUND);
    EXPECT_EQ(hvc(GUEST_HVC_MSI_VECTOR, 0, 2048, 0), ERR_RANGE);
    EXPECT_EQ(hvc(GUEST_HVC_DEVICE, 0, 0, 0, 0), ERR_UNSUPPORTED);
    EXPECT_EQ(hvc(GUEST_HVC_MEMORY_ONLINE, 0x800, 0x1000), ERR_INVALID);
    EXPECT_EQ(hvc(GUEST_HVC_MEMORY_ONLINE, 0, ~0ull << 12), ERR_INVALID);
    EXPECT_EQ(hvc(0xDEAD), ERR_UNSUPPORTED);
    EXPECT_EQ(m.commands.size(), 0u);
    EXPECT_EQ(vm.rejected, 18u);
    // A huge range is one command, not a hang; everything carries this VM's VMID.
    EXPECT_EQ(hvc(GUEST_HVC_INV_VA, 3, 0, ~0ull, HVC_INV(12, true)), 0);
    EXPECT_EQ(hvc(GUEST_HVC_INV_ALL), 0);
    EXPECT_EQ(hvc(GUEST_HVC_CFGI_CD, 0, 0, 1), 0);
    ASSERT_EQ(m.commands.size(), 6u);
    EXPECT_EQ(m.commands[0][0], 0x11u | vmid | std::uint64_t{3} << 48);
    EXPECT_EQ(m.commands[2][0], 0x10u | vmid);
    EXPECT_EQ(m.commands[4][0], 0x05u | std::uint64_t{sid} << 32);
}

TEST_F(Guest, PoolIsFiniteAndReused)
{
    boot(IOMMU_MSI_PARENT_LOOKUP);
    config.pool_size = 0x6000;
    config.map_rmr = false;
    up();
    for (unsigned i = 0; i < 100; i++) {
        ASSERT_EQ(in_guest([&] { return guest_dma_map_at(&g, 0x40000000, ram_ipa, 0x1000, IOPT_READ); }), 0u);
        in_guest([&] {
            guest_dma_unmap(&g, 0x40000000, 0x1000);
            return 0;
        });
    }
    int result = 0;
    for (unsigned i = 0; i < 8 && !result; i++)
        result = static_cast<int>(
            in_guest([&] { return guest_dma_map_at(&g, 0x40000000ull + i * 0x200000, ram_ipa, 0x1000, IOPT_READ); }));
    EXPECT_EQ(result, ERR_NO_MEMORY);
}

} // namespace
