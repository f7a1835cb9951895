#include "run.h"

#include <algorithm>

/// 3.3, 3.4, 5.1 to 5.3: from the StreamID to the STE, from the substream to the CD, and through the stages.
namespace iovp::oracle {

verdict run::go()
{
    verdict v = start();
    v.anything = anything;
    v.config = legal_config;
    v.eats = unsigned(cut(ste, 93, 92));
    v.privileged = a.privileged;
    v.instruction = a.instruction;
    return v;
}

verdict run::start()
{
    if (a.write)
        a.instruction = false; // 13.1.2
    if (!regs.smmuen)
        return global_bypass();

    const u64 space = a.secure ? secure_space : 0; // 3.10.2.1
    // 3.3.1, 7.3.3: the StreamID's range.
    const unsigned log2size = std::min(unsigned(cut(regs.strtab_base_cfg, 5, 0)), a.secure ? hw.s_sidsize : hw.sidsize);
    if (log2size < 32 && (a.stream >> log2size) != 0)
        return bad_streamid();
    const bool two_level = hw.two_level_table && cut(regs.strtab_base_cfg, 17, 16) == 1;
    u64 base = regs.strtab_base & 0x00ffffffffffffc0; // ADDR[55:6]
    u64 at = 0;
    if (!two_level) {
        base &= ~((u64(64) << log2size) - 1); // 6.3.24: aligned to the table's size
        at = base + u64(a.stream) * 64;
    } else {
        unsigned split = unsigned(cut(regs.strtab_base_cfg, 10, 6));
        if (split != 8 && split != 10)
            split = 6;
        const unsigned l1 = log2size > split ? log2size - split : 0;
        base &= ~(std::max(u64(64), u64(8) << l1) - 1);
        const u64 descriptor = base + u64(a.stream >> split) * 8;
        if (m.aborts(space | descriptor) || exceeds(descriptor, hw.oas))
            return fetch_abort(f_ste_fetch, descriptor);
        const u64 l1std = m.get(space | descriptor);
        const unsigned span = unsigned(cut(l1std, 4, 0));
        const u64 index = cut(a.stream, split - 1, 0);
        if (span == 0 || span > 11 || span > split + 1 || index >= (u64(1) << (span - 1)))
            return bad_streamid();
        at = (cut(l1std, 55, 6) << 6 & ~((u64(64) << (span - 1)) - 1)) + index * 64; // 5.1 L2Ptr
    }
    // 3.4.3 (5): beyond the OAS, truncation or F_STE_FETCH; the models that we check choose the latter.
    if (m.aborts(space | at) || exceeds(at, hw.oas))
        return fetch_abort(f_ste_fetch, at);
    for (unsigned i = 0; i < 8; ++i)
        ste[i] = m.get(space | (at + 8 * i));
    return with_ste();
}

// -- 13.2, 3.4
verdict run::global_bypass()
{
    if (cut(regs.gbpa, 20, 20) != 0 || exceeds(a.address, hw.oas))
        return terminate(); // no event
    overrides o;
    if (hw.attr_types_ovr) {
        o.mt = cut(regs.gbpa, 4, 4) != 0;
        o.memattr = unsigned(cut(regs.gbpa, 3, 0));
        o.alloc = unsigned(cut(regs.gbpa, 11, 8));
        o.sh = unsigned(cut(regs.gbpa, 13, 12));
    }
    if (hw.attr_perms_ovr) {
        o.priv = unsigned(cut(regs.gbpa, 17, 16));
        o.inst = unsigned(cut(regs.gbpa, 19, 18));
        o.ns = unsigned(cut(regs.gbpa, 15, 14));
    }
    apply_permissions(o);
    verdict v;
    v.ns = non_secure(o);
    if (regs.sif && a.instruction && v.ns) // 6.3.57
        return terminate();
    v.end = verdict::kind::pass;
    v.pa = a.address;
    v.memory = replace(a.memory, o, v.hints_free);
    if (o.mt) // the CONSTRAINED UNPREDICTABLE case is the STE's alone
        v.hints_free = false;
    return v;
}

verdict run::with_ste()
{
    if (cut(ste, 0, 0) == 0)
        return terminate(simple(c_bad_ste));
    const unsigned config = unsigned(cut(ste, 3, 1));
    legal_config = config < 4 ? config : verdict::no_ste;
    if (config < 4)
        return asked != 0 ? missing_stages() : terminate(); // 5.2 Config: report abort, no event
    if (ste_illegal(config))
        return terminate(simple(c_bad_ste));
    legal_config = config;
    if ((asked & ~(config & 3)) != 0)
        return missing_stages(); // 9.1.5, point B
    const bool s1 = (config & 1) != 0 && asked != 2, s2 = (config & 2) != 0;

    overrides o; // 9.1.3: not of ATOS
    if (hw.attr_types_ovr && asked == 0) {
        o.mt = cut(ste, 100, 100) != 0;
        o.memattr = unsigned(cut(ste, 99, 96));
        o.alloc = unsigned(cut(ste, 104, 101));
        o.sh = unsigned(cut(ste, 109, 108));
    }
    if (hw.attr_perms_ovr && asked == 0) {
        o.priv = unsigned(cut(ste, 113, 112));
        o.inst = unsigned(cut(ste, 115, 114));
        o.ns = unsigned(cut(ste, 111, 110));
    }
    apply_permissions(o);
    verdict v;
    v.memory = replace(a.memory, o, v.hints_free);
    if (asked != 0) { // 9.1.4: of the tables alone
        v.memory = {};
        for (level_attributes* l : {&v.memory.inner, &v.memory.outer})
            *l = {cache::wb, true, true, false};
        v.memory.sh = 0;
    }

    if (s2)
        for (bool ns : {false, true})
            two[ns ? 1 : 0] = read_stage2(ns);

    // 5.2 S1CDMax, S1DSS; 7.3.9, 7.3.7.
    const unsigned cdmax = hw.ssidsize == 0 ? 0 : unsigned(cut(ste, 63, 59));
    const unsigned dss = unsigned(cut(ste, 65, 64));
    bool use_s1 = s1;
    u64 index = 0;
    if (a.ssv) {
        if (!s1 || cdmax == 0 || (a.substream >> cdmax) != 0)
            return terminate(bad_substreamid(a.substream));
        if (dss == 2 && a.substream == 0)
            return terminate(simple(f_stream_disabled));
        index = a.substream;
    } else if (s1 && cdmax != 0) {
        if (dss == 0 || dss == 3)
            return terminate(simple(f_stream_disabled));
        if (dss == 1)
            use_s1 = false;
    }

    place ipa{a.address, non_secure(o)};
    if (use_s1) {
        verdict ended;
        if (!find_cd(index, cdmax, s2, ended))
            return ended;
        if (cut(cd, 31, 31) == 0 || cd_illegal(config))
            return terminate(simple(c_bad_cd));
        read_stage1();
        attributes s1_memory;
        if (const fault f = walk1(s2, ipa, s1_memory, v))
            return faulted(f);
        v.memory = asked != 0 ? consistent(s1_memory) : through_stage1(v.memory, s1_memory, v.hints_free);
    } else if (exceeds(a.address, s2 ? hw.ias() : hw.oas)) {
        // 3.4: stage 1 bypassed, the input is beyond the IAS, or the OAS: a stage 1 Address Size fault.
        fault f;
        f.number = f_addr_size;
        return terminate(translation_record(f));
    } else if (regs.sif && a.instruction && ipa.ns) { // 6.3.57
        fault f;
        f.number = f_permission;
        return terminate(translation_record(f));
    }
    place pa = ipa;
    if (s2 && asked != 1) { // the way of ATOS through stage 1 alone ends before it
        need n;
        n.write = a.write;
        n.execute = a.instruction;
        n.privileged = a.privileged;
        unsigned memattr = 0, sh = 0;
        if (const fault f = walk2(ipa, n, class_in, pa, memattr, sh, &v.page_log2))
            return faulted(f);
        if (asked != 0 && !use_s1) { // hints, and with FWB the shareability, are those of a stage 1 that is not there
            v.hints_free = true;
            v.share_free = two[0].fwb;
        }
        v.memory = through_stage2(v.memory, memattr, sh, two[0].fwb, v.share_free);
    }
    v.end = verdict::kind::pass;
    v.translated = use_s1 || (s2 && asked != 1);
    v.pa = hw.aarch32 ? pa.at & ((u64(1) << hw.oas) - 1) : pa.at; // 3.4: 40 bits are truncated to the OAS
    v.ns = pa.ns;
    return v;
}

verdict run::missing_stages()
{
    verdict v;
    v.stages_missing = true;
    return v;
}

void run::apply_permissions(const overrides& o)
{
    if (o.priv >= 2)
        a.privileged = o.priv == 3;
    if (o.inst >= 2 && !a.write)
        a.instruction = o.inst == 3;
}

/// 3.10.2.1: the space of what stage 1 does not translate.
bool run::non_secure(const overrides& o) const
{
    return !a.secure || (o.ns >= 2 ? o.ns == 3 : a.ns);
}

// -- 3.3.2, 5.3: the CD of a substream; false: `ended` is the verdict.
bool run::find_cd(u64 index, unsigned cdmax, bool s2, verdict& ended)
{
    const unsigned fmt = cdmax == 0 ? 0 : unsigned(cut(ste, 5, 4));
    u64 at = cut(ste, 55, 6) << 6;
    // 5.2 S1Fmt: bits that are RES0 because of S1CDMax are CONSTRAINED UNPREDICTABLE when set.
    const unsigned split = fmt == 1 ? 6 : 10;
    const unsigned size_log2 = cdmax == 0             ? 6
                               : fmt == 0 || fmt == 3 ? cdmax + 6
                               : cdmax > split        ? cdmax - split + 3
                                                      : 6;
    if (size_log2 > 6 && cut(at, size_log2 - 1, 6) != 0)
        anything = true;
    if (fmt == 1 || fmt == 2) {
        words8 l1cd{};
        if (!fetch(at + (index >> split) * 8, 1, s2, l1cd, ended))
            return false;
        if (cut(l1cd[0], 0, 0) == 0 || exceeds(cut(l1cd[0], 55, 12) << 12, s2 ? hw.ias() : hw.oas)) {
            ended = terminate(bad_substreamid(a.ssv ? a.substream : 0));
            return false;
        }
        at = (cut(l1cd[0], 55, 12) << 12) + cut(index, split - 1, 0) * 64;
        if (fmt == 2 && cut(l1cd[0], 15, 12) != 0) // RES0
            anything = true;
    } else {
        at += index * 64;
    }
    return fetch(at, 8, s2, cd, ended);
}

bool run::fetch(u64 at, unsigned count, bool s2, words8& to, verdict& ended)
{
    place pa{at, !a.secure};
    if (s2) {
        need n;
        n.structure = true;
        n.dirties = false; // 3.13.3.1: never for the fetch of an L1CD or CD
        n.privileged = true;
        unsigned memattr = 0, sh = 0;
        if (const fault f = walk2(pa, n, class_cd, pa, memattr, sh, nullptr)) {
            ended = faulted(f);
            return false;
        }
    }
    if (m.aborts(pa.in_memory())) {
        ended = fetch_abort(f_cd_fetch, pa.at);
        return false;
    }
    for (unsigned i = 0; i < count; ++i)
        to[i] = m.get(pa.in_memory() + 8 * i);
    return true;
}

} // namespace iovp::oracle
