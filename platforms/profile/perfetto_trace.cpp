#include "perfetto_trace.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace iovp::profile {

static std::string microseconds(time_ps t)
{
    return fmt::format("{}.{:06}", t / 1000000, t % 1000000);
}

static std::string quoted(const std::string& text)
{
    return nlohmann::json(text).dump();
}

// Process 1 has the counters, process 2 + kind the transactions.
static unsigned process_of(latency_record::kind k)
{
    return 2 + static_cast<unsigned>(k);
}

perfetto_trace::perfetto_trace(const std::string& file)
    : file_(file)
    , out_(file, std::ios::binary)
    , free_from_(static_cast<std::size_t>(latency_record::kind::count))
{
    if (!out_)
        throw std::runtime_error(file_ + ": " + std::strerror(errno));
    out_ << R"({"displayTimeUnit":"ns","traceEvents":[)";
    event(R"({"ph":"M","pid":1,"name":"process_name","args":{"name":"occupancy"}})");
}

void perfetto_trace::event(const std::string& text)
{
    out_ << (first_ ? "\n" : ",\n") << text;
    first_ = false;
}

// The free track that was left last, so that tracks stay dense; a new one where none is free.
unsigned perfetto_trace::track_of(const latency_record& r)
{
    std::vector<time_ps>& free_from = free_from_[static_cast<std::size_t>(r.what)];
    const auto pid = process_of(r.what);
    if (free_from.empty())
        event(fmt::format(R"({{"ph":"M","pid":{},"name":"process_name","args":{{"name":"{}"}}}})", pid,
                          kind_name(r.what)));
    std::size_t best = free_from.size();
    for (std::size_t i = 0; i < free_from.size(); ++i)
        if (free_from[i] <= r.begin() && (best == free_from.size() || free_from[i] > free_from[best]))
            best = i;
    if (best == free_from.size()) {
        free_from.push_back(0);
        event(fmt::format(R"({{"ph":"M","pid":{},"tid":{},"name":"thread_name","args":{{"name":"in flight {}"}}}})",
                          pid, best, best));
    }
    free_from[best] = r.end();
    return static_cast<unsigned>(best);
}

void perfetto_trace::closed(const latency_record& r)
{
    const unsigned track = track_of(r);
    const std::string place = fmt::format(R"("pid":{},"tid":{})", process_of(r.what), track);
    const auto point = [&](char phase, const std::string& name, time_ps at, const std::string& more) {
        event(
            fmt::format(R"({{"ph":"{}",{},"ts":{},"name":{}{}}})", phase, place, microseconds(at), quoted(name), more));
    };
    std::string about = fmt::format(R"(,"args":{{"stream":{},"iova":"{:#x}","page_size_log2":{},"aborted":{})",
                                    r.stream.value(), r.iova.value(), r.page_size_log2, r.aborted);
    if (r.substream)
        about += fmt::format(R"(,"substream":{})", r.substream->value());
    if (r.ipa)
        about += fmt::format(R"(,"ipa":"{:#x}")", r.ipa->value());
    if (r.pa)
        about += fmt::format(R"(,"pa":"{:#x}")", r.pa->value());
    if (r.opcode)
        about += fmt::format(R"(,"opcode":"{:#x}")", *r.opcode);
    if (r.interrupt)
        about += fmt::format(R"(,"intid":{})", r.interrupt->value());
    const std::string name = fmt::format("{} {:#x}", kind_name(r.what), r.iova.value());
    point('B', name, r.begin(), about + "}");
    for (const stage_span& s : r.spans()) {
        const std::string label = stage_label(s.what, s.detail);
        point('B', label, s.start, "");
        point('E', label, s.end, "");
    }
    point('E', name, r.end(), "");
}

void perfetto_trace::level(const std::string& name, time_ps now, unsigned units)
{
    event(fmt::format(R"({{"ph":"C","pid":1,"ts":{},"name":{},"args":{{"in use":{}}}}})", microseconds(now),
                      quoted(name), units));
}

void perfetto_trace::finish()
{
    out_ << "\n]}\n";
    out_.close();
    if (!out_)
        throw std::runtime_error(file_ + ": cannot be written");
}

} // namespace iovp::profile
