#include "common/register_file.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace iovp {
namespace {

using status = register_file::status;

constexpr auto rw = register_access::read_write;

std::uint64_t read(register_file& f, std::uint32_t offset, unsigned size)
{
    std::uint64_t value = ~std::uint64_t(0);
    EXPECT_EQ(f.read(offset, size, value), status::ok);
    return value;
}

TEST(RegisterFile, WriteChangesOnlyWritableBits)
{
    register_file f(0x100);
    f.add({"CR0", 0x10, 4, rw, 0xa0, 0x0f});
    EXPECT_EQ(read(f, 0x10, 4), 0xa0u);
    EXPECT_EQ(f.write(0x10, 4, 0xffffffff), status::ok);
    EXPECT_EQ(read(f, 0x10, 4), 0xafu);
    f.reset();
    EXPECT_EQ(read(f, 0x10, 4), 0xa0u);
}

TEST(RegisterFile, AccessRights)
{
    register_file f(0x100);
    f.add({"RO", 0x0, 4, register_access::read_only, 0x12, ~0u});
    f.add({"WO", 0x4, 4, register_access::write_only, 0x34, ~0u});
    f.write(0x0, 4, 0xff);
    f.write(0x4, 4, 0x56);
    EXPECT_EQ(read(f, 0x0, 4), 0x12u);
    EXPECT_EQ(read(f, 0x4, 4), 0u);
    EXPECT_EQ(f.get(0x4), 0x56u);
}

TEST(RegisterFile, ReservedOffsetsAreRazWi)
{
    register_file f(0x100);
    f.add({"R", 0x0, 4, rw, 1, ~0u});
    EXPECT_EQ(f.write(0x20, 4, 0xff), status::ok);
    EXPECT_EQ(read(f, 0x20, 4), 0u);
    EXPECT_EQ(read(f, 0xfc, 4), 0u);
    EXPECT_EQ(f.name(0x20), "");
    EXPECT_EQ(f.name(0x3), "R");
}

TEST(RegisterFile, HalvesOfA64BitRegister)
{
    register_file f(0x100);
    f.add({"BASE", 0x8, 8, rw, 0, ~std::uint64_t(0)});
    f.write(0xc, 4, 0x11223344);
    f.write(0x8, 4, 0x55667788);
    EXPECT_EQ(read(f, 0x8, 8), 0x1122334455667788u);
    EXPECT_EQ(read(f, 0xc, 4), 0x11223344u);
    EXPECT_EQ(read(f, 0x8, 4), 0x55667788u);
}

TEST(RegisterFile, EightBytesReachTwoNeighboursLowerFirst)
{
    register_file f(0x100);
    std::string order;
    f.add({"A", 0x0, 4, rw, 0, ~0u}, {}, [&](std::uint64_t, std::uint64_t v) { return order += 'a', v; });
    f.add({"B", 0x4, 4, rw, 0, ~0u}, {}, [&](std::uint64_t, std::uint64_t v) { return order += 'b', v; });
    f.write(0x0, 8, 0x0000000200000001);
    EXPECT_EQ(order, "ab");
    EXPECT_EQ(f.get(0x0), 1u);
    EXPECT_EQ(f.get(0x4), 2u);
    EXPECT_EQ(read(f, 0x0, 8), 0x0000000200000001u);
}

TEST(RegisterFile, BytesOnlyWhereAllowed)
{
    register_file f(0x100);
    f.add({"IPRIORITYR0", 0x40, 4, rw, 0, ~0u});
    f.add({"CTLR", 0x0, 4, rw, 0, ~0u});
    f.allow_bytes(0x40, 0x43);
    EXPECT_EQ(f.write(0x42, 1, 0xab), status::ok);
    EXPECT_EQ(read(f, 0x40, 4), 0x00ab0000u);
    EXPECT_EQ(read(f, 0x42, 2), 0xabu);
    EXPECT_EQ(f.write(0x0, 1, 0xab), status::bad_access);
    EXPECT_EQ(f.get(0x0), 0u);
    std::uint64_t value = 0;
    EXPECT_EQ(f.read(0x2, 2, value), status::bad_access);
    EXPECT_EQ(f.read(0x2, 4, value), status::bad_access);
    for (const unsigned odd : {0u, 3u, 5u, 6u, 7u, 16u})
        EXPECT_EQ(f.read(0x0, odd, value), status::bad_access) << odd;
}

TEST(RegisterFile, HooksSeeOldAndMergedValuesAndDecideWhatIsStored)
{
    register_file f(0x100);
    std::uint64_t seen_old = 0, seen_new = 0;
    f.add(
        {"R", 0x0, 4, rw, 0x100, 0xff}, [] { return std::uint64_t(0x77); },
        [&](std::uint64_t old_value, std::uint64_t new_value) {
            seen_old = old_value;
            seen_new = new_value;
            return std::uint64_t(0x5);
        });
    f.write(0x0, 4, 0xffff'ffff);
    EXPECT_EQ(seen_old, 0x100u);
    EXPECT_EQ(seen_new, 0x1ffu);
    EXPECT_EQ(f.get(0x0), 0x5u);
    EXPECT_EQ(read(f, 0x0, 4), 0x77u);
}

TEST(RegisterFile, MistakesOfTheModelAreRefused)
{
    register_file f(0x100);
    f.add({"R", 0x8, 8, rw, 0, 0});
    EXPECT_THROW(f.add({"overlap", 0xc, 4, rw, 0, 0}), std::invalid_argument);
    EXPECT_THROW(f.add({"misaligned", 0x14, 8, rw, 0, 0}), std::invalid_argument);
    EXPECT_THROW(f.add({"width", 0x20, 2, rw, 0, 0}), std::invalid_argument);
    EXPECT_THROW(f.add({"outside", 0x100, 4, rw, 0, 0}), std::invalid_argument);
}

} // namespace
} // namespace iovp
