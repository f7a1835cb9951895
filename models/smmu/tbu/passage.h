#pragma once

#include "common/latency_record.h"
#include "smmu/arch/translate.h"
#include "smmu/tbu/departure_order.h"
#include "smmu/tbu/outgoing.h"
#include "smmu/tbu/waiting_room.h"

#include <cstdint>
#include <optional>

namespace iovp::smmu {

/// How one piece of a burst goes on.
struct next_step {
    bool forward = false;
    bool raz_wi = false; ///< not forward: complete with zeros; otherwise abort
    output out;
    std::uint8_t page_size_log2 = 0; ///< 0: bypass or abort, of the whole rest
    std::optional<std::uint32_t> stalled;
    bool has_ipa = false;
};

/// What a look-up needs to know of a transaction.
struct look_up {
    std::uint64_t key; ///< stream_key()
    std::uint64_t address;
    const memory_attributes* memory; ///< as supplied, like all the rest
    vmsa::access what;
    bool non_secure;
    bool untranslated; ///< ATS

    static look_up of(const transaction_attributes& a, std::uint64_t key, std::uint64_t address, bool write)
    {
        return {key,          address,
                &a.memory,    {write, a.instruction, a.privileged},
                a.non_secure, a.ats == ats_state::untranslated};
    }
    static look_up of(const request& r, std::uint64_t key)
    {
        return {key, r.address, &r.memory, r.what, r.non_secure, r.ats == ats_state::untranslated};
    }
};

/// What makes a transaction that is held up stay: the places that it takes. Only then.
struct held_up {
    request what; ///< of its first piece
    waiting_room::place room;
    departure_order::place order;
    bool inside = false; ///< it has both places
};

/// One transaction's way through a TBU.
struct passage {
    tlm::tlm_generic_payload* trans = nullptr;
    std::uint64_t key = 0; ///< stream_key()
    latency_record* latency = nullptr;
    unsigned group = 0;          ///< of the transactions that a sync waits for
    bool hit = false;            ///< its first look-up has served it
    bool unguarded = false;      ///< syncs have not waited for it since the look-up that gave `step`
    std::uint64_t looked_up = 0; ///< invalidations before that look-up
    held_up* waits = nullptr;    ///< null: it goes straight through
    next_step step;
};

} // namespace iovp::smmu
