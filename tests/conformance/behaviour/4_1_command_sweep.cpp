// 4.1: every bit of every command, flipped one at a time and put into the Command queue: consumed without an error, or
// CERROR_ILL with the queue stopped at it (7.1); no event and no other global error either way.

#include "unit/smmu/bench.h"

#include <set>

using namespace iovp;
using namespace iovp::test;

namespace {

// Opcodes of 4.1.4 that a Non-secure queue with both stages and EL2, without ATS, PRI, MPAM, DPT and stalls, takes.
const std::set<unsigned> legal_opcodes{0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x10, 0x11, 0x12,
                                       0x13, 0x20, 0x21, 0x22, 0x23, 0x28, 0x2a, 0x30, 0x46};

bool is_legal(unsigned opcode, unsigned flipped)
{
    if (flipped < 8)
        return legal_opcodes.count(opcode ^ (1U << flipped)) != 0;
    if (flipped == 10) // SSec on a Non-secure queue (4.1.6)
        return opcode > 0x06;
    const bool by_address = opcode == 0x12 || opcode == 0x13 || opcode == 0x22 || opcode == 0x23 || opcode == 0x2a;
    if (by_address && (flipped == 74 || flipped == 75)) // TG without NUM, SCALE and TTL (4.4.1.1)
        return false;
    return true;
}

} // namespace

TEST(Commands_4_1_Queue, SweepOfEveryBit)
{
    bench b;
    in_thread([&] {
        b.enable();
        for (const unsigned opcode : legal_opcodes) {
            for (unsigned bit = 0; bit < 128; ++bit) {
                SCOPED_TRACE("opcode " + std::to_string(opcode) + " bit " + std::to_string(bit));
                std::uint64_t w[2] = {opcode, 0};
                w[bit / 64] ^= 1ULL << (bit % 64);
                const std::uint64_t errors = b.reg(0x60);
                ASSERT_EQ(errors, b.reg(0x64));
                const std::uint32_t at = b.produced;
                b.push(w[0], w[1]);
                b.ring();
                b.settle(400);
                const std::uint64_t cons = b.reg(0x9c);
                if (is_legal(opcode, bit)) {
                    ASSERT_EQ(cons & 0xfffff, b.produced);
                    ASSERT_EQ(b.reg(0x60), errors);
                    continue;
                }
                ASSERT_EQ(cons & 0xfffff, at);
                ASSERT_EQ(cons >> 24 & 0x7f, 1U);   // CERROR_ILL
                ASSERT_EQ(b.reg(0x60), errors ^ 1); // CMDQ_ERR alone
                // 7.1: mended in place, then acknowledged.
                b.memory.set(bench::command_base + (at & 7) * 16, 0x30);
                b.memory.set(bench::command_base + (at & 7) * 16 + 8, 0);
                b.set_reg(0x64, b.reg(0x60));
                b.settle(400);
                ASSERT_EQ(b.reg(0x9c) & 0xfffff, b.produced);
            }
        }
        EXPECT_TRUE(b.events().empty());
        EXPECT_EQ(b.reg(0x60), b.reg(0x64));
    });
}
