#pragma once

#include "bench.h"

#include <vector>

namespace iovp::test {

/// smmu_bench with Secure state; `regs` are the Secure programming interface's.
struct secure_bench : smmu_bench {
    explicit secure_bench(bool stage2 = false)
    {
        f.secure_impl = true;
        f.secure_stage2 = stage2;
    }

    static request sreq(std::uint32_t sid, std::uint64_t address, bool write = false)
    {
        request r = req(sid, address, write);
        r.sec_sid = security_state::secure;
        r.non_secure = false;
        return r;
    }

    /// The output, translated or bypassed.
    output out(const request& r)
    {
        const auto o = run(r);
        if (const auto* t = std::get_if<translated>(&o))
            return t->out;
        if (const auto* b = std::get_if<bypassed>(&o))
            return b->out;
        ADD_FAILURE() << "terminated";
        return {};
    }

    /// NS of every read since the last call.
    std::vector<bool> spaces()
    {
        std::vector<bool> all;
        for (const auto& read : memory.reads)
            all.push_back(read.non_secure);
        memory.reads.clear();
        return all;
    }
};

/// The Secure stage-2 fields of 5.2 by their bits: tables of the Secure IPA space at 0x60_0000_0000 (4K, level 0, 44
/// bits).
inline void add_secure_stage2(structure_words& w)
{
    put_bits(w, 293, 288, 20); // S_S2T0SZ
    put_bits(w, 295, 294, 2);  // S_S2SL0
    put_bits(w, 303, 302, 0);  // S_S2TG
    put_bits(w, 439, 388, 0x6000000000 >> 4);
}

} // namespace iovp::test
