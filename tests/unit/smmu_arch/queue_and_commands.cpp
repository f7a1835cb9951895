#include "smmu/arch/command.h"
#include "smmu/arch/queue.h"
#include "smmu/arch/registers.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace iovp::test {
namespace {

using namespace iovp::smmu;

command good(std::uint64_t w0, std::uint64_t w1, const features& f = {})
{
    const auto r = decode({{w0, w1}}, f);
    if (const auto* bad = std::get_if<illegal_command>(&r)) {
        ADD_FAILURE() << bad->why;
        return {};
    }
    return std::get<command>(r);
}

bool illegal(std::uint64_t w0, std::uint64_t w1 = 0, const features& f = {})
{
    const auto r = decode({{w0, w1}}, f);
    const auto* bad = std::get_if<illegal_command>(&r);
    return bad != nullptr && bad->error == command_error::illegal;
}

TEST(Queue_3_5_1, WrapsThroughItsFlag)
{
    const queue_arithmetic q(2);
    std::uint32_t prod = 0;
    const std::uint32_t cons = 0;
    EXPECT_TRUE(q.empty(prod, cons));
    for (unsigned n = 1; n <= 4; ++n) {
        EXPECT_FALSE(q.full(prod, cons));
        prod = q.next(prod);
        EXPECT_EQ(q.used(prod, cons), n);
    }
    EXPECT_EQ(prod, 4U); // index 0, wrap 1
    EXPECT_TRUE(q.full(prod, cons));
    EXPECT_FALSE(q.empty(prod, cons));
    EXPECT_EQ(q.offset(prod, 16), 0U);
    for (unsigned n = 0; n < 4; ++n)
        prod = q.next(prod);
    EXPECT_EQ(prod, 0U); // the flag toggles back
    EXPECT_EQ(q.next(7), 0U);
    EXPECT_EQ(q.used(1, 6), 3U);
    EXPECT_EQ(q.pointer(0x8000000d), 5U) << "bits above the wrap flag (OVFLG, ERR) are no pointer";
}

TEST(Queue_3_5_1, OneEntry)
{
    const queue_arithmetic q(0);
    EXPECT_TRUE(q.empty(0, 0));
    EXPECT_TRUE(q.full(1, 0));
    EXPECT_EQ(q.next(1), 0U);
}

TEST(Command_4_3, ConfigurationInvalidation)
{
    const auto ste = good(0x0012345600000003, 1);
    EXPECT_EQ(ste.code, opcode::cfgi_ste);
    EXPECT_EQ(ste.stream, stream_id(0x00123456));
    EXPECT_TRUE(ste.leaf);
    EXPECT_FALSE(good(0x0012345600000003, 0).leaf);
    const auto all = good(4, 31);
    EXPECT_EQ(all.code, opcode::cfgi_ste_range);
    EXPECT_EQ(all.range, 31);
    const auto cd = good(0x00000042abcde005, 1);
    EXPECT_EQ(cd.stream, stream_id(0x42));
    EXPECT_EQ(cd.substream, substream_id(0xabcde));
    EXPECT_EQ(good(0x0000004200000006, 0).code, opcode::cfgi_cd_all);
    features f;
    f.stage1 = false;
    EXPECT_TRUE(illegal(5, 0, f));
    EXPECT_TRUE(illegal(6, 0, f));
    EXPECT_FALSE(illegal(3, 0, f));
}

TEST(Command_4_1_6, SSecIsIllegalOnTheNonSecureQueue)
{
    for (const std::uint64_t op : {1, 2, 3, 4, 5, 6})
        EXPECT_TRUE(illegal(op | 1U << 10)) << op;
}

TEST(Command_4_4_2, Stage1Invalidation)
{
    const auto va = good(0xabcd123400000012, 0xffff800012345001);
    EXPECT_EQ(va.code, opcode::tlbi_nh_va);
    EXPECT_EQ(va.vm, vmid(0x1234));
    EXPECT_EQ(va.space, asid(0xabcd));
    EXPECT_EQ(va.address, 0xffff800012345000U);
    EXPECT_TRUE(va.leaf);
    EXPECT_EQ(va.span(), 0U);
    const auto vaa = good(0xabcd123400000013, 0x12345000);
    EXPECT_EQ(vaa.space, asid(0));
    EXPECT_EQ(good(0xabcd123400000011, 0).space, asid(0xabcd));
    EXPECT_EQ(good(0x0000123400000010, 0).vm, vmid(0x1234));
    features f;
    f.stage1 = false;
    f.hypervisor = false;
    for (const std::uint64_t op : {0x10, 0x11, 0x12, 0x13})
        EXPECT_TRUE(illegal(op, 0, f));
    f = {};
    f.stage2 = false;
    EXPECT_EQ(good(0x0000123400000010, 0, f).vm, vmid(0)) << "VMID is RES0 without stage 2";
}

TEST(Command_4_4_2, El2NeedsHypAndEl3IsSecure)
{
    features f;
    EXPECT_EQ(good(0xabcd000000000021, 0, f).space, asid(0xabcd));
    EXPECT_EQ(good(0xabcd000000000022, 0x5000, f).address, 0x5000U);
    f.hypervisor = false;
    for (const std::uint64_t op : {0x20, 0x21, 0x22, 0x23})
        EXPECT_TRUE(illegal(op, 0, f)) << op;
    for (const std::uint64_t op : {0x18, 0x1a})
        EXPECT_TRUE(illegal(op)) << op;
}

TEST(Command_4_4_3, Stage2Invalidation)
{
    const auto ipa = good(0x000012340000002a, 0xff0f123456789001);
    EXPECT_EQ(ipa.code, opcode::tlbi_s2_ipa);
    EXPECT_EQ(ipa.vm, vmid(0x1234));
    EXPECT_EQ(ipa.address, 0x000f123456789000U) << "IPA[55:12]";
    EXPECT_TRUE(ipa.leaf);
    EXPECT_EQ(good(0x0000123400000028, 0).vm, vmid(0x1234));
    EXPECT_EQ(good(0x30, 0).code, opcode::tlbi_nsnh_all);
    features f;
    f.stage2 = false;
    EXPECT_TRUE(illegal(0x28, 0, f));
    EXPECT_TRUE(illegal(0x2a, 0, f));
}

TEST(Command_4_4_1_1, RangesAndLevelHint)
{
    // NUM 3, SCALE 1, TG 4K, TTL 3: 4 x 2 pages
    const auto r = good(0x12 | 3U << 12 | 1U << 20, 0x40000000 | 1U << 10 | 3U << 8);
    EXPECT_EQ(r.tg, 1);
    EXPECT_EQ(r.ttl, 3);
    EXPECT_EQ(r.num, 3);
    EXPECT_EQ(r.scale, 1);
    EXPECT_EQ(r.span(), 8U * 4096);
    EXPECT_EQ(good(0x12, 3U << 10 | 3U << 8).span(), 65536U);
    EXPECT_TRUE(illegal(0x12, 1U << 10)) << "TG alone";
    EXPECT_TRUE(illegal(0x12, 2U << 10 | 1U << 8)) << "16K has no level-1 leaf: TTL reads as 0";
    EXPECT_EQ(good(0x12 | 31U << 12 | 31U << 20, 1U << 10).span(), 32ULL << 43);
    // Without TG, or without RIL, the fields are RES0.
    EXPECT_EQ(good(0x12 | 3U << 12, 0x40000000).num, 0);
    features f;
    f.architecture_minor = 1;
    f.range_invalidation = false;
    EXPECT_EQ(good(0x12 | 3U << 12, 0x40000000 | 1U << 10, f).tg, 0);
}

TEST(Command_4_7_3, Sync)
{
    const auto s = good(0x1234567800000046 | 1U << 12 | 3U << 22 | 0xfU << 24, 0xff12345678abcdef);
    EXPECT_EQ(s.code, opcode::sync);
    EXPECT_EQ(s.signal, sync_signal::irq);
    EXPECT_EQ(s.msi_sh, 3);
    EXPECT_EQ(s.msi_attr, 0xf);
    EXPECT_EQ(s.msi_data, 0x12345678U);
    EXPECT_EQ(s.msi_address.value(), 0x0012345678abcdecU) << "MSIAddress[55:2]";
    EXPECT_EQ(good(0x46 | 2U << 12, 0).signal, sync_signal::sev);
    EXPECT_TRUE(illegal(0x46 | 3U << 12));
}

TEST(Command_4_1_1, WhatIsNotImplementedIsIllegal)
{
    for (const std::uint64_t op : {0x07, 0x40, 0x41, 0x44, 0x45})
        EXPECT_TRUE(illegal(op)) << op;
    const std::uint64_t known[] = {1,    2,    3,    4,    5,    6,    0x10, 0x11, 0x12,
                                   0x13, 0x20, 0x21, 0x22, 0x23, 0x28, 0x2a, 0x30, 0x46};
    for (std::uint64_t op = 0; op < 256; ++op) {
        const bool is_known = std::find(std::begin(known), std::end(known), op) != std::end(known);
        EXPECT_EQ(illegal(op), !is_known) << op;
    }
}

TEST(Prefetch_4_2, Decoded)
{
    const auto p = good(0x00000042abcde802, 0x123456789abcd005);
    EXPECT_EQ(p.code, opcode::prefetch_addr);
    EXPECT_TRUE(p.ssv);
    EXPECT_EQ(p.substream, substream_id(0xabcde));
    EXPECT_EQ(p.address, 0x123456789abcd000U);
}

TEST(Command_4_4_1_1, With52BitAddresses)
{
    features f;
    f.ds = f.va52 = true;
    EXPECT_EQ(good(0x12, 2U << 10 | 1U << 8, f).ttl, 1) << "64 GB blocks of the 16K granule";
    EXPECT_EQ(good(0x12 | 36U << 20, 1U << 10, f).span(), 1ULL << 48) << "SCALE has 6 bits";
    EXPECT_EQ(good(0x12 | 63U << 20, 1U << 10, f).scale, 39);
    EXPECT_EQ(good(0x12 | 36U << 20, 1U << 10).scale, 4) << "and 5 without DS";
    // The largest range: 32 << 39 granules of 64 KB.
    EXPECT_EQ(good(0x12 | 63U << 20 | 31U << 12, 3U << 10, f).span(), 1ULL << 60);
}

} // namespace
} // namespace iovp::test
