// The TCU's outstanding accesses to memory are bounded.
#include "dti_bench.h"

#include <gmock/gmock.h>

using namespace iovp;
using namespace iovp::test;
using testing::ElementsAre;

namespace {

smmu::tcu::parameters reads(unsigned most)
{
    smmu::tcu::parameters p;
    p.outstanding_reads = most;
    return p;
}

/// Three TBUs whose streams are not in the configuration cache: each needs one read, of its STE.
struct port_bench : dti_bench {
    fake_tbu one{"one"}, two{"two"}, three{"three"};

    explicit port_bench(const smmu::tcu::parameters& p)
        : dti_bench(p)
    {
        for (fake_tbu* t : {&one, &two, &three})
            t->socket.bind(tcu.dti);
    }
    /// Times of arrival when TBUs ask 1 ns after each other.
    std::vector<double> ask_all()
    {
        for (std::uint32_t sid = 1; sid < 4; ++sid)
            bypass_stream(sid);
        enable();
        fake_tbu::question q[3];
        fake_tbu* tbus[3] = {&one, &two, &three};
        for (unsigned i = 0; i < 3; ++i) {
            tbus[i]->connect(4);
            tbus[i]->ask(q[i], i + 1, 0x1000, i);
        }
        settle();
        return {q[0].arrived, q[1].arrived, q[2].arrived};
    }
};

constexpr double around = 8 + 3 + 8; // links and look-up

} // namespace

class MemoryPort : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(Each, MemoryPort, testing::Bool(),
                         [](const auto& param) { return param.param ? "MemoryWaits" : "MemoryAnnotates"; });

TEST_P(MemoryPort, ReadsQueueForTheOnlyOne)
{
    port_bench b(reads(1));
    b.memory.waits = GetParam();
    in_thread([&] {
        EXPECT_THAT(b.ask_all(), ElementsAre(around + 10, around + 20, around + 30));
        EXPECT_LE(b.memory.peak[0], 1U);
    });
}

TEST_P(MemoryPort, TwoReadsGoTogether)
{
    port_bench b(reads(2));
    b.memory.waits = GetParam();
    in_thread([&] { EXPECT_THAT(b.ask_all(), ElementsAre(around + 10, 1 + around + 10, around + 20)); });
}

// 16 walk slots, 4 configuration slots, 2 more.
TEST_P(MemoryPort, AsManyReadsAsReadersByDefault)
{
    port_bench b(reads(0));
    b.memory.waits = GetParam();
    in_thread([&] { EXPECT_THAT(b.ask_all(), ElementsAre(around + 10, 1 + around + 10, 2 + around + 10)); });
}

// The command's read waits for the STE's: first come, first served.
TEST_P(MemoryPort, CommandsTakePart)
{
    port_bench b(reads(1));
    b.memory.waits = GetParam();
    in_thread([&] {
        b.bypass_stream(1);
        b.enable();
        b.one.connect(4);
        fake_tbu::question q;
        b.one.ask(q, 1, 0x1000); // reads from 11 to 21
        b.settle(8);
        b.push(0x30);
        const auto at = b.run_commands(1); // asks at 12
        EXPECT_EQ(at[0], (21 - 8) + 10 + 4 + 16);
        EXPECT_EQ(q.arrived, around + 10);
    });
}
