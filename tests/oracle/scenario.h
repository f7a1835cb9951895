#pragma once

#include "choices.h"
#include "oracle.h"
#include "tables.h"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace iovp::oracle {

/// One stream of a scenario with its tables.
struct stream {
    std::uint32_t id = 0;
    bool secure = false;
    std::uint64_t ste = 0; ///< its address
    unsigned config = 4;   ///< STE.Config
    unsigned cdmax = 0;
    std::uint16_t vmid = 0;
    unsigned strw = 0;

    struct context {
        std::uint32_t substream = 0;
        std::uint64_t cd = 0; ///< physical address
        std::uint16_t asid = 0;
        std::unique_ptr<table> half[2]; ///< null: EPD
        bool tbi[2] = {false, false};
        bool aarch32 = false;
        std::uint64_t cd_l1 = 0; ///< physical address of the L1CD, or 0
    };
    std::deque<context> contexts;
    std::unique_ptr<table> second; ///< of the only IPA space, or of the Non-secure one
    bool second_aarch32 = false;
    std::unique_ptr<table> second_secure; ///< of the Secure IPA space
    bool out_ns[2] = {true, true};        ///< where the spaces lead: Secure, Non-secure
    /// Stage-2 pages that hold stage-1 structures: IPA page (and the space) to PA.
    std::map<std::pair<std::uint64_t, bool>, std::uint64_t> held;
    table& of_space(bool ns) const { return ns || !second_secure ? *second : *second_secure; }
    std::vector<std::uint64_t> inputs; ///< addresses that are mapped, or were meant to be
    std::vector<std::uint64_t> ipas;   ///< the same of stage 2
};

/// A machine, its memory and what devices may ask.
struct scenario {
    machine hw;
    memory mem;
    allocator space;
    allocator ipa_space;
    std::deque<stream> streams;
    std::vector<std::uint64_t> structures; ///< physical addresses of all words of STEs, CDs, L1STDs, L1CDs

    scenario() = default;
    scenario(const scenario&) = delete;
    scenario& operator=(const scenario&) = delete;

    /// Every descriptor of every table.
    std::vector<std::uint64_t> descriptors() const;
};

/// What a generator may use.
struct limits {
    unsigned streams = 1;
    bool hardware_update = true; ///< HTTU may be present
    bool random_features = true; ///< otherwise the defaults of `machine`
    bool disabled = true;        ///< SMMUEN may be 0
    bool secure = false;         ///< Secure streams
    bool same_vmid = true;       ///< two streams may share a VMID, and then have no global pages
    unsigned linear_log2 = 6;    ///< of the stream table
};

/// Fills the scenario. Everything is valid as far as its own rules go; access rights, attributes and addresses vary.
void build(scenario& s, choices& c, const limits& l);

/// Changes one bit (or one field's value) of one structure or descriptor, or makes a page of tables abort.
void corrupt(scenario& s, choices& c);

/// Gives the streams their VMID, STRW and ASIDs back, by which commands name what they invalidate.
void restore_tags(scenario& s);

/// An access to what is mapped, near it, or anywhere.
access any_access(const scenario& s, choices& c);

/// Random leaf bits of stage 1 and stage 2; plain ones for the choice 0.
std::uint64_t stage1_bits(choices& c, bool global_allowed);
std::uint64_t stage2_bits(choices& c);

/// The address whose bits that a half's tables translate are `inside`.
std::uint64_t full_address(const stream::context& x, unsigned h, std::uint64_t inside);

/// Maps something in the stream's tables, at every active stage.
void map_something(scenario& s, stream& st, choices& c);

/// An address that devices may reach: above 2 GiB, below 2^bits (at least 32).
std::uint64_t target(choices& c, unsigned bits);

} // namespace iovp::oracle
