#include "scenario.h"

#include <random>

namespace iovp::cpu::test {
namespace {

struct A64Random : testing::TestWithParam<unsigned> {};

// Words of any kind at EL1: whatever they are, exceptions or a message end them, never the simulator. The handler goes
// on behind the instruction that faulted, so that all are reached.
TEST_P(A64Random, WordsNeverEndTheSimulator)
{
    a64_cpu::parameters q;
    q.quantum = sc_core::sc_time(200, sc_core::SC_NS);
    scenario s(q);
    std::mt19937 random(GetParam());
    s.write(1, {}, [&](program& p) {
        for (unsigned i = 0; i < 2000; ++i) {
            std::uint32_t w = static_cast<std::uint32_t>(random());
            switch (random() % 4) {
            case 0: // system instructions and exceptions
                w = (w & 0x003fffff) | (random() % 2 ? 0xd5000000 : 0xd4000000);
                break;
            case 1: // loads and stores
                w = (w & 0xf5ffffff) | 0x08000000;
                break;
            default: break;
            }
            if ((w & 0x1c000000) == 0x14000000 && !((w & 0xfe000000) == 0xd4000000))
                w = 0xd503201f; // branches would skip most of the rest
            p.word(w);
        }
    });
    for (const std::uint64_t base : {vectors_el1, vectors_el2}) {
        program v(base);
        const bool two = base == vectors_el2;
        for (unsigned offset = 0; offset < 0x800; offset += 0x80) {
            v.pad_to(offset);
            // Back to EL1 with its stack, behind the instruction, with registers that mean something.
            v.mrs(20, two ? elr_el2 : elr_el1).add(20, 20, 4).msr(two ? elr_el2 : elr_el1, 20);
            v.mov(20, 0x3c5)
                .msr(two ? spsr_el2 : spsr_el1, 20)
                .mov(1, results)
                .mov(2, device_base)
                .mov(3, results + 64);
            v.eret();
        }
        s.load(v);
    }
    sc_core::sc_start(sc_core::sc_time(1, sc_core::SC_MS));
    EXPECT_GT(s.cpus[0]->stats().instructions, 100u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, A64Random, testing::Range(1u, 9u));

} // namespace
} // namespace iovp::cpu::test
