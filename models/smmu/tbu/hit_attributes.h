#pragma once

#include "smmu/arch/translate.h"
#include "smmu/tbu/stream_table.h"
#include "smmu/tbu/tlb_entry.h"

#include <cstdint>
#include <cstring>
#include <type_traits>

namespace iovp::smmu {

/// The memory attributes of the last hit, and what they were made of: neighbours mostly are alike, and to combine the
/// stages' attributes costs more than all the rest of a hit.
class hit_attributes {
public:
    const memory_attributes& of(const known_stream& stream, const tlb_line& line, const memory_attributes& incoming)
    {
        static_assert(std::has_unique_object_representations_v<memory_attributes>);
        if (stages_ != line.stages || overrides_ != stream.overrides ||
            std::memcmp(&incoming, &incoming_, sizeof incoming) != 0)
            combine(stream, line, incoming);
        return result_;
    }

private:
    void combine(const known_stream& stream, const tlb_line& line, const memory_attributes& incoming)
    {
        result_ = output_memory(stream.context.overrides, line.translation, incoming);
        incoming_ = incoming;
        overrides_ = stream.overrides;
        stages_ = line.stages;
    }

    std::uint32_t stages_ = ~0U; ///< no line has this
    std::uint64_t overrides_ = 0;
    memory_attributes incoming_;
    memory_attributes result_;
};

} // namespace iovp::smmu
