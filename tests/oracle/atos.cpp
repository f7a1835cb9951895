#include "atos.h"

#include "run.h"

#include <cstdio>

namespace iovp::oracle {

namespace {

constexpr unsigned inv_req = 0xff, inv_stage = 0xfe; // 9.1.5

atos_answer failed(unsigned code, unsigned reason = 0, u64 ipa = 0)
{
    atos_answer t;
    t.failed = true;
    t.fault = 1 | reason << 1 | code << 4 | (cut(ipa, 55, 12) << 12);
    return t;
}

/// 9.1.3: what can be said before any structure is read.
bool malformed(const machine& hw, const atos_question& q)
{
    switch (q.stages) {
    case lookup::stage1: return !hw.s1p;
    case lookup::stage2: return !hw.s2p || q.what.ssv;
    case lookup::both: return !hw.s1p || !hw.s2p;
    default: return true;
    }
}

/// 9.1.4, the table of FAULTCODE, REASON and FADDR.
atos_answer failed(lookup stages, const verdict& v)
{
    const bool at_stage2 = cut(v.event[1], 39, 39) != 0;
    const unsigned cls = unsigned(cut(v.event[1], 41, 40));
    const bool translation_related = v.number >= f_translation && v.number <= f_permission;
    if (stages == lookup::stage2)
        return failed(v.number, v.number == f_addr_size && !at_stage2 ? 0 : 3);
    if (!at_stage2)
        return failed(v.number);
    if (stages == lookup::stage1) // stage 2 is hidden behind an abort of the fetch
        return failed(cls == class_cd ? f_cd_fetch : f_walk_eabt);
    return failed(v.number, cls + 1, translation_related ? v.event[3] : 0);
}

} // namespace

std::string describe(const atos_answer& t)
{
    char line[160];
    if (t.failed)
        std::snprintf(line, sizeof line, "PAR %llx", (unsigned long long)t.fault);
    else
        std::snprintf(line, sizeof line, "address %llx page %u type %u i%u o%u sh %u", (unsigned long long)t.address,
                      t.page_log2, unsigned(t.memory.what), unsigned(t.memory.inner.policy),
                      unsigned(t.memory.outer.policy), t.memory.sh);
    return line;
}

atos_answer atos_translate(const machine& hw, memory& m, const atos_question& q)
{
    if (malformed(hw, q))
        return failed(inv_req);
    access a = q.what;
    a.address &= ~u64(0xfff);
    const verdict v = run(hw, m, a, !q.passive, unsigned(q.stages)).go();
    atos_answer t;
    if (v.stages_missing)
        t = failed(inv_stage);
    else if (v.end != verdict::kind::pass)
        t = failed(q.stages, v);
    else {
        t.address = v.pa;
        t.page_log2 = v.page_log2;
        t.memory = v.memory;
        t.memory_free = !v.translated;
        t.share_free = v.share_free;
        t.hints_free = v.hints_free;
    }
    t.anything = t.anything || v.anything || v.straddles;
    return t;
}

} // namespace iovp::oracle
