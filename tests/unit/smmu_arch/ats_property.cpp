// What a Translation Completion grants is what ordinary transactions with the same properties may do (3.9.1, 13.7.1),
// and a split-stage IPA leads where they go (13.6.3). Random streams, pages and requests.

#include "smmu/arch/ats.h"

#include "bench.h"

#include <random>

namespace iovp::test {
namespace {

constexpr std::uint64_t shift = 0x7000000000;

struct random_bench : smmu_bench {
    std::mt19937_64 random;
    table_builder s2 = stage2();
    table_builder s1 = stage1(shift);
    table_builder flat = stage1();
    std::uint64_t va = 0;
    unsigned config = 7;
    bool split = false;
    unsigned instcfg = 0;

    explicit random_bench(std::uint64_t seed)
        : random(seed)
    {
        f.ats = true;
        f.ats_split_stage = true;
        regs.ats_check = true;
        config = 5 + static_cast<unsigned>(pick(3));
        split = config == 7 && pick(2) == 0;
        auto words = make_ste(config);
        put_bits(words, 93, 92, split ? 2 : 1);
        put_bits(words, 113, 112, pick(4));
        instcfg = static_cast<unsigned>(pick(4));
        put_bits(words, 115, 114, instcfg);
        if (config != 6) {
            put_bits(words, 63, 59, 3); // S1CDMax
            put_bits(words, 65, 64, 2); // CD 0 without PASID
        }
        set_ste(8, words);
        for (unsigned i = 0; i < 8; ++i) {
            write(cd_table + i * 64, make_cd());
            write(cd_table + shift + i * 64, make_cd());
        }
        map();
    }
    std::uint64_t pick(std::uint64_t below) { return random() % below; }
    bool often() { return pick(8) != 0; }

    void map()
    {
        const int level1 = pick(2) == 0 ? 3 : 2;
        const int level2 = pick(2) == 0 ? 3 : 2;
        std::uint64_t leaf1 = pick(4) << 6 | pick(4) << 53; // AP, XN
        if (often())
            leaf1 |= s1_af;
        std::uint64_t leaf2 = pick(4) << 6 | pick(4) << 53 | s2_wb | s2_inner;
        if (often())
            leaf2 |= s2_af;
        va = config == 6 ? 0x80000000 : 0x40000000;
        const std::uint64_t ipa = 0x80000000;
        if (config == 5 && often())
            flat.map(va, ipa, level1, leaf1);
        if (config == 7 && often())
            s1.map(va, ipa, level1, leaf1);
        if (often())
            s2.map(ipa, 0x90000000, level2, leaf2);
        va += pick(0x200) << 3;
        s2.map(cd_table, cd_table + shift, 3, s2_rw);
        s2.map(0x1000000000, 0x1000000000 + shift, 3, s2_rw);
        for (const std::uint64_t t : s1.tables())
            s2.map(t, t + shift, 3, s2_rw);
    }
    /// The PA of an ordinary transaction, if it is permitted.
    std::optional<std::uint64_t> ordinary(const ats_request& a, bool write, bool instruction)
    {
        request r = req(8, a.address, write);
        r.substream = a.substream;
        r.what.privileged = a.substream && a.privileged;
        r.what.instruction = instruction;
        const auto o = run(r);
        if (const auto* t = std::get_if<translated>(&o))
            return t->out.pa.value();
        return std::nullopt;
    }
    std::optional<std::uint64_t> translated_to(std::uint64_t address, bool write)
    {
        request r = req(8, address, write);
        r.ats = ats_state::translated;
        const auto o = run(r);
        if (const auto* t = std::get_if<translated>(&o))
            return t->out.pa.value();
        if (const auto* b = std::get_if<bypassed>(&o))
            return b->out.pa.value();
        return std::nullopt;
    }
};

TEST(AtsProperty, CompletionsGrantWhatOrdinaryTransactionsMayDo)
{
    unsigned granted = 0, split = 0;
    for (std::uint64_t seed = 0; seed < 4000; ++seed) {
        random_bench b(seed);
        ats_request a;
        a.stream = stream_id(8);
        a.address = b.va;
        a.no_write = b.pick(2) == 0;
        if (b.config != 6 && b.pick(2) == 0) {
            a.substream = substream_id(1 + static_cast<std::uint32_t>(b.pick(7)));
            a.execute = b.pick(2) == 0;
            a.privileged = b.pick(2) == 0;
        }
        const translation_context c{b.f, b.regs, b.memory, *b.walk_cache, *b.configuration_cache, true};
        const ats_completion done = translation_request(c, a);
        ASSERT_EQ(done.status, ats_status::success) << seed;
        const auto read = b.ordinary(a, false, false);
        const auto write = b.ordinary(a, true, false);
        const auto execute = b.ordinary(a, false, true);
        ASSERT_EQ(done.read, read.has_value()) << seed;
        ASSERT_EQ(done.write, write.has_value()) << seed;
        ASSERT_EQ(done.execute, a.substream && a.execute && read && execute) << seed;
        if (!done.read && !done.write)
            continue;
        ++granted;
        const std::uint64_t pa = read ? *read : *write;
        const std::uint64_t offset = a.address & ((1ULL << done.size_log2) - 1);
        if (!b.split) {
            ASSERT_EQ(done.address + offset, pa) << seed;
            ASSERT_EQ(b.translated_to(pa, done.write), pa) << seed;
            continue;
        }
        ++split;
        // Execute permission of stage 2 may differ by privilege, which a Translated transaction does not carry.
        if (done.write || b.instcfg != 3) {
            ASSERT_EQ(b.translated_to(done.address + offset, done.write), pa) << seed;
        }
    }
    EXPECT_GT(granted, 1000U);
    EXPECT_GT(split, 100U);
}

} // namespace
} // namespace iovp::test
