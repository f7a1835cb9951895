#include "report.h"

#include <fmt/format.h>

namespace iovp::profile {

// RFC 4180
static std::string cell(const json& value)
{
    if (value.is_null())
        return {};
    std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    if (text.find_first_of(",\"\n") == std::string::npos)
        return text;
    std::string quoted = "\"";
    for (const char c : text)
        quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + "\"";
}

std::string csv_of(const json& report)
{
    static constexpr const char* numbers[] = {"count",  "sum_ps", "mean_ns", "min_ns", "p50_ns",
                                              "p90_ns", "p99_ns", "p999_ns", "max_ns"};
    std::string out = "point";
    for (const json& key : report["swept"])
        out += "," + cell(key);
    out += ",kind,stream,substream,page_size,command,stage";
    for (const char* n : numbers)
        out += fmt::format(",{}", n);
    out += "\n";
    for (const json& point : report["points"])
        for (const json& g : point["groups"]) {
            std::string head = cell(point["point"]);
            for (const json& value : point["settings"])
                head += "," + cell(value);
            for (const char* key : {"kind", "stream", "substream", "page_size", "command"})
                head += "," + cell(g[key]);
            const auto line = [&](const std::string& stage, const json& d) {
                out += head;
                out += "," + stage;
                for (const char* n : numbers)
                    out += "," + cell(d[n]);
                out += "\n";
            };
            line("total", g);
            for (const json& s : g["stages"])
                line(s["stage"].get<std::string>(), s);
        }
    return out;
}

} // namespace iovp::profile
