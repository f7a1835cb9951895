// 4.1.6, 4.4, 4.7: commands on the Secure Command queue.

#include "smmu/arch/command.h"

#include <gtest/gtest.h>

namespace iovp::test {
namespace {

using namespace iovp::smmu;
constexpr auto secure = security_state::secure;

features with(bool stage2)
{
    features f;
    f.secure_impl = true;
    f.secure_stage2 = stage2;
    return f;
}

bool illegal(std::uint64_t w0, std::uint64_t w1, const features& f, security_state queue = secure,
             bool nsstalld = false)
{
    return std::holds_alternative<illegal_command>(decode({{w0, w1}}, f, queue, nsstalld));
}

command good(std::uint64_t w0, std::uint64_t w1, const features& f, security_state queue = secure)
{
    const auto r = decode({{w0, w1}}, f, queue);
    if (const auto* bad = std::get_if<illegal_command>(&r)) {
        ADD_FAILURE() << bad->why;
        return {};
    }
    return std::get<command>(r);
}

TEST(SecureCommand_4_1_6, SsecChoosesTheState)
{
    for (const std::uint64_t op : {0x01, 0x02, 0x03, 0x04, 0x05, 0x06}) {
        EXPECT_FALSE(good(op | 9ULL << 32, 0, with(false)).secure) << op;
        const command c = good(op | 1 << 10 | 9ULL << 32, 0, with(false));
        EXPECT_TRUE(c.secure) << op;
        EXPECT_EQ(c.stream, stream_id(9));
        EXPECT_TRUE(illegal(op | 1 << 10, 0, with(false), security_state::non_secure)) << op;
    }
}

TEST(SecureCommand_4_4, WhatOnlyTheSecureQueueTakes)
{
    const struct {
        std::uint64_t op;
        bool sel2;
    } rows[] = {{0x18, false}, {0x1a, false}, {0x50, true}, {0x51, true}, {0x52, true},
                {0x53, true},  {0x58, true},  {0x5a, true}, {0x60, true}};
    for (const auto& row : rows) {
        EXPECT_TRUE(illegal(row.op, 0, with(true), security_state::non_secure)) << row.op;
        EXPECT_EQ(illegal(row.op, 0, with(false)), row.sel2) << row.op;
        EXPECT_TRUE(good(row.op, 0, with(true)).secure) << row.op;
        EXPECT_TRUE(illegal(row.op, 0, features{})) << row.op;
    }
}

TEST(SecureCommand_4_4, Fields)
{
    const std::uint64_t fields = 0xabcdULL << 48 | 0x1234ULL << 32;
    command c = good(0x1a | fields, 0x7000 | 1, with(true)); // EL3_VA
    EXPECT_EQ(c.address, 0x7000U);
    EXPECT_TRUE(c.leaf);
    EXPECT_EQ(c.space, asid(0));
    c = good(0x51 | fields, 0, with(true)); // S_EL2_ASID
    EXPECT_EQ(c.space, asid(0xabcd));
    c = good(0x52 | fields, 0x7000, with(true)); // S_EL2_VA
    EXPECT_EQ(c.space, asid(0xabcd));
    EXPECT_EQ(c.address, 0x7000U);
    c = good(0x53 | fields, 0x7000, with(true)); // S_EL2_VAA
    EXPECT_EQ(c.space, asid(0));
    EXPECT_EQ(c.address, 0x7000U);
    c = good(0x58 | fields, 0, with(true)); // S_S12_VMALL
    EXPECT_EQ(c.vm, vmid(0x1234));
    c = good(0x5a | fields, 0x7000 | 1, with(true)); // S_S2_IPA
    EXPECT_EQ(c.vm, vmid(0x1234));
    EXPECT_EQ(c.address, 0x7000U);
    EXPECT_TRUE(c.leaf);
    EXPECT_FALSE(c.non_secure_ipa);
    EXPECT_TRUE(good(0x5a | fields, 0x7000 | 1 << 1, with(true)).non_secure_ipa);
    // Range
    c = good(0x1a | 3 << 12 | 1 << 20, 1 << 10 | 0x8000, with(true));
    EXPECT_EQ(c.span(), 4 * 2 * 0x1000U);
}

// 6.3.55 SAMS: set where there is ATS.
TEST(SecureCommand_4_5, AtsMaintenanceIsForTheNonSecureQueue)
{
    features f = with(true);
    EXPECT_EQ(f.secure_idr3() >> 6 & 1, 0U);
    f.ats = f.pri = true;
    EXPECT_EQ(f.secure_idr3() >> 6 & 1, 1U);
    EXPECT_TRUE(illegal(0x40, 0, f));
    EXPECT_TRUE(illegal(0x41, 2 << 12, f));
    EXPECT_FALSE(illegal(0x40, 0, f, security_state::non_secure));
    EXPECT_FALSE(illegal(0x41, 2 << 12, f, security_state::non_secure));
}

TEST(SecureCommand_4_4_2, Stage1CommandsActOnTheQueuesState)
{
    for (const std::uint64_t op : {0x10, 0x11, 0x12, 0x13}) {
        const std::uint64_t w0 = op | 0x1234ULL << 32;
        EXPECT_FALSE(good(w0, 0, with(true), security_state::non_secure).secure);
        EXPECT_EQ(good(w0, 0, with(true), security_state::non_secure).vm, vmid(0x1234));
        EXPECT_TRUE(good(w0, 0, with(true)).secure);
        EXPECT_EQ(good(w0, 0, with(true)).vm, vmid(0x1234));
        EXPECT_EQ(good(w0, 0, with(false)).vm, vmid(0)) << "RES0 without Secure stage 2";
    }
    // These are of the Non-secure state from either queue.
    for (const std::uint64_t op : {0x20, 0x21, 0x22, 0x23, 0x28, 0x2a, 0x30})
        EXPECT_FALSE(good(op, 0, with(true)).secure) << op;
    features f = with(true);
    f.hypervisor = false;
    EXPECT_TRUE(illegal(0x20, 0, f));
    EXPECT_FALSE(illegal(0x50, 0, f)) << "SEL2 is another feature than Hyp";
}

// 4.7.1, 4.7.2, 6.3.57.1
TEST(SecureCommand_4_7, NsstalldForbidsStallCommandsOnTheNonSecureQueue)
{
    features f = with(false);
    f.stall_model = 0;
    f.stall_max = 4;
    for (const std::uint64_t op : {0x44, 0x45}) {
        EXPECT_FALSE(illegal(op, 0, f, security_state::non_secure, false));
        EXPECT_TRUE(illegal(op, 0, f, security_state::non_secure, true));
        EXPECT_FALSE(illegal(op, 0, f, secure, true));
        EXPECT_TRUE(good(op | 1 << 10, 0, f).secure);
        EXPECT_TRUE(illegal(op, 0, with(false)));
    }
}

} // namespace
} // namespace iovp::test
