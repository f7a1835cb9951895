// 6.2, 6.3: the Non-secure frame as software sees it. Offsets and bits are written out from chapter 6.

#include "smmu/tcu/register_frame.h"

#include <gtest/gtest.h>

#include <set>

using namespace iovp::smmu;

namespace {

struct frame_bench : register_frame::listener {
    explicit frame_bench(const features& f = {})
        : frame(f, 0x1000, *this)
    {
    }
    void update_requested() override {}
    void commands_may_run() override {}
    void events_may_be_written() override {}
    void atos_requested() override {}
    std::uint64_t r(std::uint32_t offset, unsigned size = 4) { return frame.read(offset, size); }
    void w(std::uint32_t offset, std::uint64_t value, unsigned size = 4) { frame.write(offset, size, value); }

    register_frame frame;
};

struct software_register {
    std::uint32_t offset;
    unsigned size;
    std::uint64_t reset;
    std::uint64_t writable; ///< while nothing is enabled
};

// 44 bits of OAS, MSIs, no PRI, no Secure state.
const software_register registers[] = {
    {0x20, 4, 0, 0xd},           {0x28, 4, 0, 0xfff},
    {0x2c, 4, 0, 0x3},           {0x50, 4, 0, 0x5},
    {0x64, 4, 0, 0x1b5}, // CMDQ, EVENTQ_ABT, MSI_CMDQ, MSI_EVENTQ, MSI_GERROR, SFM
    {0x68, 8, 0, 0xffffffffffc}, {0x70, 4, 0, 0xffffffff},
    {0x74, 4, 0, 0x3f},          {0x80, 8, 0, 0x40000fffffffffc0},
    {0x88, 4, 0, 0x307ff},       {0x90, 8, 0, 0x40000fffffffffff},
    {0x98, 4, 0, 0xfffff},       {0xa0, 8, 0, 0x40000fffffffffff},
    {0xb0, 8, 0, 0xffffffffffc}, {0xb8, 4, 0, 0xffffffff},
    {0xbc, 4, 0, 0x3f},          {0x100a8, 4, 0, 0x80000001}, // one entry: only the wrap flag
    {0x100ac, 4, 0, 0x800fffff},
};

} // namespace

TEST(Registers_6_3, WritableBitsAndResetValues)
{
    for (const auto& s : registers) {
        frame_bench b;
        EXPECT_EQ(b.r(s.offset, s.size), s.reset) << std::hex << s.offset;
        b.w(s.offset, ~0ULL, s.size);
        EXPECT_EQ(b.r(s.offset, s.size), s.writable) << std::hex << s.offset;
        b.w(s.offset, 0, s.size);
        if (s.offset != 0x20 && s.offset != 0x50) { // a field in transition keeps its value
            EXPECT_EQ(b.r(s.offset, s.size), 0U) << std::hex << s.offset;
        }
    }
}

TEST(Registers_6_3, WideRegistersByHalves)
{
    for (const auto& s : registers) {
        if (s.size != 8)
            continue;
        frame_bench b;
        b.w(s.offset, 0x89abcdef);
        b.w(s.offset + 4, 0x40000123);
        EXPECT_EQ(b.r(s.offset, 8), 0x4000012389abcdef & s.writable) << std::hex << s.offset;
        EXPECT_EQ(b.r(s.offset), 0x89abcdefU & (s.writable & 0xffffffff));
        EXPECT_EQ(b.r(s.offset + 4), 0x40000123U & (s.writable >> 32));
    }
}

TEST(Registers_6_3, ReservedOffsetsAreRazWi)
{
    std::set<std::uint32_t> known;
    for (const auto& s : registers)
        for (unsigned i = 0; i < s.size; i += 4)
            known.insert(s.offset + i);
    for (const std::uint32_t o : {0x0, 0x4, 0x8, 0xc, 0x10, 0x14, 0x18, 0x1c, 0x24, 0x40, 0x44, 0x54, 0x60, 0x9c})
        known.insert(o);
    frame_bench b;
    for (std::uint32_t o = 0; o < 0x20000; o += 4) {
        if (known.count(o) != 0)
            continue;
        b.w(o, 0xffffffff);
        EXPECT_EQ(b.r(o), 0U) << std::hex << o;
    }
    // The Secure frame (SMMU_S_IDR1 of 0x8004: "S_IDR1.SECURE_IMPL") is among them, and changed nothing.
    EXPECT_EQ(b.r(0x8004), 0U);
    for (const auto& s : registers)
        EXPECT_EQ(b.r(s.offset, s.size), s.reset) << std::hex << s.offset;
}

TEST(Registers_6_3, AcknowledgesAreReadOnly)
{
    frame_bench b;
    for (const std::uint32_t o : {0x24U, 0x54U, 0x60U, 0x40U}) {
        b.w(o, 0xffffffff);
        EXPECT_EQ(b.r(o), 0U) << std::hex << o;
    }
}

TEST(Registers_6_3, IrqCtrlFieldsInTransition)
{
    frame_bench b;
    b.w(0x50, 1);
    b.w(0x50, 4); // GERROR_IRQEN is being updated: stays
    EXPECT_EQ(b.r(0x50), 5U);
    b.frame.set(0x54, 5);
    b.w(0x50, 0);
    EXPECT_EQ(b.r(0x50), 0U);
}

TEST(Registers_6_3, IrqCfgIsGuardedByItsOwnEnable)
{
    frame_bench b;
    b.w(0x68, 0x40000, 8);
    b.w(0xb0, 0x41000, 8);
    b.w(0x50, 1); // GERROR
    b.frame.set(0x54, 1);
    b.w(0x68, 0, 8);
    b.w(0x70, 7);
    b.w(0x74, 7);
    b.w(0xb0, 0x42000, 8);
    EXPECT_EQ(b.r(0x68, 8), 0x40000U);
    EXPECT_EQ(b.r(0x70), 0U);
    EXPECT_EQ(b.r(0x74), 0U);
    EXPECT_EQ(b.r(0xb0, 8), 0x42000U);
    b.w(0x50, 0); // not yet acknowledged: still guarded
    b.w(0x68, 0, 8);
    EXPECT_EQ(b.r(0x68, 8), 0x40000U);
    b.frame.set(0x54, 0);
    b.w(0x68, 0, 8);
    EXPECT_EQ(b.r(0x68, 8), 0U);
}

TEST(Registers_6_3, CmdqConsErrIgnoresWrites)
{
    frame_bench b;
    b.w(0x90, 0x20003, 8);
    b.w(0x9c, 0x7f000005);
    EXPECT_EQ(b.r(0x9c), 0x5U);
}

TEST(Registers_6_3, AddressBitsBeyondTheOasReadZero)
{
    for (const unsigned oas : {32U, 36U, 40U, 42U, 44U, 48U}) {
        features f;
        f.output_bits = oas;
        frame_bench b(f);
        for (const std::uint32_t o : {0x68U, 0x80U, 0x90U, 0xa0U, 0xb0U}) {
            b.w(o, ~0ULL, 8);
            EXPECT_EQ((b.r(o, 8) & 0x00ffffffffffffff) >> oas, 0U) << std::hex << o;
            EXPECT_EQ(b.r(o, 8) >> (oas - 1) & 1, 1U) << std::hex << o;
        }
    }
}
