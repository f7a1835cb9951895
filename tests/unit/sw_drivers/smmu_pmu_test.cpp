#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "drivers.h"
#include "fake_machine.h"

using namespace sw_test;
using ::testing::ElementsAre;

namespace {

constexpr uint64_t page0 = 0x2b44'0000, page1 = 0x2b45'0000;

/// A counter group, by the words of chapter 10: what the driver needs of it.
struct group : device {
    uint32_t cfgr = 1 << 22 | 1 << 21 | 1 << 20 | 63 << 8 | 7; // 8 counters of 64 bits, relocated, MSI
    uint64_t ceid0 = 0x8f, enabled = ~0ULL, inten = ~0ULL, overflowed = ~0ULL;
    uint32_t irq_ctrl = 1;
    bool acknowledges = true;
    std::array<uint64_t, 64> values{};
    std::array<uint32_t, 64> types{}, matches{};
    uint32_t control = 1;
    uint64_t first_counter = 0x10000;
    std::function<void(uint64_t offset)> before_read;

    unsigned bits() const { return (cfgr >> 8 & 63) + 1; }
    unsigned stride() const { return bits() <= 32 ? 4 : 8; }
    uint64_t mask() const { return ~0ULL >> (64 - bits()); }
    void count(unsigned n, uint64_t amount)
    {
        if (!(enabled >> n & 1) || !(control & 1))
            return;
        if (amount > mask() - values[n])
            overflowed |= 1ULL << n;
        values[n] = (values[n] + amount) & mask();
    }
    uint64_t read(uint64_t offset, unsigned size) override
    {
        if (before_read)
            before_read(offset);
        const uint64_t word = offset & ~7ULL;
        if (offset >= first_counter && offset < first_counter + 0x200)
            return values[(offset - first_counter) / stride()] >> (stride() == 8 && (offset & 4) ? 32 : 0);
        if (offset >= 0x400 && offset < 0x500)
            return types[(offset - 0x400) / 4];
        switch (offset) {
        case 0xe00: return cfgr;
        case 0xe20: return ceid0;
        case 0xe54: return acknowledges ? irq_ctrl : !irq_ctrl;
        default: break;
        }
        if (word == first_counter + 0xc80)
            return overflowed;
        return device::read(offset, size);
    }
    void write(uint64_t offset, unsigned size, uint64_t value) override
    {
        if (offset >= first_counter && offset < first_counter + 0x200)
            values[(offset - first_counter) / stride()] = value;
        else if (offset >= 0x400 && offset < 0x500)
            types[(offset - 0x400) / 4] = static_cast<uint32_t>(value);
        else if (offset >= 0xa00 && offset < 0xb00)
            matches[(offset - 0xa00) / 4] = static_cast<uint32_t>(value);
        else if (offset == first_counter + 0xc80)
            overflowed &= ~value;
        else
            switch (offset) {
            case 0xc00: enabled |= value; break;
            case 0xc20: enabled &= ~value; break;
            case 0xc40: inten |= value; break;
            case 0xc60: inten &= ~value; break;
            case 0xe04: control = static_cast<uint32_t>(value); break;
            case 0xe50: irq_ctrl = static_cast<uint32_t>(value); break;
            default: device::write(offset, size, value);
            }
    }
};

struct SmmuPmu : ::testing::Test {
    fake_machine machine;
    group hardware;
    struct smmu_pmu pmu {};
    struct iort_pmcg where {};
    std::vector<unsigned> told;

