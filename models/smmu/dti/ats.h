#pragma once

#include "common/latency_record.h"
#include "smmu/arch/ats.h"
#include "smmu/arch/page_request.h"
#include "smmu/dti/link_parameters.h"

#include <cstdint>
#include <optional>
#include <systemc>
#include <tlm>

/// The ATS interface (3.9.1) between a PCIe root complex and the TCU. The content is that of the DTI-ATS message named
/// beside each.
namespace iovp::smmu::dti {

/// DTI_ATS_INV_REQ: what CMD_ATC_INV sends to a device.
struct ats_invalidate_request {
    std::uint32_t id = 0; ///< to be given back in the acknowledge
    stream_id stream;
    std::optional<substream_id> substream; ///< PASID prefix
    bool global = false;                   ///< Global Invalidate
    std::uint64_t address = 0;             ///< aligned to the span
    std::uint8_t size = 0;                 ///< the span is 2^(12 + size) bytes; 52: everything
};

enum class ats_invalidation_result : std::uint8_t {
    complete,
    unsupported_request, ///< UR: nothing may have been invalidated, and yet it is no error (3.9.1.5)
    timed_out
};

/// Names the protocol of the sockets below for TLM's bind-time check.
struct ats_protocol {};

/// What a root complex sends to the TCU. Every call is made when the message is ready to leave; the TCU charges the
/// link's time.
class ats_to_tcu : public virtual sc_core::sc_interface {
public:
    using protocol_types = ats_protocol;

    /// DTI_ATS_TRANS_REQ up to its completion's arrival, with the link's time of both; several calls may be under way.
    /// `delay` as in b_transport; the call may wait. `latency` may be null.
    virtual void ats_translate(const ats_request& r, latency_record* latency, ats_completion& completion,
                               sc_core::sc_time& delay) = 0;

    /// DTI_ATS_INV_ACK, once per invalidate(): every transaction that may have used what
    /// was invalidated has been sent to its TBU.
    virtual void ats_invalidated(std::uint32_t id, ats_invalidation_result result) = 0;

    /// DTI_ATS_PAGE_REQ.
    virtual void page_requested(const page_request& r) = 0;
};

/// What the TCU sends to a root complex; calls are made when the message arrives and do not wait.
class ats_to_root_complex : public virtual sc_core::sc_interface {
public:
    using protocol_types = ats_protocol;

    /// The link's timing.
    virtual const link_parameters& link() const = 0;

    /// The stream is behind this root complex. What software sends to a stream that nobody serves is IGNORED (4.5).
    virtual bool serves(stream_id stream) const = 0;

    /// Answered by ats_to_tcu::ats_invalidated(), from the call itself at the earliest.
    virtual void invalidate(const ats_invalidate_request& r) = 0;

    /// DTI_ATS_PAGE_RESP.
    virtual void respond(const page_response& r) = 0;
};

/// The root complex's end.
class ats_manager_socket : public tlm::tlm_base_initiator_socket<64, ats_to_tcu, ats_to_root_complex> {
public:
    using tlm::tlm_base_initiator_socket<64, ats_to_tcu, ats_to_root_complex>::tlm_base_initiator_socket;
    const char* kind() const override { return "iovp::smmu::dti::ats_manager_socket"; }
};

/// The TCU's end: any number of root complexes, or none.
class ats_subordinate_socket
    : public tlm::tlm_base_target_socket<64, ats_to_tcu, ats_to_root_complex, 0, sc_core::SC_ZERO_OR_MORE_BOUND> {
public:
    using tlm::tlm_base_target_socket<64, ats_to_tcu, ats_to_root_complex, 0,
                                      sc_core::SC_ZERO_OR_MORE_BOUND>::tlm_base_target_socket;
    const char* kind() const override { return "iovp::smmu::dti::ats_subordinate_socket"; }
};

} // namespace iovp::smmu::dti
