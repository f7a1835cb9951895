#include "profiles/profile.h"

#include "configuration/json_fields.h"
#include "profiles/describe.h"
#include "schema_check.h"

#include <gmock/gmock.h>

#include <fstream>
#include <functional>
#include <sstream>

using namespace iovp;
using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

std::string file(const std::string& name)
{
    std::ifstream in(std::string(PROFILE_FOLDER) + "/" + name);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

json profile(const std::string& name)
{
    return json::parse(file(name + ".json"));
}

bool schema_takes(const json& p)
{
    static const json schema = json::parse(file("profile.schema.json"));
    return test::valid_by_schema(p, schema);
}

/// Empty when the loader takes it.
std::string refusal(const json& p)
{
    try {
        profiles::parse(p.dump(), "test.json");
        return "";
    } catch (const configuration::error& e) {
        return e.what();
    }
}

/// Calls `visit` with the path of every parameter: what has a value and a source.
void for_each_parameter(const json& p, const std::string& path, const std::function<void(const std::string&)>& visit)
{
    for (const auto& item : p.items()) {
        const std::string here = path + "/" + item.key();
        if (!item.value().is_object())
            continue;
        if (item.value().contains("value"))
            visit(here);
        else
            for_each_parameter(item.value(), here, visit);
    }
}

void both_refuse(const json& p, const std::string& what)
{
    EXPECT_FALSE(schema_takes(p)) << what;
    EXPECT_NE(refusal(p), "") << what;
}

sc_core::sc_time ns(double n)
{
    return {n, sc_core::SC_NS};
}

} // namespace

TEST(Profiles, SchemaAndLoaderTakeAllThree)
{
    EXPECT_THAT(profiles::names(), ElementsAre("server", "pcie-bench", "minimal"));
    for (const std::string& name : profiles::names()) {
        EXPECT_TRUE(schema_takes(profile(name))) << name;
        EXPECT_EQ(refusal(profile(name)), "");
        EXPECT_EQ(profiles::named(name).name, name);
        EXPECT_EQ(profiles::text_of(name), file(name + ".json")) << "configure again";
    }
}

TEST(Profiles, TheSchemaIsThatOfTheDescription)
{
    EXPECT_EQ(file("profile.schema.json"), profiles::schema())
        << "run profile_schema, see platforms/profiles/README.md";
}

// Reference table of the server profile; each value written out.
TEST(Profiles, ServerHoldsTheTable)
{
    const profiles::profile p = profiles::named("server");
    EXPECT_EQ(p.tbu.clock_period, ns(1));
    EXPECT_EQ(p.tcu.clock_period, ns(1));
    EXPECT_EQ(p.tbu.micro_tlb_entries, 32U);
    EXPECT_EQ(p.tbu.micro_tlb_cycles, 1U);
    EXPECT_EQ(p.tbu.main_tlb_entries, 2048U);
    EXPECT_EQ(p.tbu.main_tlb_ways, 4U);
    EXPECT_EQ(p.tbu.main_tlb_cycles, 3U);
    EXPECT_EQ(p.tbu.slots, 128U);
    EXPECT_EQ(p.tbu.tokens, 128U);
    EXPECT_EQ(p.tbu.hazards, 32U);
    EXPECT_EQ(p.tbu.link.beat_bytes, 20U);
    EXPECT_EQ(p.tbu.link.request_cycles, 8U);
    EXPECT_EQ(p.tbu.link.response_cycles, 8U);
    EXPECT_EQ(p.tcu.slots, 256U);
    EXPECT_EQ(p.tcu.walk_slots, 16U);
    EXPECT_EQ(p.tcu.configuration_slots, 4U);
    EXPECT_EQ(p.tcu.walk_cache_entries, 256U);
    EXPECT_EQ(p.tcu.walk_cache_ways, 4U);
    EXPECT_EQ(p.tcu.walk_cache_cycles, 4U);
    EXPECT_EQ(p.tcu.configuration_cache_entries, 256U);
    EXPECT_EQ(p.tcu.configuration_cache_ways, 4U);
    EXPECT_EQ(p.tcu.configuration_cache_cycles, 3U);
    EXPECT_EQ(p.memory.read_latency, ns(95));
    EXPECT_EQ(p.memory.bandwidth_bytes_per_ns, 170);
    EXPECT_EQ(p.memory.cache.hit_latency, ns(29));
    EXPECT_EQ(p.memory.cache.size, 32U << 20);
    EXPECT_EQ(p.memory.banks, 128U);
    EXPECT_EQ(p.link.propagation, ns(170));
    EXPECT_EQ(p.link.raw_gbps, 126.03);
    EXPECT_EQ(p.link.max_payload, 256U);
    EXPECT_EQ(p.link.max_read_request, 512U);
    EXPECT_EQ(p.link.read_completion_boundary, 64U);
    EXPECT_EQ(p.endpoint.read_tags, 256U);
    EXPECT_EQ(p.gic.gits.limits.device_cache, 32U);
    EXPECT_EQ(p.gic.gits.limits.event_cache, 256U);
    EXPECT_EQ(p.gic.gits.limits.collection_cache, 16U);
    EXPECT_EQ(p.gic.gits.limits.cache_ways, 2U);
    EXPECT_EQ(p.gic.gits.lookup, ns(4));
    EXPECT_EQ(p.cpu_interrupt_entry, ns(50));
    EXPECT_EQ(p.gic.icc.interrupt_entry, ns(50));
}

