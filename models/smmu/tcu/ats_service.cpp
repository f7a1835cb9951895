#include "smmu/tcu/ats_service.h"

#include <algorithm>

namespace iovp::smmu {

int ats_service::root_complex_of(stream_id stream) const
{
    for (int i = 0; i < socket_.size(); ++i)
        if (socket_[i]->serves(stream))
            return i;
    return -1;
}

void ats_service::invalidate(const command& c)
{
    const int i = root_complex_of(c.stream);
    if (i < 0)
        return;
    while (pending_.size() >= most_pending)
        wait_for_one();
    dti::ats_invalidate_request r;
    r.id = next_id_++;
    r.stream = c.stream;
    if (c.ssv)
        r.substream = c.substream;
    r.global = c.global;
    r.address = c.address;
    r.size = c.size;
    sc_core::wait(socket_[i]->link().response_delay());
    pending_.push_back({r.id, sc_core::sc_time_stamp() + timeout_});
    socket_[i]->invalidate(r);
}

void ats_service::acknowledge(std::uint32_t id, dti::ats_invalidation_result result)
{
    const auto found = std::find_if(pending_.begin(), pending_.end(), [id](const pending& p) { return p.id == id; });
    if (found == pending_.end())
        return; // too late: it has timed out
    pending_.erase(found);
    failed_ = failed_ || result == dti::ats_invalidation_result::timed_out;
    acknowledged_.notify(sc_core::SC_ZERO_TIME);
}

void ats_service::wait_for_one()
{
    const sc_core::sc_time& now = sc_core::sc_time_stamp();
    if (pending_.front().deadline <= now) {
        pending_.pop_front();
        failed_ = true;
    } else {
        sc_core::wait(pending_.front().deadline - now, acknowledged_);
    }
}

bool ats_service::wait_invalidated()
{
    while (!pending_.empty())
        wait_for_one();
    const bool complete = !failed_;
    failed_ = false;
    return complete;
}

void ats_service::respond(const page_response& r)
{
    const int i = root_complex_of(r.stream);
    if (i < 0)
        return;
    sc_core::wait(socket_[i]->link().response_delay());
    socket_[i]->respond(r);
}

std::uint64_t ats_service::begin()
{
    under_way_.push_back(next_translation_);
    return next_translation_++;
}

void ats_service::end(std::uint64_t translation)
{
    under_way_.erase(std::find(under_way_.begin(), under_way_.end(), translation));
    translated_.notify(sc_core::SC_ZERO_TIME);
}

void ats_service::wait_translated()
{
    const std::uint64_t goal = next_translation_;
    while (!under_way_.empty() && under_way_.front() < goal)
        sc_core::wait(translated_);
}

} // namespace iovp::smmu
