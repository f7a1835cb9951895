#include <gtest/gtest.h>

#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "drivers/smmuv3/smmu_ste.h"

namespace {

/// What an SMMU that reads 5.2 makes of an STE, as text: only fields that are not IGNORED.
std::string seen(const smmu_entry& e)
{
    if (!(e.dw[0] & 1))
        return "invalid";
    const unsigned config = (e.dw[0] >> 1) & 7;
    if (!(config & 4))
        return "abort";
    const bool s1 = config & 1;
    const bool s2 = config & 2;
    std::ostringstream out;
    out << std::hex << "config " << config;
    out << " common " << (e.dw[1] & 0xFFFFFFFF300FF000u);
    if (s1) {
        out << " ctx " << (e.dw[0] & 0x00FFFFFFFFFFFFC0u) << " max " << (e.dw[0] >> 59);
        if (e.dw[0] >> 59)
            out << " fmt " << ((e.dw[0] >> 4) & 3) << " dss " << (e.dw[1] & 3);
        out << " attr " << ((e.dw[1] >> 2) & 0x3F) << " stalld " << ((e.dw[1] >> 27) & 1);
    }
    if (s1 && !s2)
        out << " strw " << ((e.dw[1] >> 30) & 3);
    if (s1 || s2)
        out << " vmid " << (e.dw[2] & 0xFFFF);
    if (s2)
        out << " s2 " << (e.dw[2] >> 32) << " ttb " << e.dw[3];
    return out.str();
}

std::map<std::string, smmu_entry> kinds()
{
    smmu_s1_config s1a{};
    s1a.cd_table = 0x80010000;
    smmu_s1_config s1b = s1a;
    s1b.cd_table = 0x80020040;
    smmu_s1_config el2 = s1a;
    el2.el2 = true;
    smmu_s1_config substreams{};
    substreams.cd_table = 0x80030000;
    substreams.s1cdmax = 8;
    substreams.s1fmt = 1;
    substreams.s1dss = 2;
    smmu_s2_config s2a{};
    s2a.vmid = 5;
    s2a.t0sz = 24;
    s2a.sl0 = 1;
    s2a.ps = 4;
    s2a.ttb = 0x90000000;
    smmu_s2_config s2b = s2a;
    s2b.vmid = 6;
    s2b.ttb = 0xA0000000;
    smmu_s2_config s2c = s2a; // other geometry
    s2c.tg = 1;
    s2c.sl0 = 1;
    return {
        {"zero", smmu_entry{}},
        {"abort", smmu_make_ste_abort()},
        {"bypass", smmu_make_ste_bypass(true)},
        {"bypass_no_ovr", smmu_make_ste_bypass(false)},
        {"s1a", smmu_make_ste_s1(&s1a, true)},
        {"s1b", smmu_make_ste_s1(&s1b, true)},
        {"s1_el2", smmu_make_ste_s1(&el2, true)},
        {"s1_substreams", smmu_make_ste_s1(&substreams, true)},
        {"s2a", smmu_make_ste_s2(&s2a, true)},
        {"s2b", smmu_make_ste_s2(&s2b, true)},
        {"s2c", smmu_make_ste_s2(&s2c, true)},
        {"nested_a", smmu_make_ste_nested(&s1a, &s2a, true)},
        {"nested_a2", smmu_make_ste_nested(&s1b, &s2a, true)},
        {"nested_sub", smmu_make_ste_nested(&substreams, &s2a, true)},
        {"nested_b", smmu_make_ste_nested(&s1a, &s2b, true)},
    };
}

/// Memory plus what the SMMU may still have cached: since the last sync every doubleword may be seen old or new
/// (3.21.3).
struct observer {
    std::string before, after;
    std::string (*view)(const smmu_entry&);
    smmu_entry committed{};
    smmu_entry memory{};
    std::vector<unsigned> pending;
    unsigned stores = 0;
    unsigned syncs = 0;
    bool refused = false;
    std::string wrong;

