#pragma once

#include <cstdint>
#include <functional>
#include <optional>

/// A translation-table walk written from the Arm ARM's tables (D8.2, D8.3), sharing nothing with the code under test.
namespace walker {

struct regime {
    int stage = 1;
    unsigned tg = 0; ///< encoding of TG0/S2TG: 0 4K, 1 64K, 2 16K
    unsigned t0sz = 32;
    unsigned sl0 = 0; ///< stage 2 only
    unsigned ps = 5;  ///< IPS/S2PS encoding
    std::uint64_t ttb = 0;
    std::uint64_t mair = 0; ///< stage 1 only
};

struct result {
    std::uint64_t pa = 0;
    std::uint64_t size = 0;
    int level = 0;
    bool read = false, write = false, execute = false, device = false;
};

using read_fn = std::function<std::uint64_t(std::uint64_t)>;

/// Empty: a fault of any kind.
std::optional<result> walk(const regime& r, std::uint64_t address, const read_fn& read);

/// Registers of a CPU's stage 2 as a regime.
regime from_vtcr(std::uint64_t vttbr, std::uint64_t vtcr);

/// STE doublewords 2 and 3, CD doublewords 0, 1 and 3.
regime from_ste(const std::uint64_t ste[8]);
regime from_cd(const std::uint64_t cd[8]);

} // namespace walker
