// Small programs of our own on platforms/a64_virt. What each checks stands at its head.

#include "virt.h"

#include <gmock/gmock.h>

using iovp::test::a64_program;
using iovp::test::run_virt;
using ::testing::HasSubstr;

namespace {

struct program {
    const char* name;
    unsigned cpus;
};

class Programs : public ::testing::TestWithParam<program> {};

TEST_P(Programs, Pass)
{
    const auto r = run_virt("--kernel " + a64_program(GetParam().name) + " --timeout 200ms --cpus " +
                            std::to_string(GetParam().cpus));
    EXPECT_EQ(r.exit_code, 0) << r.output;
    EXPECT_EQ(r.output, "PASS\n");
}

INSTANTIATE_TEST_SUITE_P(A64, Programs,
                         ::testing::Values(program{"timer", 1}, program{"sgi", 2}, program{"sgi", 8},
                                           program{"exclusives", 2}, program{"exclusives", 4}, program{"mmu_faults", 1},
                                           program{"preemption", 1}, program{"guest", 1}, program{"its", 2},
                                           program{"smmu_dma", 1}),
                         [](const auto& p) {
                             return std::string(p.param.name) + "_on_" + std::to_string(p.param.cpus);
                         });

// A program whose expectation is wrong says so: PASS is not what every program prints.
TEST(A64Programs, AFailureIsSaid)
{
    const auto r = run_virt("--kernel " + a64_program("sgi") + " --timeout 200ms --cpus 1");
    EXPECT_THAT(r.output, HasSubstr("FAIL: count > 1"));
}

TEST(A64Programs, TwoRunsAreByteIdentical)
{
    const std::string command = "--kernel " + a64_program("when") + " --cpus 2";
    const auto first = run_virt(command);
    EXPECT_EQ(first.exit_code, 0) << first.output;
    EXPECT_THAT(first.output, HasSubstr("counter 0x"));
    EXPECT_EQ(first.output, run_virt(command).output);
}

} // namespace