    SmmuPmu()
    {
        machine.add(page0, 0x20000, hardware);
        where.page0 = page0;
        where.page1 = page1;
    }
    int init()
    {
        const int status = smmu_pmu_init(&pmu, &where);
        pmu.context = this;
        pmu.on_overflow = [](void* context, struct smmu_pmu*, unsigned n) {
            static_cast<SmmuPmu*>(context)->told.push_back(n);
        };
        return status;
    }
    int start(uint16_t event, uint32_t stream, uint64_t period = 0, unsigned ignored = 0)
    {
        const struct smmu_pmu_filter f = {event, false, stream, ignored, period};
        return smmu_pmu_start(&pmu, &f);
    }
    int start_all(uint16_t event, uint64_t period = 0)
    {
        const struct smmu_pmu_filter f = {event, true, 0, 0, period};
        return smmu_pmu_start(&pmu, &f);
    }
    uint64_t value(unsigned n)
    {
        uint64_t v = 0;
        EXPECT_EQ(smmu_pmu_read(&pmu, n, &v), 0);
        return v;
    }
};

} // namespace

TEST_F(SmmuPmu, InitReadsTheGroupAndStopsEverything)
{
    ASSERT_EQ(init(), 0);
    EXPECT_EQ(pmu.counter_count, 8u);
    EXPECT_EQ(pmu.counter_bits, 64u);
    EXPECT_EQ(pmu.counters, page1);
    EXPECT_FALSE(pmu.shared_filter);
    EXPECT_EQ(hardware.enabled, 0u);
    EXPECT_EQ(hardware.inten, 0u);
    EXPECT_EQ(hardware.overflowed, 0u);
    EXPECT_EQ(hardware.irq_ctrl, 0u);
    EXPECT_EQ(hardware.control, 1u);
    EXPECT_TRUE(smmu_pmu_counts(&pmu, 7));
    EXPECT_FALSE(smmu_pmu_counts(&pmu, 4));
    EXPECT_TRUE(smmu_pmu_counts(&pmu, 0x80)); // IMPLEMENTATION DEFINED
    EXPECT_FALSE(smmu_pmu_counts(&pmu, 0x7f));
}

TEST_F(SmmuPmu, InitRefusesWhatContradictsItself)
{
    where.page1 = 0;
    EXPECT_EQ(init(), ERR_MALFORMED);
    where.page1 = page0;
    EXPECT_EQ(init(), ERR_MALFORMED);
    where.page1 = page1;
    hardware.cfgr = 1 << 20 | 33 << 8;
    EXPECT_EQ(init(), ERR_MALFORMED);
    hardware.cfgr = 1 << 20 | 31 << 8;
    hardware.acknowledges = false;
    machine.ticks_per_call = 100000;
    EXPECT_EQ(init(), ERR_TIMEOUT);
    where.page0 = 0x1000;
    EXPECT_EQ(init(), ERR_BUS);
}

TEST_F(SmmuPmu, CountersInPage0WhenNotRelocated)
{
    hardware.cfgr = 31 << 8 | 3; // 4 counters of 32 bits
    hardware.first_counter = 0;
    where.page1 = 0;
    ASSERT_EQ(init(), 0);
    ASSERT_EQ(start(1, 5), 0);
    ASSERT_EQ(start(2, 5), 1);
    hardware.count(1, 7);
    EXPECT_EQ(value(1), 7u);
    EXPECT_EQ(value(0), 0u);
}

// 10.4: an exact StreamID; a span, the lowest zero and what is below it; all ones.
TEST_F(SmmuPmu, FiltersAreEncodedAsTheTextSays)
{
    ASSERT_EQ(init(), 0);
    ASSERT_EQ(start(1, 0x1008), 0);
    ASSERT_EQ(start(2, 0x1008, 0, 1), 1);
    ASSERT_EQ(start(3, 0x001bf7f5, 0, 4), 2);
    ASSERT_EQ(start_all(7), 3);
    EXPECT_EQ(hardware.types[0], 1u);
    EXPECT_EQ(hardware.matches[0], 0x1008u);
    EXPECT_EQ(hardware.types[1], 2u | 1u << 29);
    EXPECT_EQ(hardware.matches[1], 0x1008u); // ...1000: the last bit is anything
    EXPECT_EQ(hardware.types[2], 3u | 1u << 29);
    EXPECT_EQ(hardware.matches[2], 0x001bf7f7u); // the first example of 10.4
    EXPECT_EQ(hardware.types[3], 7u | 1u << 29);
    EXPECT_EQ(hardware.matches[3], 0xffffffffu);
    EXPECT_EQ(hardware.enabled, 0xfu);
    EXPECT_EQ(hardware.inten, 0xfu);
}

