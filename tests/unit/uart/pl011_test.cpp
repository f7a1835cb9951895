// PL011 by the rules of its manual (Arm DDI 0183, r1p5).

#include "uart/pl011.h"

#include "common/systemc/configuration_error.h"
#include "support/in_thread.h"
#include "support/program.h"
#include "uart/file_line.h"

#include <gmock/gmock.h>

#include <queue>
#include <string>
#include <tlm_utils/simple_initiator_socket.h>

namespace iovp::uart {
namespace {

using sc_core::SC_NS;
using sc_core::sc_time;
using sc_core::SC_US;
using testing::ElementsAre;

struct fake_line : serial_line {
    void put(std::uint8_t character) override
    {
        sent += static_cast<char>(character);
        when.push_back(sc_core::sc_time_stamp());
    }
    std::optional<std::uint8_t> get() override
    {
        if (to_send.empty())
            return {};
        const auto c = static_cast<std::uint8_t>(to_send.front());
        to_send.erase(0, 1);
        return c;
    }
    bool ended() const override { return false; }
    std::string sent, to_send;
    std::vector<sc_time> when;
};

// 24 MHz, IBRD 1, FBRD 32: 1.5 x 16 clocks of a 24 MHz UARTCLK are 1 us, so that 8N1 has characters of 10 us.
constexpr std::uint32_t ibrd = 0x24, fbrd = 0x28, lcr_h = 0x2c, cr = 0x30, ifls = 0x34, imsc = 0x38, ris = 0x3c,
                        mis = 0x40, icr = 0x44, fr = 0x18, dr = 0;
constexpr std::uint32_t rxfe = 0x10, txff = 0x20, rxff = 0x40, txfe = 0x80, busy = 0x08;
constexpr std::uint32_t rxi = 0x10, txi = 0x20, rti = 0x40, oei = 0x400;

struct bench : sc_core::sc_module {
    explicit bench(const pl011::parameters& p = {}, const sc_core::sc_module_name& name = "bench")
        : sc_module(name)
        , uart("uart", p)
        , socket("socket")
    {
        socket.bind(uart.registers);
        uart.irq.bind(irq);
        uart.connect(line);
    }
    std::uint32_t read(std::uint32_t offset, unsigned size = 4)
    {
        std::uint32_t value = 0;
        EXPECT_TRUE(access(tlm::TLM_READ_COMMAND, offset, &value, size));
        return value;
    }
    void write(std::uint32_t offset, std::uint32_t value)
    {
        EXPECT_TRUE(access(tlm::TLM_WRITE_COMMAND, offset, &value, 4));
    }
    bool access(tlm::tlm_command command, std::uint32_t offset, void* data, unsigned size)
    {
        tlm::tlm_generic_payload t;
        sc_time delay;
        fill(t, command, offset, data, size);
        socket->b_transport(t, delay);
        return t.is_response_ok();
    }
    static void fill(tlm::tlm_generic_payload& t, tlm::tlm_command command, std::uint32_t offset, void* data,
                     unsigned size)
    {
        t.set_command(command);
        t.set_address(offset);
        t.set_data_ptr(static_cast<unsigned char*>(data));
        t.set_data_length(size);
        t.set_streaming_width(size);
    }
    void start(bool fifos, std::uint32_t control = 0x301)
    {
        write(ibrd, 1);
        write(fbrd, 32);
        write(lcr_h, 0x60u | (fifos ? 0x10u : 0));
        write(cr, control);
    }
    static void pass(double us) { sc_core::wait(sc_time(us, SC_US)); }

