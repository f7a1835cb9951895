#include "smmu/tcu/stall_table.h"

#include <algorithm>

namespace iovp::smmu {

// 3.12.2.1: same stream and SubstreamID, page, privilege, instruction attribute and direction.
bool stall_table::duplicate(const request& a, const request& b)
{
    return a.sec_sid == b.sec_sid && a.stream == b.stream && a.substream == b.substream &&
           a.address >> 12 == b.address >> 12 && a.what.privileged == b.what.privileged &&
           a.what.instruction == b.what.instruction && a.what.write == b.what.write;
}

bool stall_table::take_tag(std::uint16_t& tag)
{
    for (std::size_t tries = 0; tries < tag_used_.size(); ++tries) {
        const std::size_t candidate = next_tag_;
        next_tag_ = (next_tag_ + 1) % tag_used_.size();
        if (!tag_used_[candidate]) {
            tag_used_[candidate] = true;
            tag = static_cast<std::uint16_t>(candidate);
            return true;
        }
    }
    return false;
}

stall_table::held stall_table::add(unsigned link, const request& r)
{
    entry e{next_ticket_++, link, r, state::unrecorded, 0, 0};
    if (suppress_) {
        const auto leader = std::find_if(entries_.begin(), entries_.end(), [&r](const entry& x) {
            return (x.now == state::recording || x.now == state::recorded) && duplicate(x.what, r);
        });
        if (leader != entries_.end()) {
            e.now = state::suppressed;
            e.leader = leader->ticket;
        }
    }
    if (e.now != state::suppressed && take_tag(e.tag))
        e.now = state::recording;
    entries_.push_back(e);
    return {e.ticket, e.now == state::recording, e.tag};
}

bool stall_table::awaits_record(std::uint32_t ticket) const
{
    return std::any_of(entries_.begin(), entries_.end(), [ticket](const entry& e) { return e.ticket == ticket; });
}

void stall_table::recorded(std::uint32_t ticket, bool in_queue)
{
    for (entry& e : entries_) {
        if (e.ticket == ticket && e.now == state::recording) {
            e.now = in_queue ? state::recorded : state::unrecorded;
            if (!in_queue)
                tag_used_[e.tag] = false;
        } else if (e.now == state::suppressed && e.leader == ticket && !in_queue) {
            e.now = state::unrecorded;
        }
    }
}

template <class Matches>
std::vector<stall_table::released> stall_table::remove(const Matches& matches, dti::stall_action action)
{
    std::vector<released> out;
    for (const entry& e : entries_) {
        if (!matches(e))
            continue;
        out.push_back({e.link, {e.ticket, action}});
        if (e.now == state::recording || e.now == state::recorded)
            tag_used_[e.tag] = false;
    }
    entries_.erase(std::remove_if(entries_.begin(), entries_.end(), matches), entries_.end());
    return out;
}

std::vector<stall_table::released> stall_table::resume(security_state s, stream_id stream, std::uint16_t tag,
                                                       dti::stall_action action)
{
    const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const entry& e) {
        return e.now == state::recorded && e.tag == tag && e.what.stream == stream && e.what.sec_sid == s;
    });
    if (found == entries_.end())
        return {};
    const std::uint32_t ticket = found->ticket;
    auto out = remove([ticket](const entry& e) { return e.ticket == ticket; }, action);
    // 3.12.2.1: acknowledged in whichever way, the suppressed ones are retried.
    const auto followers = remove([ticket](const entry& e) { return e.now == state::suppressed && e.leader == ticket; },
                                  dti::stall_action::retry);
    out.insert(out.end(), followers.begin(), followers.end());
    return out;
}

std::vector<stall_table::released> stall_table::terminate(security_state s, stream_id stream)
{
    return remove([s, stream](const entry& e) { return e.what.stream == stream && e.what.sec_sid == s; },
                  dti::stall_action::abort);
}

std::vector<stall_table::released> stall_table::terminate_all(security_state s)
{
    return remove([s](const entry& e) { return e.what.sec_sid == s; }, dti::stall_action::abort);
}

std::vector<stall_table::released> stall_table::retry_unrecorded(security_state s)
{
    return remove([s](const entry& e) { return e.now == state::unrecorded && e.what.sec_sid == s; },
                  dti::stall_action::retry);
}

bool stall_table::can_record_more(security_state s) const
{
    return std::find(tag_used_.begin(), tag_used_.end(), false) != tag_used_.end() &&
           std::any_of(entries_.begin(), entries_.end(),
                       [s](const entry& e) { return e.now == state::unrecorded && e.what.sec_sid == s; });
}

} // namespace iovp::smmu
