#include "smmu/tcu/ats_service.h"

#include "smmu/dti/message_size.h"

#include <algorithm>

namespace iovp::smmu {

using sc_core::sc_time;

void ats_service::attach()
{
    for (int i = 0; i < socket_.size(); ++i)
        links_.push_back(std::make_unique<dti::link>(socket_[i]->link()));
}

void ats_service::send(dti::direction d, stream_id stream, unsigned bytes, sc_time& delay)
{
    const int i = root_complex_of(stream);
    if (i >= 0)
        links_[static_cast<std::size_t>(i)]->send(d, bytes, delay);
}

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
    for (settle(); pending_.size() >= most_pending; settle())
        wait_for_one();
    dti::ats_invalidate_request r;
    r.id = next_id_++;
    r.stream = c.stream;
    if (c.ssv)
        r.substream = c.substream;
    r.global = c.global;
    r.address = c.address;
    r.size = c.size;
    sc_time delay;
    send(dti::direction::to_tbu, c.stream, dti::message_size::ats_inv_req, delay);
    sc_core::wait(delay);
    pending_.push_back({r.id, i, sc_core::sc_time_stamp() + timeout_, std::nullopt, false});
    socket_[i]->invalidate(r);
}

void ats_service::acknowledge(std::uint32_t id, dti::ats_invalidation_result result)
{
    const auto found =
        std::find_if(pending_.begin(), pending_.end(), [id](const pending& p) { return p.id == id && !p.answered; });
    if (found == pending_.end())
        return; // too late: it has timed out
    sc_time delay;
    links_[static_cast<std::size_t>(found->root_complex)]->send(dti::direction::to_tcu, dti::message_size::ats_inv_ack,
                                                                delay);
    found->answered = sc_core::sc_time_stamp() + delay;
    found->failed = result == dti::ats_invalidation_result::timed_out;
    acknowledged_.notify(sc_core::SC_ZERO_TIME);
}

void ats_service::settle()
{
    const auto over = [this](const pending& p) {
        if (end_of(p) > sc_core::sc_time_stamp())
            return false;
        failed_ = failed_ || p.failed || !p.answered || *p.answered >= p.deadline;
        return true;
    };
    pending_.erase(std::remove_if(pending_.begin(), pending_.end(), over), pending_.end());
}

void ats_service::wait_for_one()
{
    sc_time first = end_of(pending_.front());
    for (const pending& p : pending_)
        first = std::min(first, end_of(p));
    sc_core::wait(first - sc_core::sc_time_stamp(), acknowledged_);
}

std::size_t ats_service::outstanding() const
{
    return static_cast<std::size_t>(std::count_if(
        pending_.begin(), pending_.end(), [](const pending& p) { return end_of(p) > sc_core::sc_time_stamp(); }));
}

bool ats_service::wait_invalidated()
{
    for (settle(); !pending_.empty(); settle())
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
    sc_time delay;
    send(dti::direction::to_tbu, r.stream, dti::message_size::ats_page_resp, delay);
    sc_core::wait(delay);
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
