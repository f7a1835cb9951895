#include "smmu/tbu/waiting_room.h"

namespace iovp::smmu {

void waiting_room::arrive(place& p, unsigned bytes)
{
    p.bytes = bytes;
    p.granted = false;
    if (outside_.empty() && fits(p)) {
        grant(p);
        tell();
    } else {
        outside_.push_back(&p);
    }
}

void waiting_room::grant(place& p)
{
    ++used_;
    filled_ += p.bytes;
    p.granted = true;
}

void waiting_room::leave(place& p)
{
    p.granted = false;
    --used_;
    filled_ -= p.bytes;
    while (!outside_.empty() && fits(*outside_.front())) {
        place& next = *outside_.front();
        outside_.pop_front();
        grant(next);
        next.got_in.notify();
    }
    tell();
}

} // namespace iovp::smmu
