#pragma once

#include "common/systemc/transaction_trace.h"

#include <cstdio>
#include <string>
#include <systemc>
#include <vector>

namespace iovp::nested_msi {

/// One line per transaction on the interconnect, in the order in which they end:
///     start_ns end_ns initiator R|W address size stream device response
class trace_file : public sc_core::sc_module, public tlm::tlm_analysis_if<transaction_trace> {
public:
    /// Appends to `file`; empty: writes nothing. `title` heads the run. `initiators`: names by upstream index.
    trace_file(sc_core::sc_module_name name, const std::string& file, const std::string& title,
               std::vector<std::string> initiators);
    ~trace_file() override;

    bool active() const { return out_ != nullptr; }
    void write(const transaction_trace& t) override;

private:
    std::FILE* out_ = nullptr;
    std::vector<std::string> initiators_;
};

} // namespace iovp::nested_msi
