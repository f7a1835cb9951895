#include "workload.h"

#include "configuration/json_fields.h"

#include <fmt/format.h>

#include <charconv>
#include <fstream>
#include <iterator>
#include <string_view>

namespace iovp::profile {

namespace {

using configuration::json;

[[noreturn]] void refuse(const std::string& where, const std::string& found, const std::string& allowed)
{
    throw configuration::error(fmt::format("{}: {}; allowed: {}", where, found, allowed));
}

std::string_view trimmed(std::string_view text)
{
    const auto first = text.find_first_not_of(" \t\r");
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::uint64_t number(const std::string& where, std::string_view text)
{
    const bool hexadecimal = text.substr(0, 2) == "0x";
    const std::string_view digits = hexadecimal ? text.substr(2) : text;
    std::uint64_t value = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value, hexadecimal ? 16 : 10);
    if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size())
        refuse(where, fmt::format("\"{}\"", text), "a decimal number, or a hexadecimal one with 0x");
    return value;
}

traffic::list_entry entry(const std::string& where, std::uint64_t address, std::uint64_t size, bool write)
{
    if (size < 1 || size > (1 << 20))
        refuse(where, fmt::format("size {}", size), "1..1048576");
    if (address >= (std::uint64_t(1) << 47) || address + size > (std::uint64_t(1) << 47))
        refuse(where, fmt::format("address {:#x}", address), "below 0x800000000000");
    return {address, static_cast<unsigned>(size), write};
}

traffic::list_entry csv_entry(const std::string& where, std::string_view line)
{
    std::vector<std::string_view> columns;
    for (std::size_t start = 0; start <= line.size();) {
        const std::size_t comma = std::min(line.find(',', start), line.size());
        columns.push_back(trimmed(line.substr(start, comma - start)));
        start = comma + 1;
    }
    if (columns.size() != 3 || (columns[2] != "R" && columns[2] != "W"))
        refuse(where, fmt::format("\"{}\"", line), "address,size,R or address,size,W");
    return entry(where, number(where, columns[0]), number(where, columns[1]), columns[2] == "W");
}

std::vector<traffic::list_entry> from_json(const std::string& file, const std::string& text)
{
    const json all = json::parse(text, nullptr, false);
    if (!all.is_array())
        refuse(file, "not a JSON array", R"([{"address": "0x1000", "size": 64, "write": false}, ...])");
    std::vector<traffic::list_entry> out;
    for (const json& item : all) {
        const std::string where = fmt::format("{}: entry {}", file, out.size());
        std::uint64_t address = 0, size = 64;
        bool write = false;
        configuration::json_reader reader(item, where);
        reader.field("address", address);
        reader.field("size", size);
        reader.field("write", write);
        reader.finish();
        out.push_back(entry(where, address, size, write));
    }
    return out;
}

} // namespace

std::vector<traffic::list_entry> read_trace(const std::string& file)
{
    std::ifstream in(file, std::ios::binary);
    if (!in)
        refuse(file, "cannot be read", "a file of requests, CSV or JSON");
    const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    const auto first = text.find_first_not_of(" \t\r\n");
    std::vector<traffic::list_entry> out;
    if (first != std::string::npos && (text[first] == '[' || text[first] == '{')) {
        out = from_json(file, text);
    } else {
        std::size_t line_number = 0;
        for (std::size_t start = 0; start < text.size();) {
            const std::size_t end = std::min(text.find('\n', start), text.size());
            const std::string_view line = trimmed(std::string_view(text).substr(start, end - start));
            start = end + 1;
            ++line_number;
            const bool heading = line_number == 1 && line.substr(0, 7) == "address";
            if (!line.empty() && line[0] != '#' && !heading)
                out.push_back(csv_entry(fmt::format("{}: line {}", file, line_number), line));
        }
    }
    if (out.empty())
        refuse(file, "no request", "one or more");
    return out;
}

} // namespace iovp::profile
