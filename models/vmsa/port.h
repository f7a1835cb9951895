#pragma once

#include "common/memory_attributes.h"
#include "common/strong.h"

#include <cstdint>

namespace iovp::vmsa {

/// What a structure fetch reads.
enum class structure : std::uint8_t {
    l1std, ///< level-1 Stream Table Descriptor, 8 bytes
    ste,   ///< Stream Table Entry, 64 bytes
    l1cd,  ///< level-1 Context Descriptor pointer, 8 bytes
    cd,    ///< Context Descriptor, 64 bytes
    ttd    ///< translation table descriptor, 8 bytes
};

/// One access of the translation system to memory: enough to time it, to label it and to put it on a bus.
struct structure_access {
    structure what;
    std::uint8_t stage;       ///< ttd: 1 or 2; otherwise 0
    std::int8_t level;        ///< ttd: its look-up level; otherwise -1
    physical_address address; ///< aligned to the size of what is read
    memory_attributes memory; ///< attributes of the access, all stages combined
    bool non_secure = true;   ///< the physical address space
};

/// Memory as the walk sees it. Who implements it decides whether time passes: the timed TCU, a functional path, or a
/// test's map of bytes.
class memory_port {
public:
    virtual ~memory_port() = default;

    /// Reads `count` 64-bit words, each as stored in little-endian order. False: the access was aborted (external
    /// abort); the words are then undefined.
    virtual bool read(const structure_access& what, std::uint64_t* words, unsigned count) = 0;

    enum class exchange : std::uint8_t { done, changed, aborted };

    /// Hardware update of a descriptor (D8.5): writes `desired` if memory still holds `expected`, atomically; otherwise
    /// `expected` becomes what memory holds. Words as in read(). Never called when the walk's options forbid updates.
    virtual exchange compare_exchange(const structure_access& what, std::uint64_t& expected, std::uint64_t desired) = 0;
};

} // namespace iovp::vmsa
