#pragma once

#include "common/strong.h"
#include "dma_system/address_space.h"

#include <cstdint>
#include <unordered_map>

namespace iovp::dma {

/// The stream table and the CD tables, with the encodings of IHI 0070 5.1 to 5.4.
class stream_table {
public:
    struct shape {
        unsigned stream_bits = 16;   ///< 2^stream_bits STEs: 0..32 and what the TCU has
        bool two_level = false;      ///< 256 STEs in each level-2 table (SPLIT 8)
        unsigned substream_bits = 0; ///< S1CDMax of every stream with stage 1; substream 0 serves what has none (S1DSS)
        bool two_level_cd = false;   ///< 64 CDs in each level-2 table; with substream_bits
        bool ats = false;            ///< EATS: streams that translate may use PCIe ATS
        unsigned output_bits = 44;   ///< IPS and S2PS: 32, 36, 40, 42, 44 or 48
    };

    stream_table(table_memory& memory, const shape& s);

    /// The STE of the stream, and the CD where the space has stage 1. A space with another stage 2 than the last one's
    /// gets a new CD table: the substreams attached before are gone.
    void attach(stream_id stream, const address_space& space, substream_id substream = {});
    /// An STE that lets everything pass.
    void bypass(stream_id stream);
    /// No valid STE any more.
    void detach(stream_id stream);

    std::uint64_t base() const { return base_; }
    std::uint32_t strtab_base_cfg() const; ///< what SMMU_STRTAB_BASE_CFG must hold

private:
    std::uint64_t ste_address(stream_id stream);
    std::uint64_t cd_table(stream_id stream, const address_space& space);
    std::uint64_t cd_address(std::uint64_t table, const address_space& space, substream_id substream);
    std::uint64_t new_table(std::uint64_t bytes, const address_space& space);

    table_memory& memory_;
    const shape shape_;
    std::uint64_t base_;
    struct cd_root {
        std::uint64_t table = 0;
        const page_table* reached_through = nullptr; ///< the stage 2 that maps it
    };
    std::unordered_map<std::uint32_t, cd_root> cd_tables_; ///< by StreamID
};

} // namespace iovp::dma
