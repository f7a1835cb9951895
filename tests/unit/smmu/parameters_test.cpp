// What an integrator may not ask for: each refusal names the object, the parameter, its value and what is allowed.
#include "ats_bench.h"

#include "smmu/dti/dti_switch.h"
#include "support/refusal.h"

#include <functional>
#include <memory>
#include <string>

using namespace iovp;
using namespace iovp::test;

namespace {

using tcu_p = smmu::tcu::parameters;
using tbu_p = smmu::tbu::parameters;
using link_p = smmu::dti::link_parameters;

const refused<tcu_p> tcu_rows[] = {
    {[](tcu_p& p) { p.feature.htt_update = 3; }, "feature = contradictory: allowed: htt_update: allowed are 0, 1, 2"},
    {[](tcu_p& p) { p.clock_period = {}; }, "clock_period = 0 s: allowed: more than 0 s"},
    {[](tcu_p& p) { p.slots = 3; }, "slots = 3: allowed: 4..4096"},
    {[](tcu_p& p) { p.slots = 4097; }, "slots = 4097: allowed: 4..4096"},
    {[](tcu_p& p) { p.walk_slots = 1; }, "walk_slots = 1: allowed: 2..256"},
    {[](tcu_p& p) { p.walk_slots = 257; }, "walk_slots = 257: allowed: 2..256"},
    {[](tcu_p& p) {
         p.slots = 1024;
         p.walk_slots = 513;
     },
     "walk_slots = 513: allowed: 2..512"},
    {[](tcu_p& p) { p.configuration_slots = 3; }, "configuration_slots = 3: allowed: 1, 2 or 4"},
    {[](tcu_p& p) { p.walk_cache_ways = 0; }, "walk_cache_ways = 0: allowed: 1..16"},
    {[](tcu_p& p) { p.walk_cache_ways = 3; }, "walk_cache_ways = 3: allowed: a power of two"},
    {[](tcu_p& p) { p.walk_cache_entries = 2; }, "walk_cache_entries = 2: allowed: 4..65536"},
    {[](tcu_p& p) { p.walk_cache_entries = 100; }, "walk_cache_entries = 100: allowed: a power of two"},
    {[](tcu_p& p) { p.configuration_cache_ways = 32; }, "configuration_cache_ways = 32: allowed: 1..16"},
    {[](tcu_p& p) { p.configuration_cache_entries = 8192; }, "configuration_cache_entries = 8192: allowed: 4..4096"},
    {[](tcu_p& p) { p.walk_cache_cycles = 1001; }, "walk_cache_cycles = 1001: allowed: 0..1000"},
    {[](tcu_p& p) { p.configuration_cache_cycles = 1001; }, "configuration_cache_cycles = 1001: allowed: 0..1000"},
    {[](tcu_p& p) { p.walk_cache_entries = 131072; }, "walk_cache_entries = 131072: allowed: 4..65536"},
    {[](tcu_p& p) { p.outstanding_reads = 4097; }, "outstanding_reads = 4097: allowed: 0..4096"},
    {[](tcu_p& p) { p.outstanding_writes = 0; }, "outstanding_writes = 0: allowed: 1..4096"},
    {[](tcu_p& p) { p.command_fetch = 0; }, "command_fetch = 0: allowed: 1..16"},
    {[](tcu_p& p) { p.command_fetch = 17; }, "command_fetch = 17: allowed: 1..16"},
    {[](tcu_p& p) { p.command_cycles = 1001; }, "command_cycles = 1001: allowed: 0..1000"},
    {[](tcu_p& p) { p.register_cycles = 1001; }, "register_cycles = 1001: allowed: 0..1000"},
    {[](tcu_p& p) { p.update_cycles = 0; }, "update_cycles = 0: allowed: 1..1000"},
    {[](tcu_p& p) { p.interrupt_cycles = 0; }, "interrupt_cycles = 0: allowed: 1..1000"},
    {[](tcu_p& p) { p.atc_timeout = {}; }, "atc_timeout = 0 s: allowed: more than 0 s"},
    {[](tcu_p& p) { p.event_slots = 0; }, "event_slots = 0: allowed: 1..4096"},
    {[](tcu_p& p) { p.event_slots = 4097; }, "event_slots = 4097: allowed: 1..4096"},
};

const refused<tbu_p> tbu_rows[] = {
    {[](tbu_p& p) { p.clock_period = {}; }, "clock_period = 0 s: allowed: more than 0 s"},
    {[](tbu_p& p) { p.micro_tlb_entries = 2; }, "micro_tlb_entries = 2: allowed: 4..64"},
    {[](tbu_p& p) { p.micro_tlb_entries = 128; }, "micro_tlb_entries = 128: allowed: 4..64"},
    {[](tbu_p& p) { p.micro_tlb_entries = 5; }, "micro_tlb_entries = 5: allowed: a power of two"},
    {[](tbu_p& p) { p.micro_tlb_cycles = 1001; }, "micro_tlb_cycles = 1001: allowed: 0..1000"},
    {[](tbu_p& p) { p.main_tlb_ways = 2; }, "main_tlb_ways = 2: allowed: 4, 8, 16, or all entries up to 256"},
    {[](tbu_p& p) { p.main_tlb_entries = p.main_tlb_ways = 512; },
     "main_tlb_ways = 512: allowed: 4, 8, 16, or all entries up to 256"},
    {[](tbu_p& p) { p.main_tlb_entries = 2; }, "main_tlb_entries = 2: allowed: 4..65536"},
    {[](tbu_p& p) { p.main_tlb_entries = 2000; }, "main_tlb_entries = 2000: allowed: a power of two"},
    {[](tbu_p& p) { p.main_tlb_cycles = 1001; }, "main_tlb_cycles = 1001: allowed: 0..1000"},
    {[](tbu_p& p) { p.stream_ways = 32; }, "stream_ways = 32: allowed: 1..16"},
    {[](tbu_p& p) { p.stream_ways = 3; }, "stream_ways = 3: allowed: a power of two"},
    {[](tbu_p& p) { p.stream_entries = 2; }, "stream_entries = 2: allowed: 4..65536"},
    {[](tbu_p& p) { p.stream_entries = 65; }, "stream_entries = 65: allowed: a power of two"},
    {[](tbu_p& p) { p.slots = 513; }, "slots = 513: allowed: 2..512"},
    {[](tbu_p& p) { p.tokens = 129; }, "tokens = 129: allowed: 2..128"},
    {[](tbu_p& p) { p.tokens = 1; }, "tokens = 1: allowed: 2..128"},
    {[](tbu_p& p) { p.hazards = 129; }, "hazards = 129: allowed: 0..128"},
    {[](tbu_p& p) { p.link.beat_bytes = 2; }, "link.beat_bytes = 2: allowed: 1, 4, 10 or 20"},
};

const refused<link_p> link_rows[] = {
    {[](link_p& p) { p.clock_period = {}; }, "link.clock_period = 0 s: allowed: more than 0 s"},
    {[](link_p& p) { p.request_cycles = 10001; }, "link.request_cycles = 10001: allowed: 0..10000"},
    {[](link_p& p) { p.response_cycles = 10001; }, "link.response_cycles = 10001: allowed: 0..10000"},
    {[](link_p& p) { p.beat_bytes = 0; }, "link.beat_bytes = 0: allowed: 1, 4, 10 or 20"},
};

using switch_p = smmu::dti_switch::parameters;

const refused<switch_p> switch_rows[] = {
    {[](switch_p& p) { p.clock_period = {}; }, "clock_period = 0 s: allowed: more than 0 s"},
    {[](switch_p& p) { p.cycles = 1001; }, "cycles = 1001: allowed: 0..1000"},
    {[](switch_p& p) { p.link.beat_bytes = 3; }, "link.beat_bytes = 3: allowed: 1, 4, 10 or 20"},
};

} // namespace

