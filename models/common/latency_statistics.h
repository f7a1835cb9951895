#pragma once

#include "common/latency_distribution.h"
#include "common/latency_record.h"

#include <boost/container/small_vector.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace iovp {

/// What closed records add up to, per kind of transaction, StreamID, SubstreamID, page size, command and stage. A
/// listener of a latency_log, or fed by hand.
class latency_statistics : public latency_listener {
public:
    /// Which transactions are counted together.
    struct group_key {
        latency_record::kind kind{};
        stream_id stream;
        std::optional<substream_id> substream;
        std::uint8_t page_size_log2 = 0;    ///< 0: bypassed or aborted before translation, or a command
        std::optional<std::uint8_t> opcode; ///< of a command

        friend bool operator<(const group_key& a, const group_key& b);
        friend bool operator==(const group_key& a, const group_key& b) { return !(a < b) && !(b < a); }
    };
    struct stage_key {
        stage what;
        std::int8_t detail;

        friend bool operator==(const stage_key& a, const stage_key& b)
        {
            return a.what == b.what && a.detail == b.detail;
        }
    };
    struct group {
        latency_distribution total; ///< end to end
        std::uint64_t bytes = 0;
        std::uint64_t aborted = 0;
        /// In the order of their first appearance. One transaction's spans of one stage and level count once, with
        /// their sum; a transaction without the stage does not count. The sums add up to total.sum().
        std::vector<std::pair<stage_key, latency_distribution>> stages;

        void add(const group& other);
    };

    /// Throws std::logic_error where the record is not closed or its stages do not add up: a model's mistake.
    void closed(const latency_record& r) override;

    const std::map<group_key, group>& groups() const { return groups_; }
    std::uint64_t count() const; ///< records so far, all checked
    std::uint64_t count(latency_record::kind k) const { return counts_[static_cast<std::size_t>(k)]; }
    /// All groups of a kind together; none: of every kind.
    group together(std::optional<latency_record::kind> kind = {}) const;

private:
    std::map<group_key, group> groups_;
    std::array<std::uint64_t, static_cast<std::size_t>(latency_record::kind::count)> counts_{};
};

} // namespace iovp
