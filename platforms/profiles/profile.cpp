#include "profiles/profile.h"

#include "common/systemc/configuration_error.h"
#include "configuration/json_fields.h"
#include "profiles/describe.h"
#include "profiles/embedded.h"
#include "profiles/profile_reader.h"
#include "profiles/schema_writer.h"

#include <algorithm>

namespace iovp::profiles {

using configuration::json;

sparse_memory::parameters server_memory()
{
    sparse_memory::parameters p;
    p.banks = 128;
    p.bank_cycle = sc_core::sc_time(45.75, sc_core::SC_NS);
    p.cache.size = 32 << 20;
    p.cache.hit_latency = sc_core::sc_time(29, sc_core::SC_NS);
    p.cache.bandwidth_bytes_per_ns = 2000;
    return p;
}

void profile::check() const
{
    const std::string object = "profile " + name;
    tbu.check(object + ".tbu");
    tcu.check(object + ".tcu");
    pmcg.check(object + ".pmcg");
    memory.check(object + ".memory");
    root_complex.check(object + ".pcie.root_complex");
    link.check(object + ".pcie.link");
    endpoint.check(object + ".pcie.endpoint");
    gic.gicr.check(object + ".gic.redistributor");
    gic.gits.check(object + ".gic.its");
    // What contradicts across the models: nobody else sees both.
    if (tbu.tokens > tcu.slots)
        configuration_error(object + ".tbu", "tokens", std::to_string(tbu.tokens),
                            "at most tcu.slots, " + std::to_string(tcu.slots));
}

std::vector<std::string> names()
{
    std::vector<std::string> all(embedded_profiles.size());
    std::transform(embedded_profiles.begin(), embedded_profiles.end(), all.begin(),
                   [](const embedded& e) { return e.name; });
    return all;
}

std::string text_of(const std::string& name)
{
    std::string list;
    for (const embedded& e : embedded_profiles) {
        if (name == e.name)
            return e.text;
        list += std::string(list.empty() ? "" : ", ") + e.name;
    }
    throw configuration::error("profile \"" + name + "\"; allowed: " + list);
}

profile named(const std::string& name)
{
    return parse(text_of(name), name + ".json");
}

profile parse(const std::string& text, const std::string& origin)
{
    const json content = json::parse(text, nullptr, false);
    if (!content.is_object())
        throw configuration::error(origin + ": not a JSON object");
    json parameters = content;
    profile p;
    for (const char* key : {"name", "description"}) {
        const auto it = parameters.find(key);
        if (it == parameters.end() || !it->is_string() || it->get<std::string>().empty())
            throw configuration::error(origin + ": key \"" + key + "\" = " +
                                       (it == parameters.end() ? "(missing)" : it->dump()) + "; allowed: a text");
    }
    p.name = parameters["name"].get<std::string>();
    parameters.erase("name");
    parameters.erase("description");
    profile_reader reader(parameters, origin);
    describe(reader, p);
    reader.finish();
    p.gic.icc.interrupt_entry = p.cpu_interrupt_entry; // one value for the two halves that split an interrupt's waiting
    try {
        p.check();
    } catch (const sc_core::sc_report& contradiction) {
        throw configuration::error(origin + ": " + contradiction.get_msg());
    }
    return p;
}

std::string schema()
{
    schema_writer writer;
    const json text = {{"type", "string"}, {"minLength", 1}};
    writer.plain("name", text);
    writer.plain("description", text);
    profile p;
    describe(writer, p);
    json all = {{"$schema", "http://json-schema.org/draft-07/schema#"},
                {"title", "iovp profile"},
                {"description", "Made by the program profile_schema from platforms/profiles/describe.h."},
                {"definitions",
                 {{"source",
                   {{"type", "string"},
                    {"minLength", 1},
                    {"description", "where the value comes from, or \"assumed\" and why"}}}}}};
    const json object = writer.object();
    for (const auto& item : object.items())
        all[item.key()] = item.value();
    return all.dump(2) + "\n";
}

} // namespace iovp::profiles
