#include "walker.h"

namespace walker {
namespace {

unsigned granule_log2(unsigned tg)
{
    return tg == 0 ? 12 : tg == 1 ? 16 : 14;
}

// D8.2: initial lookup level of stage 1 from TnSZ, without LPA2.
int stage1_start(unsigned tg, unsigned t0sz)
{
    switch (tg) {
    case 0: return t0sz <= 24 ? 0 : t0sz <= 33 ? 1 : 2;
    case 1: return t0sz <= 21 ? 1 : t0sz <= 34 ? 2 : 3;
    default: return t0sz <= 16 ? 0 : t0sz <= 27 ? 1 : t0sz <= 38 ? 2 : 3;
    }
}

int stage2_start(unsigned tg, unsigned sl0)
{
    static const int of_4k[4] = {2, 1, 0, 3};
    static const int of_others[4] = {3, 2, 1, 0};
    return tg == 0 ? of_4k[sl0] : of_others[sl0];
}

// Lowest address bit that the entry of that level covers: literal values of the figures in D8.2.
unsigned shift_of(unsigned tg, int level)
{
    static const unsigned k4[4] = {39, 30, 21, 12};
    static const unsigned k16[4] = {47, 36, 25, 14};
    static const unsigned k64[4] = {55, 42, 29, 16};
    return tg == 0 ? k4[level] : tg == 1 ? k64[level] : k16[level];
}

bool block_allowed(unsigned tg, int level)
{
    return level == 3 || level == 2 || (tg == 0 && level == 1);
}

const unsigned output_bits[8] = {32, 36, 40, 42, 44, 48, 48, 48};

} // namespace

std::optional<result> walk(const regime& r, std::uint64_t address, const read_fn& read)
{
    const unsigned input_bits = 64 - r.t0sz;
    if (address >> input_bits)
        return {};
    int level = r.stage == 1 ? stage1_start(r.tg, r.t0sz) : stage2_start(r.tg, r.sl0);
    const unsigned granule = granule_log2(r.tg);
    // D8.2: a stage-2 root is at most 16 concatenated tables; the base is aligned to its size.
    const unsigned root_bits = input_bits - shift_of(r.tg, level);
    if (r.stage == 2 && root_bits > granule - 3 + 4)
        return {};
    if (r.stage == 1 && root_bits > granule - 3)
        return {};
    if (r.ttb & ((std::uint64_t{8} << root_bits) - 1))
        return {};
    std::uint64_t table = r.ttb;
    std::uint64_t index = address >> shift_of(r.tg, level);
    for (;; level++) {
        const std::uint64_t d = read(table + 8 * index);
        if (!(d & 1))
            return {};
        const std::uint64_t oa = d & 0x0000FFFFFFFFFFFFu & ~((std::uint64_t{1} << granule) - 1);
        if (oa >> output_bits[r.ps])
            return {};
        if (level < 3 && (d & 2)) {
            table = oa;
            index = (address >> shift_of(r.tg, level + 1)) & ((std::uint64_t{1} << (granule - 3)) - 1);
            continue;
        }
        if (level == 3 ? !(d & 2) : !block_allowed(r.tg, level))
            return {};
        if (!(d & (1u << 10)))
            return {}; // access flag
        result out;
        out.level = level;
        out.size = std::uint64_t{1} << shift_of(r.tg, level);
        if (oa & (out.size - 1))
            return {}; // address bits below a block's size must be zero
        out.pa = oa | (address & (out.size - 1));
        if (r.stage == 1) {
            out.read = true;
            out.write = !(d & (1u << 7));
            out.execute = !(d & (std::uint64_t{1} << 54));
            if (!(d & (1u << 6)))
                return {}; // unprivileged device traffic would fault
            out.device = ((r.mair >> (8 * ((d >> 2) & 7))) & 0xF0) == 0;
        } else {
            out.read = d & (1u << 6);
            out.write = d & (1u << 7);
            out.execute = ((d >> 53) & 3) == 0;
            out.device = ((d >> 4) & 3) == 0; // MemAttr[3:2] == 0b00
        }
        return out;
    }
}

regime from_vtcr(std::uint64_t vttbr, std::uint64_t vtcr)
{
    regime r;
    r.stage = 2;
    r.t0sz = vtcr & 0x3F;
    r.sl0 = (vtcr >> 6) & 3;
    r.tg = (vtcr >> 14) & 3;
    r.ps = (vtcr >> 16) & 7;
    r.ttb = vttbr & 0x0000FFFFFFFFFFFEu;
    return r;
}

regime from_ste(const std::uint64_t ste[8])
{
    regime r;
    r.stage = 2;
    r.t0sz = (ste[2] >> 32) & 0x3F;
    r.sl0 = (ste[2] >> 38) & 3;
    r.tg = (ste[2] >> 46) & 3;
    r.ps = (ste[2] >> 48) & 7;
    r.ttb = ste[3] & 0x000FFFFFFFFFFFF0u;
    return r;
}

regime from_cd(const std::uint64_t cd[8])
{
    regime r;
    r.stage = 1;
    r.t0sz = cd[0] & 0x3F;
    r.tg = (cd[0] >> 6) & 3;
    r.ps = (cd[0] >> 32) & 7;
    r.ttb = cd[1] & 0x000FFFFFFFFFFFF0u;
    r.mair = cd[3];
    return r;
}

} // namespace walker
