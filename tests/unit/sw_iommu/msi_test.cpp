#include "domain_fixture.h"

namespace {

/// What a device's message and its write become, for each lookup and each kind of attached domain.
enum class attached { blocked, identity, dma, paging, paging_without_cookie, nested, nested_premapped };

struct expected {
    int prepare;
    bool rewritten; ///< the message carries an IOVA, not the physical doorbell
    bool in_parent; ///< the doorbell's page is mapped in the stage-2 domain at the window's base
};

expected expect_of(iommu_msi_lookup lookup, attached kind)
{
    switch (kind) {
    case attached::blocked:
    case attached::identity:
    case attached::paging_without_cookie: return {0, false, false};
    case attached::dma: return {0, true, false};
    case attached::paging: return {0, true, true};
    case attached::nested:
        if (lookup == IOMMU_MSI_ATTACHED_2023)
            return {0, false, false};
        if (lookup == IOMMU_MSI_PREMAPPED)
            return {ERR_NOT_FOUND, false, false};
        return {0, true, true};
    case attached::nested_premapped: return {0, lookup != IOMMU_MSI_ATTACHED_2023, true};
    }
    return {};
}

class MsiMatrix : public domains, public testing::WithParamInterface<std::tuple<iommu_msi_lookup, attached>> {};

TEST_P(MsiMatrix, PrepareAndCompose)
{
    const auto [lookup, kind] = GetParam();
    start(lookup);
    iommu_domain dma{}, paging{}, nested{};
    ASSERT_EQ(iommu_domain_init_dma(&host, &dma, 0, 0), 0);
    ASSERT_EQ(iommu_domain_init_paging(&host, &paging, 0, 0), 0);
    if (kind != attached::paging_without_cookie) {
        ASSERT_EQ(iommu_get_msi_cookie(&paging, msi_base, msi_length), 0);
    }
    smmu_s1_config s1{};
    s1.cd_table = 0x80000000;
    ASSERT_EQ(iommu_domain_init_nested(&nested, &paging, &s1), 0);
    if (kind == attached::nested_premapped) {
        ASSERT_EQ(iommu_premap_msi(&paging, doorbell), 0);
    }
    iommu_domain* target = kind == attached::blocked                                        ? &host.blocked
                           : kind == attached::identity                                     ? &host.identity
                           : kind == attached::dma                                          ? &dma
                           : kind == attached::nested || kind == attached::nested_premapped ? &nested
                                                                                            : &paging;
    ASSERT_EQ(iommu_attach_device(&dev, target), 0);

    const expected x = expect_of(lookup, kind);
    EXPECT_EQ(iommu_prepare_msi(&dev, doorbell), x.prepare);
    iommu_msi_msg msg{doorbell, 0x77};
    iommu_compose_msi_msg(&dev, &msg);
    EXPECT_EQ(msg.data, 0x77u);
    EXPECT_EQ(msg.address != doorbell, x.rewritten);
    if (x.rewritten && kind != attached::dma) {
        EXPECT_EQ(msg.address, msi_base + 0x40);
    }
    if (kind == attached::dma) {
        const seen r = follow(msg.address);
        EXPECT_EQ(r.pa, doorbell);
        EXPECT_TRUE(r.writable && r.device);
    }
    phys_addr_t pa = 0;
    EXPECT_EQ(iommu_iova_to_phys(&paging, msi_base + 0x40, &pa), x.in_parent);
    if (x.in_parent) {
        EXPECT_EQ(pa, doorbell);
    }
    // Prepared twice is mapped once.
    EXPECT_EQ(iommu_prepare_msi(&dev, doorbell), x.prepare);
    EXPECT_LE(paging.cookie.count, 1u);
}

INSTANTIATE_TEST_SUITE_P(
    AllLookupsAllDomains, MsiMatrix,
    testing::Combine(testing::Values(IOMMU_MSI_ATTACHED_2023, IOMMU_MSI_UNMANAGED_HELPER, IOMMU_MSI_PARENT_LOOKUP,
                                     IOMMU_MSI_PARENT_POINTER, IOMMU_MSI_PREMAPPED),
                     testing::Values(attached::blocked, attached::identity, attached::dma, attached::paging,
                                     attached::paging_without_cookie, attached::nested, attached::nested_premapped)));

struct Msi : domains {
    iommu_domain paging{}, nested{};
    void stage2(iommu_msi_lookup lookup)
    {
        start(lookup);
        ASSERT_EQ(iommu_domain_init_paging(&host, &paging, 0, 0), 0);
        ASSERT_EQ(iommu_get_msi_cookie(&paging, msi_base, msi_length), 0);
        smmu_s1_config s1{};
        s1.cd_table = 0x80000000;
        ASSERT_EQ(iommu_domain_init_nested(&nested, &paging, &s1), 0);
    }
};

TEST_F(Msi, TheThreeProposalsAsTheyWereArgued)
{
    stage2(IOMMU_MSI_ATTACHED_2023);
    ASSERT_EQ(iommu_attach_device(&dev, &nested), 0);
    EXPECT_EQ(iommu_get_domain_for_dev(&dev), &nested);
    EXPECT_EQ(iommu_get_unmanaged_domain(&dev), &paging);
    EXPECT_EQ(nested.parent, &paging);
    host.msi_lookup = IOMMU_MSI_PARENT_LOOKUP;
    EXPECT_EQ(iommu_get_domain_for_dev(&dev), &paging);
    host.msi_lookup = IOMMU_MSI_UNMANAGED_HELPER;
    EXPECT_EQ(iommu_get_domain_for_dev(&dev), &nested);
    ASSERT_EQ(iommu_detach_device(&dev), 0);
    EXPECT_EQ(iommu_get_unmanaged_domain(&dev), nullptr);
    EXPECT_EQ(iommu_get_domain_for_dev(&dev), &host.blocked);
}

TEST_F(Msi, EachDoorbellHasItsOwnPageAndTheWindowIsExhaustible)
{
    stage2(IOMMU_MSI_ATTACHED_2023);
    ASSERT_EQ(iommu_attach_device(&dev, &paging), 0);
    for (unsigned i = 0; i < IOMMU_MSI_PAGES; i++) {
        ASSERT_EQ(iommu_prepare_msi(&dev, 0x30110040 + i * 0x20000), 0);
        iommu_msi_msg msg{0x30110040u + i * 0x20000, 0};
        iommu_compose_msi_msg(&dev, &msg);
        EXPECT_EQ(msg.address, msi_base + i * 0x1000 + 0x40);
        EXPECT_EQ(follow(msg.address).pa, 0x30110040u + i * 0x20000);
    }
    EXPECT_EQ(iommu_prepare_msi(&dev, 0x50000040), ERR_NO_MEMORY);

    iommu_domain small{};
    ASSERT_EQ(iommu_domain_init_paging(&host, &small, 0, 0), 0);
    ASSERT_EQ(iommu_get_msi_cookie(&small, msi_base, 0x2000), 0);
    EXPECT_EQ(iommu_premap_msi(&small, 0x30110040), 0);
    EXPECT_EQ(iommu_premap_msi(&small, 0x30130040), 0);
    EXPECT_EQ(iommu_premap_msi(&small, 0x30150040), ERR_NO_MEMORY);
}

TEST_F(Msi, WindowIsClosedToMappingsAndUnmappings)
{
    stage2(IOMMU_MSI_ATTACHED_2023);
    ASSERT_EQ(iommu_premap_msi(&paging, doorbell), 0);
    EXPECT_EQ(iommu_map(&paging, msi_base + 0x1000, 0x90000000, 0x1000, IOPT_READ), ERR_BUSY);
    EXPECT_EQ(iommu_map(&paging, 0, 0x90000000, 0x10000000, IOPT_READ), ERR_BUSY);
    EXPECT_EQ(iommu_unmap(&paging, msi_base, 0x1000), 0u);
    EXPECT_EQ(iommu_unmap(&paging, 0, 0x10000000), 0u);
    EXPECT_EQ(iommu_map(&paging, msi_base - 0x1000, 0x90000000, 0x1000, IOPT_READ), 0);
    EXPECT_EQ(iommu_map(&paging, msi_base + msi_length, 0x90000000, 0x1000, IOPT_READ), 0);
}

TEST_F(Msi, CookieNeedsAPagingDomainAndAFreeWindow)
{
    stage2(IOMMU_MSI_ATTACHED_2023);
    EXPECT_EQ(iommu_get_msi_cookie(&nested, msi_base, msi_length), ERR_INVALID);
    EXPECT_EQ(iommu_get_msi_cookie(&host.identity, msi_base, msi_length), ERR_INVALID);
    EXPECT_EQ(iommu_get_msi_cookie(&paging, msi_base, msi_length), ERR_BUSY);
    EXPECT_EQ(iommu_premap_msi(&nested, doorbell), ERR_INVALID);
    iommu_domain d{};
    ASSERT_EQ(iommu_domain_init_paging(&host, &d, 0, 0), 0);
    EXPECT_EQ(iommu_get_msi_cookie(&d, msi_base, 0x800), ERR_INVALID);
    EXPECT_EQ(iommu_get_msi_cookie(&d, 1ull << 40, msi_length), ERR_RANGE);
    ASSERT_EQ(iommu_map(&d, msi_base + 0x5000, 0x90000000, 0x1000, IOPT_READ), 0);
    EXPECT_EQ(iommu_get_msi_cookie(&d, msi_base, msi_length), ERR_BUSY);
}

TEST_F(Msi, TheTestSwitchLeavesAHoleInStageTwo)
{
    stage2(IOMMU_MSI_PARENT_POINTER);
    paging.cookie.leave_unmapped = true;
    ASSERT_EQ(iommu_attach_device(&dev, &nested), 0);
    ASSERT_EQ(iommu_prepare_msi(&dev, doorbell), 0);
    EXPECT_EQ(message(), msi_base + 0x40);
    phys_addr_t pa = 0;
    EXPECT_FALSE(iommu_iova_to_phys(&paging, msi_base, &pa));
}

TEST_F(Msi, GranuleOfTheDomainDecidesTheOffset)
{
    start(IOMMU_MSI_PARENT_LOOKUP);
    ASSERT_EQ(iommu_domain_init_paging(&host, &paging, 16, 0), 0);
    ASSERT_EQ(iommu_get_msi_cookie(&paging, msi_base, msi_length), 0);
    ASSERT_EQ(iommu_attach_device(&dev, &paging), 0);
    constexpr std::uint64_t at = 0x3011'1040;
    ASSERT_EQ(iommu_prepare_msi(&dev, at), 0);
    iommu_msi_msg msg{at, 0};
    iommu_compose_msi_msg(&dev, &msg);
    EXPECT_EQ(msg.address, msi_base + 0x1040);
    EXPECT_EQ(follow(msg.address).pa, at);
}

} // namespace
