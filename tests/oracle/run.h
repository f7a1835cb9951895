#pragma once

#include "oracle.h"

namespace iovp::oracle {

using u64 = std::uint64_t;
using words8 = std::array<u64, 8>;

inline u64 cut(u64 word, unsigned high, unsigned low)
{
    const u64 shifted = word >> low;
    return high - low == 63 ? shifted : shifted & ((u64(1) << (high - low + 1)) - 1);
}

/// Bits [high:low] of a 512-bit structure, numbered as chapter 5 does; no field crosses a 64-bit word.
inline u64 cut(const words8& w, unsigned high, unsigned low)
{
    return cut(w[low / 64], high % 64, low % 64);
}

inline bool exceeds(u64 address, unsigned bits)
{
    return bits < 64 && (address >> bits) != 0;
}

inline u64 reversed(u64 v)
{
    u64 r = 0;
    for (int i = 0; i < 8; ++i)
        r = (r << 8) | ((v >> (8 * i)) & 0xff);
    return r;
}

// 7.3: event numbers.
constexpr unsigned c_bad_streamid = 0x02, f_ste_fetch = 0x03, c_bad_ste = 0x04, f_stream_disabled = 0x06,
                   c_bad_substreamid = 0x08, f_cd_fetch = 0x09, c_bad_cd = 0x0a, f_walk_eabt = 0x0b,
                   f_translation = 0x10, f_addr_size = 0x11, f_access = 0x12, f_permission = 0x13;

// 7.3 CLASS.
constexpr unsigned class_cd = 0, class_tt = 1, class_in = 2;

enum class world : std::uint8_t { el1, one_privilege, el2_e2h }; // one privilege: EL2 and EL3

struct fault {
    unsigned number = 0; ///< 0: none
    unsigned stage = 1;
    unsigned cls = class_in;
    u64 ipa = 0;
    bool ns_ipa = false;
    u64 fetch = 0;
    bool tt_write = false;
    explicit operator bool() const { return number != 0; }
};

/// An address of a space: IPA or PA, Non-secure or Secure.
struct place {
    u64 at = 0;
    bool ns = true;
    u64 in_memory() const { return ns ? at : at | secure_space; }
};

/// What an access needs of a page.
struct need {
    bool write = false, execute = false, privileged = false;
    bool structure = false; ///< a CD, L1CD or stage-1 descriptor: S2PTW applies
    bool dirties = true;    ///< may make a descriptor writable-dirty
};

struct half {
    bool off = false; ///< effective EPD
    unsigned granule = 12, tsz = 16;
    u64 ttb = 0;
    bool tbi = false, had = false;
    bool ds = false; ///< as it counts for the granule
    unsigned sh = 0; ///< of every leaf with ds
    bool e0pd = false;
    bool ns = true; ///< where the first table stands
};

struct stage1 {
    world regime = world::el1;
    bool aarch32 = false;
    half t[2];
    unsigned ips = 48;
    u64 mair = 0;
    bool big = false, affd = false, ha = false, hd = false, wxn = false, uwxn = false, pan = false, record = true,
         abort = true;
};

struct stage2 {
    unsigned granule = 12, tsz = 16, ps = 48;
    int start = 0;
    bool aarch32 = false;
    u64 ttb = 0;
    bool ds = false;
    unsigned sh = 0;
    bool big = false, affd = false, ha = false, hd = false, ptw = false, fwb = false, record = true;
    bool walk_ns = true, out_ns = true; ///< S2NSW and S2NSA, S2SW and S2SA
};

inline unsigned low_bit(unsigned granule, int level)
{
    return granule + unsigned(3 - level) * (granule - 3);
}

inline unsigned size_code(u64 code)
{
    constexpr unsigned sizes[] = {32, 36, 40, 42, 44, 48, 52, 52}; // 0b111 counts as the largest
    return sizes[code];
}

inline unsigned granule_tg0(u64 code)
{
    return code == 0 ? 12 : code == 1 ? 16 : code == 2 ? 14 : 0;
}

inline unsigned granule_tg1(u64 code)
{
    return code == 1 ? 14 : code == 2 ? 12 : code == 3 ? 16 : 0;
}

struct overrides {
    bool mt = false;
    unsigned ns = 0;
    unsigned memattr = 0, alloc = 0, sh = 1, priv = 0, inst = 0;
};

/// D24 MAIR_ELx with 5.4 MAIR's table of reserved values.
attributes from_mair(unsigned attr, unsigned sh);
/// 5.2 MemAttr: D8.6.5's encoding, reserved values Device-nGnRnE; hints are the caller's.
attributes from_memattr(unsigned memattr);
/// 13.1.4.
attributes replace(const attributes& in, const overrides& o, bool& hints_free);
/// 13.4.2: stage 1 replaces all but the hints, which combine where the input type has them.
attributes through_stage1(const attributes& in, const attributes& s1, bool& hints_free);
/// 13.1.5 and 13.1.6, D8.6.5 and D8.6.6.
attributes through_stage2(const attributes& in, unsigned memattr, unsigned sh, bool fwb, bool& share_free);

/// One access on its way, with the structures that it found. The members stand in the file of their subject.
class run {
public:
    /// `atos`: the stages that an ATOS request asks for (9.1.3), 1 to 3; 0: an ordinary transaction.
    run(const machine& h, memory& mem, const access& what, bool update, unsigned atos = 0)
        : hw(h)
        , regs(what.secure ? h.secure : h)
        , m(mem)
        , a(what)
        , may_update(update)
        , asked(atos)
    {
    }

