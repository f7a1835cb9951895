#include "workload.h"

#include "configuration/json_fields.h"
#include "msi_system.h"

#include <fmt/format.h>

#include <algorithm>

namespace iovp::profile {

namespace {

[[noreturn]] void refuse(const char* key, const std::string& value, const std::string& allowed)
{
    throw configuration::error(fmt::format("workload: key \"{}\" = {}; allowed: {}", key, value, allowed));
}

void require(const char* key, std::uint64_t value, std::uint64_t low, std::uint64_t high)
{
    if (value < low || value > high)
        refuse(key, std::to_string(value), fmt::format("{}..{}", low, high));
}

void require(const char* key, const std::string& value, const std::vector<std::string>& allowed)
{
    if (std::find(allowed.begin(), allowed.end(), value) == allowed.end())
        refuse(key, '"' + value + '"', fmt::format("{}", fmt::join(allowed, ", ")));
}

// Pages and blocks that a granule has above its table levels, 12.4 of the granule's page sizes in DDI 0487 D8.
struct page_choice {
    std::uint64_t size;
    unsigned granule_log2;
};
constexpr page_choice page_choices[] = {{4096, 12},     {2 << 20, 12}, {1 << 30, 12},  {16384, 14},
                                        {32 << 20, 14}, {65536, 16},   {512 << 20, 16}};

const page_choice* choice_of(std::uint64_t size)
{
    for (const page_choice& c : page_choices)
        if (c.size == size)
            return &c;
    return nullptr;
}

} // namespace

unsigned workload::granule_log2() const
{
    return choice_of(page_size)->granule_log2;
}

void workload::check() const
{
    constexpr std::uint64_t any = ~std::uint64_t(0);
    const std::string pages = "4096, 2M or 1G; 16K or 32M; 64K or 512M";
    require("kind", kind, {"dma", "churn", "msi"});
    require("pattern", pattern, {"random", "sequential", "trace"});
    require("stages", stages, {"bypass", "stage1", "stage2", "nested"});
    require("style", style, {"lt", "at"});
    if (style == "at" && (kind == "msi" || pcie))
        refuse("style", "\"at\"", "lt with kind msi or a PCIe link");
    if (ats && (kind != "dma" || pcie || style != "lt" || stages == "bypass"))
        refuse("ats", "true", "with kind dma, style lt, stages of translation and no PCIe link");
    require("atc_entries", atc_entries, 1, 65536);
    require("tags", tags, 0, 1 << 20);
    require("request_size", request_size, 1, 1 << 20);
    if (!(read_share >= 0 && read_share <= 1))
        refuse("read_share", std::to_string(read_share), "0..1");
    if (!(requests_per_second >= 0 && requests_per_second <= 1e12))
        refuse("requests_per_second", std::to_string(requests_per_second), "0 (no cap)..1e12");
    require("outstanding", outstanding, 1, 4096);
    require("count", count, 1, any);
    require("streams", streams, 1, 1 << 16);
    require("tbus", tbus, 1, 62);
    if (tbus > streams)
        refuse("tbus", std::to_string(tbus), fmt::format("1..streams ({}): each device needs a StreamID", streams));
    if (count < tbus)
        refuse("count", std::to_string(count), fmt::format("tbus ({}) or more", tbus));
    require("substreams", substreams, 0, 1 << 16);
    if (substreams != 0 && !stage1())
        refuse("substreams", std::to_string(substreams), "0 without stage 1");
    if (!choice_of(page_size))
        refuse("page_size", std::to_string(page_size), pages);
    if (stage2_page_size != 0) {
        if (stages != "nested")
            refuse("stage2_page_size", std::to_string(stage2_page_size), "0 where stages is not nested");
        const page_choice* const c = choice_of(stage2_page_size);
        if (!c || c->granule_log2 != granule_log2())
            refuse("stage2_page_size", std::to_string(stage2_page_size), pages + ", of page_size's granule");
    }
    require("window", window, request_size, std::uint64_t(1) << 38);
    require("va_bits", va_bits, 40, 48);
    require("ipa_bits", ipa_bits, 40, 44);
    if ((pattern == "trace") != !trace.empty())
        refuse("trace", '"' + trace + '"', "a file with pattern trace, nothing with another");
    if (pattern == "trace") {
        const unsigned bits = stage1() ? va_bits : ipa_bits;
        for (const traffic::list_entry& e : read_trace(trace))
            if (((e.address + e.size - 1) >> bits) != 0)
                throw configuration::error(fmt::format("{}: address {:#x}; allowed: below 2^{} ({})", trace, e.address,
                                                       bits, stage1() ? "va_bits" : "ipa_bits"));
    }
    if (kind == "churn" && pattern == "trace")
        refuse("pattern", "\"trace\"", "random or sequential with kind churn");
    if (kind == "churn" && stages == "bypass")
        refuse("stages", "\"bypass\"", "stage1, stage2 or nested with kind churn");
    if (kind == "churn" && (tbus != 1 || streams != 1 || substreams != 0))
        refuse("tbus", std::to_string(tbus), "one device with one stream and no substreams with kind churn");
    require("buffer_pages", buffer_pages, 1, 1 << 16);
    require("vectors", vectors, 1, msi_system::most_lpis / streams);
    if (kind == "msi" && (pattern == "trace" || tbus != 1 || substreams != 0 || pcie))
        refuse("kind", "\"msi\"", "without a trace, one TBU, no substreams, no PCIe link");
    require("wall_limit_s", wall_limit_s, 1, 1000000);
}

} // namespace iovp::profile
