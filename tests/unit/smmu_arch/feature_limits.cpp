// 6.3.1 to 6.3.6, 6.3.53, 2.9: what an implementation may not have is refused by the name of the field, and what lies
// next to it is not.
#include "smmu/arch/event_record.h"
#include "smmu/arch/features.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace iovp::test {
namespace {

using namespace iovp::smmu;

using change = void (*)(features&);

struct limit {
    const char* name;
    change refused;
    const char* field;
    change allowed; ///< the nearest that is
};

constexpr change as_is = [](features&) {};

constexpr change no_granules = [](features& f) { f.granule_4k = f.granule_16k = f.granule_64k = false; };

const limit limits[] = {
    {"NoStage", [](features& f) { f.stage1 = f.stage2 = false; }, "stage1", [](features& f) { f.stage2 = false; }},
    {"HttUpdate", [](features& f) { f.htt_update = 3; }, "htt_update", [](features& f) { f.htt_update = 2; }},
    {"StallModel",
     [](features& f) {
         f.stall_model = 3;
         f.stall_max = 1;
     },
     "stall_model",
     [](features& f) {
         f.stall_model = 2;
         f.stall_max = 1;
     }},
    {"StallMaxWithoutTheModel", [](features& f) { f.stall_max = 1; }, "stall_max", as_is},
    {"StallMaxZero", [](features& f) { f.stall_model = 0; }, "stall_max",
     [](features& f) {
         f.stall_model = 0;
         f.stall_max = 1;
     }},
    {"StallMaxOf17Bits",
     [](features& f) {
         f.stall_model = 2;
         f.stall_max = 0x10000;
     },
     "stall_max",
     [](features& f) {
         f.stall_model = 2;
         f.stall_max = 0xffff;
     }},
    {"OasWithoutEncoding", [](features& f) { f.output_bits = 50; }, "output_bits",
     [](features& f) { f.output_bits = 48; }},
    {"Oas52", // 6.3.6: needs 64 KB granules or DS
     [](features& f) {
         f.output_bits = 52;
         f.granule_64k = false;
     },
     "output_bits", [](features& f) { f.output_bits = 52; }},
    {"Oas52WithDs",
     [](features& f) {
         f.output_bits = 52;
         f.granule_64k = false;
     },
     "output_bits",
     [](features& f) {
         f.output_bits = 52;
         f.granule_64k = false;
         f.ds = f.va52 = true;
         f.architecture_minor = 3;
         f.e0pd = f.ptw_nnc = true;
     }},
    {"DsGranules",
     [](features& f) {
         f.ds = f.va52 = true;
         f.granule_4k = f.granule_16k = false;
     },
     "ds",
     [](features& f) {
         f.ds = f.va52 = true;
         f.granule_4k = false;
         f.architecture_minor = 3;
         f.e0pd = f.ptw_nnc = true;
     }},
    {"DsVax", [](features& f) { f.ds = true; }, "ds",
     [](features& f) {
         f.ds = f.va52 = true;
         f.architecture_minor = 3;
         f.e0pd = f.ptw_nnc = true;
     }},
    {"Vax",
     [](features& f) {
         f.va52 = true;
         f.granule_64k = false;
     },
     "va52", [](features& f) { f.va52 = true; }},
    {"TtfLpae",
     [](features& f) {
         f.aarch32_tables = true;
         f.granule_4k = false;
     },
     "aarch32_tables", [](features& f) { f.aarch32_tables = true; }},
    {"NoGranule", no_granules, "granule_4k", [](features& f) { f.granule_4k = f.granule_16k = false; }},
    {"SecureTablesPreset", [](features& f) { f.secure_impl = f.tables_preset = true; }, "secure_impl",
     [](features& f) { f.tables_preset = true; }},
    {"SecureQueuesPreset", [](features& f) { f.secure_impl = f.queues_preset = true; }, "secure_impl",
     [](features& f) { f.queues_preset = true; }},
    {"Vmw",
     [](features& f) {
         f.vmid_wildcard = true;
         f.stage2 = false;
     },
     "vmid_wildcard", [](features& f) { f.vmid_wildcard = true; }},
    {"Rel", [](features& f) { f.relative_bases = true; }, "relative_bases",
     [](features& f) { f.relative_bases = f.tables_preset = true; }},
    {"Sidsize", [](features& f) { f.stream_id_bits = 33; }, "stream_id_bits",
     [](features& f) { f.stream_id_bits = 32; }},
    {"Ssidsize", [](features& f) { f.substream_id_bits = 21; }, "substream_id_bits",
     [](features& f) { f.substream_id_bits = 20; }},
    {"SsidsizeWithoutStage1", [](features& f) { f.stage1 = false; }, "substream_id_bits",
     [](features& f) {
         f.stage1 = false;
         f.substream_id_bits = 0;
     }},
    {"StLevel", // 3.3.1.2: more than 64 StreamIDs
     [](features& f) {
         f.stream_two_level = false;
         f.stream_id_bits = 7;
     },
     "stream_two_level",
     [](features& f) {
         f.stream_two_level = false;
         f.stream_id_bits = 6;
     }},
    {"Eventqs", [](features& f) { f.eventq_log2 = 20; }, "eventq_log2", [](features& f) { f.eventq_log2 = 19; }},
    {"Cmdqs", [](features& f) { f.cmdq_log2 = 20; }, "cmdq_log2", [](features& f) { f.cmdq_log2 = 19; }},
    {"Priqs",
     [](features& f) {
         f.ats = f.pri = true;
         f.priq_log2 = 20;
     },
     "priq_log2",
     [](features& f) {
         f.ats = f.pri = true;
         f.priq_log2 = 19;
     }},
    {"PriqsWithoutPri", [](features& f) { f.priq_log2 = 1; }, "priq_log2", as_is},
    {"VatosWithoutAtos", [](features& f) { f.vatos = true; }, "vatos", [](features& f) { f.vatos = f.atos = true; }},
    {"VatosWithoutStage1",
     [](features& f) {
         f.vatos = f.atos = true;
         f.stage1 = false;
         f.substream_id_bits = 0;
     },
     "vatos",
     [](features& f) {
         f.atos = true;
         f.stage1 = false;
         f.substream_id_bits = 0;
     }},
    {"VatosWithoutStage2",
     [](features& f) {
         f.vatos = f.atos = true;
         f.stage2 = false;
     },
     "vatos",
     [](features& f) {
         f.atos = true;
         f.stage2 = false;
     }},
    {"PriWithoutAts", [](features& f) { f.pri = true; }, "pri", [](features& f) { f.pri = f.ats = true; }},
    {"Atsrecerr", [](features& f) { f.ats_record_errors = true; }, "ats_record_errors",
     [](features& f) { f.ats_record_errors = f.ats = true; }},
    {"Ns1atsWithoutAts", [](features& f) { f.ats_split_stage = true; }, "ats_split_stage",
     [](features& f) { f.ats_split_stage = f.ats = true; }},
    {"Ns1atsWithoutStage2",
     [](features& f) {
         f.ats_split_stage = f.ats = true;
         f.stage2 = false;
     },
     "ats_split_stage",
     [](features& f) {
         f.ats = true;
         f.stage2 = false;
     }},
    {"PpsWithoutPri", [](features& f) { f.pri_pasid_always = true; }, "pri_pasid_always",
     [](features& f) { f.pri_pasid_always = f.pri = f.ats = true; }},
    {"PpsWithoutSubstreams",
     [](features& f) {
         f.pri_pasid_always = f.pri = f.ats = true;
         f.substream_id_bits = 0;
     },
     "pri_pasid_always",
     [](features& f) {
         f.pri_pasid_always = f.pri = f.ats = true;
         f.substream_id_bits = 1;
     }},
    {"PasidttWithoutAts", [](features& f) { f.ats_translated_pasid = true; }, "ats_translated_pasid",
     [](features& f) { f.ats_translated_pasid = f.ats = true; }},
    {"PasidttWithoutSubstreams",
     [](features& f) {
         f.ats_translated_pasid = f.ats = true;
         f.substream_id_bits = 0;
     },
     "ats_translated_pasid",
     [](features& f) {
         f.ats_translated_pasid = f.ats = true;
         f.substream_id_bits = 1;
     }},
    {"ArchminorrevZero", [](features& f) { f.architecture_minor = 0; }, "architecture_minor",
     [](features& f) { f.architecture_minor = 1; }},
    {"ArchminorrevFour", [](features& f) { f.architecture_minor = 4; }, "architecture_minor",
     [](features& f) {
         f.architecture_minor = 3;
         f.e0pd = f.ptw_nnc = true;
     }},
    {"E0pdBefore2", // 2.9: features of one version more at most
     [](features& f) {
         f.architecture_minor = 1;
         f.e0pd = true;
     },
     "e0pd", [](features& f) { f.e0pd = true; }},
    {"PtwnncBefore2",
     [](features& f) {
         f.architecture_minor = 1;
         f.ptw_nnc = true;
     },
     "e0pd, ptw_nnc", [](features& f) { f.ptw_nnc = true; }},
    {"DsBefore3", [](features& f) { f.ds = f.va52 = true; }, "ds", [](features& f) { f.va52 = true; }},
    {"E0pdMissing",
     [](features& f) {
         f.architecture_minor = 3;
         f.ptw_nnc = true;
     },
     "e0pd", as_is},
    {"PtwnncMissing",
     [](features& f) {
         f.architecture_minor = 3;
         f.e0pd = true;
     },
     "e0pd, ptw_nnc",
     [](features& f) { // 6.3.4: where S2P == 1
         f.architecture_minor = 3;
         f.e0pd = true;
         f.stage2 = false;
     }},
    {"PtwnncWithoutStage2",
     [](features& f) {
         f.ptw_nnc = true;
         f.stage2 = false;
     },
     "ptw_nnc", [](features& f) { f.stage2 = false; }},
    {"Ril", [](features& f) { f.range_invalidation = false; }, "range_invalidation",
     [](features& f) {
         f.range_invalidation = false;
         f.architecture_minor = 1;
     }},
    {"Hyp", [](features& f) { f.hypervisor = false; }, "hypervisor",
     [](features& f) { // 6.3.1: where S1P == 1 and S2P == 1
         f.hypervisor = false;
         f.stage2 = false;
     }},
    {"BbmlReserved", [](features& f) { f.bbm_level = 3; }, "bbm_level", [](features& f) { f.bbm_level = 2; }},
    {"BbmlZero", [](features& f) { f.bbm_level = 0; }, "bbm_level",
     [](features& f) {
         f.bbm_level = 0;
         f.architecture_minor = 1;
     }},
    {"Fwb", [](features& f) { f.force_write_back = false; }, "force_write_back",
     [](features& f) {
         f.force_write_back = false;
         f.architecture_minor = 1;
     }},
    {"Xnx", [](features& f) { f.xnx = false; }, "xnx",
     [](features& f) {
         f.xnx = false;
         f.stage2 = false;
     }},
    {"Had", [](features& f) { f.hierarchical_disable = false; }, "hierarchical_disable",
     [](features& f) {
         f.hierarchical_disable = false;
         f.stage1 = false;
         f.substream_id_bits = 0;
     }},
    {"SecureWithoutStage1",
     [](features& f) {
         f.secure_impl = true;
         f.stage1 = false;
         f.substream_id_bits = 0;
     },
     "secure_impl", [](features& f) { f.secure_impl = true; }},
    {"Sel2WithoutSecure", [](features& f) { f.secure_stage2 = true; }, "secure_stage2",
     [](features& f) { f.secure_stage2 = f.secure_impl = true; }},
    {"Sel2WithoutStage2",
     [](features& f) {
         f.secure_stage2 = f.secure_impl = true;
         f.stage2 = false;
     },
     "secure_stage2",
     [](features& f) {
         f.secure_impl = true;
         f.stage2 = false;
     }},
    {"Sel2Before2",
     [](features& f) {
         f.secure_stage2 = f.secure_impl = true;
         f.architecture_minor = 1;
     },
     "secure_stage2",
     [](features& f) {
         f.secure_impl = true;
         f.architecture_minor = 1;
     }},
    {"SSidsize",
     [](features& f) {
         f.secure_impl = true;
         f.secure_stream_id_bits = 33;
     },
     "secure_stream_id_bits",
     [](features& f) {
         f.secure_impl = true;
         f.secure_stream_id_bits = 32;
     }},
    {"StLevelOfTheSecureTable",
     [](features& f) {
         f.secure_impl = true;
         f.stream_two_level = false;
         f.stream_id_bits = 6;
         f.secure_stream_id_bits = 7;
     },
     "stream_two_level",
     [](features& f) {
         f.secure_impl = true;
         f.stream_two_level = false;
         f.stream_id_bits = f.secure_stream_id_bits = 6;
     }},
};

} // namespace