    pl011 uart;
    tlm_utils::simple_initiator_socket<bench, 64> socket;
    sc_core::sc_signal<bool> irq{"irq"};
    fake_line line;
};

TEST(Pl011, RegistersAfterResetAndIdentification)
{
    bench b;
    test::in_thread([&] {
        EXPECT_EQ(b.read(fr), txfe | rxfe);
        EXPECT_EQ(b.read(cr), 0x300u);
        EXPECT_EQ(b.read(ifls), 0x12u);
        EXPECT_EQ(b.read(ris), 0u);
        std::vector<std::uint32_t> id;
        for (std::uint32_t offset = 0xfe0; offset < 0x1000; offset += 4)
            id.push_back(b.read(offset));
        EXPECT_THAT(id, ElementsAre(0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1));
    });
}

TEST(Pl011, CharactersLeaveAtTheBaudRate)
{
    bench b;
    test::in_thread([&] {
        b.start(true);
        const sc_time begin = sc_core::sc_time_stamp();
        b.write(dr, 'h');
        b.write(dr, 'i');
        EXPECT_EQ(b.read(fr) & (busy | txfe), busy); // one on the line, one in the FIFO
        b.pass(25);
        EXPECT_EQ(b.read(fr) & (busy | txfe), txfe);
        EXPECT_EQ(b.line.sent, "hi");
        EXPECT_EQ(b.line.when.at(0) - begin, sc_time(10, SC_US));
        EXPECT_EQ(b.line.when.at(1) - begin, sc_time(20, SC_US));
    });
}

TEST(Pl011, ParityAndStopBitsLengthenTheCharacter)
{
    bench b;
    test::in_thread([&] {
        b.start(true);
        b.write(lcr_h, 0x7a); // 8 bits, FEN, STP2, PEN: 12 bits
        const sc_time begin = sc_core::sc_time_stamp();
        b.write(dr, 'x');
        b.pass(20);
        EXPECT_EQ(b.line.when.at(0) - begin, sc_time(12, SC_US));
    });
}

TEST(Pl011, DivisorTakesEffectWithLcrH)
{
    bench b;
    test::in_thread([&] {
        b.start(true);
        b.write(ibrd, 3);
        b.write(fbrd, 0);
        const sc_time begin = sc_core::sc_time_stamp();
        b.write(dr, 'x');
        b.pass(30);
        b.write(lcr_h, 0x70);
        b.write(dr, 'y');
        const sc_time second = sc_core::sc_time_stamp();
        b.pass(30);
        EXPECT_EQ(b.line.when.at(0) - begin, sc_time(10, SC_US));
        EXPECT_EQ(b.line.when.at(1) - second, sc_time(20, SC_US));
    });
}

TEST(Pl011, NothingIsSentWhileDisabledOrWithoutDivisor)
{
    bench b;
    test::in_thread([&] {
        b.write(lcr_h, 0x70);
        b.write(cr, 0x301);
        b.write(dr, 'a'); // IBRD 0
        b.pass(100);
        EXPECT_EQ(b.line.sent, "");
        b.write(cr, 0);
        b.start(true, 0x300); // UARTEN 0
        b.pass(100);
        EXPECT_EQ(b.line.sent, "");
        b.write(cr, 0x201); // TXE 0
        b.pass(100);
        EXPECT_EQ(b.line.sent, "");
        EXPECT_EQ(b.read(fr) & (busy | txfe), busy);
        b.write(cr, 0x301);
        b.pass(100);
        EXPECT_EQ(b.line.sent, "a");
    });
}

TEST(Pl011, TransmitFifoHas32AndLosesWhatDoesNotFit)
{
    bench b;
    test::in_thread([&] {
        b.start(true, 0x300);
        for (int i = 0; i < 32; ++i) {
            EXPECT_EQ(b.read(fr) & txff, 0u);
            b.write(dr, 'a');
        }
        EXPECT_EQ(b.read(fr) & txff, txff);
        b.write(dr, 'b');
        b.write(cr, 0x301);
        b.pass(400);
        EXPECT_EQ(b.line.sent, std::string(32, 'a'));
    });
}

TEST(Pl011, WithoutFifosOneCharacterFits)
{
    bench b;
    test::in_thread([&] {
        b.start(false, 0x300);
        b.write(dr, 'a');
        EXPECT_EQ(b.read(fr) & txff, txff);
    });
}

// 2.8.3: the interrupt is a transition through the level: none before anything was sent.
TEST(Pl011, TransmitInterruptWhenTheLevelIsPassed)
{
    bench b;
    test::in_thread([&] {
        b.start(true, 0x300);
        b.write(ifls, 0); // 1/8: 4 characters
        b.write(imsc, txi);
        EXPECT_EQ(b.read(ris) & txi, 0u);
        for (int i = 0; i < 7; ++i)
            b.write(dr, 'a');
        b.write(cr, 0x301); // at once 6 in the FIFO
        b.pass(15);         // 5
        EXPECT_EQ(b.read(ris) & txi, 0u);
        b.pass(10); // 4
        EXPECT_EQ(b.read(mis), txi);
        EXPECT_TRUE(b.irq.read());
        b.write(dr, 'b'); // 5: above the level again
        EXPECT_EQ(b.read(ris) & txi, 0u);
        b.pass(1);
        EXPECT_FALSE(b.irq.read());
    });
}

TEST(Pl011, TransmitInterruptWithoutFifosAndItsMaskAndClear)
{
    bench b;
    test::in_thread([&] {
        b.start(false);
        b.write(dr, 'a'); // goes to the line at once: the single location is empty again
        EXPECT_EQ(b.read(ris) & txi, txi);
        EXPECT_EQ(b.read(mis), 0u);
        EXPECT_FALSE(b.irq.read());
        b.write(imsc, txi);
        b.pass(1);
        EXPECT_TRUE(b.irq.read());
        b.write(icr, txi);
        b.pass(1);
        EXPECT_FALSE(b.irq.read());
        EXPECT_EQ(b.read(ris) & txi, 0u);
    });
}

TEST(Pl011, ReceiveInterruptAtTheLevelAndBelow)
{
    bench b;
    test::in_thread([&] {
        b.start(true);
        b.write(ifls, 0); // receive 1/8: 4 characters
        b.write(imsc, rxi);
        b.line.to_send = "abcd";
        b.pass(1100); // the line was asked, and was asked again after a millisecond
        EXPECT_EQ(b.read(mis), rxi);
        EXPECT_TRUE(b.irq.read());
        EXPECT_EQ(b.read(dr), std::uint32_t('a'));
        EXPECT_EQ(b.read(ris) & rxi, 0u);
        EXPECT_EQ(b.read(dr), std::uint32_t('b'));
        EXPECT_EQ(b.read(dr), std::uint32_t('c'));
        EXPECT_EQ(b.read(fr) & rxfe, 0u);
        EXPECT_EQ(b.read(dr), std::uint32_t('d'));
        EXPECT_EQ(b.read(fr) & rxfe, rxfe);
    });
}

// 2.8.4: 32 bits without a character, while the FIFO is not empty.
TEST(Pl011, ReceiveTimeout)
{
    bench b;
    test::in_thread([&] {
        b.line.to_send = "ab";
        b.start(true);
        b.write(imsc, rti);
        b.pass(20.5); // both are here: 32 us to go
        EXPECT_EQ(b.read(fr) & rxfe, 0u);
        b.pass(31);
        EXPECT_EQ(b.read(ris) & rti, 0u);
        b.pass(1);
        EXPECT_EQ(b.read(mis), rti);
        EXPECT_EQ(b.read(dr), std::uint32_t('a'));
        EXPECT_EQ(b.read(ris) & rti, rti); // until the FIFO is empty
        EXPECT_EQ(b.read(dr), std::uint32_t('b'));
        EXPECT_EQ(b.read(ris) & rti, 0u);
    });
}

// 3.3.1, 3.3.2: in loopback nobody waits for room.
TEST(Pl011, OverrunKeepsWhatWasThere)
{
    bench b;
    test::in_thread([&] {
        b.start(false, 0x381);
        b.write(dr, 'a');
        b.pass(11);
        EXPECT_EQ(b.read(fr) & rxff, rxff);
        b.write(dr, 'b');
        b.pass(11);
        EXPECT_EQ(b.read(ris) & oei, oei);
        EXPECT_EQ(b.read(0x04), 8u);
        EXPECT_EQ(b.read(dr), std::uint32_t('a'));
        b.write(dr, 'c');
        b.pass(11);
        EXPECT_EQ(b.read(dr), 0x800u | 'c');
        b.write(dr, 'd');
        b.pass(11);
        EXPECT_EQ(b.read(dr), std::uint32_t('d'));
        b.write(0x04, 0);
        EXPECT_EQ(b.read(0x04), 0u);
        EXPECT_EQ(b.line.sent, "");
    });
}

TEST(Pl011, SenderWaitsWhileTheReceiveFifoIsFull)
{
    bench b;
    test::in_thread([&] {
        for (char c = '0'; c < '0' + 40; ++c)
            b.line.to_send += c;
        b.start(true);
        b.pass(1000);
        EXPECT_EQ(b.read(fr) & rxff, rxff);
        EXPECT_EQ(b.read(ris) & oei, 0u);
        std::string got;
        for (int i = 0; i < 40; ++i) {
            got += static_cast<char>(b.read(dr));
            b.pass(20);
        }
        std::string expected;
        for (char c = '0'; c < '0' + 40; ++c)
            expected += c;
        EXPECT_EQ(got, expected);
    });
}

TEST(Pl011, SmallAccessesAndAccessesBehindTheFrame)
{
    bench b;
    test::in_thread([&] {
        EXPECT_EQ(b.read(cr, 2), 0x300u);
        EXPECT_EQ(b.read(cr + 1, 1), 0x3u);
        std::uint64_t data = 0;
        EXPECT_FALSE(b.access(tlm::TLM_READ_COMMAND, 0x1000, &data, 4));
        EXPECT_FALSE(b.access(tlm::TLM_READ_COMMAND, 0xffc, &data, 8));
    });
}

TEST(Pl011, DebugReadTakesNothingFromTheFifo)
{
    bench b;
    test::in_thread([&] {
        b.line.to_send = "a";
        b.start(true);
        b.pass(15);
        for (int i = 0; i < 2; ++i) {
            std::uint32_t value = 0;
            tlm::tlm_generic_payload t;
            bench::fill(t, tlm::TLM_READ_COMMAND, dr, &value, 4);
            EXPECT_EQ(b.socket->transport_dbg(t), 4u);
            EXPECT_EQ(value, std::uint32_t('a'));
        }
        EXPECT_EQ(b.read(fr) & rxfe, 0u);
    });
}

TEST(Pl011, PreparedByFirmwareSendsAt115200Baud)
{
    pl011::parameters p;
    p.prepared = true;
    bench b(p);
    test::in_thread([&] {
        b.write(dr, 'x');
        b.pass(100);
        EXPECT_EQ(b.line.sent, "x");
        // 10 bits of 1/115200 s are 86.8 us; IBRD 13 and FBRD 1 are within 0.2 %.
        EXPECT_NEAR(b.line.when.at(0).to_seconds() * 1e6, 86.8, 0.2);
    });
}

TEST(Pl011, CharacterTimeOverridesTheDivisor)
{
    pl011::parameters p;
    p.character_time = sc_time(1, SC_US);
    bench b(p);
    test::in_thread([&] {
        b.write(cr, 0x301);
        b.write(dr, 'x');
        b.pass(1.5);
        EXPECT_EQ(b.line.sent.size(), 1u);
    });
}

TEST(Pl011, RefusesAClockOfZero)
{
    pl011::parameters p;
    p.clock_frequency = 0;
    EXPECT_THROW(bench b(p), sc_core::sc_report);
}

TEST(FileLine, SendsToAFileAndReceivesFromOne)
{
    const test::scratch files;
    files.write("in", "ok");
    {
        file_line line("uart", files.path("out"), files.path("in"));
        line.put('h');
        line.put('\n');
        EXPECT_EQ(line.get(), std::uint8_t('o'));
        EXPECT_EQ(line.get(), std::uint8_t('k'));
        EXPECT_FALSE(line.ended());
        EXPECT_EQ(line.get(), std::nullopt);
        EXPECT_TRUE(line.ended());
    }
    EXPECT_EQ(files.read("out"), "h\n");
}

TEST(FileLine, NamesAFileThatItCannotOpen)
{
    const test::scratch files;
    try {
        file_line line("platform.uart", "", files.path("nowhere"));
        FAIL() << "no error";
    } catch (const sc_core::sc_report& e) {
        EXPECT_THAT(e.get_msg(), testing::HasSubstr("platform.uart"));
        EXPECT_THAT(e.get_msg(), testing::HasSubstr("nowhere"));
    }
}

} // namespace
} // namespace iovp::uart
