#include "settings.h"

#include <fmt/format.h>

#include <cctype>
#include <charconv>
#include <utility>

namespace iovp::profile {

namespace {

std::pair<std::string, std::string> split(const std::string& text, const char* form)
{
    const std::size_t at = text.find('=');
    if (at == std::string::npos || at == 0 || at + 1 == text.size())
        throw configuration::error(fmt::format("\"{}\": allowed: {}", text, form));
    return {text.substr(0, at), text.substr(at + 1)};
}

json value_of(const std::string& text)
{
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number);
    if (parsed.ec == std::errc() && parsed.ptr + 1 == end) {
        const char* const suffixes = "KMG";
        for (unsigned i = 0; suffixes[i]; ++i)
            if (std::toupper(static_cast<unsigned char>(*parsed.ptr)) == suffixes[i] &&
                number <= (~std::uint64_t(0) >> (10 * (i + 1))))
                return number << (10 * (i + 1));
    }
    json value = json::parse(text, nullptr, false);
    return value.is_discarded() || value.is_structured() ? json(text) : value;
}

} // namespace

void apply_setting(json& to, const std::string& text)
{
    auto [key, value] = split(text, "key=value");
    if (key.find('.') == std::string::npos)
        key = "workload." + key;
    json* place = &to;
    for (std::size_t start = 0;;) {
        const std::size_t dot = key.find('.', start);
        const std::string name = key.substr(start, dot - start);
        if (name.empty())
            throw configuration::error(fmt::format("\"{}\": allowed: key=value with a key such as tbu.slots", text));
        if (!place->is_null() && !place->is_object())
            throw configuration::error(
                fmt::format("\"{}\": {} is a value, not an object", text, key.substr(0, start - 1)));
        place = &(*place)[name];
        if (dot == std::string::npos)
            break;
        start = dot + 1;
    }
    *place = value_of(value);
}

std::vector<std::vector<setting>> sweep_points(const std::vector<std::string>& sweeps)
{
    std::vector<std::vector<setting>> points{{}};
    for (const std::string& sweep : sweeps) {
        const auto [key, list] = split(sweep, "key=v1,v2,...");
        std::vector<std::vector<setting>> next;
        for (const auto& point : points)
            for (std::size_t start = 0; start <= list.size();) {
                const std::size_t comma = std::min(list.find(',', start), list.size());
                if (comma == start)
                    throw configuration::error(fmt::format("\"{}\": an empty value; allowed: key=v1,v2,...", sweep));
                next.push_back(point);
                next.back().push_back({key, list.substr(start, comma - start)});
                start = comma + 1;
            }
        points = std::move(next);
    }
    return points;
}

} // namespace iovp::profile
