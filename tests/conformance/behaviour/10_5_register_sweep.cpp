// 10.5.1, 10.5.2: every bit of every word of both pages, written alone: what is kept, and that nothing else changes.

#include "unit/pmcg/pmcg_bench.h"

using namespace iovp;
using namespace iovp::test;

namespace {

std::uint32_t half(std::uint64_t mask, bool upper)
{
    return static_cast<std::uint32_t>(upper ? mask >> 32 : mask);
}

/// What a word keeps of a write while IRQEN is 0 (10.5.2), by its offset; 0: read-only, write-only or reserved.
std::uint32_t kept(const smmu::pmcg_features& f, std::uint32_t offset)
{
    const std::uint32_t counter_page = f.relocated ? 0x10000 : 0;
    const std::uint64_t counters = f.counters == 64 ? ~0ULL : (1ULL << f.counters) - 1;
    const std::uint64_t value = f.counter_bits == 64 ? ~0ULL : (1ULL << f.counter_bits) - 1;
    const unsigned stride = f.counter_bits == 32 ? 4 : 8;
    const std::uint32_t word = offset & 0xfff;
    const bool upper = (offset & 4) != 0;
    if (offset >= counter_page && offset < counter_page + 0x200)
        return word / stride < f.counters ? half(value, stride == 8 && upper) : 0;
    if ((offset & ~7U) == counter_page + 0xcc0)
        return half(counters, upper); // OVSSET0
    if (offset >= 0x10000)
        return 0;
    if (word >= 0x400 && word < 0x500 && (word - 0x400) / 4 < f.counters) {
        const bool filter = word == 0x400 || !f.shared_filter;
        return 0xffffU | (f.capture ? 1U << 31 : 0) | (filter ? 1U << 29 : 0) |
               (filter && f.secure_impl ? 1U << 30 : 0);
    }
    if (word >= 0xa00 && word < 0xb00 && (word - 0xa00) / 4 < f.counters && (word == 0xa00 || !f.shared_filter))
        return f.stream_id_bits == 32 ? 0xffffffffU : (1U << f.stream_id_bits) - 1;
    switch (word) {
    case 0xc00:
    case 0xc04:
    case 0xc40:
    case 0xc44: return half(counters, upper);
    case 0xdf8: return f.secure_impl ? 3U | (f.msi ? 4U : 0) : 0;
    case 0xe04:
    case 0xe50: return 1;
    case 0xe58: return f.msi ? 0xfffffffc : 0;
    case 0xe5c: return f.msi ? (1U << (f.output_bits - 32)) - 1 : 0;
    case 0xe60: return f.msi ? 0xffffffff : 0;
    case 0xe64: return f.msi ? 0x3f : 0;
    default: return 0;
    }
}

/// Where the same bit shows too: set and clear registers are two views of one.
std::uint32_t twin(const smmu::pmcg_features& f, std::uint32_t offset)
{
    switch (offset & ~0x10007U) {
    case 0xc00: return offset < 0x10000 ? offset + 0x20 : 0;
    case 0xc40: return offset < 0x10000 ? offset + 0x20 : 0;
    case 0xcc0: return (offset >= 0x10000) == f.relocated ? offset - 0x40 : 0;
    default: return 0;
    }
}

std::vector<std::uint32_t> words(const smmu::pmcg_features& f)
{
    std::vector<std::uint32_t> all;
    for (std::uint32_t page = 0; page <= (f.relocated ? 0x10000U : 0U); page += 0x10000)
        for (std::uint32_t offset = 0; offset < 0x1000; offset += 4)
            all.push_back(page + offset);
    return all;
}

struct sweep {
    explicit sweep(const smmu::pmcg_features& features)
        : f(features)
        , all(words(f))
    {
        plain_group fresh(f);
        for (const std::uint32_t offset : all)
            reset.push_back(fresh.reg(offset, 4, true));
        for (std::size_t i = 0; i < all.size(); ++i)
            if (kept(f, all[i]) != 0)
                writable(i);
        nothing_else(fresh);
    }

private:
    void writable(std::size_t i)
    {
        const std::uint32_t mask = kept(f, all[i]);
        for (unsigned bit = 0; bit < 32; ++bit) {
            plain_group g(f);
            g.set_reg(all[i], 1ULL << bit, 4, true);
            // A plain write clears what was 1 at reset (SCR); bits beyond the mask stay as they are.
            const std::uint64_t expected = (reset[i] & ~std::uint64_t(mask)) | (mask & 1ULL << bit);
            ASSERT_EQ(g.reg(all[i], 4, true), expected) << std::hex << all[i] << " bit " << std::dec << bit;
            if (bit % 8 == 0) // the rest of the frame is large
                unchanged(g, all[i], twin(f, all[i]));
        }
    }
    void nothing_else(plain_group& g)
    {
        for (const std::uint32_t offset : all)
            for (unsigned bit = 0; bit < 32 && kept(f, offset) == 0; ++bit)
                // CAPR captures zeros; bits of clear registers clear what is clear.
                g.set_reg(offset, 1ULL << bit, 4, true);
        unchanged(g, ~0U, ~0U);
    }
    void unchanged(plain_group& g, std::uint32_t but, std::uint32_t and_but)
    {
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (all[i] == but || (and_but != 0 && all[i] == and_but))
                continue;
            ASSERT_EQ(g.reg(all[i], 4, true), reset[i]) << std::hex << all[i] << " after " << but;
        }
    }

    const smmu::pmcg_features f;
    const std::vector<std::uint32_t> all;
    std::vector<std::uint64_t> reset;
};

} // namespace

TEST(PmcgRegisters_10_5_Sweep, EveryBitOfTheDefaultGroup)
{
    sweep all({});
}

TEST(PmcgRegisters_10_5_Sweep, EveryBitOf64SmallCountersInOnePageWithoutAnything)
{
    smmu::pmcg_features f;
    f.counters = 64;
    f.counter_bits = 32;
    f.capture = f.relocated = f.msi = false;
    f.shared_filter = true;
    sweep all(f);
}

TEST(PmcgRegisters_10_5_Sweep, EveryBitOf64LargeSecureCounters)
{
    smmu::pmcg_features f;
    f.counters = 64;
    f.counter_bits = 48;
    f.secure_impl = true;
    f.stream_id_bits = 32;
    f.output_bits = 52;
    sweep all(f);
}

// Set and clear registers: every counter's bit, alone.
TEST(PmcgRegisters_10_5_Sweep, SetAndClearEveryCounter)
{
    smmu::pmcg_features f;
    f.counters = 64;
    const std::pair<std::uint32_t, std::uint32_t> pairs[] = {{0xc00, 0xc20}, {0xc40, 0xc60}, {0x10cc0, 0x10c80}};
    for (const auto& [set, clear] : pairs)
        for (unsigned n = 0; n < 64; ++n) {
            plain_group g(f);
            g.set_reg(set, ~0ULL, 8);
            EXPECT_EQ(g.reg(clear, 8), ~0ULL);
            g.set_reg(set, 0, 8);
            g.set_reg(clear, 1ULL << n, 8);
            EXPECT_EQ(g.reg(set, 8), ~(1ULL << n));
            EXPECT_EQ(g.reg(clear, 8), ~(1ULL << n));
            g.set_reg(clear, ~0ULL, 8);
            g.set_reg(set, 1ULL << n, 8);
            EXPECT_EQ(g.reg(set, 8), 1ULL << n);
            EXPECT_EQ(g.reg(clear, 8), 1ULL << n);
        }
}
