#include "smmu/tbu/burst_piece.h"

#include <algorithm>

namespace iovp::smmu {

void burst_piece::cut(const tlm::tlm_generic_payload& burst, unsigned first, unsigned size)
{
    payload.set_command(burst.get_command());
    payload.set_address(burst.get_address() + first);
    payload.set_data_ptr(burst.get_data_ptr() + first);
    payload.set_data_length(size);
    payload.set_streaming_width(size);
    payload.set_dmi_allowed(false);
    payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    payload.set_byte_enable_ptr(nullptr);
    payload.set_byte_enable_length(0);
    static_cast<transaction_attributes&>(with) = attributes::of(burst);
    if (const unsigned char* const enables = burst.get_byte_enable_ptr()) {
        enables_.resize(size);
        for (unsigned i = 0; i < size; ++i)
            enables_[i] = enables[(first + i) % burst.get_byte_enable_length()];
        payload.set_byte_enable_ptr(enables_.data());
        payload.set_byte_enable_length(size);
    }
}

burst_piece& burst_pieces::take()
{
    if (idle_.empty()) {
        all_.push_back(std::make_unique<burst_piece>(static_cast<tlm::tlm_mm_interface&>(*this)));
        idle_.push_back(all_.back().get());
    }
    burst_piece& p = *idle_.back();
    idle_.pop_back();
    p.payload.acquire();
    return p;
}

void burst_pieces::free(tlm::tlm_generic_payload* payload)
{
    idle_.push_back(
        std::find_if(all_.begin(), all_.end(), [payload](const auto& p) { return &p->payload == payload; })->get());
}

} // namespace iovp::smmu