TEST(Profiles, ServerIsWhatTheModelsDefaultTo)
{
    const auto written = [](profiles::profile p) {
        configuration::json_writer writer;
        profiles::describe(writer, p);
        return writer.object().dump(2);
    };
    EXPECT_EQ(written(profiles::named("server")), written({}));
}

TEST(Profiles, EveryParameterNamesItsSource)
{
    for (const std::string& name : profiles::names()) {
        const json p = profile(name);
        unsigned parameters = 0;
        for_each_parameter(p, "", [&](const std::string& path) {
            ++parameters;
            EXPECT_GE(p[json::json_pointer(path)]["source"].get<std::string>().size(), 7U) << path;
        });
        EXPECT_GT(parameters, 60U);
    }
}

// Every parameter in turn: wrong type, below and above every range, without a source, missing, unknown beside it.
TEST(Profiles, SchemaAndLoaderRefuseTheSame)
{
    const json good = profile("server");
    for_each_parameter(good, "", [&](const std::string& path) {
        const json::json_pointer at(path);
        json p = good;
        for (const json& wrong : {json("soon"), json(-1), json(1e300), json(nullptr), json::array(), json(true)}) {
            if (wrong.is_boolean() && good[at]["value"].is_boolean())
                continue;
            p[at]["value"] = wrong;
            both_refuse(p, path + " = " + wrong.dump());
        }
        p = good;
        p[at].erase("source");
        both_refuse(p, path + " without source");
        p = good;
        p[at]["source"] = "";
        both_refuse(p, path + " with an empty source");
        p = good;
        p[at]["unit"] = "ns";
        both_refuse(p, path + " with a third key");
        p = good;
        p[at.parent_pointer()].erase(at.back());
        both_refuse(p, path + " missing");
        p = good;
        p[at.parent_pointer()][at.back() + "x"] = p[at];
        both_refuse(p, path + "x");
    });
}

