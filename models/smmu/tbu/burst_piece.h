#pragma once

#include "common/systemc/attributes.h"
#include "smmu/tbu/passage.h"

#include <memory>
#include <systemc>
#include <tlm>
#include <vector>

namespace iovp::smmu {

class burst_pieces;

/// A part of a burst that is cut: a transaction of its own downstream, with the burst's attributes and data.
class burst_piece {
public:
    explicit burst_piece(tlm::tlm_mm_interface& owner)
        : payload(&owner)
    {
        payload.set_extension(&with);
    }
    ~burst_piece() { payload.clear_extension(&with); }
    burst_piece(const burst_piece&) = delete;
    burst_piece& operator=(const burst_piece&) = delete;

    /// `size` bytes of the burst from byte `first` on.
    void cut(const tlm::tlm_generic_payload& burst, unsigned first, unsigned size);

    tlm::tlm_generic_payload payload;
    attributes with;
    passage* way = nullptr; ///< the burst's
    next_step step;
    bool last = false;      ///< with it the burst leaves the TBU
    bool under_way = false; ///< downstream, in the approximately timed style
    sc_core::sc_event ended;
    sc_core::sc_time end; ///< of its response, absolute

private:
    friend class burst_pieces;
    std::vector<unsigned char> enables_;
};

/// Pieces to be used again: one lives for as long as somebody downstream refers to it.
class burst_pieces : private tlm::tlm_mm_interface {
public:
    /// With one reference, which release() gives back.
    burst_piece& take();
    static void release(burst_piece& p) { p.payload.release(); }

private:
    void free(tlm::tlm_generic_payload* payload) override;

    std::vector<std::unique_ptr<burst_piece>> all_;
    std::vector<burst_piece*> idle_;
};

} // namespace iovp::smmu
