#pragma once

#include "smmu/dti/link_parameters.h"
#include "smmu/dti/messages.h"

#include <systemc>
#include <tlm>
#include <vector>

namespace iovp::smmu::dti {

/// Names the protocol of the sockets below for TLM's bind-time check.
struct protocol {};

/// What a TBU sends to the TCU. `link` is the number that the TCU gave in attach(); it stays the TBU's through
/// switches. `delay` as in b_transport: the caller's local time ahead of now; a call may wait. Every call is made when
/// the message is ready to leave: who is called charges the link's time (dti::link), of requests and of their
/// responses.
class to_tcu : public virtual sc_core::sc_interface {
public:
    using protocol_types = protocol;

    /// DTI_TBU_CONDIS_REQ. Before it, and after a refusal, a TBU must not translate.
    virtual connect_acknowledge connect(unsigned link, const connect_request& r) = 0;

    /// DTI_TBU_CONDIS_REQ, STATE 0: the TBU has nothing outstanding and nothing cached, and gives its tokens back. It
    /// hears of nothing until it connects again.
    virtual void disconnect(unsigned link) = 0;

    /// DTI_TBU_TRANS_REQ up to its response's arrival; several calls may be under way on one link, as many as granted
    /// tokens. The listener's time goes to the stages dti_request and dti_response.
    virtual void translate(unsigned link, const translation_request& r, translation_response& response,
                           sc_core::sc_time& delay) = 0;

    /// DTI_TBU_INV_ACK, once per invalidate(), from the call itself at the earliest.
    virtual void invalidate_acknowledge(unsigned link) = 0;

    /// DTI_TBU_SYNC_ACK, once per sync().
    virtual void sync_acknowledge(unsigned link) = 0;

    /// Not part of the protocol: the outcome that memory as it stands gives. Takes no time, changes nothing.
    virtual outcome translate_functional(const request& r) = 0;
};

/// What the TCU sends to a TBU; calls are made when the message arrives and do not wait.
class to_tbu : public virtual sc_core::sc_interface {
public:
    using protocol_types = protocol;

    /// Once, at the end of elaboration: the link's number and nothing else.
    virtual void attach(unsigned link) = 0;

    /// The link's timing.
    virtual const link_parameters& link() const = 0;

    /// The TBUs that this link leads to: one, or those of a switch, which answers for each of them apart. At the end
    /// of elaboration, when sockets are bound.
    virtual std::vector<to_tbu*> ends() { return {this}; }

    /// DTI_TBU_INV_REQ; answered by to_tcu::invalidate_acknowledge() when it has taken effect for every later look-up.
    /// One at a time.
    virtual void invalidate(const invalidate_request& r) = 0;

    /// DTI_TBU_SYNC_REQ; answered by to_tcu::sync_acknowledge() when every transaction that may have used a translation
    /// invalidated before is complete downstream. One at a time.
    virtual void sync() = 0;

    /// Ends the hold on a stalled transaction; may arrive before the response that announces the ticket.
    virtual void release(const stall_release& r) = 0;
};

/// The TBU's end (DTI calls it the manager).
class manager_socket : public tlm::tlm_base_initiator_socket<160, to_tcu, to_tbu> {
public:
    using tlm::tlm_base_initiator_socket<160, to_tcu, to_tbu>::tlm_base_initiator_socket;
    const char* kind() const override { return "iovp::smmu::dti::manager_socket"; }
};

/// The TCU's end (the subordinate): takes 1 to 62 TBUs or switches.
class subordinate_socket : public tlm::tlm_base_target_socket<160, to_tcu, to_tbu, 0> {
public:
    using tlm::tlm_base_target_socket<160, to_tcu, to_tbu, 0>::tlm_base_target_socket;
    const char* kind() const override { return "iovp::smmu::dti::subordinate_socket"; }
};

} // namespace iovp::smmu::dti
