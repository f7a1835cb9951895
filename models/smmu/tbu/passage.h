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

/// What makes a transaction that is held up stay: the places that it takes. Only then.
struct held_up {
    waiting_room::place room;
    departure_order::place order;
};

/// One transaction's way through a TBU.
struct passage {
    tlm::tlm_generic_payload* trans = nullptr;
    request what;
    std::uint64_t key = 0;
    std::uint64_t id = 0; ///< for departure_order
    latency_record* latency = nullptr;
    unsigned group = 0;          ///< of the transactions that a sync waits for
    held_up* waits = nullptr;    ///< null: it goes straight through
    bool hit = false;            ///< its first look-up has served it
    std::uint64_t looked_up = 0; ///< invalidations before the look-up that gave `step`
    bool unguarded = false;      ///< syncs have not waited for it since then
    next_step step;
};

} // namespace iovp::smmu
