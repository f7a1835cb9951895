// ELF-64 (System V gABI, ELF for the Arm 64-bit Architecture) and the arm64 Image (Linux booting protocol). Offsets
// below are those of the documents, not of a header file.

#include "loader/loader.h"

#include "support/program.h"

#include <gmock/gmock.h>

#include <cstring>
#include <string>

namespace iovp::loader {
namespace {

using testing::HasSubstr;

constexpr ram memory{0x8000'0000, 0x1000'0000};

class blob {
public:
    explicit blob(std::size_t size)
        : bytes_(size, '\0')
    {
    }
    template <class T>
    blob& put(std::size_t at, T value)
    {
        std::memcpy(&bytes_.at(at), &value, sizeof value);
        return *this;
    }
    std::string bytes_;
};

using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;

// One executable segment of 16 bytes at 0x80001000, 32 in memory; entry at its second instruction.
blob good_elf()
{
    blob b(0x110);
    b.put<u32>(0, 0x464c457f).put<std::uint8_t>(4, 2).put<std::uint8_t>(5, 1).put<std::uint8_t>(6, 1);
    b.put<u16>(16, 2).put<u16>(18, 183).put<u32>(20, 1).put<u64>(24, 0x8000'1004).put<u64>(32, 64);
    b.put<u16>(52, 64).put<u16>(54, 56).put<u16>(56, 1);
    b.put<u32>(64, 1).put<u32>(68, 5).put<u64>(72, 0x100).put<u64>(80, 0x8000'1000).put<u64>(88, 0x8000'1000);
    b.put<u64>(96, 16).put<u64>(104, 32);
    for (std::size_t i = 0; i < 16; ++i)
        b.put<std::uint8_t>(0x100 + i, static_cast<std::uint8_t>(i + 1));
    return b;
}

blob good_image()
{
    blob b(0x1000);
    b.put<u64>(8, 0x8'0000).put<u64>(16, 0x2'0000).put<u64>(24, 0xa).put<u32>(56, 0x644d5241);
    return b;
}

std::string complaint(const blob& b, const ram& where = memory)
{
    const test::scratch files;
    const std::string name = files.write("program", b.bytes_);
    try {
        load(name, where);
    } catch (const error& e) {
        EXPECT_THAT(e.what(), testing::StartsWith(name + ": "));
        return e.what();
    }
    return "";
}

program loaded(const blob& b, const ram& where = memory)
{
    const test::scratch files;
    return load(files.write("program", b.bytes_), where);
}

TEST(Loader, ElfSegmentAndEntry)
{
    const program p = loaded(good_elf());
    EXPECT_EQ(p.entry, 0x8000'1004u);
    ASSERT_EQ(p.segments.size(), 1u);
    EXPECT_EQ(p.segments[0].address, 0x8000'1000u);
    EXPECT_EQ(p.segments[0].memory_size, 32u);
    EXPECT_THAT(p.segments[0].bytes, testing::ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16));
    EXPECT_EQ(p.end(), 0x8000'1020u);
    EXPECT_FALSE(p.is_image);
}

TEST(Loader, PhysicalAddressesCount)
{
    const program p = loaded(good_elf().put<u64>(80, 0xffff'8000'0000'1000).put<u64>(24, 0xffff'8000'0000'1008));
    EXPECT_EQ(p.entry, 0x8000'1008u);
    EXPECT_EQ(p.segments[0].address, 0x8000'1000u);
}

TEST(Loader, RefusesOtherMachinesAndFormats)
{
    EXPECT_THAT(complaint(good_elf().put<u16>(18, 62)), HasSubstr("not for AArch64: its machine is 62, needed is 183"));
    EXPECT_THAT(complaint(good_elf().put<std::uint8_t>(4, 1)), HasSubstr("32 bits"));
    EXPECT_THAT(complaint(good_elf().put<std::uint8_t>(5, 2)), HasSubstr("big-endian"));
    EXPECT_THAT(complaint(good_elf().put<u16>(16, 1)), HasSubstr("not a program"));
    EXPECT_THAT(complaint(blob(200)), HasSubstr("neither an ELF file nor an arm64 Image"));
    EXPECT_THAT(complaint(blob(0)), HasSubstr("neither"));
}

TEST(Loader, RefusesWhatDoesNotFitIntoRam)
{
    EXPECT_THAT(complaint(good_elf(), {0x8000'2000, 0x1000}), HasSubstr("does not fit into RAM"));
    EXPECT_THAT(complaint(good_elf(), {0x8000'0000, 0x101f}), HasSubstr("0x80001000..0x8000101f does not fit"));
    EXPECT_EQ(complaint(good_elf(), {0x8000'0000, 0x1020}), "");
    EXPECT_THAT(complaint(good_elf().put<u64>(104, ~u64(0))), HasSubstr("does not fit into RAM"));
    EXPECT_THAT(complaint(good_elf().put<u64>(88, ~u64(0))), HasSubstr("does not fit into RAM"));
}

TEST(Loader, RefusesAFileThatEndsTooEarly)
{
    blob b = good_elf();
    b.bytes_.resize(0x108);
    EXPECT_THAT(complaint(b), HasSubstr("behind the end of the file"));
    b.bytes_.resize(100);
    EXPECT_THAT(complaint(b), HasSubstr("ends before its program headers"));
    b.bytes_.resize(40);
    EXPECT_THAT(complaint(b), HasSubstr("ends before its ELF header"));
    EXPECT_THAT(complaint(good_elf().put<u64>(32, ~u64(0))), HasSubstr("ends before its program headers"));
    EXPECT_THAT(complaint(good_elf().put<u64>(72, ~u64(0))), HasSubstr("behind the end of the file"));
}

TEST(Loader, RefusesContradictions)
{
    EXPECT_THAT(complaint(good_elf().put<u64>(96, 64)), HasSubstr("more bytes in the file than in memory"));
    EXPECT_THAT(complaint(good_elf().put<u16>(56, 0)), HasSubstr("no program headers"));
    EXPECT_THAT(complaint(good_elf().put<u32>(64, 4)), HasSubstr("no segment"));
    EXPECT_THAT(complaint(good_elf().put<u32>(64, 3)), HasSubstr("dynamically linked"));
}

TEST(Loader, RefusesAnEntryThatIsNone)
{
    EXPECT_THAT(complaint(good_elf().put<u64>(24, 0)), HasSubstr("no entry: 0x0"));
    EXPECT_THAT(complaint(good_elf().put<u64>(24, 0x8000'1020)), HasSubstr("no entry"));
    EXPECT_THAT(complaint(good_elf().put<u64>(24, 0x8000'1002)), HasSubstr("no entry"));
    EXPECT_THAT(complaint(good_elf().put<u32>(68, 6)), HasSubstr("no entry")); // not executable
}

TEST(Loader, RefusesSegmentsThatOverlap)
{
    blob b = good_elf();
    b.put<u16>(56, 2).put<u32>(120, 1).put<u32>(124, 6).put<u64>(128, 0x100).put<u64>(136, 0x8000'101f);
    b.put<u64>(144, 0x8000'101f).put<u64>(152, 0).put<u64>(160, 1);
    EXPECT_THAT(complaint(b), HasSubstr("two segments overlap at 0x8000101f"));
    b.put<u64>(136, 0x8000'1020).put<u64>(144, 0x8000'1020);
    EXPECT_EQ(complaint(b), "");
}

TEST(Loader, ImageStandsAtItsTextOffset)
{
    const program p = loaded(good_image(), {0x8010'0000, 0x1000'0000});
    EXPECT_TRUE(p.is_image);
    EXPECT_EQ(p.entry, 0x8028'0000u); // the first 2 MiB boundary, and 512 KiB
    EXPECT_EQ(p.end(), 0x8028'0000u + 0x2'0000);
}

TEST(Loader, ImageWithoutSizeIsAnOldOne)
{
    const program p = loaded(good_image().put<u64>(16, 0).put<u64>(8, 0x1234'0000));
    EXPECT_EQ(p.entry, 0x8008'0000u);
    EXPECT_EQ(p.end(), 0x8008'1000u);
}

TEST(Loader, RefusesImagesThatCannotRun)
{
    EXPECT_THAT(complaint(good_image().put<u64>(24, 0xb)), HasSubstr("big-endian"));
    EXPECT_THAT(complaint(good_image().put<u64>(16, 0x1000'0000)), HasSubstr("does not fit into RAM"));
    EXPECT_THAT(complaint(good_image().put<u64>(8, ~u64(0))), HasSubstr("text_offset"));
}

TEST(Loader, NamesAFileThatCannotBeRead)
{
    EXPECT_THROW(load("/nonexistent/program", memory), error);
    EXPECT_THROW(load("/", memory), error);
}

} // namespace
} // namespace iovp::loader