    verdict go();

private:
    struct event {
        record words{}, mask{~u64(0), ~u64(0), ~u64(0), ~u64(0)};
    };

    // streams.cpp: 3.3, 3.4, 5.1 to 5.3
    verdict start();
    verdict global_bypass();
    verdict with_ste();
    static verdict missing_stages();
    void apply_permissions(const overrides& o);
    bool find_cd(u64 index, unsigned cdmax, bool s2, verdict& ended);
    bool non_secure(const overrides& o) const;
    bool fetch(u64 at, unsigned count, bool s2, words8& to, verdict& ended);

    // structures.cpp: 5.2.2, 5.4.2 and what the fields mean
    bool ste_illegal(unsigned config) const;
    unsigned largest_tsz(unsigned granule) const;
    unsigned smallest_tsz(unsigned granule, bool ds) const;
    bool lpae2() const;
    bool wide(unsigned granule, bool ds) const;
    bool supported(unsigned granule) const;
    int start_level2(unsigned granule, unsigned sl0, unsigned sl0_2, bool ds) const;
    static bool fits(unsigned granule, unsigned input, int start);
    bool cd_illegal(unsigned config) const;
    world stream_world(unsigned config) const;
    bool stage2_ds() const;
    bool stage2_illegal(u64 tsz, unsigned sl0, unsigned sl0_2, unsigned tg, u64 ttb) const;
    stage2 read_stage2(bool ns) const;
    void read_stage1();

    // walk.cpp: D8
    unsigned kind(u64 d, unsigned granule, int level, bool ds) const;
    u64 address_in(u64 d, unsigned from, unsigned granule, bool ds) const;
    static u64 table_base(u64 ttb, unsigned size_log2, unsigned output);
    u64 load(place at, bool big) const;
    void update(place at, bool big, u64 d);
    bool inhibited() const;
    fault walk2(place ipa, const need& n, unsigned cls, place& pa, unsigned& memattr, unsigned& sh, unsigned* page);
    static bool is_device(unsigned memattr, bool fwb);
    const half* select(u64 address) const;
    fault walk1(bool s2, place& ipa, attributes& memory, verdict& v);

    // events.cpp: 7.3
    event simple(unsigned number) const;
    event bad_substreamid(u64 substream) const;
    event translation_record(const fault& f) const;
    verdict terminate() const;
    verdict terminate(const event& e) const;
    verdict bad_streamid() const;
    verdict fetch_abort(unsigned number, u64 at) const;
    verdict faulted(const fault& f) const;

    const machine& hw;
    const control_registers& regs;
    memory& m;
    access a;
    bool may_update;
    unsigned asked;
    bool anything = false;
    unsigned legal_config = verdict::no_ste;
    words8 ste{}, cd{};
    stage1 one;
    stage2 two[2]; ///< of the Secure IPA space, and of the Non-secure (the only one of Non-secure streams)
};

} // namespace iovp::oracle