    void check()
    {
        for (unsigned subset = 0; subset < 1u << pending.size(); subset++) {
            smmu_entry entry = committed;
            for (std::size_t i = 0; i < pending.size(); i++)
                if (subset >> i & 1)
                    entry.dw[pending[i]] = memory.dw[pending[i]];
            const std::string now = view(entry);
            if (now == "invalid" || now == "abort")
                refused |= now != before && now != after;
            else if (now != before && now != after)
                wrong = now;
        }
    }
    static void store(void* context, unsigned dword, std::uint64_t value)
    {
        auto* self = static_cast<observer*>(context);
        self->memory.dw[dword] = value;
        self->pending.push_back(dword);
        self->stores++;
        self->check();
    }
    static void sync(void* context)
    {
        auto* self = static_cast<observer*>(context);
        self->committed = self->memory;
        self->pending.clear();
        self->syncs++;
    }
};

struct outcome {
    bool hitless, refused;
    std::string wrong;
    bool equal, synced;
};

outcome install(const smmu_entry& from, const smmu_entry& to, void (*used)(const smmu_entry*, smmu_entry*),
                std::string (*view)(const smmu_entry&))
{
    observer o;
    o.before = view(from);
    o.after = view(to);
    o.view = view;
    o.committed = o.memory = from;
    const smmu_entry_writer writer{used, observer::store, observer::sync, &o};
    const bool hitless = smmu_entry_install(&writer, &from, &to);
    bool equal = true;
    for (unsigned i = 0; i < 8; i++)
        equal = equal && o.memory.dw[i] == to.dw[i];
    return {hitless, o.refused, o.wrong, equal, o.pending.empty()};
}

TEST(Ste_3_21_3, EveryIntermediateStateOfEveryTransitionIsOldOrNewOrRefuses)
{
    const auto all = kinds();
    unsigned transitions = 0;
    for (const auto& [from_name, from] : all) {
        for (const auto& [to_name, to] : all) {
            SCOPED_TRACE(from_name + " -> " + to_name);
            const outcome o = install(from, to, smmu_ste_used, seen);
            EXPECT_EQ(o.wrong, "");
            EXPECT_TRUE(o.equal);
            EXPECT_TRUE(o.synced);
            EXPECT_EQ(o.hitless, !o.refused);
            transitions++;
        }
    }
    EXPECT_EQ(transitions, all.size() * all.size());
}

TEST(Ste_3_21_3, TransitionsOfOneUsedDoublewordAreHitless)
{
    const auto all = kinds();
    const auto hitless = [&](const char* from, const char* to) {
        return install(all.at(from), all.at(to), smmu_ste_used, seen).hitless;
    };
    EXPECT_TRUE(hitless("s2a", "nested_a"));
    EXPECT_TRUE(hitless("nested_a", "s2a"));
    EXPECT_TRUE(hitless("nested_a", "nested_a2"));
    EXPECT_TRUE(hitless("s1a", "s1b"));
    EXPECT_TRUE(hitless("s1b", "s1a"));
    EXPECT_TRUE(hitless("abort", "nested_a"));
    EXPECT_TRUE(hitless("nested_b", "abort"));
    EXPECT_TRUE(hitless("bypass", "s1a"));
    EXPECT_TRUE(hitless("s1a", "bypass"));
    EXPECT_TRUE(hitless("zero", "s2a"));
    EXPECT_FALSE(hitless("s2a", "s2b"));
    EXPECT_FALSE(hitless("s1a", "s2a"));
    EXPECT_FALSE(hitless("nested_a", "nested_b"));
}

TEST(Ste_3_21_3, TheObserverSeesAWriterThatIgnoresTheRules)
{
    // The naive order, doubleword by doubleword, from stage 2 A to B: VMID of B with tables of A.
    const auto all = kinds();
    observer o;
    o.view = seen;
    o.before = seen(all.at("s2a"));
    o.after = seen(all.at("s2b"));
    o.committed = o.memory = all.at("s2a");
    for (unsigned i = 0; i < 8; i++)
        observer::store(&o, i, all.at("s2b").dw[i]);
    EXPECT_NE(o.wrong, "");
}

TEST(Ste_5_2, EncodingsOfEachKind)
{
    EXPECT_EQ(smmu_make_ste_abort().dw[0], 0x1u);
    EXPECT_EQ(smmu_make_ste_bypass(true).dw[0], 0x9u);
    EXPECT_EQ(smmu_make_ste_bypass(true).dw[1], std::uint64_t{1} << 44); // SHCFG: incoming
    EXPECT_EQ(smmu_make_ste_bypass(false).dw[1], 0u);

    smmu_s1_config s1{};
    s1.cd_table = 0x8'0001'0000;
    s1.s1cdmax = 8;
    s1.s1fmt = 1;
    s1.s1dss = 2;
    s1.el2 = true;
    const smmu_entry a = smmu_make_ste_s1(&s1, true);
    EXPECT_EQ(a.dw[0], 0x4000'0008'0001'001Bu);
    EXPECT_EQ(a.dw[1], 0x0000'1000'8000'00D6u); // SHCFG, STRW EL2, ISH, WB, WB, S1DSS 2
    EXPECT_EQ(a.dw[2], 0u);

    smmu_s2_config s2{};
    s2.vmid = 0x1234;
    s2.t0sz = 24;
    s2.sl0 = 1;
    s2.tg = 0;
    s2.ps = 4;
    s2.ttb = 0x9'0000'0000;
    const smmu_entry b = smmu_make_ste_s2(&s2, true);
    EXPECT_EQ(b.dw[0], 0xDu);
    // S2R, S2PTW, S2AA64, S2PS 4, S2TG 0, ISH, WB, WB, S2SL0 1, S2T0SZ 24, VMID
    EXPECT_EQ(b.dw[2], 0x044C'3558'0000'1234u);
    EXPECT_EQ(b.dw[3], 0x9'0000'0000u);
    const smmu_entry c = smmu_make_ste_nested(&s1, &s2, true);
    EXPECT_EQ(c.dw[0], 0x4000'0008'0001'001Fu);
    EXPECT_EQ(c.dw[1] >> 30 & 3, 0u); // STRW is IGNORED with stage 2
    for (unsigned i = 4; i < 8; i++)
        EXPECT_EQ(a.dw[i] | b.dw[i] | c.dw[i], 0u);
}

std::string seen_cd(const smmu_entry& e)
{
    if (!(e.dw[0] >> 31 & 1))
        return "invalid";
    std::ostringstream out;
    const bool epd1 = e.dw[0] >> 30 & 1;
    out << std::hex << (e.dw[0] & (epd1 ? 0xFFFFFFFFC000FFFFu : ~std::uint64_t{0})) << ' ' << e.dw[1];
    if (!epd1)
        out << ' ' << e.dw[2];
    for (unsigned i = 3; i < 8; i++)
        out << ' ' << e.dw[i];
    return out.str();
}

TEST(Cd_3_21_3, EveryIntermediateStateIsOldOrNewOrInvalid)
{
    smmu_cd_config a{};
    a.asid = 1;
    a.t0sz = 32;
    a.ips = 4;
    a.ttb0 = 0x80000000;
    a.mair = 0x04FF;
    a.record = true;
    smmu_cd_config other_asid = a;
    other_asid.asid = 2;
    smmu_cd_config other_table = a;
    other_table.ttb0 = 0x90000000;
    smmu_cd_config other_both = other_table;
    other_both.asid = 3;
    const std::vector<smmu_entry> all{smmu_entry{}, smmu_make_cd(&a), smmu_make_cd(&other_asid),
                                      smmu_make_cd(&other_table), smmu_make_cd(&other_both)};
    for (const smmu_entry& from : all) {
        for (const smmu_entry& to : all) {
            const outcome o = install(from, to, smmu_cd_used, seen_cd);
            EXPECT_EQ(o.wrong, "");
            EXPECT_TRUE(o.equal && o.synced);
            EXPECT_EQ(o.hitless, !o.refused);
        }
    }
    EXPECT_TRUE(install(all[1], all[2], smmu_cd_used, seen_cd).hitless);
    EXPECT_FALSE(install(all[1], all[4], smmu_cd_used, seen_cd).hitless);
}

TEST(Cd_5_4, Encoding)
{
    smmu_cd_config config{};
    config.asid = 0xBEEF;
    config.t0sz = 32;
    config.tg0 = 2;
    config.ips = 5;
    config.ttb0 = 0x8'1234'0000;
    config.mair = 0x04FF;
    config.record = true;
    const smmu_entry cd = smmu_make_cd(&config);
    // ASID, ASET, A, R, AA64, IPS, V, EPD1, ISH, WB, WB, TG0 16K, T0SZ
    EXPECT_EQ(cd.dw[0], 0xBEEF'E205'C000'35A0u);
    EXPECT_EQ(cd.dw[1], 0x8'1234'0000u);
    EXPECT_EQ(cd.dw[3], 0x04FFu);
}

} // namespace
