#include "vmsa/regime.h"

#include <algorithm>

namespace iovp::vmsa {

int stage2_start_level(granule tg, unsigned sl0)
{
    // D8.2.9.1 table D8-19 (without FEAT_LPA2, SL2 is RES0).
    constexpr int levels_4k[] = {2, 1, 0, 3};
    // D8.2.9.2, D8.2.9.3.
    constexpr int levels_16k[] = {3, 2, 1, 0};
    constexpr int levels_64k[] = {3, 2, 1, -1};
    switch (tg) {
    case granule::k4: return levels_4k[sl0 & 3];
    case granule::k16: return levels_16k[sl0 & 3];
    case granule::k64: break;
    }
    return levels_64k[sl0 & 3];
}

int stage1_start_level(granule tg, unsigned tsz)
{
    const int stride = static_cast<int>(log2_size(tg)) - 3;
    const int input_bits = 64 - static_cast<int>(tsz);
    return 3 - (input_bits - 1 - static_cast<int>(log2_size(tg))) / stride;
}

bool stage2_start_level_fits(granule tg, unsigned tsz, int start_level)
{
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