TEST_F(SmmuPmu, ACounterIsEnabledWhenItsProgramStands)
{
    ASSERT_EQ(init(), 0);
    machine.log.clear();
    ASSERT_EQ(start(1, 5), 0);
    const int enable = machine.find_write(page0 + 0xc00);
    for (const uint64_t at : {page0 + 0x400, page0 + 0xa00, page1, page1 + 0xc80, page0 + 0xc40}) {
        EXPECT_NE(machine.find_write(at), -1);
        EXPECT_LT(machine.find_write(at), enable) << std::hex << at;
    }
}

TEST_F(SmmuPmu, StartStopAndReuse)
{
    ASSERT_EQ(init(), 0);
    for (int n = 0; n < 8; n++)
        ASSERT_EQ(start(1, 5), n);
    EXPECT_EQ(start(1, 5), ERR_NO_MEMORY);
    EXPECT_EQ(start(4, 5), ERR_UNSUPPORTED);
    EXPECT_EQ(start(1, 5, 0, 32), ERR_RANGE);
    hardware.count(3, 12);
    uint64_t v = 0;
    EXPECT_EQ(smmu_pmu_stop(&pmu, 3, &v), 0);
    EXPECT_EQ(v, 12u);
    EXPECT_EQ(hardware.enabled, 0xf7u);
    EXPECT_EQ(hardware.inten, 0xf7u);
    EXPECT_EQ(smmu_pmu_stop(&pmu, 3, nullptr), ERR_INVALID);
    EXPECT_EQ(smmu_pmu_read(&pmu, 3, &v), ERR_INVALID);
    EXPECT_EQ(smmu_pmu_read(&pmu, 8, &v), ERR_INVALID);
    EXPECT_EQ(smmu_pmu_read(&pmu, 64, &v), ERR_INVALID);
    EXPECT_EQ(start(2, 6), 3);
    EXPECT_EQ(value(3), 0u);
}

TEST_F(SmmuPmu, OverflowsExtendACounterOfAnySize)
{
    for (const unsigned bits : {32u, 36u, 40u, 44u, 48u}) {
        hardware.cfgr = 1 << 20 | (bits - 1) << 8 | 3;
        ASSERT_EQ(init(), 0);
        told.clear();
        ASSERT_EQ(start(1, 5), 0);
        const uint64_t wrap = 1ULL << bits;
        hardware.count(0, wrap - 1);
        hardware.count(0, 3);
        smmu_pmu_handle_interrupt(&pmu);
        EXPECT_EQ(pmu.interrupts, 1u);
        EXPECT_THAT(told, ElementsAre(0u));
        EXPECT_EQ(hardware.overflowed, 0u);
        EXPECT_EQ(value(0), wrap + 2) << bits;
        smmu_pmu_handle_interrupt(&pmu); // nothing is left to do
        EXPECT_EQ(pmu.interrupts, 1u);
        // An overflow that a read finds before the interrupt counts once.
        hardware.count(0, wrap - 1);
        EXPECT_EQ(value(0), 2 * wrap + 1);
        smmu_pmu_handle_interrupt(&pmu);
        EXPECT_EQ(value(0), 2 * wrap + 1);
        EXPECT_THAT(told, ElementsAre(0u, 0u));
    }
}

