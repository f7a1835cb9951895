#pragma once

#include "smmu/dti/messages.h"
#include "smmu/tbu/tlb_entry.h"

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

namespace iovp::smmu {

/// The direct memory pointers that a TBU has given, each with what it rests on, so that whatever could alter it takes
/// it back.
class dmi_grants {
public:
    struct grant {
        std::uint64_t first = 0; ///< IOVA
        std::uint64_t last = 0;
        std::uint64_t output = 0; ///< PA of `first`
        std::uint64_t stream = 0; ///< stream_key()
        bool translated = false;  ///< false: the stream bypasses, and only its configuration matters
        tlb_line line;            ///< of a translated one
    };
    /// Tells the initiator.
    using revoke = std::function<void(std::uint64_t first, std::uint64_t last)>;

    explicit dmi_grants(revoke r)
        : revoke_(std::move(r))
    {
    }

    void add(const grant& g);
    void invalidate(const dti::invalidate_request& r);
    void invalidate_output(std::uint64_t first, std::uint64_t last); ///< downstream has taken its own pointer back
    void revoke_all();

    bool empty() const { return grants_.empty(); }

private:
    template <class Lost>
    void revoke_if(const Lost& lost);

    revoke revoke_;
    std::map<std::pair<std::uint64_t, std::uint64_t>, grant> grants_; ///< by stream and IOVA
};

} // namespace iovp::smmu
