// STE.EATS (5.2, 5.2.2), the commands of 4.5, and the ID registers of ATS and PRI.

#include "smmu/arch/command.h"

#include "bench.h"

namespace iovp::test {
namespace {

features with_ats()
{
    features f;
    f.ats = true;
    f.ats_split_stage = true;
    f.pri = true;
    return f;
}

ste ste_with(unsigned config, unsigned eats, bool s2s = false)
{
    auto w = make_ste(config);
    put_bits(w, 93, 92, eats);
    put_bits(w, 185, 185, s2s);
    ste s;
    s.words = w;
    return s;
}

TEST(Ste_5_2, EatsValidity)
{
    features f = with_ats();
    f.stall_model = 0;
    f.stall_max = 4;
    for (const unsigned config : {5U, 6U, 7U}) {
        EXPECT_FALSE(ste_illegal(ste_with(config, 0), f));
        EXPECT_FALSE(ste_illegal(ste_with(config, 1), f));
        EXPECT_EQ(ste_illegal(ste_with(config, 2), f), config != 7) << "split-stage needs both stages";
        EXPECT_FALSE(ste_illegal(ste_with(config, 3), f)) << "behaves as 0b00 without DPT";
        EXPECT_FALSE(ste_illegal(ste_with(config, 3, true), f));
        EXPECT_FALSE(ste_illegal(ste_with(config, 0, true), f));
        EXPECT_EQ(ste_illegal(ste_with(config, 1, true), f), config != 5) << "S2S with stage 2";
        EXPECT_TRUE(ste_illegal(ste_with(config, 2, true), f)) << "S2S";
    }
    for (unsigned eats = 0; eats < 4; ++eats) {
        EXPECT_FALSE(ste_illegal(ste_with(4, eats, true), f)) << "IGNORED";
        EXPECT_FALSE(ste_illegal(ste_with(0, eats, true), f));
    }
    f.ats_split_stage = false; // NS1ATS == 1
    EXPECT_TRUE(ste_illegal(ste_with(7, 2), f));
    f.ats = false; // IGNORED
    EXPECT_FALSE(ste_illegal(ste_with(7, 2), f));
    EXPECT_FALSE(ste_illegal(ste_with(5, 2), f));
    EXPECT_FALSE(ste_illegal(ste_with(7, 1, true), f));
}

TEST(Ste_5_2, EffectiveEats)
{
    const features f = with_ats();
    EXPECT_EQ(ste_with(7, 0).effective_eats(f, true), ats_mode::off);
    for (const bool check : {false, true}) {
        EXPECT_EQ(ste_with(7, 1).effective_eats(f, check), ats_mode::full);
        EXPECT_EQ(ste_with(7, 2).effective_eats(f, check), check ? ats_mode::split_stage : ats_mode::off);
        EXPECT_EQ(ste_with(7, 3).effective_eats(f, check), ats_mode::off);
        EXPECT_EQ(ste_with(4, 1).effective_eats(f, check), ats_mode::off);
        EXPECT_EQ(ste_with(0, 1).effective_eats(f, check), ats_mode::off);
    }
    EXPECT_EQ(ste_with(7, 1).effective_eats(features(), true), ats_mode::off);
}

TEST(Features_6_3, AtsAndPri)
{
    features f;
    EXPECT_EQ(f.idr0() & (1U << 10 | 1U << 11 | 1U << 16 | 1U << 23), 0U);
    f.ats = true;
    EXPECT_EQ(f.idr0() & (1U << 10 | 1U << 11 | 1U << 16 | 1U << 23), 1U << 10 | 1U << 11) << "NS1ATS";
    EXPECT_EQ(f.contradiction(), nullptr);
    f.stage2 = false;
    f.xnx = false;
    EXPECT_EQ(f.idr0() >> 11 & 1, 0U) << "NS1ATS is RES0 without both stages";
    f = with_ats();
    EXPECT_EQ(f.idr0() & (1U << 10 | 1U << 11 | 1U << 16 | 1U << 23), 1U << 10 | 1U << 16);
    f.ats_record_errors = true;
    f.priq_log2 = 5;
    f.pri_pasid_always = true;
    f.ats_translated_pasid = true;
    EXPECT_EQ(f.idr0() >> 23 & 1, 1U);
    EXPECT_EQ(f.idr1() >> 11 & 0x1f, 5U);
    EXPECT_EQ(f.idr3() >> 5 & 1, 1U);
    EXPECT_EQ(f.idr3() >> 16 & 1, 1U);
    EXPECT_EQ(f.contradiction(), nullptr);
}

TEST(Features_6_3, AtsAndPriPairsThatContradict)
{
    const auto refused = [](void (*change)(features&)) {
        features f = with_ats();
        change(f);
        return f.contradiction() != nullptr;
    };
    EXPECT_FALSE(refused([](features&) {}));
    EXPECT_TRUE(refused([](features& f) { f.ats = false; })) << "pri and split-stage need ats";
    EXPECT_TRUE(refused([](features& f) { f.ats = f.ats_split_stage = false; })) << "pri needs ats";
    EXPECT_TRUE(refused([](features& f) { f.ats = f.pri = false; })) << "split-stage needs ats";
    EXPECT_TRUE(refused([](features& f) {
        f.ats = f.pri = f.ats_split_stage = false;
        f.ats_record_errors = true;
    }));
    EXPECT_TRUE(refused([](features& f) {
        f.stage2 = false;
        f.xnx = false;
    })) << "split-stage needs both stages";
    EXPECT_TRUE(refused([](features& f) { f.priq_log2 = 20; }));
    EXPECT_TRUE(refused([](features& f) {
        f.pri = false;
        f.priq_log2 = 1;
    }));
    EXPECT_TRUE(refused([](features& f) {
        f.pri_pasid_always = true;
        f.substream_id_bits = 0;
    }));
    EXPECT_TRUE(refused([](features& f) {
        f.ats_translated_pasid = true;
        f.substream_id_bits = 0;
    }));
}

TEST(Features_6_3, Vatos)
{
    features f;
    EXPECT_EQ(f.idr0() >> 20 & 1, 0U);
    f.vatos = true;
    EXPECT_NE(f.contradiction(), nullptr) << "needs ATOS";
    f.atos = true;
    EXPECT_EQ(f.contradiction(), nullptr);
    EXPECT_EQ(f.idr0() >> 20 & 1, 1U);
    f.stage2 = false;
    f.xnx = false;
    EXPECT_NE(f.contradiction(), nullptr) << "needs both stages";
}

command good(std::uint64_t w0, std::uint64_t w1, const features& f = with_ats())
{
    const auto d = decode(raw_command{{w0, w1}}, f);
    EXPECT_TRUE(std::holds_alternative<command>(d));
    return std::holds_alternative<command>(d) ? std::get<command>(d) : command{};
}

bool illegal(std::uint64_t w0, std::uint64_t w1, const features& f = with_ats())
{
    return std::holds_alternative<illegal_command>(decode(raw_command{{w0, w1}}, f));
}

TEST(Command_4_5_1, AtcInv)
{
    auto c = good(0x12345678abcdea40 | 1 << 11, 0x0123456789abc000);
    EXPECT_EQ(c.code, opcode::atc_inv);
    EXPECT_EQ(c.stream, stream_id(0x12345678));
    EXPECT_TRUE(c.ssv);
    EXPECT_EQ(c.substream, substream_id(0xabcde));
    EXPECT_TRUE(c.global);
    EXPECT_EQ(c.address, 0x0123456789abc000U);
    EXPECT_EQ(c.size, 0);
    c = good(0x1200000040 | 1 << 9, 0xfffffffffffff000 | 9); // 2 MiB
    EXPECT_FALSE(c.ssv);
    EXPECT_FALSE(c.global) << "IGNORED without SSV";
    EXPECT_EQ(c.address, 0xffffffffffe00000U) << "aligned to the span";
    EXPECT_EQ(c.size, 9);
    EXPECT_EQ(good(0x40, 0xfffffffffffff000 | 51).address, 0x8000000000000000U);
    EXPECT_EQ(good(0x40, 0xfffffffffffff000 | 52).address, 0U);
    EXPECT_EQ(good(0x40, 52).size, 52);
    EXPECT_TRUE(illegal(0x40, 53));
    EXPECT_TRUE(illegal(0x40, 0, features()));
    features f = with_ats();
    f.substream_id_bits = 0;
    EXPECT_FALSE(good(0x40 | 1 << 11 | 7 << 12, 0, f).ssv);
}

TEST(Command_4_5_2, PriResp)
{
    const page_response_code codes[] = {page_response_code::failure, page_response_code::invalid_request,
                                        page_response_code::success};
    for (std::uint64_t resp = 0; resp < 3; ++resp) {
        const auto c = good(0x12345678abcde841, resp << 12 | 0x1a5);
        EXPECT_EQ(c.code, opcode::pri_resp);
        EXPECT_EQ(c.stream, stream_id(0x12345678));
        EXPECT_TRUE(c.ssv);
        EXPECT_EQ(c.substream, substream_id(0xabcde));
        EXPECT_EQ(c.prg_index, 0x1a5);
        EXPECT_EQ(c.response, codes[resp]);
    }
    EXPECT_EQ(static_cast<unsigned>(page_response_code::success), 0U); // 8.3
    EXPECT_EQ(static_cast<unsigned>(page_response_code::invalid_request), 1U);
    EXPECT_EQ(static_cast<unsigned>(page_response_code::failure), 15U);
    EXPECT_TRUE(illegal(0x41, 3 << 12));
    EXPECT_FALSE(good(0x41, 0).ssv);
    features f = with_ats();
    f.pri = false;
    EXPECT_TRUE(illegal(0x41, 2 << 12, f));
    f = with_ats();
    f.substream_id_bits = 0;
    EXPECT_FALSE(good(0x41 | 1 << 11 | 7 << 12, 2 << 12, f).ssv);
}

} // namespace
} // namespace iovp::test
