#pragma once

#include "smmu/dti/link.h"
#include "smmu/dti/message_size.h"
#include "smmu/dti/sockets.h"

#include <memory>
#include <systemc>
#include <utility>
#include <vector>

namespace iovp::smmu::dti {

/// A TCU's TBUs and the links to them: one-to-one, or one link for all TBUs behind a switch. Calls that wait are of
/// threads.
class tbu_group {
public:
    explicit tbu_group(subordinate_socket& s)
        : socket_(s)
    {
    }

    /// At the end of elaboration: finds the TBUs and tells each its number, from 0 on.
    void attach();

    unsigned size() const { return static_cast<unsigned>(tbus_.size()); }
    /// Who disconnects owes nothing any more, and hears nothing of what is on its way.
    void connected(unsigned tbu, bool is);

    /// A message of the TBU to the TCU, or back, that is part of a call: `delay` becomes its arrival.
    void send(direction d, unsigned tbu, unsigned bytes, sc_core::sc_time& delay)
    {
        tbus_[tbu].by->send(d, bytes, delay);
    }

    /// To every connected TBU; waits until the last acknowledge has arrived. One at a time of each (a TBU has one
    /// invalidation token, MMU-600 TRM).
    void invalidate(const invalidate_request& r);
    void sync();
    void invalidate_acknowledged(unsigned tbu) { invalidating_.acknowledged(*this, tbu, message_size::inv_ack); }
    void sync_acknowledged(unsigned tbu) { syncing_.acknowledged(*this, tbu, message_size::sync_ack); }

    /// Waits until the last one has arrived.
    void release(const std::vector<addressed_release>& all);

private:
    struct member {
        to_tbu* end;
        link* by;
        bool connected;
    };

    /// A message to all and its acknowledges.
    struct exchange {
        void acknowledged(tbu_group& group, unsigned tbu, unsigned bytes);
        bool awaits(unsigned tbu) const;
        void settled(unsigned tbu);
        void wait_all();

        sc_core::sc_mutex busy;
        std::vector<unsigned> awaited; ///< TBUs that have not acknowledged
        sc_core::sc_time last;         ///< arrival of the latest acknowledge so far
        sc_core::sc_event all;
    };

    /// Messages leave now, each as its link allows; `deliver` is called with the index into `to` as each arrives.
    template <class Deliver>
    void deliver_all(const std::vector<unsigned>& to, unsigned bytes, const Deliver& deliver);
    template <class Deliver>
    void exchange_with_all(exchange& x, unsigned bytes, const Deliver& deliver);

    subordinate_socket& socket_;
    std::vector<std::unique_ptr<link>> links_;
    std::vector<member> tbus_;
    exchange invalidating_;
    exchange syncing_;
};

} // namespace iovp::smmu::dti
