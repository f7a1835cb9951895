#pragma once

#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <unordered_map>

/// The SMMUv3 translation once more, as simple as it can be written from the text of IHI 0070 (chapters 3, 5, 7, 13)
/// and DDI 0487 (D8): one access in, one verdict out, no caches, no time. It shares nothing with models/: neither code
/// nor headers nor field definitions. See README.md for what it covers.
namespace iovp::oracle {

/// Memory as bytes in 64-bit words, little-endian; what was never written reads as zero.
struct memory {
    std::unordered_map<std::uint64_t, std::uint64_t> words; ///< by byte address, a multiple of 8
    std::set<std::uint64_t> aborting;                       ///< pages of 4 KiB whose accesses abort, by address >> 12

    std::uint64_t get(std::uint64_t address) const
    {
        const auto i = words.find(address);
        return i == words.end() ? 0 : i->second;
    }
    void set(std::uint64_t address, std::uint64_t value) { words[address] = value; }
    bool aborts(std::uint64_t address) const { return aborting.count(address >> 12) != 0; }
};

/// In the addresses of a `memory`: the Secure physical address space, another memory.
constexpr std::uint64_t secure_space = std::uint64_t(1) << 60;

/// What software wrote into the control registers of one security state.
struct control_registers {
    bool smmuen = true;     ///< CR0
    bool sif = false;       ///< S_CR0 alone
    bool e2h = false;       ///< CR2
    bool recinvsid = true;  ///< CR2
    std::uint32_t gbpa = 0; ///< 6.3.14, 6.3.63
    std::uint64_t strtab_base = 0;
    std::uint32_t strtab_base_cfg = 0;
};

/// What the ID registers report (6.3.1 to 6.3.6) and what software wrote into the control registers. What is not here
/// is absent: split-stage ATS, PRI, stall, Realm state, MPAM, permission indirection.
struct machine : control_registers {
    bool s1p = true, s2p = true, hyp = true, asid16 = true, vmid16 = true, cd2l = true;
    bool mixed_endian = true;    ///< TTENDIAN 0b00; otherwise 0b10, little
    bool term_raz_wi = true;     ///< TERM_MODEL 0b0
    bool two_level_table = true; ///< ST_LEVEL 0b01
    unsigned httu = 0, sidsize = 16, ssidsize = 10;
    bool attr_types_ovr = true, attr_perms_ovr = true;
    bool had = true, xnx = true, fwb = true, stt = true;
    bool aarch32 = false; ///< TTF 0b11: VMSAv8-32 LPAE too
    bool ats = false;     ///< ATS, and NS1ATS: no split stage
    bool e0pd = false, ptwnnc = false;
    bool ds = false, va52 = false; ///< 52 bits with small granules; VAX 0b01
    unsigned minor = 2;            ///< AIDR
    unsigned oas = 44;             ///< to 52
    bool gran4 = true, gran16 = true, gran64 = true;
    bool secure_impl = false, sel2 = false; ///< S_IDR1
    unsigned s_sidsize = 16;

    control_registers secure;

    /// 3.4: IAS.
    unsigned ias() const { return aarch32 && oas < 40 ? 40 : oas; }
};

enum class type : std::uint8_t { nGnRnE, nGnRE, nGRE, GRE, normal };
enum class cache : std::uint8_t { nc, wt, wb };

/// Cacheability and hints of the inner or the outer level.
struct level_attributes {
    cache policy = cache::nc;
    bool ra = false, wa = false, tr = false;
    bool operator==(const level_attributes& o) const
    {
        return policy == o.policy && ra == o.ra && wa == o.wa && tr == o.tr;
    }
};

struct attributes {
    type what = type::normal;
    level_attributes inner, outer;
    unsigned sh = 2; ///< 0 non-shareable, 2 outer, 3 inner
};

struct access {
    std::uint32_t stream = 0;
    bool secure = false; ///< SEC_SID
    bool ns = true;      ///< as supplied; of Secure streams alone
    bool ssv = false;
    std::uint32_t substream = 0;
    std::uint64_t address = 0;
    bool write = false, instruction = false, privileged = false;
    attributes memory;
};

using record = std::array<std::uint64_t, 4>;

struct verdict {
    enum class kind : std::uint8_t { abort, raz_wi, pass };
    kind end = kind::abort;
    bool has_event = false;
    record event{};
    record defined{}; ///< bits of the record that the specification does not leave UNKNOWN

    // For who asks without being an ordinary transaction (ATS): the cause whether or not it is recorded.
    unsigned number = 0, fault_class = 2;
    static constexpr unsigned no_ste = 8;
    unsigned config = no_ste; ///< of the legal STE
    unsigned eats = 0;
    bool privileged = false, instruction = false; ///< after the overrides

    // Of a transaction that passes:
    bool translated = false;
    std::uint64_t pa = 0;
    bool ns = true;
    attributes memory;
    /// G5.5: a block that reaches into the range of the other half: a TLB entry may serve what it should not.
    bool straddles = false;
    bool anything = false;       ///< CONSTRAINED UNPREDICTABLE with more than one end: nothing is asserted
    bool share_free = false;     ///< a reserved or IMPLEMENTATION DEFINED case: the shareability is not asserted
    bool hints_free = false;     ///< the same of the allocation hints
    bool stages_missing = false; ///< ATOS: INV_STAGE
    unsigned page_log2 = 64;     ///< the smaller of the leaves that translated
};

/// What becomes of the access. `m` changes where hardware updates descriptors (HTTU); `update` false: as for a look
/// from outside, nothing changes and the outcome is what the access would have had.
verdict translate(const machine& hw, memory& m, const access& a, bool update = true);

std::string describe(const verdict& v);
std::string describe(const access& a);

/// The verdict's attributes with 13.1.7 applied: what may differ without meaning removed.
attributes consistent(attributes a);

} // namespace iovp::oracle
