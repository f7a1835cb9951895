// The polled UART driver against registers of Arm DDI 0183, chapter 3.

#include "fake_machine.h"

#include <gmock/gmock.h>

#include <string>

extern "C" {
#include "drivers/pl011/pl011.h"
#include "lib/errors.h"
}

namespace sw_test {
namespace {

constexpr uint64_t uart = 0x1c09'0000;

/// Says "full" twice before each character.
struct slow_uart : device {
    uint64_t read(uint64_t offset, unsigned size) override
    {
        if (offset == 0x18)
            return full-- > 0 ? 0x20u : received.empty() ? 0x10u : 0;
        if (offset == 0 && !received.empty()) {
            const auto c = static_cast<uint8_t>(received.front());
            received.erase(0, 1);
            return c | 0x800; // an overrun before it
        }
        return device::read(offset, size);
    }
    void write(uint64_t offset, unsigned size, uint64_t value) override
    {
        if (offset == 0) {
            EXPECT_LE(full, 0) << "written while full";
            sent += static_cast<char>(value);
            full = 2;
        }
        device::write(offset, size, value);
    }
    int full = 2;
    std::string sent, received;
};

struct Pl011Driver : ::testing::Test {
    Pl011Driver() { machine.add(uart, 0x1000, registers); }
    fake_machine machine;
    slow_uart registers;
};

TEST_F(Pl011Driver, WaitsForRoom)
{
    pl011_print(uart, "hi");
    EXPECT_EQ(registers.sent, "hi");
}

// 3.3.6's own example: 4 MHz and 230400 baud give 1 and 5/64 (0.085 x 64 = 5.4, rounded).
TEST_F(Pl011Driver, DivisorOfTheManualsExample)
{
    EXPECT_EQ(pl011_init(uart, 4'000'000, 230'400), 0);
    EXPECT_EQ(registers.get(0x24, 4), 1u);
    EXPECT_EQ(registers.get(0x28, 4), 5u);
    EXPECT_EQ(registers.get(0x2c, 4), 0x70u);
    EXPECT_EQ(registers.get(0x30, 4), 0x301u);
    // The line control register takes the divisor over: it is written behind it.
    EXPECT_GT(machine.find_write(uart + 0x2c), machine.find_write(uart + 0x28));
}

TEST_F(Pl011Driver, RefusesWhatTheDivisorCannotSay)
{
    EXPECT_EQ(pl011_init(uart, 1'000'000, 115'200), ERR_RANGE);
    EXPECT_EQ(pl011_init(uart, 24'000'000, 1), ERR_RANGE);
    EXPECT_EQ(pl011_init(uart, 24'000'000, 0), ERR_RANGE);
}

TEST_F(Pl011Driver, ReadsOneCharacterWithoutItsErrorBits)
{
    registers.full = 0;
    EXPECT_EQ(pl011_get(uart), ERR_NOT_FOUND);
    registers.received = "x";
    EXPECT_EQ(pl011_get(uart), 'x');
}

} // namespace
} // namespace sw_test
