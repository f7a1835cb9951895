// Options, exit codes and messages of platforms/a64_virt.

#include "virt.h"

#include <gmock/gmock.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

using iovp::test::a64_program;
using iovp::test::run_virt;
using iovp::test::scratch;
using ::testing::HasSubstr;
using ::testing::Not;

namespace {

// Instructions of Armv8.0-A, C6.2.
constexpr std::uint32_t self = 0x14000000;        // b .
constexpr std::uint32_t wfi = 0xd503207f;         // wfi
constexpr std::uint32_t hvc = 0xd4000002;         // hvc #0
constexpr std::uint32_t smc = 0xd4000003;         // smc #0
constexpr std::uint32_t branch_x0 = 0xd61f0000;   // br x0
constexpr std::uint32_t branch_zero = 0xd61f03e0; // br xzr
std::uint32_t movz(unsigned x, unsigned value, unsigned shift = 0)
{
    return 0xd2800000 | shift / 16 << 21 | value << 5 | x;
}
std::uint32_t movk(unsigned x, unsigned value, unsigned shift)
{
    return 0xf2800000 | shift / 16 << 21 | value << 5 | x;
}
constexpr std::uint32_t store_w1_x0 = 0xb9000001; // str w1, [x0]

// A raw Image (Linux, Documentation/arch/arm64/booting) whose first instruction jumps behind the header.
std::string image(const std::vector<std::uint32_t>& code, std::uint64_t text_offset = 0x80000)
{
    std::string bytes(64 + 4 * code.size(), '\0');
    const auto put = [&bytes](std::size_t at, auto value) { std::memcpy(&bytes[at], &value, sizeof value); };
    put(0, std::uint32_t(0x14000010)); // b .+64
    put(8, text_offset);
    put(16, std::uint64_t(bytes.size()));
    put(24, std::uint64_t(0xa));
    put(56, std::uint32_t(0x644d5241));
    for (std::size_t i = 0; i < code.size(); ++i)
        put(64 + 4 * i, code[i]);
    return bytes;
}

// PSCI SYSTEM_OFF.
std::vector<std::uint32_t> power_off(std::uint32_t conduit)
{
    return {movz(0, 8), movk(0, 0x8400, 16), conduit, self};
}

struct A64Virt : ::testing::Test {
    std::string raw(const std::vector<std::uint32_t>& code, std::uint64_t text_offset = 0x80000)
    {
        return "--kernel " + files.write("Image", image(code, text_offset)) + " ";
    }
    scratch files;
};

TEST_F(A64Virt, HelloOnTheConsoleFile)
{
    const auto r = run_virt("--kernel " + a64_program("hello") + " --console " + files.path("console"));
    EXPECT_EQ(r.exit_code, 0) << r.output;
    EXPECT_EQ(r.output, "");
    EXPECT_EQ(files.read("console"), "hello\nPASS\n");
}

TEST_F(A64Virt, ImageAndBothExceptionLevels)
{
    EXPECT_EQ(run_virt(raw(power_off(smc)) + "--el 2").exit_code, 0);
    EXPECT_EQ(run_virt(raw(power_off(hvc)) + "--el 1").exit_code, 0);
    EXPECT_EQ(run_virt(raw(power_off(smc), 0) + "--el 2").exit_code, 0);
}

TEST_F(A64Virt, ExitRegisterGivesTheExitCode)
{
    // 0x1c0a0000: the node iovp,exit
    EXPECT_EQ(run_virt(raw({movz(0, 0x1c0a, 16), movz(1, 42), store_w1_x0, self})).exit_code, 42);
}

TEST_F(A64Virt, SystemResetEndsTheRunWithItsOwnCode)
{
    const auto r = run_virt(raw({movz(0, 9), movk(0, 0x8400, 16), smc, self}));
    EXPECT_EQ(r.exit_code, 127);
    EXPECT_THAT(r.output, HasSubstr("SYSTEM_RESET"));
}

TEST_F(A64Virt, CommandLineAndInitrdReachTheProgram)
{
    const std::string initrd = files.write("initrd", "the disk");
    const auto r =
        run_virt("--kernel " + a64_program("boot_arguments") + " --append 'console=ttyAMA0 quiet' --initrd " + initrd);
    EXPECT_EQ(r.exit_code, 0);
    EXPECT_EQ(r.output, "console=ttyAMA0 quiet\nthe disk\nPASS\n");
}

TEST_F(A64Virt, ProgramThatSpinsForEverEndsAtTheTimeout)
{
    const auto r = run_virt(raw({self}) + "--timeout 50us");
    EXPECT_EQ(r.exit_code, 124);
    EXPECT_THAT(r.output, HasSubstr("did not end within 50 us"));
    EXPECT_THAT(r.output, HasSubstr("0000000080080040")); // PC
    EXPECT_THAT(r.output, HasSubstr("EL2"));
    EXPECT_THAT(r.output, HasSubstr("cpu_0"));
}

TEST_F(A64Virt, CoreThatSleepsForEverIsSaid)
{
    const auto r = run_virt(raw({wfi, self}) + "--timeout 0s");
    EXPECT_EQ(r.exit_code, 126);
    EXPECT_THAT(r.output, HasSubstr("nothing will ever happen"));
}

TEST_F(A64Virt, FetchFromNowhereIsOneMessage)
{
    for (const char* level : {"--el 1", "--el 2"}) {
        const auto r = run_virt(raw({movz(0, 0x6, 32), branch_x0}) + level);
        EXPECT_EQ(r.exit_code, 126) << r.output;
        EXPECT_THAT(r.output, HasSubstr("cpu_0"));
        EXPECT_THAT(r.output, HasSubstr(level[5] == '1' ? "EL1" : "EL2"));
    }
    EXPECT_EQ(run_virt(raw({branch_zero})).exit_code, 126);
}

TEST_F(A64Virt, UndefinedInstructionWithoutVectorsIsOneMessage)
{
    const auto r = run_virt(raw({0}));
    EXPECT_EQ(r.exit_code, 126) << r.output;
    EXPECT_THAT(r.output, HasSubstr("cpu_0"));
}

TEST_F(A64Virt, BadFilesAreOneMessageEach)
{
    const auto message = [](const std::string& arguments) {
        const auto r = run_virt(arguments);
        EXPECT_EQ(r.exit_code, 125) << arguments;
        EXPECT_EQ(std::count(r.output.begin(), r.output.end(), '\n'), 1) << r.output;
        return r.output;
    };
    EXPECT_THAT(message("--kernel " A64_VIRT_PROGRAM), HasSubstr("not for AArch64"));
    EXPECT_THAT(message("--kernel " + files.write("text", "hello")),
                HasSubstr("neither an ELF file nor an arm64 Image"));
    EXPECT_THAT(message("--kernel " + files.path("nowhere")), HasSubstr("cannot be read"));
    EXPECT_THAT(message(raw({self}, 0x40000000)), HasSubstr("does not fit into RAM"));
    EXPECT_THAT(message(raw({self}) + "--initrd " + files.path("nowhere")), HasSubstr("cannot be read"));
    EXPECT_THAT(message(raw({self}) + "--memory 16M --initrd " + files.write("big", std::string(15 << 20, 'x'))),
                HasSubstr("initial RAM disk"));
    EXPECT_THAT(message(raw({self}) + "--console /nonexistent/file"), HasSubstr("/nonexistent/file"));
    EXPECT_THAT(message(raw({self}) + "--dump-dtb /nonexistent/file"), HasSubstr("cannot write"));
}

TEST_F(A64Virt, WrongOptionsAreRefused)
{
    for (const char* wrong :
         {"--cpus 9", "--cpus 0", "--memory 1M", "--el 3", "--timeout 10", "--timeout -1s", "--unknown"})
        EXPECT_EQ(run_virt(raw({self}) + wrong).exit_code, 125) << wrong;
    EXPECT_EQ(run_virt("").exit_code, 125);
    EXPECT_EQ(run_virt("--help").exit_code, 0);
}

// The compiler of device trees reads ours without a complaint of its own.
TEST_F(A64Virt, DeviceTreeIsWhatTheMachineIs)
{
    const std::string dtb = files.path("dtb");
    ASSERT_EQ(run_virt(raw(power_off(smc)) + "--cpus 3 --memory 512M --dump-dtb " + dtb).exit_code, 0);
    const auto r = iovp::test::run_command("dtc -I dtb -O dts " + dtb + " 2>&1");
    if (r.exit_code == 127)
        GTEST_SKIP() << "dtc is not installed";
    EXPECT_EQ(r.exit_code, 0);
    EXPECT_THAT(r.output, Not(HasSubstr("Warning")));
    for (const char* part :
         {"reg = <0x00 0x80000000 0x00 0x20000000>;", "cpu@2 {", "method = \"smc\";",
          "compatible = \"arm,gic-v3-its\";", "reg = <0x00 0x30000000 0x00 0x10000 0x00 0x30040000 0x00 0x60000>;",
          "compatible = \"arm,smmu-v3\";", "iommu-map = <0x00 0x03 0x1000 0x10000>;",
          "msi-map = <0x00 0x02 0x20000 0x10000>;", "interrupts = <0x01 0x09 0x04>;",
          "interrupts = <0x01 0x0e 0x04 0x01 0x0b 0x04 0x01 0x0a 0x04>;", "stdout-path = \"/serial@1c090000\";"})
        EXPECT_THAT(r.output, HasSubstr(part));
    EXPECT_THAT(r.output, Not(HasSubstr("cpu@3")));
}

TEST_F(A64Virt, ConsoleInputReachesTheProgram)
{
    const auto r = run_virt("--kernel " + a64_program("echo") + " --input " + files.write("in", "ab\n"));
    EXPECT_EQ(r.exit_code, 0) << r.output;
    EXPECT_EQ(r.output, "[a][b]PASS\n");
}

} // namespace
