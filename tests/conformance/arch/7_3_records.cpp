// 7.3: what all records share, and 7.3.22: which of several faults is recorded.

#include "unit/smmu_arch/bench.h"

namespace iovp::test {
namespace {

TEST(Records_7_3, CommonFieldsOfEveryRecord)
{
    request r = smmu_bench::req(0xfedcba98, 0x123456789abcdef0);
    r.substream = substream_id(0xabcde);
    const std::uint64_t sid = 0xfedcba98ULL << 32, ssid = 0xabcdeULL << 12 | 1 << 11;
    const physical_address at(0xfffffffffffff8);
    vmsa::fault f;
    EXPECT_EQ(f_uut(r, 0).words[0], sid | ssid | 0x01);
    EXPECT_EQ(c_bad_streamid(r).words[0], sid | ssid | 0x02);
    EXPECT_EQ(f_ste_fetch(r, at).words[0], sid | ssid | 0x03);
    EXPECT_EQ(f_ste_fetch(r, at).words[3], 0xfffffffffffff8U);
    EXPECT_EQ(c_bad_ste(r).words[0], sid | ssid | 0x04);
    EXPECT_EQ(f_stream_disabled(r).words[0] & 0xff, 0x06U);
    EXPECT_EQ(f_stream_disabled(r).words[0] >> 32, 0xfedcba98U);
    EXPECT_EQ(f_transl_forbidden(r).words[0], sid | ssid | 0x07);
    EXPECT_EQ(c_bad_substreamid(r).words[0], sid | 0xabcdeULL << 12 | 0x08);
    EXPECT_EQ(f_cd_fetch(r, at).words[0], sid | ssid | 0x09);
    EXPECT_EQ(c_bad_cd(r).words[0], sid | ssid | 0x0a);
    const std::pair<vmsa::fault_kind, std::uint64_t> kinds[] = {{vmsa::fault_kind::walk_abort, 0x0b},
                                                                {vmsa::fault_kind::translation, 0x10},
                                                                {vmsa::fault_kind::address_size, 0x11},
                                                                {vmsa::fault_kind::access_flag, 0x12},
                                                                {vmsa::fault_kind::permission, 0x13}};
    for (const auto& [kind, number] : kinds) {
        f.kind = kind;
        f.cls = vmsa::fault_class::in_;
        const auto e = translation_event(r, f);
        EXPECT_EQ(e.words[0], sid | ssid | number);
        EXPECT_EQ(e.words[1], 1ULL << 35 | 2ULL << 40);
        EXPECT_EQ(e.words[2], 0x123456789abcdef0U);
    }
    r.substream.reset();
    EXPECT_EQ(c_bad_ste(r).words[0], sid | 0x04) << "no SSV, no SubstreamID";
}

TEST(Records_7_3, FirstFaultWins)
{
    smmu_bench b;
    const auto type = [&](const request& r) { return b.fails(r).event->type(); };
    request r = smmu_bench::req(8, 1ULL << 60, true); // also: no substreams, no CD, address out of range
    r.substream = substream_id(3);
    b.regs.strtab_base_cfg = 2; // four streams
    EXPECT_EQ(type(r), event_type::c_bad_streamid);
    b.regs.strtab_base_cfg = 8;
    EXPECT_EQ(type(r), event_type::c_bad_ste);
    b.set_ste(8, make_ste(5));
    EXPECT_EQ(type(r), event_type::c_bad_substreamid);
    r.substream.reset();
    EXPECT_EQ(type(r), event_type::c_bad_cd);
    b.write(smmu_bench::cd_table, make_cd());
    EXPECT_EQ(type(r), event_type::f_translation);
    // Address size before access flag before permission, of one descriptor.
    auto s1 = b.stage1();
    r.address = 0x1000;
    s1.map(0x1000, 0x80001000 | 1ULL << 44, 3, s1_ro);
    EXPECT_EQ(type(r), event_type::f_addr_size);
    s1.descriptor(0x1000, 3) &= ~(1ULL << 44);
    EXPECT_EQ(type(r), event_type::f_access);
    s1.descriptor(0x1000, 3) |= s1_af;
    EXPECT_EQ(type(r), event_type::f_permission);
}

} // namespace
} // namespace iovp::test
