#pragma once

#include "common/bit_field.h"
#include "smmu/arch/cd.h"
#include "smmu/arch/event_record.h"
#include "smmu/arch/features.h"
#include "smmu/arch/registers.h"
#include "smmu/arch/request.h"
#include "smmu/arch/ste.h"
#include "vmsa/port.h"
#include "vmsa/walk_cache.h"

#include <optional>

namespace iovp::smmu {

/// Cache of fetched configuration (3.3.3, 16.2) of the streams of one security state. Only legal structures are filled
/// in. Default: none.
class configuration_cache_port {
public:
    virtual ~configuration_cache_port() = default;

    virtual bool lookup(stream_id stream, ste& found)
    {
        (void)stream;
        (void)found;
        return false;
    }
    virtual void fill(stream_id stream, const ste& entry)
    {
        (void)stream;
        (void)entry;
    }
    /// `substream`: 0 for the only CD of a stream without substreams.
    virtual bool lookup(stream_id stream, substream_id substream, cd& found)
    {
        (void)stream;
        (void)substream;
        (void)found;
        return false;
    }
    virtual void fill(stream_id stream, substream_id substream, const cd& entry)
    {
        (void)stream;
        (void)substream;
        (void)entry;
    }
};

/// STE (or GBPA) fields that change a transaction's attributes on its way in (13.1), freed of what the features ignore.
struct attribute_overrides {
    std::uint8_t privcfg = 0;  ///< 0 incoming, 2 unprivileged, 3 privileged
    std::uint8_t instcfg = 0;  ///< 0 incoming, 2 data, 3 instruction; reads only
    bool mtcfg = false;        ///< memattr replaces the incoming type
    std::uint8_t memattr = 0;  ///< encoding of VMSAv8-64 stage-2 MemAttr[3:0]
    std::uint8_t shcfg = 1;    ///< 0 non-shareable, 1 incoming, 2 outer, 3 inner
    std::uint8_t alloccfg = 0; ///< 0b0xxx incoming, 0b1RWT
    std::uint8_t nscfg = 3;    ///< 2 Secure, 3 Non-secure (every Non-secure stream), otherwise incoming

    vmsa::access apply(const vmsa::access& incoming) const
    {
        vmsa::access a = incoming;
        if (privcfg >= 2)
            a.privileged = privcfg == 3;
        if (instcfg >= 2)
            a.instruction = instcfg == 3;
        if (a.write)
            a.instruction = false; // 13.1.2: incoming writes are Data
        return a;
    }
    memory_attributes apply(const memory_attributes& incoming) const;
    /// NS of a transaction that stage 1 does not translate.
    bool non_secure(bool incoming) const { return nscfg >= 2 ? nscfg == 3 : incoming; }
};

/// All that a TBU needs to know of a stream (and substream) to serve TLB hits; valid until a CFGI or register change.
struct stream_context {
    bool translates = false;   ///< false: every stage bypasses, addresses go through as they are
    vmsa::translation_tag tag; ///< look-up tag; entries with not_global == false match any ASID (3.17)
    attribute_overrides overrides;
    bool tbi0 = false; ///< top byte ignored for addresses with bit 55 clear
    bool tbi1 = false; ///< and with bit 55 set
    bool mev = false;  ///< STE.MEV
    // Fault behaviour (5.5): CD.{R,A} for stage 1, STE.S2R for stage 2.
    bool stage1_record = true;
    bool stage1_abort = true; ///< false: RAZ/WI
    bool stage2_record = true;
    bool stage1_stall = false; ///< CD.S; recorded whatever CD.R says
    bool stage2_stall = false; ///< STE.S2S
    unsigned output_bits = 44; ///< for the check of a bypassed stage 1 (3.4): IAS where stage 2 translates, else OAS

    bool sif = false; ///< S_CR0.SIF of a Secure stream, for what bypasses stage 1; else the tables' permissions say it

    /// The tag of what this transaction looks up: `tag`, with the IPA space that it goes to on a Secure stream that has
    /// stage 2 alone.
    vmsa::translation_tag tag_of(const request& r) const
    {
        vmsa::translation_tag t = tag;
        t.non_secure_ipa = !t.non_secure && t.stage2 && !t.stage1 && overrides.non_secure(r.non_secure);
        return t;
    }

    /// The address as TLBs compare it: the ignored top byte replaced by the sign extension of bit 55.
    std::uint64_t lookup_address(std::uint64_t address) const
    {
        const bool upper = bit(address, 55);
        if (!(upper ? tbi1 : tbi0))
            return address;
        return upper ? address | bit_mask(63, 56) : address & ~bit_mask(63, 56);
    }
};

/// What configuration look-up found.
struct configuration {
    stream_context context;
    std::optional<vmsa::stage1_regime> stage1;
    std::optional<vmsa::stage2_regime> stage2;            ///< Secure streams: of the Secure IPA space
    std::optional<vmsa::stage2_regime> stage2_non_secure; ///< Secure streams with stage 2: of the Non-secure IPA space
    bool stage1_only = false; ///< ATOS: stage 2 serves fetches and walks, stage 1's output is not translated further
};

/// How a transaction ends when it is not translated.
enum class termination : std::uint8_t {
    abort,
    raz_wi ///< reads return zero, writes are ignored, both complete without error
};

struct terminated {
    termination how = termination::abort;
    std::optional<event_record> event;
    bool mev = false;   ///< the event may be merged with others of the stream (STE.MEV)
    bool stall = false; ///< 3.12.2: held instead; `event` is its record without STAG, `how` does not apply
};

} // namespace iovp::smmu