class FeatureLimit : public testing::TestWithParam<limit> {};
INSTANTIATE_TEST_SUITE_P(Features_6_3, FeatureLimit, testing::ValuesIn(limits),
                         [](const auto& param) { return std::string(param.param.name); });

TEST_P(FeatureLimit, IsRefusedByTheNameOfTheField)
{
    features f;
    GetParam().refused(f);
    const char* const why = f.contradiction();
    ASSERT_NE(why, nullptr);
    const std::string text = why;
    const std::string field = GetParam().field;
    EXPECT_EQ(text.substr(0, field.size()), field) << text;
    ASSERT_GT(text.size(), field.size());
    EXPECT_TRUE(std::string(" :,").find(text[field.size()]) != std::string::npos) << text;
    EXPECT_NE(text.find(':'), std::string::npos) << text;
}

TEST_P(FeatureLimit, AllowsWhatLiesNextToIt)
{
    features f;
    GetParam().allowed(f);
    const char* const why = f.contradiction();
    EXPECT_EQ(why, nullptr) << why;
}

// 6.3.6: every encoding of OAS.
TEST(FeatureLimits_6_3_6, Oas)
{
    const std::pair<unsigned, std::uint32_t> sizes[] = {{32, 0}, {36, 1}, {40, 2}, {42, 3}, {44, 4}, {48, 5}, {52, 6}};
    for (const auto& [bits, code] : sizes) {
        features f;
        f.output_bits = bits;
        EXPECT_EQ(f.contradiction(), nullptr) << bits;
        EXPECT_EQ(f.idr5() & 7, code) << bits;
    }
}

