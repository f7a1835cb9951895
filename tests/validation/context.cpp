#include "context.h"

#include "configuration/json_fields.h"

namespace iovp::validation {

profiles::profile context::models(const std::string& name) const
{
    using nlohmann::json;
    json content = json::parse(profiles::text_of(name));
    for (const auto& [path, value] : changes) {
        const json parsed = json::parse(value, nullptr, false);
        try {
            json& parameter = content.at(json::json_pointer(path));
            parameter["value"] = parsed.is_discarded() ? json(value) : parsed;
            parameter["source"] = "changed on the command line";
        } catch (const json::exception&) {
            throw configuration::error("--change " + path + ": no such parameter in profile " + name);
        }
    }
    return profiles::parse(content.dump(), name + ".json");
}

} // namespace iovp::validation
