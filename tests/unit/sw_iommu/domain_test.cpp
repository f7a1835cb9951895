#include <gmock/gmock.h>

#include "domain_fixture.h"

namespace {

using testing::ElementsAre;

struct Domain : domains {
    iommu_domain dma{}, paging{}, other{}, nested{};
    smmu_s1_config s1{};
    std::uint64_t guest_cd = 0;

    /// A guest's CD and stage 1 in a PAGING domain that maps RAM 1:1 at IPA = PA for brevity.
    void guest_in(iommu_domain& parent)
    {
        guest_cd = m.alloc(64, 64);
        iopt pt{};
        static const iopt_ops ops{
            [](void*, phys_addr_t a) { return machine::current()->read64(a); },
            [](void*, phys_addr_t a, std::uint64_t d) { machine::current()->write64(a, d); },
            [](void*, std::size_t b, std::size_t a) { return machine::current()->alloc(b, a); },
            [](void*, phys_addr_t, std::size_t) {},
            [](void*, std::uint64_t, std::uint64_t, std::uint64_t, bool) {},
        };
        const iopt_config config{1, 12, 32, 40};
        ASSERT_EQ(iopt_init(&pt, &config, &ops, nullptr), 0);
        ASSERT_EQ(iopt_map(&pt, msi_base, msi_base, msi_length, IOPT_READ | IOPT_WRITE | IOPT_DEVICE), 0);
        ASSERT_EQ(iopt_map(&pt, 0x40000000, 0x80000000, 0x1000, IOPT_READ | IOPT_WRITE), 0);
        const smmu_cd_config cd_config = iopt_stage1_config(&pt, 7);
        const smmu_entry cd = smmu_make_cd(&cd_config);
        for (unsigned i = 0; i < 8; i++)
            m.write64(guest_cd + 8 * i, cd.dw[i]);
        ASSERT_EQ(iommu_map(&parent, 0x80000000, 0x80000000, 0x40000000, IOPT_READ | IOPT_WRITE), 0);
        s1.cd_table = guest_cd;
        ASSERT_EQ(iommu_domain_init_nested(&nested, &parent, &s1), 0);
    }
};

TEST_F(Domain, NewDeviceIsBlocked)
{
    start();
    EXPECT_TRUE(follow(0x80000000).refused);
    EXPECT_EQ(dev.domain, &host.blocked);
}

TEST_F(Domain, IdentityPassesAddresses)
{
    start();
    ASSERT_EQ(iommu_attach_device(&dev, &host.identity), 0);
    EXPECT_EQ(follow(0x12345678).pa, 0x12345678u);
    EXPECT_EQ(iommu_dma_map(&dev, 0x80001234, 16, IOPT_READ), 0x80001234u);
    ASSERT_EQ(iommu_detach_device(&dev), 0);
    EXPECT_TRUE(follow(0x12345678).refused);
}

TEST_F(Domain, DmaMapsBuffersAndTheRmrOneToOne)
{
    start();
    ASSERT_EQ(iommu_device_add_resv(&dev, msi_base, msi_length, IOMMU_RESV_DIRECT), 0);
    ASSERT_EQ(iommu_domain_init_dma(&host, &dma, 0, 0), 0);
    ASSERT_EQ(iommu_device_set_default(&dev, &dma), 0);
    EXPECT_EQ(dev.domain, &dma);
    for (std::uint64_t a = msi_base; a < msi_base + msi_length; a += 0x1000) {
        const auto r = follow(a);
        ASSERT_EQ(r.pa, a);
        ASSERT_TRUE(r.device);
    }
    const std::uint64_t iova = iommu_dma_map(&dev, 0x80001234, 0x2000, IOPT_READ);
    ASSERT_NE(iova, 0u);
    EXPECT_EQ(follow(iova).pa, 0x80001234u);
    EXPECT_FALSE(follow(iova).writable);
    EXPECT_EQ(follow(iova + 0x1FFF).pa, 0x80003233u);
    m.opcodes();
    iommu_dma_unmap(&dev, iova, 0x2000);
    EXPECT_TRUE(follow(iova).stage1_fault);
    EXPECT_THAT(m.opcodes(), testing::Each(testing::AnyOf(0x12u, 0x46u)));
    EXPECT_TRUE(follow(0x80001234).stage1_fault);
}

TEST_F(Domain, DmaIovasAvoidEachOtherAndReservedRegions)
{
    start();
    ASSERT_EQ(iommu_domain_init_dma(&host, &dma, 0, 25), 0); // 32 MiB
    ASSERT_EQ(iommu_device_add_resv(&dev, 0x1F00000, 0x80000, IOMMU_RESV_MSI), 0);
    ASSERT_EQ(iommu_attach_device(&dev, &dma), 0);
    std::vector<std::uint64_t> got;
    for (unsigned i = 0; i < 40; i++) {
        const std::uint64_t iova = iommu_dma_map(&dev, 0x80000000 + i * 0x10000, 0x10000, IOPT_READ);
        ASSERT_NE(iova, 0u);
        EXPECT_FALSE(iova < 0x1F80000 && iova + 0x10000 > 0x1F00000) << std::hex << iova;
        for (const std::uint64_t before : got)
            EXPECT_TRUE(iova + 0x10000 <= before || before + 0x10000 <= iova);
        got.push_back(iova);
    }
}

TEST_F(Domain, StreamWorldEl2UsesEl2Invalidation)
{
    smmu_platform p = m.platform();
    p.e2h = true;
    ASSERT_EQ(smmu_init(&s, &p), 0);
    iommu_init(&host, &s, IOMMU_MSI_ATTACHED_2023);
    ASSERT_EQ(iommu_device_add(&host, &dev, sid, 0, 0), 0);
    ASSERT_EQ(iommu_domain_init_dma(&host, &dma, 0, 0), 0);
    ASSERT_EQ(iommu_attach_device(&dev, &dma), 0);
    const std::uint64_t iova = iommu_dma_map(&dev, 0x80000000, 0x1000, IOPT_READ);
    m.opcodes();
    iommu_dma_unmap(&dev, iova, 0x1000);
    const auto ops = m.opcodes();
    EXPECT_THAT(ops, testing::Contains(0x22u));
    EXPECT_THAT(ops, testing::Not(testing::Contains(0x12u)));
    std::uint64_t ste[8];
    smmu_read_ste(&s, sid, ste);
    EXPECT_EQ(ste[1] >> 30 & 3, 2u);
    EXPECT_EQ(m.regs[0x2C] & 1, 1u);
}

TEST_F(Domain, PagingUnmapInvalidatesByIpaAndCombinedEntriesOfNestedUsers)
{
    start();
    ASSERT_EQ(iommu_domain_init_paging(&host, &paging, 0, 0), 0);
    ASSERT_EQ(iommu_attach_device(&dev, &paging), 0);
    ASSERT_EQ(iommu_map(&paging, 0x10000000, 0x90000000, 0x2000, IOPT_READ | IOPT_WRITE), 0);
    EXPECT_EQ(follow(0x10001000).pa, 0x90001000u);
    m.opcodes();
    m.commands.clear();
    EXPECT_EQ(iommu_unmap(&paging, 0x10001000, 0x1000), 0x1000u);
    ASSERT_GE(m.commands.size(), 2u);
    EXPECT_EQ(m.commands[0][0], 0x2Au | std::uint64_t{paging.vmid} << 32);
    EXPECT_EQ(m.commands[0][1], 0x10001001u);
    EXPECT_EQ(m.commands[1][0] & 0xFF, 0x46u);
    for (const auto& c : m.commands)
        EXPECT_NE(c[0] & 0xFF, 0x10u);
    EXPECT_TRUE(follow(0x10001000).stage2_fault);

    guest_in(paging);
    ASSERT_EQ(iommu_replace_device(&dev, &nested), 0);
    m.commands.clear();
    EXPECT_EQ(iommu_unmap(&paging, 0x10000000, 0x1000), 0x1000u);
    bool nh_all = false;
    for (const auto& c : m.commands)
        nh_all |= c[0] == (0x10u | std::uint64_t{paging.vmid} << 32);
    EXPECT_TRUE(nh_all);
    EXPECT_EQ(m.commands.back()[0] & 0xFF, 0x46u);
}

TEST_F(Domain, LargeUnmapUsesOneInvalidation)
{
    start();
    ASSERT_EQ(iommu_domain_init_paging(&host, &paging, 0, 0), 0);
    ASSERT_EQ(iommu_map(&paging, 0x10001000, 0x90000000, 0x100000, IOPT_READ), 0);
    m.opcodes();
    EXPECT_EQ(iommu_unmap(&paging, 0x10001000, 0x100000), 0x100000u);
    EXPECT_THAT(m.opcodes(), testing::Contains(0x28u));
}

TEST_F(Domain, NestedFollowsBothStages)
{
    start();
    ASSERT_EQ(iommu_domain_init_paging(&host, &paging, 0, 0), 0);
    guest_in(paging);
    ASSERT_EQ(iommu_attach_device(&dev, &nested), 0);
    const auto r = follow(0x40000010);
    EXPECT_EQ(r.ipa, 0x80000010u);
    EXPECT_EQ(r.pa, 0x80000010u);
    EXPECT_TRUE(follow(0x41000000).stage1_fault);
    EXPECT_TRUE(follow(msi_base).stage2_fault);
    EXPECT_EQ(iommu_map(&nested, 0, 0x80000000, 0x1000, IOPT_READ), ERR_INVALID);
    EXPECT_EQ(iommu_domain_destroy(&paging), ERR_BUSY);
    EXPECT_EQ(iommu_domain_destroy(&nested), ERR_BUSY);
    ASSERT_EQ(iommu_detach_device(&dev), 0);
    EXPECT_EQ(iommu_domain_destroy(&nested), 0);
    EXPECT_EQ(iommu_domain_destroy(&paging), 0);
}

TEST_F(Domain, NestedRefusesAnIllegalGuestConfiguration)
{
    start();
    ASSERT_EQ(iommu_domain_init_paging(&host, &paging, 0, 0), 0);
    ASSERT_EQ(iommu_domain_init_dma(&host, &dma, 0, 0), 0);
    const auto attempt = [&](std::uint64_t cd, unsigned max, unsigned fmt, unsigned dss) {
        smmu_s1_config c{};
        c.cd_table = cd;
        c.s1cdmax = static_cast<std::uint8_t>(max);
        c.s1fmt = static_cast<std::uint8_t>(fmt);
        c.s1dss = static_cast<std::uint8_t>(dss);
        iommu_domain d{};
        const int result = iommu_domain_init_nested(&d, &paging, &c);
        if (!result)
            iommu_domain_destroy(&d);
        return result;
    };
    EXPECT_EQ(attempt(0x80000000, 0, 0, 0), 0);
    EXPECT_EQ(attempt(0x80000000, 8, 1, 2), 0);
    EXPECT_EQ(attempt(0x80000020, 0, 0, 0), ERR_INVALID);
    EXPECT_EQ(attempt(0x80000040, 1, 0, 0), ERR_INVALID); // aligned to its size
    EXPECT_EQ(attempt(0x80000000, 9, 0, 0), ERR_RANGE);
    EXPECT_EQ(attempt(0x80000000, 0, 3, 0), ERR_RANGE);
    EXPECT_EQ(attempt(0x80000000, 0, 0, 3), ERR_RANGE);
    EXPECT_EQ(attempt(1ull << 40, 0, 0, 0), ERR_RANGE);
    iommu_domain d{};
    EXPECT_EQ(iommu_domain_init_nested(&d, &dma, &s1), ERR_INVALID);
    EXPECT_EQ(iommu_domain_destroy(&dma), 0);
}

TEST_F(Domain, AttachNeedsAFreeDevice)
{
    start();
    ASSERT_EQ(iommu_domain_init_paging(&host, &paging, 0, 0), 0);
    ASSERT_EQ(iommu_domain_init_paging(&host, &other, 0, 0), 0);
    ASSERT_EQ(iommu_attach_device(&dev, &paging), 0);
    EXPECT_EQ(iommu_attach_device(&dev, &other), ERR_BUSY);
    EXPECT_EQ(dev.domain, &paging);
}

/// Every state of memory between two stores, seen by a device that writes all the time.
struct Replace : Domain {
    unsigned refused = 0, wrong = 0, states = 0;
    void watch(std::uint64_t address, std::uint64_t before, std::uint64_t after)
    {
        m.on_sync = [=, this]() mutable {
            const auto r = follow(address);
            states++;
            refused += r.refused;
            wrong += !r.refused && (r.stage1_fault || r.stage2_fault || (r.pa != before && r.pa != after));
        };
    }
};

TEST_F(Replace, StageTwoByStageTwoIsHitlessByWayOfATransitVmid)
{
    start();
    for (iommu_domain* d : {&paging, &other}) {
        ASSERT_EQ(iommu_domain_init_paging(&host, d, 0, 0), 0);
        ASSERT_EQ(iommu_map(d, 0x10000000, d == &paging ? 0x90000000 : 0xA0000000, 0x1000, IOPT_WRITE), 0);
        ASSERT_EQ(iommu_get_msi_cookie(d, msi_base, msi_length), 0);
    }
    ASSERT_EQ(iommu_attach_device(&dev, &paging), 0);
    ASSERT_EQ(iommu_prepare_msi(&dev, doorbell), 0);
    const std::uint64_t msi = message();
    EXPECT_EQ(msi, msi_base + 0x40);
    watch(0x10000000, 0x90000000, 0xA0000000);
    m.commands.clear();
    EXPECT_EQ(iommu_replace_device(&dev, &other), 0);
    m.on_sync = nullptr;
    EXPECT_GE(states, 3u);
    EXPECT_EQ(refused, 0u);
    EXPECT_EQ(wrong, 0u);
    EXPECT_EQ(follow(0x10000000).pa, 0xA0000000u);
    EXPECT_EQ(message(), msi);
    EXPECT_EQ(follow(msi).pa, doorbell);
    bool transit = false, old = false;
    for (const auto& c : m.commands) {
        transit |= c[0] == (0x28u | std::uint64_t{host.transit_vmid} << 32);
        old |= c[0] == (0x28u | std::uint64_t{paging.vmid} << 32);
    }
    EXPECT_TRUE(transit && old);
}

TEST_F(Replace, DmaByDmaIsHitlessAndMsisGoOn)
{
    start();
    iommu_domain second{};
    ASSERT_EQ(iommu_domain_init_dma(&host, &dma, 0, 0), 0);
    ASSERT_EQ(iommu_domain_init_dma(&host, &second, 0, 0), 0);
    ASSERT_EQ(iommu_map(&dma, 0x100000, 0x90000000, 0x1000, IOPT_WRITE), 0);
    ASSERT_EQ(iommu_map(&second, 0x100000, 0xA0000000, 0x1000, IOPT_WRITE), 0);
    ASSERT_EQ(iommu_attach_device(&dev, &dma), 0);
    ASSERT_EQ(iommu_prepare_msi(&dev, doorbell), 0);
    const std::uint64_t msi = message();
    watch(0x100000, 0x90000000, 0xA0000000);
    EXPECT_EQ(iommu_replace_device(&dev, &second), 0);
    EXPECT_EQ(refused + wrong, 0u);
    EXPECT_EQ(message(), msi);
    EXPECT_EQ(follow(msi).pa, doorbell);
}

TEST_F(Replace, ParentToNestedAndBackIsHitless)
{
    start();
    ASSERT_EQ(iommu_domain_init_paging(&host, &paging, 0, 0), 0);
    guest_in(paging);
    ASSERT_EQ(iommu_attach_device(&dev, &paging), 0);
    EXPECT_EQ(iommu_replace_device(&dev, &nested), 0);
    m.opcodes();
    EXPECT_EQ(iommu_replace_device(&dev, &paging), 0);
    EXPECT_THAT(m.opcodes(), testing::Contains(0x10u)); // the guest's ASIDs are gone from the TLB
}

TEST_F(Replace, StageOneByStageTwoRefusesInBetweenAndSaysSo)
{
    start();
    ASSERT_EQ(iommu_domain_init_dma(&host, &dma, 0, 0), 0);
    ASSERT_EQ(iommu_domain_init_paging(&host, &paging, 0, 0), 0);
    ASSERT_EQ(iommu_map(&dma, 0x100000, 0x90000000, 0x1000, IOPT_WRITE), 0);
    ASSERT_EQ(iommu_map(&paging, 0x100000, 0xA0000000, 0x1000, IOPT_WRITE), 0);
    ASSERT_EQ(iommu_attach_device(&dev, &dma), 0);
    watch(0x100000, 0x90000000, 0xA0000000);
    EXPECT_EQ(iommu_replace_device(&dev, &paging), 1);
    EXPECT_GT(refused, 0u);
    EXPECT_EQ(wrong, 0u);
    EXPECT_EQ(follow(0x100000).pa, 0xA0000000u);
}

} // namespace
