#pragma once

#include "common/bit_field.h"
#include "common/strong.h"
#include "common/transaction_attributes.h"
#include "smmu/arch/features.h"
#include "vmsa/regime.h"

#include <array>
#include <cstdint>

namespace iovp::smmu {

/// Level-1 Stream Table Descriptor (5.1).
struct l1std {
    std::uint64_t word = 0;

    using span = field<4, 0>;
    using l2ptr = field<55, 6>; ///< address bits [55:6]
};

/// STE.Config (5.2), after the reserved values behave as abort.
enum class ste_config : std::uint8_t { abort = 0, bypass = 4, stage1 = 5, stage2 = 6, nested = 7 };

/// STE.S1DSS (5.2); the reserved value behaves as terminate.
enum class s1dss : std::uint8_t { terminate = 0, bypass_stage1 = 1, substream0 = 2 };

/// What STE.EATS permits (5.2), with everything that makes it count as 0b00.
enum class ats_mode : std::uint8_t {
    off,
    full,       ///< 0b01: Translation Requests pass all enabled stages, Translated transactions none
    split_stage ///< 0b10: Translation Requests return the IPA, Translated transactions pass stage 2
};

/// Stream Table Entry (5.2): the 64 bytes with their fields by the specification's names.
struct ste {
    std::array<std::uint64_t, 8> words{};

    using v = field<0, 0, 0>;
    using config = field<3, 1, 0>;
    using s1fmt = field<5, 4, 0>;
    using s1contextptr = field<55, 6, 0>; ///< address bits [55:6]
    using s1cdmax = field<63, 59, 0>;
    using s1dss = field<1, 0, 1>;
    using s1cir = field<3, 2, 1>;
    using s1cor = field<5, 4, 1>;
    using s1csh = field<7, 6, 1>;
    using dre = field<12, 12, 1>;
    using cont = field<16, 13, 1>;
    using dcp = field<17, 17, 1>;
    using ppar = field<18, 18, 1>;
    using mev = field<19, 19, 1>;
    using s2fwb = field<25, 25, 1>;
    using s1stalld = field<27, 27, 1>;
    using eats = field<29, 28, 1>;
    using strw = field<31, 30, 1>;
    using memattr = field<35, 32, 1>;
    using mtcfg = field<36, 36, 1>;
    using alloccfg = field<40, 37, 1>;
    using shcfg = field<45, 44, 1>;
    using nscfg = field<47, 46, 1>;
    using privcfg = field<49, 48, 1>;
    using instcfg = field<51, 50, 1>;
    using s2vmid = field<15, 0, 2>;
    using s2t0sz = field<37, 32, 2>;
    using s2sl0 = field<39, 38, 2>;
    using s2ir0 = field<41, 40, 2>;
    using s2or0 = field<43, 42, 2>;
    using s2sh0 = field<45, 44, 2>;
    using s2tg = field<47, 46, 2>;
    using s2ps = field<50, 48, 2>;
    using s2aa64 = field<51, 51, 2>;
    using s2endi = field<52, 52, 2>;
    using s2affd = field<53, 53, 2>;
    using s2ptw = field<54, 54, 2>;
    using s2hd = field<55, 55, 2>;
    using s2ha = field<56, 56, 2>;
    using s2s = field<57, 57, 2>;
    using s2r = field<58, 58, 2>;
    using s2nsw = field<0, 0, 3>;
    using s2nsa = field<1, 1, 3>;
    using s2sl0_2 = field<2, 2, 3>;
    using s2ds = field<3, 3, 3>;
    using s2ttb = field<51, 4, 3>; ///< address bits [51:4]
    using s_s2t0sz = field<37, 32, 4>;
    using s_s2sl0 = field<39, 38, 4>;
    using s_s2tg = field<47, 46, 4>;
    using s2sw = field<0, 0, 6>;
    using s2sa = field<1, 1, 6>;
    using s_s2sl0_2 = field<2, 2, 6>;
    using s_s2ttb = field<51, 4, 6>; ///< address bits [51:4]

    ste_config configuration() const;
    bool stage1_enabled() const
    {
        return configuration() == ste_config::stage1 || configuration() == ste_config::nested;
    }
    bool stage2_enabled() const
    {
        return configuration() == ste_config::stage2 || configuration() == ste_config::nested;
    }
    smmu::s1dss default_substream() const;
    /// The effective S2DS: RES0 without IDR5.DS, with VMSAv8-32 tables, and with 64K granules.
    bool effective_s2ds(const features& f) const;
    /// Substreams are implemented and S1CDMax is not 0.
    bool substreams_enabled(const features& f) const;

    /// The effective EATS; `ats_check`: CR0.ATSCHK.
    ats_mode effective_eats(const features& f, bool ats_check) const;

    /// S2T0SZ as a number of bits less than 64: VMSAv8-32 uses [3:0], -8 to 7, below 32.
    unsigned effective_s2t0sz() const;

    friend bool operator==(const ste& a, const ste& b) { return a.words == b.words; }
};

/// SteIllegal() of 5.2.2 for an STE of the state's Stream table: true when its use is C_BAD_STE.
/// `nsstalld`: S_CR0.NSSTALLD.
bool ste_illegal(const ste& s, const features& f, security_state state = security_state::non_secure,
                 bool nsstalld = false);

/// The StreamWorld that the STE selects (5.2 STE.STRW); `e2h`: CR2.E2H of the state.
vmsa::regime stream_world(const ste& s, const features& f, bool e2h, security_state state = security_state::non_secure);

/// Stage 2 of a Non-secure stream as the STE configures it; only for a legal STE with stage 2 enabled.
vmsa::stage2_regime stage2_of(const ste& s, const features& f);

/// Stage 2 of a Secure stream, by IPA space (3.10.2.2); only for a legal STE with stage 2 enabled.
struct secure_stage2 {
    vmsa::stage2_regime secure_ipa;     ///< through S_S2TTB
    vmsa::stage2_regime non_secure_ipa; ///< through S2TTB
};
secure_stage2 secure_stage2_of(const ste& s, const features& f);

/// Whether translations of the stream are tagged with a VMID (5.2 STE.S2VMID); `world`: its StreamWorld.
bool vmid_tagged(const ste& s, const features& f, vmsa::regime world, security_state state);

} // namespace iovp::smmu
