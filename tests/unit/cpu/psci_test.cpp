// Arm DEN 0022 (PSCI 1.1) and DEN 0028 (SMCCC 1.1).

#include "cpu/psci.h"

#include <gmock/gmock.h>

#include <map>

namespace iovp::cpu {
namespace {

using then = psci_if::then;
using power = psci_machine::power;

struct fake_machine : psci_machine {
    std::optional<power> core_power(std::uint64_t affinity) const override
    {
        const auto it = cores.find(affinity);
        return it == cores.end() ? std::nullopt : std::optional(it->second);
    }
    void core_on(std::uint64_t affinity, std::uint64_t entry, std::uint64_t context) override
    {
        cores[affinity] = power::on;
        started = {affinity, entry, context};
    }
    bool executable(std::uint64_t address) const override { return address >= 0x8000'0000; }
    void system_off() override { off = true; }
    void system_reset() override { reset = true; }

    std::map<std::uint64_t, power> cores{
        {0, power::on}, {1, power::off}, {0x1'0000'0002, power::off}, {3, power::on_pending}};
    std::array<std::uint64_t, 3> started{};
    bool off = false, reset = false;
};

struct bench {
    std::int64_t call(std::uint64_t function, std::uint64_t a = 0, std::uint64_t b = 0, std::uint64_t c = 0)
    {
        std::array<std::uint64_t, 4> x = {function, a, b, c};
        next = firmware.call(0, x);
        return static_cast<std::int64_t>(x[0]);
    }
    fake_machine machine;
    psci firmware{machine};
    then next = then::resume;
};

TEST(Psci, Versions)
{
    bench b;
    EXPECT_EQ(b.call(0x8400'0000), 0x10001);
    EXPECT_EQ(b.call(0x8000'0000), 0x10001);
    EXPECT_EQ(b.next, then::resume);
}

TEST(Psci, CpuOnStartsACoreOnce)
{
    bench b;
    EXPECT_EQ(b.call(0xc400'0003, 1, 0x8008'0000, 0x1234), 0);
    EXPECT_THAT(b.machine.started, testing::ElementsAre(1, 0x8008'0000, 0x1234));
    EXPECT_EQ(b.call(0xc400'0003, 1, 0x8008'0000, 0x1234), -4); // ALREADY_ON
    EXPECT_EQ(b.call(0xc400'0003, 3, 0x8008'0000, 0), -5);      // ON_PENDING
    EXPECT_EQ(b.call(0xc400'0003, 2, 0x8008'0000, 0), -2);      // no such core
    EXPECT_EQ(b.call(0xc400'0003, 0x1'0000'0002, 0x1000, 0), -9);
    EXPECT_EQ(b.call(0xc400'0003, 0x8000'0001, 0x8008'0000, 0), -2); // MPIDR's bit 31 is no affinity
}

TEST(Psci, CallsOf32BitsHaveNoUpperHalves)
{
    bench b;
    EXPECT_EQ(b.call(0x8400'0003, 0xffff'ffff'0000'0001, 0xffff'ffff'8008'0000, 0xffff'ffff'0000'0005), 0);
    EXPECT_THAT(b.machine.started, testing::ElementsAre(1, 0x8008'0000, 5));
    EXPECT_EQ(b.call(0xffff'ffff'8400'0000), 0x10001); // the identifier is W0
    EXPECT_EQ(b.call(0x8400'0003, 0x1'0000'0002, 0x8008'0000, 0), -2);
}

TEST(Psci, AffinityInfo)
{
    bench b;
    EXPECT_EQ(b.call(0xc400'0004, 0, 0), 0);
    EXPECT_EQ(b.call(0xc400'0004, 1, 0), 1);
    EXPECT_EQ(b.call(0xc400'0004, 3, 0), 2);
    EXPECT_EQ(b.call(0xc400'0004, 0x1'0000'0002, 0), 1);
    EXPECT_EQ(b.call(0xc400'0004, 9, 0), -2);
    EXPECT_EQ(b.call(0xc400'0004, 0, 1), -2);
}

TEST(Psci, OffSuspendAndSystemCalls)
{
    bench b;
    b.call(0x8400'0002);
    EXPECT_EQ(b.next, then::power_off);
    EXPECT_EQ(b.call(0xc400'0001, 0), 0);
    EXPECT_EQ(b.next, then::suspend);
    EXPECT_EQ(b.call(0xc400'0001, 0x1'0000), -2); // a power-down state
    EXPECT_EQ(b.next, then::resume);
    b.call(0x8400'0008);
    EXPECT_EQ(b.next, then::stop_system);
    EXPECT_TRUE(b.machine.off);
    EXPECT_FALSE(b.machine.reset);
    b.call(0x8400'0009);
    EXPECT_EQ(b.next, then::stop_system);
    EXPECT_TRUE(b.machine.reset);
}

TEST(Psci, FeaturesSayWhatIsThere)
{
    bench b;
    for (const std::uint64_t there : {0x8400'0000u, 0x8400'0001u, 0xc400'0001u, 0x8400'0002u, 0xc400'0003u,
                                      0xc400'0004u, 0x8400'0008u, 0x8400'0009u, 0x8400'000au, 0x8000'0000u})
        EXPECT_EQ(b.call(0x8400'000a, there), 0) << std::hex << there;
    // MIGRATE, CPU_FREEZE, SYSTEM_SUSPEND, CPU_OFF with 64 bits
    for (const std::uint64_t missing : {0xc400'0005u, 0x8400'000bu, 0xc400'000eu, 0xc400'0002u})
        EXPECT_EQ(b.call(0x8400'000a, missing), -1) << std::hex << missing;
}

TEST(Psci, UnknownFunctionsAreNotSupported)
{
    bench b;
    EXPECT_EQ(b.call(0x8400'000b), -1);
    EXPECT_EQ(b.call(0), -1);
    EXPECT_EQ(b.call(0x8000'0001, 0x8000'8000), -1); // no workaround is needed
    EXPECT_EQ(b.call(0x8000'0001, 0x8000'0000), 0);
    EXPECT_EQ(b.next, then::resume);
}

} // namespace
} // namespace iovp::cpu
