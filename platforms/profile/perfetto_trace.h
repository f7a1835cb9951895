#pragma once

#include "common/latency_record.h"

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

namespace iovp::profile {

/// Writes records as a trace that ui.perfetto.dev opens: JSON of Chrome's trace event format. Transactions overlap, so
/// each kind is a process and its transactions share tracks: one goes to a track that is free from its begin on. On it,
/// a begin and an end event of the transaction enclose those of its stages. Levels are counter tracks. Times are exact:
/// microseconds with six digits behind the point.
class perfetto_trace : public latency_listener {
public:
    /// Throws std::runtime_error when the file cannot be written, here and in finish().
    explicit perfetto_trace(const std::string& file);

    void closed(const latency_record& r) override;
    void level(const std::string& name, time_ps now, unsigned units);

    /// The end of the file; nothing may follow.
    void finish();

private:
    unsigned track_of(const latency_record& r);
    void event(const std::string& text);

    const std::string file_;
    std::ofstream out_;
    bool first_ = true;
    std::vector<std::vector<time_ps>> free_from_; ///< per kind and track
};

} // namespace iovp::profile