TEST(SwitchParameters, RefusalsNameObjectParameterValueAndRange)
{
    check_all(switch_rows);
}

TEST(TcuParameters, RefusalsNameObjectParameterValueAndRange)
{
    check_all(tcu_rows);
}

TEST(TbuParameters, RefusalsNameObjectParameterValueAndRange)
{
    check_all(tbu_rows);
}

TEST(LinkParameters, RefusalsNameObjectParameterValueAndRange)
{
    check_all(link_rows);
}

TEST(TbuParameters, AModuleRefusesByItsOwnName)
{
    tbu_p p;
    p.slots = 1;
    EXPECT_EQ(refusal([&] { const smmu::tbu t("tbu7", p); }), "tbu7: parameter slots = 1: allowed: 2..512");
}

// The TCU has as many tokens as translation slots (MMU-600 TRM); a TBU without one could not translate.
TEST(TbuTokens, NoneLeft)
{
    tcu_p p;
    p.slots = 128;
    bench b(p);
    EXPECT_EQ(refusal([] { sc_core::sc_start(sc_core::SC_ZERO_TIME); }),
              "tbu1: parameter tokens = 128: allowed: what the TCU has left: none");
}

TEST(TbuSocket, KindsAreThoseOfTheModel)
{
    const bench b;
    EXPECT_STREQ(b.tbu0.dti.kind(), "iovp::smmu::dti::manager_socket");
    EXPECT_STREQ(b.tcu.dti.kind(), "iovp::smmu::dti::subordinate_socket");
}

TEST(TcuSocket, RootComplexesNeedTheFeature)
{
    const ats_bench b(smmu::tcu::parameters{});
    EXPECT_STREQ(b.rc.socket.kind(), "iovp::smmu::dti::ats_manager_socket");
    EXPECT_STREQ(b.tcu.ats.kind(), "iovp::smmu::dti::ats_subordinate_socket");
    EXPECT_EQ(refusal([] { sc_core::sc_start(sc_core::SC_ZERO_TIME); }),
              "tcu: parameter ats (root complexes bound) = 1: allowed: none without feature.ats");
}
