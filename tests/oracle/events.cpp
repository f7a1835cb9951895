#include "run.h"

#include <algorithm>

/// 7.3: records.
namespace iovp::oracle {

run::event run::simple(unsigned number) const
{
    event e;
    e.words[0] = number | u64(a.stream) << 32;
    if (a.ssv)
        e.words[0] |= u64(1) << 11 | u64(a.substream) << 12;
    else
        e.mask[0] &= ~(u64(0xfffff) << 12); // SubstreamID is UNKNOWN
    return e;
}

run::event run::bad_substreamid(u64 substream) const
{
    event e;
    e.words[0] = c_bad_substreamid | u64(a.stream) << 32 | substream << 12;
    // "In this event, SubstreamID is always valid (there is no SSV qualifier)": bit 11 is RES0.
    return e;
}

run::event run::translation_record(const fault& f) const
{
    event e = simple(f.number);
    e.words[1] = u64(a.privileged) << 33 | u64(a.instruction) << 34 | u64(!a.write) << 35;
    e.words[1] |= u64(f.ns_ipa) << 36 | u64(f.stage == 2) << 39 | u64(f.cls) << 40;
    e.words[2] = a.address;
    if (f.number == f_walk_eabt) {
        e.words[3] = cut(f.fetch, 55, 3) << 3;
        e.mask[1] &= ~(u64(1) << 36); // no IPA is recorded
        return e;
    }
    if (f.stage == 2)
        e.words[3] = cut(f.ipa, 55, 12) << 12;
    else
        e.mask[3] = ~(((u64(1) << 44) - 1) << 12); // UNKNOWN
    if (f.number == f_permission) {
        if (f.stage == 2 && f.cls == class_tt)
            e.words[1] |= u64(!f.tt_write) << 44;
        else
            e.mask[1] &= ~(u64(1) << 44);
    }
    return e;
}

verdict run::terminate() const
{
    return {};
}

verdict run::terminate(const event& e) const
{
    verdict v;
    v.has_event = true;
    v.event = e.words;
    v.number = unsigned(e.words[0] & 0xff);
    v.defined = e.mask;
    return v;
}

verdict run::bad_streamid() const
{
    return regs.recinvsid || asked != 0 ? terminate(simple(c_bad_streamid)) : terminate();
}

verdict run::fetch_abort(unsigned number, u64 at) const
{
    event e = simple(number);
    e.words[3] = cut(at, 55, 3) << 3;
    e.mask[1] &= ~u64(0xffff); // Reason: IMPLEMENTATION DEFINED
    if (hw.oas < 56)           // 7.3.4: UNKNOWN in one sentence, RES0 in another
        e.mask[3] &= (u64(1) << hw.oas) - 1;
    return terminate(e);
}

/// 5.5: what CD.{A,R} and STE.S2R make of a fault.
verdict run::faulted(const fault& f) const
{
    event e = translation_record(f);
    if (f.number == f_walk_eabt) {
        e.mask[1] &= ~u64(0xffff); // Reason
        return terminate(e);
    }
    const bool recorded = asked != 0 || (f.stage == 2 ? two[0].record : one.record);
    verdict v = recorded ? terminate(e) : terminate();
    v.number = f.number;
    v.fault_class = f.cls;
    if (f.stage == 1 && !one.abort)
        v.end = verdict::kind::raz_wi;
    return v;
}

} // namespace iovp::oracle
