#include "dma_system/stream_table.h"

#include "common/systemc/configuration_error.h"

#include <algorithm>
#include <array>

namespace iovp::dma {

static const std::string object = "dma_system.stream_table";
static constexpr unsigned ste_bytes = 64, cd_bytes = 64;
static constexpr unsigned split = 8;         // STRTAB_BASE_CFG.SPLIT
static constexpr unsigned cds_per_table = 6; // log2; S1Fmt 0b01: level-2 tables of 4 KiB

// TG0 and S2TG.
static std::uint64_t granule_code(unsigned granule_log2)
{
    return granule_log2 == 12 ? 0 : granule_log2 == 16 ? 1 : 2;
}

// IPS and S2PS.
static std::uint64_t size_code(unsigned bits)
{
    static constexpr std::array<unsigned, 6> sizes = {32, 36, 40, 42, 44, 48};
    const auto found = std::find(sizes.begin(), sizes.end(), bits);
    if (found == sizes.end())
        configuration_error(object, "output_bits", std::to_string(bits), "32, 36, 40, 42, 44 or 48");
    return static_cast<std::uint64_t>(found - sizes.begin());
}

stream_table::stream_table(table_memory& memory, const shape& s)
    : memory_(memory)
    , shape_(s)
{
    require_range(object, "stream_bits", s.stream_bits, s.two_level ? split : 0, 32);
    require_range(object, "substream_bits", s.substream_bits, 0, 20);
    if (s.two_level_cd && s.substream_bits <= cds_per_table)
        configuration_error(object, "substream_bits", std::to_string(s.substream_bits), "7..20 with two_level_cd");
    size_code(s.output_bits);
    const std::uint64_t bytes =
        s.two_level ? std::uint64_t(8) << (s.stream_bits - split) : std::uint64_t(ste_bytes) << s.stream_bits;
    base_ = memory.allocate(bytes, std::max<std::uint64_t>(bytes, 64));
}

std::uint32_t stream_table::strtab_base_cfg() const
{
    return shape_.stream_bits | (shape_.two_level ? split << 6 | 1 << 16 : 0);
}

std::uint64_t stream_table::ste_address(stream_id stream)
{
    if (std::uint64_t(stream.value()) >> shape_.stream_bits != 0)
        configuration_error(object, "stream", std::to_string(stream.value()),
                            "below 2^" + std::to_string(shape_.stream_bits));
    if (!shape_.two_level)
        return base_ + std::uint64_t(stream.value()) * ste_bytes;
    const std::uint64_t slot = base_ + std::uint64_t(stream.value() >> split) * 8;
    std::uint64_t l1 = memory_.word(slot);
    if (l1 == 0) {
        const std::uint64_t bytes = std::uint64_t(ste_bytes) << split;
        l1 = memory_.allocate(bytes, bytes) | (split + 1); // Span: 2^(Span - 1) STEs
        memory_.set_word(slot, l1);
    }
    return (l1 & ~std::uint64_t(0x3f)) + (stream.value() & ((1u << split) - 1)) * ste_bytes;
}

// A CD table of a nested stream is reached through stage 2.
std::uint64_t stream_table::new_table(std::uint64_t bytes, const address_space& space)
{
    const std::uint64_t granule = std::uint64_t(1) << space.shape().granule_log2;
    if (!space.stage2())
        return memory_.allocate(bytes, std::max<std::uint64_t>(bytes, 64));
    const std::uint64_t size = (bytes + granule - 1) & ~(granule - 1);
    const std::uint64_t table = memory_.allocate(size, std::max(granule, bytes));
    space.stage2()->map(table, table, size, granule, {});
    return table;
}

std::uint64_t stream_table::cd_table(stream_id stream, const address_space& space)
{
    cd_root& root = cd_tables_[stream.value()];
    if (root.table == 0 || root.reached_through != space.stage2().get()) {
        root.reached_through = space.stage2().get();
        root.table = new_table(shape_.two_level_cd ? std::uint64_t(8) << (shape_.substream_bits - cds_per_table)
                                                   : std::uint64_t(cd_bytes) << shape_.substream_bits,
                               space);
    }
    return root.table;
}

std::uint64_t stream_table::cd_address(std::uint64_t table, const address_space& space, substream_id substream)
{
    if (substream.value() >> shape_.substream_bits != 0)
        configuration_error(object, "substream", std::to_string(substream.value()),
                            "below 2^" + std::to_string(shape_.substream_bits));
    if (!shape_.two_level_cd)
        return table + std::uint64_t(substream.value()) * cd_bytes;
    const std::uint64_t slot = table + std::uint64_t(substream.value() >> cds_per_table) * 8;
    std::uint64_t l1 = memory_.word(slot);
    if (l1 == 0) {
        l1 = new_table(std::uint64_t(cd_bytes) << cds_per_table, space) | 1; // V
        memory_.set_word(slot, l1);
    }
    return (l1 & ~std::uint64_t(0xfff)) + (substream.value() & ((1u << cds_per_table) - 1)) * cd_bytes;
}

void stream_table::attach(stream_id stream, const address_space& space, substream_id substream)
{
    const space_shape& form = space.shape();
    const std::uint64_t granule = granule_code(form.granule_log2);
    const std::uint64_t output = size_code(shape_.output_bits);
    std::array<std::uint64_t, 8> ste{};
    ste[0] = 1 | (form.stage1 && form.stage2 ? 7 : form.stage1 ? 5 : 6) << 1; // V, Config
    ste[1] = 1ULL << 44;                                                      // SHCFG: incoming
    if (shape_.ats)
        ste[1] |= 1ULL << 28; // EATS: full ATS
    if (const page_table* stage1 = space.stage1()) {
        const std::uint64_t table = cd_table(stream, space);
        std::array<std::uint64_t, 8> cd{};
        // T0SZ, TG0, IR0 and OR0 write-back, SH0 inner; EPD1; V; IPS; AA64; R, A: abort and record; ASID
        cd[0] = (64 - form.va_bits) | granule << 6 | 1 << 8 | 1 << 10 | 3 << 12 | 1 << 30 | 1ULL << 31 | output << 32 |
                1ULL << 41 | 1ULL << 45 | 1ULL << 46 | std::uint64_t(space.space().value()) << 48;
        cd[1] = stage1->root();
        cd[3] = 0xff; // MAIR0: attribute 0 is write-back
        memory_.write(cd_address(table, space, substream), cd.data(), cd_bytes);
        // S1Fmt, S1ContextPtr, S1CDMax; S1DSS: substream 0; S1CIR and S1COR write-back, S1CSH inner
        ste[0] |= std::uint64_t(shape_.two_level_cd) << 4 | table | std::uint64_t(shape_.substream_bits) << 59;
        ste[1] |= (shape_.substream_bits != 0 ? 2 : 0) | 1 << 2 | 1 << 4 | 3 << 6;
    }
    if (const auto& stage2 = space.stage2()) {
        // Starting level as S2SL0 codes it: 4K levels 2, 1, 0 are 0, 1, 2; 16K and 64K levels 3, 2, 1.
        const auto sl0 = static_cast<std::uint64_t>((form.granule_log2 == 12 ? 2 : 3) - stage2->start_level());
        // S2VMID, S2T0SZ, S2SL0, S2IR0 and S2OR0 write-back, S2SH0 inner, S2TG, S2PS, S2AA64, S2R
        ste[2] = space.vm().value() | std::uint64_t(64 - form.ipa_bits) << 32 | sl0 << 38 | 1ULL << 40 | 1ULL << 42 |
                 3ULL << 44 | granule << 46 | output << 48 | 1ULL << 51 | 1ULL << 58;
        ste[3] = stage2->root();
    }
    memory_.write(ste_address(stream), ste.data(), ste_bytes);
}

void stream_table::bypass(stream_id stream)
{
    const std::array<std::uint64_t, 8> ste = {1 | 4 << 1, 1ULL << 44};
    memory_.write(ste_address(stream), ste.data(), ste_bytes);
}

void stream_table::detach(stream_id stream)
{
    const std::array<std::uint64_t, 8> ste{};
    memory_.write(ste_address(stream), ste.data(), ste_bytes);
}

} // namespace iovp::dma
