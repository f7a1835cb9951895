#include "vmsa/regime.h"

#include <algorithm>

namespace iovp::vmsa {

int stage2_start_level(granule tg, unsigned sl, bool ds)
{
    constexpr int levels_4k[] = {2, 1, 0, 3};                     // table D8-19, SL2 == 0
    constexpr int levels_16k[] = {3, 2, 1, 0};                    // table D8-29
    constexpr int levels_64k[] = {3, 2, 1, reserved_start_level}; // table D8-38
    switch (tg) {
    case granule::k4:
        if (ds && (sl & 4) != 0)
            return sl == 4 ? -1 : reserved_start_level;
        return levels_4k[sl & 3];
    case granule::k16: return levels_16k[sl & 3];
    case granule::k64: break;
    }
    return levels_64k[sl & 3];
}

int stage1_start_level(granule tg, unsigned tsz)
{
    const int stride = static_cast<int>(log2_size(tg)) - 3;
    const int input_bits = 64 - static_cast<int>(tsz);
    return 3 - (input_bits - 1 - static_cast<int>(log2_size(tg))) / stride;
}

bool stage2_start_level_fits(granule tg, unsigned tsz, int start_level, bool ds)
{
    if (start_level < (ds && tg == granule::k4 ? -1 : tg == granule::k64 ? 1 : 0))
        return false;
    // R_DXBSH: without DS, 48 bits with 16K granules start at level 1.
    if (tg == granule::k16 && start_level == 0 && !ds)
        return false;
    const int input_bits = 64 - static_cast<int>(tsz);
    const int stride = static_cast<int>(log2_size(tg)) - 3;
    // The start level resolves at least one bit, and at most a full table's bits plus 4 by concatenation (D8.2.2).
    const int least = static_cast<int>(level_shift(tg, start_level)) + 1;
    const int most = static_cast<int>(level_shift(tg, start_level)) + stride + 4;
    return input_bits >= least && input_bits <= most;
}

unsigned max_tsz(const implementation& impl, granule tg)
{
    if (!impl.small_tables)
        return 39;
    return tg == granule::k64 ? 47 : 48;
}

} // namespace iovp::vmsa