TEST_F(SmmuPmu, APeriodBringsTheFirstOverflowEarly)
{
    for (const unsigned bits : {32u, 48u, 64u}) {
        hardware.cfgr = 1 << 20 | (bits - 1) << 8 | 3;
        ASSERT_EQ(init(), 0);
        ASSERT_EQ(start_all(1, 100), 0);
        hardware.count(0, 99);
        EXPECT_EQ(hardware.overflowed, 0u);
        EXPECT_EQ(value(0), 99u);
        hardware.count(0, 1);
        EXPECT_EQ(hardware.overflowed, 1u);
        hardware.count(0, 1);
        smmu_pmu_handle_interrupt(&pmu);
        EXPECT_EQ(value(0), 101u) << bits;
    }
    hardware.cfgr = 1 << 20 | 31 << 8 | 3;
    ASSERT_EQ(init(), 0);
    EXPECT_EQ(start_all(1, 1ULL << 32), ERR_RANGE);
    EXPECT_EQ(start_all(1, (1ULL << 32) - 1), 0);
}

// The lower half wraps between the reads of the halves: neither half may be of another time.
TEST_F(SmmuPmu, ACarryBetweenTheHalvesIsNoticed)
{
    ASSERT_EQ(init(), 0);
    ASSERT_EQ(start(1, 5), 0);
    hardware.count(0, 0xffff'ffff);
    bool once = true;
    hardware.before_read = [&](uint64_t offset) {
        if (offset == 0x10000 && once) {
            once = false;
            hardware.count(0, 1);
        }
    };
    EXPECT_EQ(value(0), 0x1'0000'0000u);
}

// It wraps after it was read and before OVS is.
TEST_F(SmmuPmu, AnOverflowBetweenValueAndStatusIsNoticed)
{
    hardware.cfgr = 1 << 20 | 31 << 8 | 3;
    ASSERT_EQ(init(), 0);
    ASSERT_EQ(start(1, 5), 0);
    hardware.count(0, 0xffff'ffff);
    bool once = true;
    hardware.before_read = [&](uint64_t offset) {
        if (offset == 0x10c80 && once) {
            once = false;
            hardware.count(0, 5);
        }
    };
    EXPECT_EQ(value(0), 0x1'0000'0004u);
}

TEST_F(SmmuPmu, OneFilterForAllIsKeptWhileItIsUsed)
{
    hardware.cfgr |= 1 << 23;
    ASSERT_EQ(init(), 0);
    ASSERT_EQ(start(1, 5), 0);
    ASSERT_EQ(start(2, 5), 1);
    EXPECT_EQ(start(1, 6), ERR_BUSY);
    EXPECT_EQ(start_all(1), ERR_BUSY);
    EXPECT_EQ(smmu_pmu_stop(&pmu, 0, nullptr), 0);
    EXPECT_EQ(start(1, 6), ERR_BUSY);
    EXPECT_EQ(smmu_pmu_stop(&pmu, 1, nullptr), 0);
    ASSERT_EQ(start_all(7), 0);
    ASSERT_EQ(start_all(2), 1);
    EXPECT_EQ(hardware.types[0], 7u | 1u << 29);
    EXPECT_EQ(hardware.types[1], 2u);
    EXPECT_EQ(hardware.matches[0], 0xffffffffu);
}

TEST_F(SmmuPmu, MsiIsWrittenWhileInterruptsAreOff)
{
    ASSERT_EQ(init(), 0);
    EXPECT_EQ(smmu_pmu_set_msi(&pmu, 0x30110040, 3, 1), 0);
    EXPECT_EQ(smmu_pmu_enable_interrupt(&pmu, true), 0);
    EXPECT_EQ(hardware.get(0xe58, 8), 0x30110040u);
    EXPECT_EQ(hardware.get(0xe60, 4), 3u);
    EXPECT_EQ(hardware.get(0xe64, 4), 1u);
    EXPECT_EQ(hardware.irq_ctrl, 1u);
    EXPECT_LT(machine.find_write(page0 + 0xe64), machine.find_write(page0 + 0xe50, machine.find_write(page0 + 0xe64)));
    hardware.cfgr &= ~(1u << 21);
    ASSERT_EQ(init(), 0);
    EXPECT_EQ(smmu_pmu_set_msi(&pmu, 0x30110040, 3, 1), ERR_UNSUPPORTED);
}