// Limits of ranges: the last value that both take and the first that both refuse.
TEST(Profiles, LimitsAreTheSame)
{
    const auto probe = [](const std::string& path, const json& value, bool taken) {
        json p = profile("server");
        p[json::json_pointer(path)]["value"] = value;
        EXPECT_EQ(schema_takes(p), taken) << path << " = " << value;
        EXPECT_EQ(refusal(p).empty(), taken) << path << " = " << value << ": " << refusal(p);
    };
    probe("/tbu/micro_tlb_entries", 64, true);
    probe("/tbu/micro_tlb_entries", 48, false); // no power of two
    probe("/tbu/micro_tlb_entries", 128, false);
    probe("/tbu/micro_tlb_entries", 32.5, false);
    probe("/tbu/slots", 512, true);
    probe("/tbu/slots", 513, false);
    probe("/tbu/dti/beat_bytes", 10, true);
    probe("/tbu/dti/beat_bytes", 8, false);
    probe("/tbu/clock_period_ns", 0, false);
    probe("/tbu/clock_period_ns", 0.5, true);
    probe("/tcu/configuration_slots", 3, false);
    probe("/tcu/walk_cache_entries", 0, true); // none
    probe("/tcu/walk_cache_replacement", "lru", true);
    probe("/tcu/walk_cache_replacement", "LRU", false);
    probe("/tcu/walk_merging", false, true);
    probe("/tcu/walk_merging", 0, false);
    probe("/tbu/dmi", false, true);
    probe("/tbu/dmi", 1, false);
    probe("/tbu/replacement_seed", 0, true);
    probe("/tcu/replacement_seed", 1ULL << 53, true);
    probe("/pmcg/update_cycles", 0, false);
    probe("/memory/read_latency_ns", 0, true);
    probe("/memory/banks", 0, true);
    probe("/memory/banks", 4096, true);
    probe("/memory/banks", 96, false);
    probe("/memory/system_cache/size", 0, true);
    probe("/memory/system_cache/ways", 65, false);
    probe("/pcie/link/raw_gbps", 0, false);
    probe("/pcie/link/read_completion_boundary", 128, true);
    probe("/pcie/link/link_layer_share", 1, false);
    probe("/gic/its/queue_depth", 4097, false);
}

TEST(Profiles, ARefusalNamesObjectKeyValueAndWhatIsAllowed)
{
    json p = profile("server");
    p["tbu"]["slots"]["value"] = 1;
    EXPECT_THAT(refusal(p),
                AllOf(HasSubstr("test.json.tbu"), HasSubstr("slots"), HasSubstr("= 1;"), HasSubstr("2..512")));
    p = profile("server");
    p["tcu"]["walk_slot"] = p["tcu"]["walk_slots"];
    EXPECT_THAT(refusal(p), AllOf(HasSubstr("test.json.tcu"), HasSubstr("walk_slot"), HasSubstr("allowed: ")));
    EXPECT_THROW(profiles::named("desktop"), configuration::error);
    EXPECT_THROW(profiles::parse("{", "x"), configuration::error);
    EXPECT_THROW(profiles::parse("[]", "x"), configuration::error);
}

// What a schema cannot say: values that are good alone and contradict each other.
TEST(Profiles, ContradictionsAreRefusedByTheLoader)
{
    const auto contradiction = [](const std::string& path, const json& value) {
        json p = profile("server");
        p[json::json_pointer(path)]["value"] = value;
        EXPECT_TRUE(schema_takes(p)) << path;
        return refusal(p);
    };
    EXPECT_THAT(contradiction("/tbu/slots", 64),
                AllOf(HasSubstr("tbu"), HasSubstr("tokens = 128"), HasSubstr("2..64")));
    EXPECT_THAT(contradiction("/tbu/main_tlb_entries", 4), testing::Eq("")); // one set of four ways
    EXPECT_THAT(contradiction("/tcu/slots", 64), HasSubstr("tokens = 128"));
    EXPECT_THAT(contradiction("/tcu/walk_cache_ways", 16), testing::Eq(""));
    EXPECT_THAT(contradiction("/tcu/walk_cache_entries", 2), HasSubstr("walk_cache_entries = 2"));
    EXPECT_THAT(contradiction("/memory/system_cache/size", 1000), HasSubstr("multiple of 1024"));
    EXPECT_THAT(contradiction("/memory/bank_cycle_ns", 0), HasSubstr("above 0 where there are banks"));
    EXPECT_THAT(contradiction("/gic/its/event_cache", 255), HasSubstr("multiples of cache_ways"));
}
