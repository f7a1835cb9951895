#include "smmu/pmcg/features.h"

#include "smmu/pmcg/registers.h"

namespace iovp::smmu {

std::uint32_t pmcg_features::cfgr() const
{
    using namespace pmcg_cfgr;
    return static_cast<std::uint32_t>(sid_filter_type::make(shared_filter) | capture::make(this->capture) |
                                      msi::make(this->msi) | reloc_ctrs::make(relocated) |
                                      size::make(counter_bits - 1) | nctr::make(counters - 1));
}

const char* pmcg_features::contradiction() const
{
    if (counters < 1 || counters > 64)
        return "counters: allowed are 1..64";
    if (counter_bits != 32 && counter_bits != 36 && counter_bits != 40 && counter_bits != 44 && counter_bits != 48 &&
        counter_bits != 64)
        return "counter_bits: allowed are 32, 36, 40, 44, 48, 64";
    if (stream_id_bits < 1 || stream_id_bits > 32)
        return "stream_id_bits: allowed are 1..32";
    if (output_bits < 32 || output_bits > 56)
        return "output_bits: allowed are 32..56";
    if (architecture_minor > 4)
        return "architecture_minor: allowed are 0..4";
    if ((identification & 0x80) != 0)
        return "identification: bit 7 is zero in IIDR";
    return nullptr;
}

} // namespace iovp::smmu
