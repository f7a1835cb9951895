#include "trace_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace iovp::nested_msi {

trace_file::trace_file(sc_core::sc_module_name name, const std::string& file, const std::string& title,
                       std::vector<std::string> initiators)
    : sc_module(name)
    , initiators_(std::move(initiators))
{
    if (file.empty())
        return;
    out_ = std::fopen(file.c_str(), "a");
    if (!out_)
        throw std::runtime_error(file + ": " + std::strerror(errno));
    fmt::print(out_, "# {}: start_ns end_ns initiator R|W address size stream device response\n", title);
}

trace_file::~trace_file()
{
    if (out_)
        std::fclose(out_);
}

void trace_file::write(const transaction_trace& t)
{
    const auto id = [](const auto& v) { return v ? fmt::format("{:#x}", v->value()) : std::string("-"); };
    fmt::print(out_, "{:.3f} {:.3f} {} {} {:#x} {} {} {} {}\n", static_cast<double>(t.start) / 1000.0,
               static_cast<double>(t.end) / 1000.0,
               t.initiator < initiators_.size() ? initiators_[t.initiator] : std::to_string(t.initiator),
               t.command == tlm::TLM_WRITE_COMMAND ? 'W' : 'R', t.address, t.size, id(t.stream), id(t.device),
               t.response == tlm::TLM_OK_RESPONSE ? "ok" : "error");
}

} // namespace iovp::nested_msi
