#pragma once

#include "common/systemc/attributes.h"

#include <cstdint>

namespace iovp {

/// A payload with attributes, for one access: from a pool, because to make and destroy one costs as much as an access
/// to memory. Nobody keeps it after the access. For the one operating-system thread that runs the simulation.
class pooled_payload {
public:
    pooled_payload(tlm::tlm_command command, std::uint64_t address, void* data, unsigned size,
                   const transaction_attributes& with)
        : kept_(idle_ ? idle_ : new kept)
    {
        idle_ = kept_->next;
        static_cast<transaction_attributes&>(kept_->with) = with;
        tlm::tlm_generic_payload& p = kept_->payload;
        p.set_command(command);
        p.set_address(address);
        p.set_data_ptr(static_cast<unsigned char*>(data));
        p.set_data_length(size);
        p.set_streaming_width(size);
        p.set_byte_enable_ptr(nullptr);
        p.set_byte_enable_length(0);
        p.set_dmi_allowed(false);
        p.set_gp_option(tlm::TLM_MIN_PAYLOAD);
        p.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    }
    ~pooled_payload()
    {
        kept_->next = idle_;
        idle_ = kept_;
    }
    pooled_payload(const pooled_payload&) = delete;
    pooled_payload& operator=(const pooled_payload&) = delete;

    tlm::tlm_generic_payload& operator*() const { return kept_->payload; }
    tlm::tlm_generic_payload* operator->() const { return &kept_->payload; }

private:
    struct kept {
        kept() { payload.set_extension(&with); }
        attributes with;
        tlm::tlm_generic_payload payload;
        kept* next = nullptr;
    };

    kept* const kept_;
    static inline kept* idle_ = nullptr; ///< never freed: as many as have been under way at a time
};

/// One access of `size` bytes through any object with b_transport (an initiator socket's ->), with attributes, waiting
/// annotated in `delay`. True when the response is TLM_OK_RESPONSE.
template <class Port>
bool transport(Port& port, tlm::tlm_command command, std::uint64_t address, void* data, unsigned size,
               const transaction_attributes& with, sc_core::sc_time& delay)
{
    const pooled_payload payload(command, address, data, size, with);
    port->b_transport(*payload, delay);
    return payload->is_response_ok();
}

} // namespace iovp
