// A device that translates itself: PCIe ATS between a generator, the TCU and a TBU.
#include "dma_system/dma_system.h"

#include "support/in_thread.h"

#include <gtest/gtest.h>

using namespace iovp;
using namespace iovp::dma;
using test::in_thread;

namespace {

constexpr stream_id stream(5);
constexpr std::uint64_t iova = 0x123456000;

system_parameters with_ats(unsigned entries)
{
    system_parameters p;
    p.models.tcu.feature.ats = true;
    p.ats = true;
    p.atc.entries = entries;
    return p;
}

struct bench {
    explicit bench(unsigned entries = 64)
        : system("system", with_ats(entries))
    {
        system.add_stream(stream, {});
    }
    void map(std::uint64_t at, std::uint64_t pa_offset)
    {
        mapping m;
        m.iova = at;
        m.pa = system.data_base() + pa_offset;
        m.size = 4096;
        m.page_size = 4096;
        system.map(stream, m);
    }
    /// One request; the number of errors, 0 or 1.
    std::uint64_t access(std::uint64_t address, bool write = false, unsigned size = 8)
    {
        traffic::workload w;
        w.order = traffic::pattern::list;
        w.list = {{address, size, write}};
        w.count = 1;
        w.sources = {{stream, {}}};
        system.generators[0].run(w);
        return system.generators[0].counts().errors;
    }
    /// CMD_ATC_INV (4.5.1) of 2^(12 + size) bytes, and CMD_SYNC.
    void atc_invalidate(std::uint64_t address, unsigned size)
    {
        system.control.command(0x40 | std::uint64_t(stream.value()) << 32, address | size);
        system.control.sync();
    }
    std::uint64_t requests() const { return system.atcs[0].counts().requests; }
    dma_system system;
};

} // namespace

TEST(TranslationCache, ATranslationIsAskedForOnceAndServesItsPage)
{
    bench b;
    b.map(iova, 0);
    in_thread([&] {
        b.system.control.enable();
        EXPECT_EQ(b.access(iova + 0x10), 0U);
        EXPECT_EQ(b.access(iova + 0xff8), 0U);
        EXPECT_EQ(b.requests(), 1U);
        EXPECT_EQ(b.system.atcs[0].counts().hits, 1U);
        EXPECT_EQ(b.system.tbus[0].counts().micro_lookups, 0U) << "Translated transactions look nothing up";
        EXPECT_EQ(b.system.control.events(), 0U);
    });
}

// 4.5.1: after CMD_ATC_INV and CMD_SYNC the device asks again, for what lies in the span and nothing else.
TEST(TranslationCache, InvalidationsReachIt)
{
    bench b;
    b.map(iova, 0);
    b.map(iova + 0x1000, 0x1000);
    in_thread([&] {
        b.system.control.enable();
        b.access(iova);
        b.access(iova + 0x1000);
        EXPECT_EQ(b.requests(), 2U);
        b.atc_invalidate(iova, 0);
        EXPECT_EQ(b.system.atcs[0].counts().invalidations, 1U);
        b.access(iova + 0x1000);
        EXPECT_EQ(b.requests(), 2U);
        b.access(iova);
        EXPECT_EQ(b.requests(), 3U);
        b.atc_invalidate(0, 52); // everything
        b.access(iova);
        b.access(iova + 0x1000);
        EXPECT_EQ(b.requests(), 5U);
    });
}

// Nothing there: a completion without access is no event (3.9.1.2), and nothing is kept.
TEST(TranslationCache, WhatIsNotMappedEndsInTheDevice)
{
    bench b;
    b.map(iova, 0);
    in_thread([&] {
        b.system.control.enable();
        EXPECT_EQ(b.access(iova + 0x1000), 1U);
        EXPECT_EQ(b.access(iova + 0xff0, false, 32), 1U) << "its second page";
        EXPECT_EQ(b.system.control.events(), 0U);
        b.map(iova + 0x1000, 0x1000);
        EXPECT_EQ(b.access(iova + 0xff0, false, 32), 0U);
    });
}

TEST(TranslationCache, TheLeastRecentlyUsedLeaves)
{
    bench b(2);
    for (std::uint64_t i = 0; i < 3; ++i)
        b.map(iova + i * 0x1000, i * 0x1000);
    in_thread([&] {
        b.system.control.enable();
        for (const unsigned page : {0U, 1U, 0U, 2U})
            b.access(iova + page * 0x1000);
        EXPECT_EQ(b.requests(), 3U);
        b.access(iova);
        EXPECT_EQ(b.requests(), 3U);
        b.access(iova + 0x1000);
        EXPECT_EQ(b.requests(), 4U);
    });
}

TEST(TranslationCache, NeedsTheFeature)
{
    system_parameters p = with_ats(64);
    p.models.tcu.feature.ats = false;
    EXPECT_THROW(dma_system("system", p), sc_core::sc_report);
    p = with_ats(0);
    EXPECT_THROW(dma_system("other", p), sc_core::sc_report);
}
