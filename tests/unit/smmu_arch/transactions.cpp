// 3.4, 3.17, 13: bypass, address sizes, tags, TLB hits and output attributes.

#include "bench.h"
#include "smmu/tbu/tlb_entry.h"

namespace iovp::test {
namespace {

constexpr cache_attributes wb{cacheability::write_back, true, true, false};
constexpr memory_attributes wb_inner{memory_type::normal, wb, wb, shareability::inner};
constexpr memory_attributes non_cacheable{memory_type::normal, {}, {}, shareability::outer};

struct Transactions : testing::Test, smmu_bench {
    structure_words ste_words = make_ste(5);
    structure_words cd_words = make_cd();
    table_builder s1 = stage1();
    table_builder s2 = stage2();

    void install()
    {
        set_ste(8, ste_words);
        write(cd_table, cd_words);
    }
    void config(unsigned c) { put_bits(ste_words, 3, 1, c); }

    output out(const request& r)
    {
        const auto o = run(r);
        if (const auto* t = std::get_if<translated>(&o))
            return t->out;
        if (const auto* b = std::get_if<bypassed>(&o))
            return b->out;
        ADD_FAILURE() << "terminated";
        return {};
    }
};

// --- SMMUEN == 0 (6.3.14, 3.4)
// -----------------------------------------------------------------------------------------

TEST_F(Transactions, DisabledBypassesOrAborts)
{
    regs.enabled = false;
    regs.gbpa = 1 << 12; // SHCFG: incoming
    request r = req(8, 0xfff12345678);
    EXPECT_EQ(out(r).pa.value(), 0xfff12345678U);
    EXPECT_EQ(out(r).memory, normal_write_back());
    EXPECT_TRUE(memory.reads.empty());
    expect_silent_abort(req(8, 0x100000000000)); // beyond 44 bits
    regs.gbpa |= 1U << 20;
    expect_silent_abort(r);
}

TEST_F(Transactions, GlobalBypassAttributes)
{
    regs.enabled = false;
    // MTCFG, MemAttr 0b0101 (NC), PRIVCFG privileged, INSTCFG instruction
    regs.gbpa = 5 | 1 << 4 | 1 << 12 | 3 << 16 | 3 << 18;
    const auto o = out(req(8, 0x1000));
    EXPECT_EQ(o.memory, non_cacheable);
    EXPECT_TRUE(o.what.privileged);
    EXPECT_TRUE(o.what.instruction);
    EXPECT_FALSE(out(req(8, 0x1000, true)).what.instruction);
    f.attribute_types_override = f.attribute_permissions_override = false;
    EXPECT_EQ(out(req(8, 0x1000)).memory, normal_write_back());
    EXPECT_FALSE(out(req(8, 0x1000)).what.privileged);
}

// --- STE bypass and address sizes (3.4)
// --------------------------------------------------------------------------------

TEST_F(Transactions, BypassChecksTheOas)
{
    config(4);
    install();
    EXPECT_EQ(out(req(8, 0x0fffffffffff)).pa.value(), 0x0fffffffffffU);
    expect_abort(req(8, 0x100000000000), {0x0000000800000011, 1ULL << 35 | 2ULL << 40, 0x100000000000, 0});
}

TEST_F(Transactions, Stage2OnlyChecksIasThenT0sz)
{
    config(6);
    put_bits(ste_words, 165, 160, 24); // 40 bits
    install();
    expect_abort(req(8, 0x100000000000), {0x0000000800000011, 1ULL << 35 | 2ULL << 40, 0x100000000000, 0});
    // Inside the IAS, outside of stage 2's input: a stage-2 translation fault.
    expect_abort(req(8, 0x010000000000),
                 {0x0000000800000010, 1ULL << 35 | 1ULL << 39 | 2ULL << 40, 0x010000000000, 0x010000000000});
}

// --- tags (3.17)
// -------------------------------------------------------------------------------------------------------

TEST_F(Transactions, TagsOfTheStreamWorlds)
{
    s1.map(0x1000, 0x80001000, 3, s1_af | s1_el0 | s1_ng | mair_is_wb);
    install();
    auto t = ok(req(8, 0x1000));
    EXPECT_EQ(t.context.tag.world, vmsa::regime::el1);
    EXPECT_TRUE(t.context.tag.has_vmid);
    EXPECT_EQ(t.context.tag.vm, vmid(0x1357));
    EXPECT_TRUE(t.context.tag.has_asid);
    EXPECT_EQ(t.context.tag.space, asid(0x2468));
    EXPECT_TRUE(t.entry.not_global);

    put_bits(ste_words, 95, 94, 2);
    install();
    t = ok(req(8, 0x1000));
    EXPECT_EQ(t.context.tag.world, vmsa::regime::el2);
    EXPECT_FALSE(t.context.tag.has_vmid);
    EXPECT_FALSE(t.context.tag.has_asid);
    EXPECT_FALSE(t.entry.not_global);

    regs.cr2 |= 1; // E2H
    t = ok(req(8, 0x1000));
    EXPECT_EQ(t.context.tag.world, vmsa::regime::el2_host);
    EXPECT_FALSE(t.context.tag.has_vmid);
    EXPECT_TRUE(t.context.tag.has_asid);

    config(6);
    install();
    s2.map(0x1000, 0x80001000, 3, s2_rw);
    t = ok(req(8, 0x1000));
    EXPECT_EQ(t.context.tag.world, vmsa::regime::el1);
    EXPECT_EQ(t.context.tag.vm, vmid(0x1357));
    EXPECT_FALSE(t.context.tag.has_asid);
}

TEST_F(Transactions, EntriesMatchByTagAndPage)
{
    s1.map(0x1000, 0x80001000, 3, s1_af | s1_el0 | s1_ng);
    s1.map(0x200000, 0x80200000, 2, s1_af | s1_el0);
    install();
    const auto t = ok(req(8, 0x1000));
    const tlb_line local = tlb_line::from(t.context.tag, t.entry);
    vmsa::translation_tag tag = t.context.tag;
    EXPECT_TRUE(local.serves(packed_tag::of(tag), 0x1fff));
    EXPECT_FALSE(local.serves(packed_tag::of(tag), 0x2000));
    tag.space = asid(1);
    EXPECT_FALSE(local.serves(packed_tag::of(tag), 0x1000));
    const tlb_line global = tlb_line::from(t.context.tag, ok(req(8, 0x200000)).entry);
    EXPECT_TRUE(global.serves(packed_tag::of(tag), 0x3fffff));
    EXPECT_FALSE(global.serves(packed_tag::of(tag), 0x400000));
    tag.vm = vmid(1);
    EXPECT_FALSE(global.serves(packed_tag::of(tag), 0x200000));
}

TEST_F(Transactions, TopByteIgnoredAddressesShareAnEntry)
{
    put_bits(cd_words, 38, 38, 1); // TBI0
    s1.map(0x1000, 0x80001000, 3, s1_af | s1_el0);
    install();
    const auto t = ok(req(8, 0xab00000000001234));
    EXPECT_EQ(t.out.pa.value(), 0x80001234U);
    EXPECT_EQ(t.entry.input, 0x1234U);
    EXPECT_EQ(t.context.lookup_address(0xcd00000000001234), 0x1234U);
    EXPECT_EQ(t.context.lookup_address(0xcdffffffffff1234), 0xcdffffffffff1234U);
    stream_context upper; // TBI1: bit 55 says which half, and what the tag counts as
    upper.tbi1 = true;
    EXPECT_EQ(upper.lookup_address(0xcdffffffffff1234), 0xffffffffffff1234U);
    EXPECT_EQ(upper.lookup_address(0xcd00000000001234), 0xcd00000000001234U);
}

// --- hits
// ----------------------------------------------------------------------------------------------------------------

TEST_F(Transactions, HitEqualsWalk)
{
    config(6);
    s2.map(0x200000, 0x90200000, 2, s2_rw & ~s2_write);
    install();
    const auto t = ok(req(8, 0x201008));
    for (const bool write : {false, true}) {
        const request r = req(8, 0x2ff123, write);
        const outcome walked = run(r);
        const outcome hit = translate_hit(t.context, t.entry, r);
        ASSERT_EQ(walked.index(), hit.index());
        if (write) {
            EXPECT_EQ(*std::get<terminated>(walked).event, *std::get<terminated>(hit).event);
            EXPECT_EQ(std::get<terminated>(hit).event->words[3], 0x2ff000U);
        } else {
            EXPECT_EQ(std::get<translated>(walked).out.pa, std::get<translated>(hit).out.pa);
            EXPECT_EQ(std::get<translated>(walked).out.ipa, std::get<translated>(hit).out.ipa);
            EXPECT_EQ(std::get<translated>(walked).out.memory, std::get<translated>(hit).out.memory);
        }
    }
}

TEST_F(Transactions, HitObeysRazWi)
{
    put_bits(cd_words, 46, 45, 0);
    s1.map(0x1000, 0x80001000, 3, s1_af | s1_el0 | s1_ro);
    install();
    const auto t = ok(req(8, 0x1000));
    const auto hit = translate_hit(t.context, t.entry, req(8, 0x1008, true));
    EXPECT_EQ(std::get<terminated>(hit).how, termination::raz_wi);
    EXPECT_FALSE(std::get<terminated>(hit).event);
}

// --- attributes (13) -------------------------------------------------------------------------------------------------

TEST_F(Transactions, Stage1ReplacesTypeAndShareability)
{
    s1.map(0x1000, 0x80001000, 3, s1_af | s1_el0 | s1_inner | mair_is_wb);
    s1.map(0x2000, 0x80002000, 3, s1_af | s1_el0); // attribute 0: Normal NC
    install();
    request r = req(8, 0x1000);
    r.memory = device_memory();
    EXPECT_EQ(out(r).memory, wb_inner);
    r.address = 0x2000;
    r.memory = normal_write_back();
    EXPECT_EQ(out(r).memory, non_cacheable);
}

TEST_F(Transactions, HintsOfACacheableInputCombineWithStage1)
{
    s1.map(0x1000, 0x80001000, 3, s1_af | s1_el0 | s1_inner | mair_is_wb);
    install();
    request r = req(8, 0x1000);
    r.memory = {memory_type::normal, {cacheability::write_through, true, false, true}, wb, shareability::outer};
    const memory_attributes expected{
        memory_type::normal, {cacheability::write_back, true, false, true}, wb, shareability::inner};
    EXPECT_EQ(out(r).memory, expected);
}

TEST_F(Transactions, Stage2CombinesWithTheOverriddenInput)
{
    config(6);
    s2.map(0x1000, 0x90001000, 3, s2_rw);
    s2.map(0x2000, 0x90002000, 3, (s2_rw & ~s2_wb) | 1 << 2); // Device-nGnRE
    install();
    request r = req(8, 0x1000);
    EXPECT_EQ(out(r).memory, wb_inner);
    r.memory = non_cacheable;
    EXPECT_EQ(out(r).memory, non_cacheable);
    r.address = 0x2000;
    EXPECT_EQ(out(r).memory, device_memory(memory_type::device_nGnRE));
    // MTCFG: MemAttr 0xF replaces the incoming type; hints are then RA, WA, nTR.
    put_bits(ste_words, 100, 96, 0x1f);
    put_bits(ste_words, 109, 108, 0);
    install();
    r.address = 0x1000;
    EXPECT_EQ(out(r).memory, wb_inner) << "non-shareable combined with inner";
    // S2FWB with 0b110: Write-Back whatever comes in.
    put_bits(ste_words, 100, 96, 0);
    put_bits(ste_words, 109, 108, 1);
    put_bits(ste_words, 89, 89, 1);
    install();
    s2.map(0x1000, 0x90001000, 3, (s2_rw & ~s2_wb) | 6 << 2);
    r.memory = device_memory();
    EXPECT_EQ(out(r).memory, wb_inner);
    f.force_write_back = false; // then bit 89 is RES0 and 0b0110 is oNC-iWT
    EXPECT_EQ(out(r).memory, device_memory());
}

TEST_F(Transactions, AllocationOverride)
{
    config(4);
    put_bits(ste_words, 104, 101, 0b1100); // read allocate only
    install();
    const cache_attributes ra{cacheability::write_back, true, false, false};
    EXPECT_EQ(out(req(8, 0x1000)).memory, (memory_attributes{memory_type::normal, ra, ra, shareability::inner}));
}

TEST_F(Transactions, WalksUseTheConfiguredAttributes)
{
    config(5);
    put_bits(ste_words, 67, 66, 1); // S1CIR WB
    put_bits(ste_words, 69, 68, 1); // S1COR WB
    put_bits(ste_words, 71, 70, 3); // S1CSH inner
    regs.cr1 = 1 << 6 | 1 << 8 | 3 << 10;
    s1.map(0x1000, 0x80001000, 3, s1_af | s1_el0);
    install();
    ok(req(8, 0x1000));
    ASSERT_EQ(memory.reads.size(), 6U);
    const cache_attributes cd_wb{cacheability::write_back, true, false, false};
    EXPECT_EQ(memory.reads[0].memory, wb_inner);
    EXPECT_EQ(memory.reads[1].memory, (memory_attributes{memory_type::normal, cd_wb, cd_wb, shareability::inner}));
    EXPECT_EQ(memory.reads[2].memory, wb_inner);
}

TEST_F(Transactions, SecureStreamsDoNotExist)
{
    install();
    request r = req(8, 0x1000);
    r.sec_sid = security_state::secure;
    expect_silent_abort(r);
}

} // namespace
} // namespace iovp::test
