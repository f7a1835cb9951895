#pragma once

#include "smmu/arch/command.h"
#include "smmu/dti/ats.h"
#include "smmu/dti/link.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <systemc>
#include <vector>

namespace iovp::smmu {

/// What the TCU sends to devices by way of the root complexes (4.5), and what it waits for: ATC invalidations until
/// they are acknowledged or time out (3.9.1.4), Translation Requests in progress.
class ats_service {
public:
    /// `timeout`: after which an invalidation without acknowledge has failed.
    ats_service(dti::ats_subordinate_socket& socket, sc_core::sc_time timeout)
        : socket_(socket)
        , timeout_(timeout)
    {
    }

    /// Invalidations without answer that it keeps; one more waits. A device has 32 ITags (PCIe 10.3), so assumed.
    static constexpr std::size_t most_pending = 32;

    /// At the end of elaboration.
    void attach();

    /// A message of the stream's root complex to the TCU, or back: `delay` becomes its arrival.
    void send(dti::direction d, stream_id stream, unsigned bytes, sc_core::sc_time& delay);

    /// CMD_ATC_INV: sends the request; takes the time of the link, and waits while most_pending are unanswered.
    void invalidate(const command& c);
    /// As the message leaves the root complex.
    void acknowledge(std::uint32_t id, dti::ats_invalidation_result result);

    /// Waits until every invalidation sent so far is complete or has timed out. False: one has timed out since the last
    /// call; it is then forgotten.
    bool wait_invalidated();

    /// CMD_PRI_RESP and automatic responses: sends it; takes the time of the link.
    void respond(const page_response& r);

    /// A Translation Request is in progress between begin() and end(); wait_translated() waits for those that have
    /// begun before it.
    std::uint64_t begin();
    void end(std::uint64_t translation);
    void wait_translated();

    std::size_t outstanding() const; ///< invalidations

private:
    struct pending {
        std::uint32_t id;
        int root_complex;
        sc_core::sc_time deadline;
        std::optional<sc_core::sc_time> answered; ///< arrival of the acknowledge
        bool failed;
    };

    int root_complex_of(stream_id stream) const;
    static sc_core::sc_time end_of(const pending& p)
    {
        return p.answered ? std::min(*p.answered, p.deadline) : p.deadline;
    }
    /// Forgets those that are over by now.
    void settle();
    /// Until one is acknowledged or times out, or nearly so: to be called in a loop.
    void wait_for_one();

    dti::ats_subordinate_socket& socket_;
    const sc_core::sc_time timeout_;
    std::vector<std::unique_ptr<dti::link>> links_; ///< by root complex
    std::vector<pending> pending_;
    bool failed_ = false;
    std::uint32_t next_id_ = 0;
    sc_core::sc_event acknowledged_;

    std::vector<std::uint64_t> under_way_; ///< Translation Requests by their numbers, which rise
    std::uint64_t next_translation_ = 0;
    sc_core::sc_event translated_;
};

} // namespace iovp::smmu
