// 6.2, 6.3: every bit of every register of both pages, written alone: what is kept, that no other register changes, and
// while everything is enabled the guards, the response and the absence of events and global errors.

#include "smmu/tcu/register_frame.h"
#include "unit/smmu/bench.h"

#include <map>

using namespace iovp;
using namespace iovp::test;

namespace {

/// Writable bits of 32-bit words while nothing is enabled, from chapter 6: 44 bits of OAS, MSIs, a two-level stream
/// table, no PRI, no ATS, no ATOS, one Security state. Every other word is read-only or reserved.
const std::map<std::uint32_t, std::uint32_t> writable{
    {0x20, 0xd},        {0x28, 0xfff},         {0x2c, 0x3},          {0x50, 0x5},        {0x64, 0x1b5},
    {0x68, 0xfffffffc}, {0x6c, 0xfff},         {0x70, 0xffffffff},   {0x74, 0x3f},       {0x80, 0xffffffc0},
    {0x84, 0x40000fff}, {0x88, 0x307ff},       {0x90, 0xffffffff},   {0x94, 0x40000fff}, {0x98, 0xfffff},
    {0xa0, 0xffffffff}, {0xa4, 0x40000fff},    {0xb0, 0xfffffffc},   {0xb4, 0xfff},      {0xb8, 0xffffffff},
    {0xbc, 0x3f},       {0x100a8, 0x800fffff}, {0x100ac, 0x800fffff}};

std::vector<std::uint32_t> words()
{
    std::vector<std::uint32_t> all;
    for (std::uint32_t offset = 0; offset < 0x200; offset += 4)
        all.push_back(offset);
    for (std::uint32_t offset = 0xe00; offset < 0xe40; offset += 4) // IMPLEMENTATION DEFINED
        all.push_back(offset);
    for (std::uint32_t offset = 0x8000; offset < 0x8100; offset += 4) // S_*: no Secure state
        all.push_back(offset);
    for (std::uint32_t offset = 0x10000; offset < 0x10100; offset += 4)
        all.push_back(offset);
    return all;
}

struct quiet_listener : smmu::register_frame::listener {
    void update_requested() override {}
    void commands_may_run() override {}
    void events_may_be_written() override {}
    void atos_requested() override {}
};

} // namespace

TEST(Registers_6_3_Sweep, EveryBitWhileDisabled)
{
    quiet_listener l;
    const std::vector<std::uint32_t> all = words();
    std::map<std::uint32_t, std::uint64_t> reset;
    {
        smmu::register_frame f({}, 0x1000, l);
        for (const std::uint32_t offset : all)
            reset[offset] = f.read(offset, 4);
    }
    for (const std::uint32_t offset : all) {
        for (unsigned bit = 0; bit < 32; ++bit) {
            smmu::register_frame f({}, 0x1000, l);
            f.write(offset, 4, 1ULL << bit);
            std::uint64_t expected = reset[offset];
            const auto rule = writable.find(offset);
            if (rule != writable.end())
                expected = (1ULL << bit) & rule->second;
            if (offset == 0x44) // GBPA: nothing without Update (6.3.14.1)
                expected = bit == 31 ? 1ULL << 31 : 0x1000;
            // CMDQ_CONS.RD above the queue's wrap flag is RAZ (6.3.28): the queue has one entry at reset.
            if (offset == 0x9c)
                expected = bit == 0 ? 1 : 0;
            if (offset == 0x100a8) // EVENTQ_PROD likewise, and OVFLG (6.3.95)
                expected = bit == 0 || bit == 31 ? 1ULL << bit : 0;
            ASSERT_EQ(f.read(offset, 4), expected) << std::hex << offset << " bit " << std::dec << bit;
            for (const std::uint32_t other : all) {
                if (other == offset)
                    continue;
                ASSERT_EQ(f.read(other, 4), reset[other])
                    << std::hex << other << " after " << offset << " bit " << std::dec << bit;
            }
        }
    }
}

TEST(Registers_6_3_Sweep, EveryBitWhileEnabled)
{
    bench b;
    in_thread([&] {
        b.enable(5); // GERROR and EVENTQ interrupts too
        const std::vector<std::uint32_t> all = words();
        // Written below, or they start something: CR0, GBPA, IRQ_CTRL, GERRORN, CMDQ_PROD, EVENTQ_CONS.
        const std::set<std::uint32_t> live{0x20, 0x44, 0x50, 0x64, 0x98, 0x100ac};
        for (const std::uint32_t offset : all) {
            if (live.count(offset) != 0)
                continue;
            const std::uint64_t before = b.reg(offset);
            for (unsigned bit = 0; bit < 32; ++bit) {
                b.set_reg(offset, before ^ 1ULL << bit);
                ASSERT_EQ(b.reg(offset), before) << std::hex << offset << " bit " << std::dec << bit;
            }
        }
        b.settle(2000);
        EXPECT_EQ(b.reg(0x24), 0xdU);
        EXPECT_EQ(b.reg(0x60), 0U);
        EXPECT_TRUE(b.events().empty());
        EXPECT_FALSE(b.eventq_irq.read());
        EXPECT_FALSE(b.gerror_irq.read());
    });
}
