// 6.2, 6.3.52 to 6.3.82: the Secure programming interface's registers.

#include "secure_bench.h"

using namespace iovp;
using namespace iovp::test;

TEST(SecureRegisters_6_2, NonSecureAccessesAreRazWi)
{
    secure_bench b;
    in_thread([&] {
        EXPECT_EQ(b.sreg(0x8004), 1U << 31 | 16U);
        EXPECT_EQ(b.reg(0x8004), 0U);
        b.set_sreg(0x8080, 0x50000, 8);
        b.set_reg(0x8080, 0x60000, 8);
        EXPECT_EQ(b.reg(0x8080, 8), 0U);
        EXPECT_EQ(b.sreg(0x8080, 8), 0x50000U);
        b.set_reg(0x8020, 0xd);
        b.set_reg(0x803c, 1);
        b.set_reg(0x80ac, 5);
        b.settle();
        EXPECT_EQ(b.sreg(0x8020), 0U);
        EXPECT_EQ(b.sreg(0x803c), 0U);
        EXPECT_EQ(b.sreg(0x80ac), 0U);
        // The other registers are for both.
        b.set_sreg(0x80, 0x30000, 8);
        EXPECT_EQ(b.reg(0x80, 8), 0x30000U);
        EXPECT_EQ(b.sreg(0x0), b.reg(0x0));
    });
}

TEST(SecureRegisters_6_2, AbsentWithoutSecureState)
{
    bench b;
    in_thread([&] {
        transaction_attributes secure;
        secure.non_secure = false;
        sc_core::sc_time delay;
        for (std::uint32_t offset = 0x8000; offset < 0x8100; offset += 4) {
            std::uint32_t ones = ~0U;
            EXPECT_TRUE(transport(b.cpu, tlm::TLM_WRITE_COMMAND, offset, &ones, 4, secure, delay));
            EXPECT_TRUE(transport(b.cpu, tlm::TLM_READ_COMMAND, offset, &ones, 4, secure, delay));
            EXPECT_EQ(ones, 0U) << std::hex << offset;
        }
        b.settle();
        EXPECT_EQ(b.tcu.secure(), nullptr);
    });
}

TEST(SecureRegisters_6_3_52, Identification)
{
    auto p = with_secure(true);
    p.feature.stall_model = 0;
    p.feature.stall_max = 4;
    p.feature.secure_stream_id_bits = 6;
    secure_bench b(p);
    in_thread([&] {
        EXPECT_EQ(b.sreg(0x8000), 1U << 13);
        EXPECT_EQ(b.sreg(0x8004), 1U << 31 | 1U << 29 | 6U);
        for (const std::uint32_t offset : {0x8008, 0x800c, 0x8010, 0x8014, 0x8018, 0x801c, 0x8040, 0x8048})
            EXPECT_EQ(b.sreg(offset), 0U) << std::hex << offset;
        b.set_sreg(0x8004, 0);
        EXPECT_EQ(b.sreg(0x8004), 1U << 31 | 1U << 29 | 6U);
    });
}

