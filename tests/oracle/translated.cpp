#include "ats.h"

#include "run.h"

/// 3.9.1.3: transactions marked Translated, of full ATS without PASIDs (IDR3.PASIDTT 0).
namespace iovp::oracle {

namespace {

/// 7.3.8.
verdict forbidden(const access& a, bool with_substream)
{
    verdict v;
    v.has_event = true;
    v.event = {0x07 | u64(a.stream) << 32, u64(!a.write) << 35, a.address, 0};
    v.defined = {~u64(0), ~u64(0), ~u64(0), ~u64(0)};
    if (a.ssv && with_substream)
        v.event[0] |= u64(1) << 11 | u64(a.substream) << 12;
    else
        v.defined[0] &= ~(u64(0xfffff) << 12);
    return v;
}

} // namespace

verdict translated_transaction(const machine& hw, const memory& m, access a, bool atschk)
{
    if (a.secure || !hw.smmuen)
        return forbidden(a, true);
    a.ssv = a.privileged = a.instruction = false;
    verdict v;
    v.ns = true;
    v.pa = a.address;
    v.memory = consistent(a.memory);
    if (atschk) {
        memory untouched = m;
        const verdict ordinary = translate(hw, untouched, a, false);
        // 7.3.7 speaks of PASIDTT 1 alone, 3.9.1.3 of all.
        v.anything = ordinary.anything || ordinary.number == f_stream_disabled;
        if (ordinary.config == verdict::no_ste || ordinary.config < 4)
            return {}; // aborted; REC_CFG_ATS is 0
        if (ordinary.config == 4 || ordinary.eats != 1)
            return forbidden(a, false);
        v.privileged = ordinary.privileged;
        v.instruction = ordinary.instruction;
    }
    if (!exceeds(a.address, hw.oas)) // 3.9.1.1: beyond it is an abort without an event
        v.end = verdict::kind::pass;
    return v;
}

} // namespace iovp::oracle
