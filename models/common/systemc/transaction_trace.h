#pragma once

#include "common/latency_record.h"
#include "common/strong.h"

#include <optional>
#include <tlm>

namespace iovp {

/// What an interconnect saw of one transaction, published when it has ended.
struct transaction_trace {
    time_ps start;           ///< local time of the request at the interconnect
    time_ps end;             ///< local time of the response
    unsigned initiator;      ///< index of the upstream socket's binding, in binding order
    std::uint16_t requester; ///< attributes' requester
    tlm::tlm_command command;
    std::uint64_t address; ///< as decoded, before the range's base is subtracted
    unsigned size;         ///< bytes
    std::optional<stream_id> stream;
    std::optional<device_id> device;
    tlm::tlm_response_status response;
};

/// An analysis port that knows whether anybody listens, so that a trace nobody reads costs one test.
class transaction_trace_port : public tlm::tlm_analysis_port<transaction_trace> {
public:
    using interface = tlm::tlm_analysis_if<transaction_trace>;

    explicit transaction_trace_port(const char* name)
        : tlm_analysis_port(name)
    {
    }

    void bind(interface& listener) override
    {
        tlm_analysis_port::bind(listener);
        ++listeners_;
    }
    bool unbind(interface& listener) override
    {
        const bool was_bound = tlm_analysis_port::unbind(listener);
        listeners_ -= was_bound ? 1 : 0;
        return was_bound;
    }
    bool bound() const { return listeners_ != 0; }

private:
    unsigned listeners_ = 0;
};

} // namespace iovp