// Writable bits by 6.3.57 to 6.3.82.
TEST(SecureRegisters_6_3, WritableBits)
{
    for (const bool more : {false, true}) {
        smmu::features f;
        f.secure_impl = true;
        f.secure_stage2 = more;
        if (more) {
            f.stall_model = 0;
            f.stall_max = 1;
        }
        struct : smmu::register_frame::listener {
            void update_requested() override {}
            void commands_may_run() override {}
            void events_may_be_written() override {}
            void atos_requested() override {}
        } nobody;
        smmu::register_frame frame(f, 0x1000, nobody, security_state::secure);
        const struct {
            std::uint32_t offset;
            std::uint64_t bits;
            unsigned size;
        } rows[] = {
            {0x8024, 0, 4},
            {0x8028, 0xfff, 4},
            {0x802c, more ? 3U : 2U, 4},
            {0x8054, 0, 4},
            {0x8060, 0, 4},
            {0x8064, 0x1b5, 4},
            {0x8068, 0xffffffffffc, 8},
            {0x8070, 0xffffffff, 4},
            {0x8074, 0x3f, 4},
            {0x8080, 0x4000000000000000 | 0xfffffffffc0, 8},
            {0x8088, 0x307ff, 4},
            {0x8090, 0x4000000000000000 | 0xfffffffffff, 8},
            {0x8098, 0xfffff, 4},
            {0x80a0, 0x4000000000000000 | 0xfffffffffff, 8},
            {0x80a8, 0x800001ff, 4}, // RAZ above the wrap flag of 2^8 entries
            {0x80ac, 0x800fffff, 4},
            {0x80b0, 0xffffffffffc, 8},
            {0x80b8, 0xffffffff, 4},
            {0x80bc, 0x3f, 4},
            {0x80c0, 0, 8},
            {0x80d0, 0, 8},
            {0x8100, 0, 4},
        };
        for (const auto& r : rows) {
            frame.write(r.offset, r.size, ~0ULL);
            EXPECT_EQ(frame.read(r.offset, r.size), r.bits) << std::hex << r.offset;
        }
        frame.write(0x8050, 4, ~0U);
        EXPECT_EQ(frame.read(0x8050, 4), 5U);
        frame.write(0x8020, 4, ~0U);
        EXPECT_EQ(frame.read(0x8020, 4), more ? 0x22dU : 0x2dU) << "SIF; NSSTALLD where STALL_MODEL is 0b00";
        frame.write(0x8044, 4, ~0U);
        EXPECT_EQ(frame.read(0x8044, 4), 0x801fff1fU) << "NSCFG too";
        // Nothing of it at the Non-secure offsets, and no page-1 registers of its own.
        EXPECT_EQ(frame.read(0x20, 4), 0U);
        EXPECT_EQ(frame.read(0x100a8, 4), 0U);
        EXPECT_EQ(frame.read(0x180a8, 4), 0U);
    }
}

TEST(SecureRegisters_6_3, GuardsAreTheSecureEnables)
{
    secure_bench b;
    in_thread([&] {
        b.enable();
        // The Non-secure interface is enabled: nothing of the Secure one is guarded by that.
        b.enable_secure();
        EXPECT_EQ(b.sreg(0x8080, 8), secure_bench::s_stream_table);
        // The reverse, and the Secure ones are guarded now.
        b.set_reg(0x20, 0);
        b.settle();
        b.set_reg(0x80, 0x70000, 8);
        EXPECT_EQ(b.reg(0x80, 8), 0x70000U);
        b.set_sreg(0x8080, 0, 8);
        b.set_sreg(0x8088, 0);
        b.set_sreg(0x8090, 0, 8);
        b.set_sreg(0x80a0, 0, 8);
        b.set_sreg(0x80a8, 3);
        b.set_sreg(0x8028, 0);
        b.set_sreg(0x802c, 0);
        EXPECT_EQ(b.sreg(0x8080, 8), secure_bench::s_stream_table);
        EXPECT_EQ(b.sreg(0x8088), 6U);
        EXPECT_EQ(b.sreg(0x8090, 8), secure_bench::s_command_base | 3);
        EXPECT_EQ(b.sreg(0x80a0, 8), secure_bench::s_event_base | 2);
        EXPECT_EQ(b.sreg(0x80a8), 0U);
        EXPECT_EQ(b.sreg(0x8028), 0xd75U);
        EXPECT_EQ(b.sreg(0x802c), 2U);
    });
}

// 6.3.57.1, 3.12
TEST(SecureRegisters_6_3_57, NsstalldShowsInIdr0AndIllegalCommands)
{
    auto p = with_secure();
    p.feature.stall_model = 0;
    p.feature.stall_max = 4;
    secure_bench b(p);
    in_thread([&] {
        b.enable();
        b.enable_secure();
        EXPECT_EQ(b.reg(0x0) >> 24 & 3, 0U);
        b.run(0x45); // CMD_STALL_TERM
        EXPECT_EQ(b.reg(0x60), 0U);
        b.set_sreg(0x8020, 0x20d);
        b.settle();
        EXPECT_EQ(b.sreg(0x8024), 0x20dU);
        EXPECT_EQ(b.reg(0x0) >> 24 & 3, 1U);
        EXPECT_EQ(b.sreg(0x8000) >> 24 & 3, 0U);
        b.srun(0x45 | 1 << 10);
        EXPECT_EQ(b.sreg(0x8060), 0U);
        b.push(0x45);
        b.ring();
        b.settle();
        EXPECT_EQ(b.reg(0x60), 1U) << "CMDQ_ERR";
        EXPECT_EQ(b.reg(0x9c) >> 24, 1U) << "CERROR_ILL";
        b.set_sreg(0x8020, 0xd);
        b.settle();
        EXPECT_EQ(b.reg(0x0) >> 24 & 3, 0U);
    });
}