// 7.3: numbers and names.
TEST(EventNames_7_3, AreThoseOfTheSpecification)
{
    const std::pair<unsigned, const char*> names[] = {
        {0x01, "F_UUT"},
        {0x02, "C_BAD_STREAMID"},
        {0x03, "F_STE_FETCH"},
        {0x04, "C_BAD_STE"},
        {0x05, "F_BAD_ATS_TREQ"},
        {0x06, "F_STREAM_DISABLED"},
        {0x07, "F_TRANSL_FORBIDDEN"},
        {0x08, "C_BAD_SUBSTREAMID"},
        {0x09, "F_CD_FETCH"},
        {0x0a, "C_BAD_CD"},
        {0x0b, "F_WALK_EABT"},
        {0x10, "F_TRANSLATION"},
        {0x11, "F_ADDR_SIZE"},
        {0x12, "F_ACCESS"},
        {0x13, "F_PERMISSION"},
        {0x20, "F_TLB_CONFLICT"},
        {0x21, "F_CFG_CONFLICT"},
        {0x24, "E_PAGE_REQUEST"},
        {0x25, "F_VMS_FETCH"},
        {0x00, "UNKNOWN"},
        {0x0c, "UNKNOWN"},
    };
    for (const auto& [number, name] : names)
        EXPECT_STREQ(event_name(static_cast<event_type>(number)), name);
}

// 7.3.1: a record with Stall is merged into nothing, whatever MEV says.
TEST(EventMerging_7_3_1, NeverOfStalls)
{
    event_record plain;
    plain.words = {0x0000000500000010, 1ULL << 35 | 2ULL << 40, 0x1000, 0};
    event_record stalled = plain;
    stalled.words[1] |= 1ULL << 31;
    EXPECT_TRUE(may_merge(plain, plain, true));
    EXPECT_FALSE(may_merge(stalled, stalled, true));
    EXPECT_FALSE(may_merge(plain, stalled, true));
    EXPECT_FALSE(may_merge(stalled, plain, true));
}

} // namespace iovp::test
