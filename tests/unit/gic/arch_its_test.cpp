#include "gic/arch/its_engine.h"
#include "gic/arch/its_state.h"
#include "its_commands.h"

#include <gmock/gmock.h>

#include <map>
#include <string>
#include <vector>

namespace {

using namespace iovp::gic;
using namespace its_words;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::uint64_t flat_devices = 1ull << 63 | 0x80000000 | 0; // one page of 4 KiB: 512 DTEs
constexpr std::uint64_t collections = 1ull << 63 | 0x80010000 | 0;  // 512 CTEs
constexpr std::uint64_t indirect_devices = 3ull << 62 | 0x80020000 | 0;
constexpr std::uint64_t itt = 0x80030000;

// A map of words for memory, and a list of what reached the redistributors (two of them: 0 and 1).
struct world : its_environment {
    std::map<std::uint64_t, std::uint64_t> memory;
    std::vector<std::uint64_t> reads;
    std::vector<std::string> done;
    std::uint64_t broken = ~0ull;

    bool read(its_table, std::uint64_t address, std::uint64_t& value) override
    {
        reads.push_back(address);
        value = memory[address];
        return address != broken;
    }
    bool write(its_table, std::uint64_t address, std::uint64_t value) override
    {
        memory[address] = value;
        return address != broken;
    }
    void looked_up(its_table, bool) override {}
    void step_done(its_table) override {}
    bool target_exists(std::uint64_t n) const override { return n < 2; }
    void note(const char* what, std::uint32_t a, std::uint32_t b)
    {
        done.push_back(std::string(what) + " " + std::to_string(a) + " " + std::to_string(b));
    }
    void set_lpi(std::uint32_t t, std::uint32_t i) override { note("set", t, i); }
    void clear_lpi(std::uint32_t t, std::uint32_t i) override { note("clear", t, i); }
    void invalidate_lpi(std::uint32_t t, std::uint32_t i) override { note("inv", t, i); }
    void invalidate_all(std::uint32_t t) override { note("invall", t, 0); }
    void move_lpi(std::uint32_t f, std::uint32_t t, std::uint32_t i) override
    {
        note("move", f, t);
        note("of", i, 0);
    }
    void move_all(std::uint32_t f, std::uint32_t t) override { note("moveall", f, t); }
    void synchronize(std::uint32_t t) override { note("sync", t, 0); }
};

struct its_commands : ::testing::Test {
    explicit its_commands(std::uint64_t devices = flat_devices)
        : engine(limits(), w)
    {
        engine.set_tables(devices, collections);
    }
    static its_limits limits()
    {
        its_limits l;
        l.device_bits = 20;
        return l;
    }
    std::uint32_t run(const words& c) { return static_cast<std::uint32_t>(engine.execute({c})); }
    std::uint32_t msi(std::uint32_t device, std::uint32_t event)
    {
        return static_cast<std::uint32_t>(engine.translate(device, event));
    }
    // Device 7 with 32 events, event 3 to LPI 8200 in collection 1 on CPU 1.
    void map()
    {
        EXPECT_EQ(run(mapd(7, itt, 5)), 0u);
        EXPECT_EQ(run(mapc(1, 1)), 0u);
        EXPECT_EQ(run(mapti(7, 3, 8200, 1)), 0u);
    }
    world w;
    its_engine engine;
};

TEST_F(its_commands, TablesHoldWhatTheCommandsSaid)
{
    map();
    EXPECT_EQ(w.memory[0x80000000 + 8 * 7], valid | 4ull << 58 | itt);
    EXPECT_EQ(w.memory[0x80010000 + 8], valid | 1);
    EXPECT_EQ(w.memory[itt + 8 * 3], valid | 1ull << 32 | 8200);
    EXPECT_THAT(w.done, IsEmpty());
}

TEST_F(its_commands, ColdTranslationReadsDteIteCteThenNothing)
{
    map();
    engine.set_tables(flat_devices, collections); // every cache cold
    w.reads.clear();
    EXPECT_EQ(msi(7, 3), 0u);
    EXPECT_THAT(w.reads, ElementsAre(0x80000038u, itt + 24, 0x80010008u));
    EXPECT_THAT(w.done, ElementsAre("set 1 8200"));
    w.reads.clear();
    EXPECT_EQ(msi(7, 3), 0u);
    EXPECT_THAT(w.reads, IsEmpty());
    EXPECT_EQ(w.done.size(), 2u);
}

TEST_F(its_commands, UnmappedThingsRaiseNothing)
{
    EXPECT_EQ(msi(7, 3), 0x010304u) << "device";
    map();
    EXPECT_EQ(msi(7, 4), 0x010307u) << "event";
    EXPECT_EQ(msi(7, 32), 0x010305u) << "event beyond MAPD's size";
    EXPECT_EQ(msi(512, 3), 0x010301u) << "device beyond the table";
    EXPECT_EQ(msi(0xFFFFFFFF, 3), 0x010301u) << "device beyond GITS_TYPER.Devbits";
    EXPECT_EQ(run(mapc(1, 1, false)), 0u);
    EXPECT_EQ(msi(7, 3), 0x010309u) << "collection";
    EXPECT_THAT(w.done, IsEmpty());
}

TEST_F(its_commands, OutOfRangeArguments)
{
    EXPECT_EQ(run(mapd(7, itt, 17)), 0x010802u);
    EXPECT_EQ(run(mapd(512, itt, 5)), 0x010801u);
    EXPECT_EQ(run(mapc(512, 0)), 0x010903u);
    EXPECT_EQ(run(mapc(1, 2)), 0x010920u) << "no such redistributor";
    map();
    EXPECT_EQ(run(mapti(8, 3, 8200, 1)), 0x010A04u);
    EXPECT_EQ(run(mapti(7, 32, 8200, 1)), 0x010A05u);
    EXPECT_EQ(run(mapti(7, 3, 8191, 1)), 0x010A06u);
    EXPECT_EQ(run(mapti(7, 3, 65536, 1)), 0x010A06u);
    EXPECT_EQ(run(mapti(7, 3, 8200, 512)), 0x010A03u);
    EXPECT_EQ(run(mapi(7, 3, 1)), 0x010B06u) << "MAPI: the EventID is the INTID";
    EXPECT_EQ(run(inv(7, 5)), 0x010C07u);
    EXPECT_EQ(run(invall(2)), 0x010D09u);
    EXPECT_EQ(run(discard(7, 5)), 0x010F07u);
    EXPECT_EQ(run(clear(7, 5)), 0x010507u);
    EXPECT_EQ(run(raise(7, 5)), 0x010307u);
    EXPECT_EQ(run(movi(7, 5, 1)), 0x010107u);
    EXPECT_EQ(run(movi(7, 3, 2)), 0x010109u);
    EXPECT_EQ(run({0x3F, 0, 0, 0}), 0x013FF2u);
    EXPECT_THAT(w.done, IsEmpty());
    EXPECT_EQ(msi(7, 3), 0u) << "what was mapped stays";
}

TEST_F(its_commands, MapiUsesTheEventIdAsIntid)
{
    EXPECT_EQ(run(mapd(9, itt, 16)), 0u);
    EXPECT_EQ(run(mapc(0, 0)), 0u);
    EXPECT_EQ(run(mapi(9, 8192, 0)), 0u);
    EXPECT_EQ(msi(9, 8192), 0u);
    EXPECT_THAT(w.done, ElementsAre("set 0 8192"));
}

TEST_F(its_commands, OnesThatReachARedistributor)
{
    map();
    EXPECT_EQ(run(raise(7, 3)), 0u);
    EXPECT_EQ(run(clear(7, 3)), 0u);
    EXPECT_EQ(run(inv(7, 3)), 0u);
    EXPECT_EQ(run(invall(1)), 0u);
    EXPECT_EQ(run(sync(1)), 0u);
    EXPECT_EQ(run(movall(1, 0)), 0u);
    EXPECT_THAT(w.done,
                ElementsAre("set 1 8200", "clear 1 8200", "inv 1 8200", "invall 1 0", "sync 1 0", "moveall 1 0"));
    w.done.clear();
    EXPECT_EQ(run(sync(2)), 0u);
    EXPECT_EQ(run(movall(1, 2)), 0u);
    EXPECT_EQ(run(movall(1, 1)), 0u);
    EXPECT_THAT(w.done, IsEmpty()) << "redistributors that do not exist are ignored";
}

TEST_F(its_commands, MoviMovesThePendingStateAndTheFuture)
{
    map();
    EXPECT_EQ(run(mapc(0, 0)), 0u);
    EXPECT_EQ(msi(7, 3), 0u);
    EXPECT_EQ(run(movi(7, 3, 0)), 0u);
    EXPECT_EQ(msi(7, 3), 0u);
    EXPECT_THAT(w.done, ElementsAre("set 1 8200", "move 1 0", "of 8200 0", "set 0 8200"));
}

TEST_F(its_commands, DiscardClearsAndUnmapsAlsoWhenWarm)
{
    map();
    EXPECT_EQ(msi(7, 3), 0u);
    EXPECT_EQ(run(discard(7, 3)), 0u);
    EXPECT_EQ(msi(7, 3), 0x010307u);
    EXPECT_THAT(w.done, ElementsAre("set 1 8200", "clear 1 8200"));
    EXPECT_EQ(w.memory[itt + 24], 0u);
}

TEST_F(its_commands, UnmappingADeviceEndsItsEventsAlsoWhenWarm)
{
    map();
    EXPECT_EQ(msi(7, 3), 0u);
    EXPECT_EQ(run(mapd(7, 0, 1, false)), 0u);
    EXPECT_EQ(msi(7, 3), 0x010304u);
    EXPECT_EQ(run(mapd(7, itt + 0x1000, 5)), 0u); // another table: the old event is not in it
    EXPECT_EQ(msi(7, 3), 0x010307u);
    EXPECT_EQ(w.done.size(), 1u);
}

TEST_F(its_commands, RemappingTakesEffectAlsoWhenWarm)
{
    map();
    EXPECT_EQ(msi(7, 3), 0u);
    EXPECT_EQ(run(mapti(7, 3, 9000, 1)), 0u);
    EXPECT_EQ(run(mapc(1, 0)), 0u);
    EXPECT_EQ(msi(7, 3), 0u);
    EXPECT_THAT(w.done, ElementsAre("set 1 8200", "set 0 9000"));
}

TEST_F(its_commands, DevicesAreApart)
{
    map();
    EXPECT_EQ(run(mapd(8, itt + 0x1000, 5)), 0u);
    EXPECT_EQ(run(mapti(8, 3, 8300, 1)), 0u);
    EXPECT_EQ(msi(8, 3), 0u);
    EXPECT_EQ(msi(7, 3), 0u);
    EXPECT_EQ(run(discard(8, 3)), 0u);
    EXPECT_EQ(msi(7, 3), 0u);
    EXPECT_EQ(msi(8, 3), 0x010307u);
    EXPECT_THAT(w.done, ElementsAre("set 1 8300", "set 1 8200", "clear 1 8300", "set 1 8200"));
}

TEST_F(its_commands, BrokenMemoryIsAnErrorNotACrash)
{
    map();
    engine.set_tables(flat_devices, collections);
    for (const std::uint64_t address : {std::uint64_t(0x80000038), itt + 24, std::uint64_t(0x80010008)}) {
        w.broken = address;
        EXPECT_EQ(msi(7, 3), 0x0103F0u) << std::hex << address;
    }
    EXPECT_EQ(run(mapc(1, 1)), 0x0109F0u);
    EXPECT_THAT(w.done, IsEmpty());
}

TEST_F(its_commands, InvalidTablesMapNothing)
{
    engine.set_tables(0, 0);
    EXPECT_EQ(run(mapd(0, itt, 5)), 0x010801u);
    EXPECT_EQ(run(mapc(0, 0)), 0x010903u);
    EXPECT_EQ(msi(0, 0), 0x010301u);
}

TEST_F(its_commands, ADeviceEntryWithMoreEventBitsThanTheItsIsRefused)
{
    map();
    engine.set_tables(flat_devices, collections);
    w.memory[0x80000000 + 8 * 7] = valid | 16ull << 58 | itt; // 17 bits, the ITS has 16
    EXPECT_EQ(msi(7, 3), 0x0103F1u);
    EXPECT_EQ(run(mapti(7, 4, 8201, 1)), 0x010AF1u);
    w.memory[0x80000000 + 8 * 7] = valid | 15ull << 58 | itt;
    EXPECT_EQ(msi(7, 3), 0u);
    EXPECT_THAT(w.done, ElementsAre("set 1 8200"));
}

TEST(its_event_bits, ThirtyTwoHaveNoUpperBits) // under the sanitizers: no shift by 32
{
    world w;
    its_limits l;
    l.event_bits = 32;
    its_engine engine(l, w);
    engine.set_tables(flat_devices, collections);
    for (const words& c : {mapd(7, itt, 32), mapc(1, 1), mapti(7, 0xFFFFFFFF, 8200, 1)})
        EXPECT_EQ(static_cast<std::uint32_t>(engine.execute({c})), 0u);
    EXPECT_EQ(engine.translate(7, 0xFFFFFFFF), its_error::none);
    EXPECT_EQ(w.memory[itt + 8ull * 0xFFFFFFFF], valid | 1ull << 32 | 8200);
    EXPECT_THAT(w.done, ElementsAre("set 1 8200"));
}

struct its_indirect : its_commands {
    its_indirect()
        : its_commands(indirect_devices)
    {
    }
};

TEST_F(its_indirect, OneMoreReadAndPagesMayBeMissing)
{
    EXPECT_EQ(run(mapd(0x12345, itt, 5)), 0x0108F1u) << "no level-2 page";
    EXPECT_EQ(run(mapd(0x12345, itt, 5, false)), 0u) << "unmapped already";
    w.memory[0x80020000 + 0x12345 / 512 * 8] = valid | 0x80050000;
    EXPECT_EQ(run(mapd(0x12345, itt, 5)), 0u);
    EXPECT_EQ(w.memory[0x80050000 + 0x12345 % 512 * 8], valid | 4ull << 58 | itt);
    EXPECT_EQ(run(mapc(0, 0)), 0u);
    EXPECT_EQ(run(mapti(0x12345, 0, 8192, 0)), 0u);
    engine.set_tables(indirect_devices, collections);
    w.reads.clear();
    EXPECT_EQ(msi(0x12345, 0), 0u);
    EXPECT_EQ(w.reads.size(), 4u);
    EXPECT_EQ(msi(0x00345, 0), 0x010304u) << "its page is missing";
    EXPECT_EQ(msi(512 * 512, 0), 0x010301u);
    EXPECT_THAT(w.done, ElementsAre("set 0 8192"));
}

TEST(its_geometry, PageSizesAndFiftyTwoBits)
{
    const table_geometry k16(1ull << 63 | 0x80004000 | 1u << 8 | 2);
    EXPECT_EQ(k16.page_bytes, 0x4000u);
    EXPECT_EQ(k16.bytes, 0xC000u);
    EXPECT_EQ(k16.capacity(), 0x1800u);
    EXPECT_EQ(k16.first_level(3), 0x80004018u);
    const table_geometry k64(1ull << 63 | 0x8001'5000ull | 2u << 8);
    EXPECT_EQ(k64.base, 0x0005'0000'8001'0000ull);
    EXPECT_EQ(table_geometry(1ull << 63 | 3u << 8).page_bytes, 0x10000u);
    EXPECT_FALSE(table_geometry(0).valid);
}

TEST(its_registers, TyperIsTheTruth)
{
    its_limits l;
    l.device_bits = 20;
    l.event_bits = 11;
    l.collection_bits = 9;
    const its_state s(l);
    // Physical, ITT entries of 8 bytes, 11 EventID bits, 20 DeviceID bits, PTA 0, HCC 0, CIL with 9 ICID bits
    EXPECT_EQ(s.read(0x8, 8), 1u | 7u << 4 | 10u << 8 | 19u << 13 | 8ull << 32 | 1ull << 36);
    EXPECT_EQ(s.read(0xC, 4), 0x18u);
    EXPECT_EQ(s.read(0xFFE8, 4), 0x30u);
    EXPECT_EQ(s.read(0x100, 8), 1ull << 56 | 7ull << 48);
    EXPECT_EQ(s.read(0x108, 8), 4ull << 56 | 7ull << 48);
    for (unsigned n = 2; n < 8; ++n)
        EXPECT_EQ(s.read(0x100 + 8 * n, 8), 0u);
}

TEST(its_registers, BaserKeepsTypeAndSizeAndIsLockedWhileEnabled)
{
    its_state s{its_limits()};
    s.write(0x100, 8, ~0ull);
    EXPECT_EQ(s.read(0x100, 8), 0xF9E7FFFF'FFFFFFFFull);
    s.write(0x108, 8, 3ull << 62);
    EXPECT_EQ(s.read(0x108, 8), 1ull << 63 | 4ull << 56 | 7ull << 48) << "collections are flat";
    EXPECT_EQ(s.write(0, 4, 1), its_state::effect::enabled);
    s.write(0x108, 8, 0);
    s.write(0x80, 8, ~0ull);
    EXPECT_EQ(s.read(0x108, 8) >> 63, 1u);
    EXPECT_EQ(s.read(0x80, 8), 0u);
    EXPECT_EQ(s.read(0, 4), 1u) << "not quiescent";
    EXPECT_EQ(s.write(0, 4, 0), its_state::effect::disabled);
    s.set_quiescent(true);
    EXPECT_EQ(s.read(0, 4), 0x80000000u);
}

TEST(its_registers, QueueWrapsStallsAndRetries)
{
    its_state s{its_limits()};
    s.write(0x80, 8, 1ull << 63 | 0x90000000 | 0); // one page: 128 commands
    s.write(0x88, 8, 64);
    EXPECT_FALSE(s.command_ready()) << "disabled";
    s.write(0, 4, 1);
    EXPECT_TRUE(s.command_ready());
    EXPECT_EQ(s.command_address(), 0x90000000u);
    s.command_done();
    EXPECT_EQ(s.read(0x90, 8), 32u);
    s.stall();
    EXPECT_EQ(s.read(0x90, 8), 33u);
    EXPECT_FALSE(s.command_ready());
    s.write(0x88, 8, 96);
    EXPECT_FALSE(s.command_ready()) << "without Retry";
    s.write(0x88, 8, 96 | 1);
    EXPECT_EQ(s.read(0x88, 8), 96u);
    EXPECT_TRUE(s.command_ready());
    EXPECT_EQ(s.command_address(), 0x90000020u);
    s.write(0x88, 8, 0);
    for (unsigned n = 1; n < 128; ++n) {
        ASSERT_TRUE(s.command_ready());
        s.command_done();
    }
    EXPECT_EQ(s.read(0x90, 8), 0u);
    EXPECT_FALSE(s.command_ready());
    s.write(0x88, 8, 0x1000);
    EXPECT_FALSE(s.command_ready()) << "CWRITER outside the queue";
}

TEST(its_registers, WritingCbaserTakesTheReadPointerBack)
{
    its_state s{its_limits()};
    s.write(0x80, 8, 1ull << 63 | 0x90000000);
    s.write(0x88, 8, 64);
    s.write(0, 4, 1);
    s.command_done();
    s.stall();
    s.write(0, 4, 0);
    s.write(0x80, 8, 1ull << 63 | 0x90000000);
    EXPECT_EQ(s.read(0x90, 8), 0u);
    EXPECT_EQ(s.read(0x88, 8), 64u);
}

TEST(its_registers, EveryOffsetAndSizeIsSafe)
{
    its_state s{its_limits()};
    for (std::uint32_t offset = 0; offset < gits::frame_size; ++offset)
        for (const unsigned size : {1u, 2u, 4u, 8u})
            if (offset % size == 0) {
                s.write(offset, size, ~0ull);
                s.read(offset, size);
            }
    EXPECT_TRUE(s.enabled());
    EXPECT_FALSE(s.command_ready());
}

} // namespace
