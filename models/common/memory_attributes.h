#pragma once

#include <cstdint>

namespace iovp {

/// Arm ARM B2.10 / IHI 0070 ch. 13: what kind of memory an access means.
enum class memory_type : std::uint8_t { device_nGnRnE, device_nGnRE, device_nGRE, device_GRE, normal };

enum class cacheability : std::uint8_t { non_cacheable, write_through, write_back };

/// Encoded as SH[1:0] in descriptors.
enum class shareability : std::uint8_t { non_shareable = 0, outer = 2, inner = 3 };

struct cache_attributes {
    cacheability policy = cacheability::non_cacheable;
    bool read_allocate = false;
    bool write_allocate = false;
    bool transient = false;

    friend constexpr bool operator==(const cache_attributes& a, const cache_attributes& b)
    {
        return a.policy == b.policy && a.read_allocate == b.read_allocate && a.write_allocate == b.write_allocate &&
               a.transient == b.transient;
    }
    friend constexpr bool operator!=(const cache_attributes& a, const cache_attributes& b) { return !(a == b); }
};

/// The memory attributes that travel with a transaction. inner and outer mean something for normal memory only; device
/// memory and normal inner and outer non-cacheable memory is always outer shareable (IHI 0070 13.1.1).
struct memory_attributes {
    memory_type type = memory_type::normal;
    cache_attributes inner;
    cache_attributes outer;
    shareability share = shareability::outer;

    friend constexpr bool operator==(const memory_attributes& a, const memory_attributes& b)
    {
        return a.type == b.type && a.inner == b.inner && a.outer == b.outer && a.share == b.share;
    }
    friend constexpr bool operator!=(const memory_attributes& a, const memory_attributes& b) { return !(a == b); }
};

/// Normal memory, inner and outer write-back read- and write-allocate, inner shareable: what a coherent agent uses.
constexpr memory_attributes normal_write_back()
{
    constexpr cache_attributes wb{cacheability::write_back, true, true, false};
    return {memory_type::normal, wb, wb, shareability::inner};
}

constexpr memory_attributes device_memory(memory_type type = memory_type::device_nGnRE)
{
    return {type, {}, {}, shareability::outer};
}

} // namespace iovp
