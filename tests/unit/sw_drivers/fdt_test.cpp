// Device trees (Devicetree Specification 0.4, chapter 5), built here byte by byte.

#include "fake_machine.h"

#include <gmock/gmock.h>

#include <string>

extern "C" {
#include "drivers/fdt/fdt.h"
#include "lib/errors.h"
}

namespace sw_test {
namespace {

constexpr uint64_t base = fake_machine::ram_base + 0x1000;

class tree {
public:
    void begin(const std::string& name)
    {
        cell(1);
        text(name);
    }
    void end() { cell(2); }
    void property(const std::string& name, const std::string& value)
    {
        cell(3);
        cell(static_cast<uint32_t>(value.size()));
        cell(static_cast<uint32_t>(strings_.size()));
        strings_ += name + '\0';
        structure_ += value;
        pad();
    }
    static std::string cells(std::initializer_list<uint32_t> values)
    {
        std::string s;
        for (const uint32_t v : values)
            for (int shift = 24; shift >= 0; shift -= 8)
                s += static_cast<char>(v >> shift);
        return s;
    }
    void put(uint32_t magic = 0xd00dfeed)
    {
        cell(9);
        const uint32_t off_strings = 40 + static_cast<uint32_t>(structure_.size());
        const uint32_t total = off_strings + static_cast<uint32_t>(strings_.size());
        const std::string all =
            cells({magic, total, 40, off_strings, 0, 17, 16, 0, static_cast<uint32_t>(strings_.size()),
                   static_cast<uint32_t>(structure_.size())}) +
            structure_ + strings_;
        for (size_t i = 0; i < all.size(); ++i)
            fake_machine::current().mem_write(base + i, 1, static_cast<uint8_t>(all[i]));
    }

private:
    void cell(uint32_t v) { structure_ += cells({v}); }
    void text(const std::string& s)
    {
        structure_ += s + '\0';
        pad();
    }
    void pad() { structure_.resize((structure_.size() + 3) & ~size_t(3)); }
    std::string structure_, strings_;
};

struct Fdt : ::testing::Test {
    Fdt()
    {
        tree t;
        t.begin("");
        t.property("compatible", std::string("board\0", 6));
        t.begin("serial@1");
        t.property("compatible", std::string("vendor,uart\0arm,pl011\0", 22));
        t.property("reg", tree::cells({1, 2, 3, 4, 5, 6, 7, 8}));
        t.property("flag", "");
        t.end();
        t.begin("serial@2");
        t.property("compatible", std::string("arm,pl011\0", 10));
        t.begin("child");
        t.property("reg", tree::cells({9, 9, 9, 9}));
        t.end();
        t.end();
        t.end();
        t.put();
    }
    fake_machine machine;
    fdt f{};
};

TEST_F(Fdt, FindsNodesByOneOfTheirStrings)
{
    ASSERT_EQ(fdt_init(&f, base), 0);
    const int64_t first = fdt_find(&f, "compatible", "arm,pl011", 0);
    const int64_t second = fdt_find(&f, "compatible", "arm,pl011", 1);
    EXPECT_GT(first, 0);
    EXPECT_GT(second, first);
    EXPECT_EQ(fdt_find(&f, "compatible", "vendor,uart", 0), first);
    EXPECT_EQ(fdt_find(&f, "compatible", "arm,pl011", 2), ERR_NOT_FOUND);
    EXPECT_EQ(fdt_find(&f, "compatible", "arm,pl01", 0), ERR_NOT_FOUND);
    EXPECT_EQ(fdt_find(&f, "compatible", "arm,pl0111", 0), ERR_NOT_FOUND);
}

TEST_F(Fdt, RegHasTwoCellsEach)
{
    ASSERT_EQ(fdt_init(&f, base), 0);
    const int64_t node = fdt_find(&f, "compatible", "arm,pl011", 0);
    uint64_t at = 0, size = 0;
    EXPECT_EQ(fdt_reg(&f, node, 1, &at, &size), 0);
    EXPECT_EQ(at, 0x5'0000'0006u);
    EXPECT_EQ(size, 0x7'0000'0008u);
    EXPECT_EQ(fdt_reg(&f, node, 2, &at, &size), ERR_NOT_FOUND);
    uint32_t value = 0;
    EXPECT_EQ(fdt_cell(&f, node, "reg", 3, &value), 0);
    EXPECT_EQ(value, 4u);
    uint64_t where = 0;
    EXPECT_EQ(fdt_property(&f, node, "flag", &where), 0);
    EXPECT_EQ(fdt_property(&f, node, "flags", &where), ERR_NOT_FOUND);
}

TEST_F(Fdt, APropertyOfAChildIsNotItsParents)
{
    ASSERT_EQ(fdt_init(&f, base), 0);
    uint64_t at = 0, size = 0;
    EXPECT_EQ(fdt_reg(&f, fdt_find(&f, "compatible", "arm,pl011", 1), 0, &at, &size), ERR_NOT_FOUND);
    EXPECT_EQ(fdt_reg(&f, ERR_NOT_FOUND, 0, &at, &size), ERR_NOT_FOUND);
}

TEST_F(Fdt, RefusesWhatIsNoTree)
{
    EXPECT_EQ(fdt_init(&f, base + 4), ERR_NOT_FOUND);
    EXPECT_EQ(fdt_init(&f, 0), ERR_NOT_FOUND);
    machine.mem_write(base + 36, 4, 0xffff0000); // size of the structure block
    EXPECT_EQ(fdt_init(&f, base), ERR_MALFORMED);
}

} // namespace
} // namespace sw_test
