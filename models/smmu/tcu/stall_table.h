#pragma once

#include "smmu/arch/request.h"
#include "smmu/dti/messages.h"

#include <cstdint>
#include <vector>

namespace iovp::smmu {

/// The stalled transactions that the TBUs hold (3.12.2): which of them have a STAG and a record, and which wait to be
/// retried because they could have neither.
class stall_table {
public:
    /// A transaction taken out of the table, and what its TBU is to be told.
    using released = dti::addressed_release;
    struct held {
        std::uint32_t ticket;
        bool record;       ///< its event is to be recorded with `tag`
        std::uint16_t tag; ///< STAG
    };

    /// `tags`: IDR5.STALL_MAX, for both security states together (6.3.6). `suppress`: 3.12.2.1.
    stall_table(unsigned tags, bool suppress)
        : tag_used_(tags)
        , suppress_(suppress)
    {
    }

    /// A transaction stalls. Without a free STAG it is kept unrecorded, to be retried when one may be free.
    held add(unsigned link, const request& r);

    /// The record of `ticket` may still be written: nobody has released the transaction meanwhile.
    bool awaits_record(std::uint32_t ticket) const;
    /// The record stands in the queue, or could not be written: the transaction and those suppressed by it are then to
    /// be retried when it can (7.2.1), and its STAG is free.
    void recorded(std::uint32_t ticket, bool in_queue);

    /// CMD_RESUME: the recorded transaction of the stream with the STAG, and for retry what it suppressed. Empty when
    /// the pair matches nothing. `s`: the stream's SEC_SID.
    std::vector<released> resume(security_state s, stream_id stream, std::uint16_t tag, dti::stall_action action);
    /// CMD_STALL_TERM: every transaction of the stream, aborted.
    std::vector<released> terminate(security_state s, stream_id stream);
    /// SMMUEN of the state becomes 0: all of its transactions, aborted.
    std::vector<released> terminate_all(security_state s);
    /// The unrecorded ones of the state, to be retried.
    std::vector<released> retry_unrecorded(security_state s);

    /// There are unrecorded ones of the state and a free STAG.
    bool can_record_more(security_state s) const;
    std::size_t size() const { return entries_.size(); }

private:
    enum class state : std::uint8_t { recording, recorded, suppressed, unrecorded };
    struct entry {
        std::uint32_t ticket;
        unsigned link;
        request what;
        state now;
        std::uint16_t tag;    ///< recording, recorded
        std::uint32_t leader; ///< suppressed: by whose record
    };

    static bool duplicate(const request& a, const request& b);
    bool take_tag(std::uint16_t& tag);
    template <class Matches>
    std::vector<released> remove(const Matches& matches, dti::stall_action action);

    std::vector<entry> entries_; ///< in the order of arrival
    std::vector<bool> tag_used_;
    std::size_t next_tag_ = 0; ///< STAGs come in turn, so that a late CMD_RESUME seldom meets a new transaction
    std::uint32_t next_ticket_ = 0;
    bool suppress_;
};

} // namespace iovp::smmu
