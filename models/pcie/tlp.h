#pragma once

#include <cstdint>
#include <systemc>
#include <tlm>

namespace iovp::pcie {

/// Told by the link when a posted write that it took has reached its end: in the model only, a real requester never
/// hears of it.
class posted_observer {
public:
    virtual ~posted_observer() = default;
    /// `unsupported`: refused by the root complex as an Unsupported Request; otherwise an error is a Completer Abort.
    virtual void posted_done(const tlm::tlm_generic_payload& write, bool unsupported) = 0;
};

/// What a transaction layer packet carries beside iovp::attributes (where the Requester ID is): an extension of the
/// payloads on pcie's own links.
class tlp : public tlm::tlm_extension<tlp> {
public:
    enum class kind : std::uint8_t { memory, configuration };

    tlm::tlm_extension_base* clone() const override { return new tlp(*this); }
    void copy_from(const tlm::tlm_extension_base& other) override { *this = static_cast<const tlp&>(other); }

    /// The payload's packet fields; a payload without them is a memory request.
    static const tlp& of(const tlm::tlm_generic_payload& payload)
    {
        static const tlp defaults;
        const tlp* extension = payload.get_extension<tlp>();
        return extension ? *extension : defaults;
    }

    kind what = kind::memory;
    std::uint16_t target = 0;            ///< configuration: bus [15:8], device [7:3], function [2:0]
    bool relaxed_ordering = false;       ///< RO: may pass earlier posted writes
    std::uint32_t transfer = 0;          ///< the requester's own number of the transfer it belongs to
    bool unsupported = false;            ///< response: Unsupported Request
    posted_observer* observer = nullptr; ///< posted writes: who wants to hear of the end
};

} // namespace iovp::pcie
