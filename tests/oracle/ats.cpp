#include "ats.h"

#include "run.h"

#include <cstdio>

namespace iovp::oracle {

namespace {

enum class meets : std::uint8_t { pass, denied, no_access, error };

/// 3.9.1.2: what the fault of an ordinary transaction means for the request.
meets of(const verdict& v)
{
    if (v.end == verdict::kind::pass)
        return meets::pass;
    switch (v.number) {
    case f_translation:
    case f_addr_size:
    case f_access: return meets::no_access;
    case f_permission: return v.fault_class == class_in ? meets::denied : meets::no_access;
    default: return meets::error;
    }
}

} // namespace

std::string describe(const ats_answer& t)
{
    char line[128];
    std::snprintf(line, sizeof line, "status %u R%d W%d Exe%d address %llx page %u", unsigned(t.end), t.r, t.w, t.x,
                  (unsigned long long)t.address, t.page_log2);
    return line;
}

ats_answer ats_translate(const machine& hw, memory& m, const ats_question& q)
{
    ats_answer t;
    t.stu_log2 = hw.gran4 ? 12 : hw.gran16 ? 14 : 16;
    access a = q.what;
    a.instruction = a.write = false;
    a.privileged = a.ssv && a.privileged; // 13.7: without a PASID Data and Unprivileged
    const bool execute = a.ssv && q.execute;
    t.privileged = a.privileged;
    if (!hw.smmuen) {
        t.end = ats_answer::status::unsupported;
        t.bad_request = true;
        return t;
    }
    const verdict read = translate(hw, m, a, false);
    t.anything = read.anything;
    if (read.config == verdict::no_ste)
        return t; // CA
    if (read.config < 4) {
        t.end = ats_answer::status::unsupported;
        return t;
    }
    if (read.config == 4 || read.eats != 1) { // 0b11 without DPT counts as 0b00; 0b10 is ILLEGAL without split-stage
        t.end = ats_answer::status::unsupported;
        t.bad_request = true;
        return t;
    }
    access b = a;
    b.write = true;
    const verdict write = translate(hw, m, b, false);
    b.write = false;
    b.instruction = true;
    const verdict fetch = translate(hw, m, b, false);
    t.anything = t.anything || write.anything || fetch.anything;
    const meets r = of(read), w = of(write);
    if (r == meets::error || (w == meets::error && !q.no_write))
        return t;                                 // CA
    t.anything = t.anything || w == meets::error; // NW: whether write permission is looked at is the implementation's
    t.end = ats_answer::status::success;
    if (r == meets::no_access || (w == meets::no_access && !q.no_write))
        return t;
    if (r == meets::denied && q.no_write && w != meets::denied) // W alone, which need not be granted
        t.anything = true;
    t.r = r == meets::pass;
    t.w = w == meets::pass;
    t.w_free = q.no_write;
    if (q.no_write && t.w) { // not where the write would mark a page dirty
        memory once = m;
        b = a;
        translate(hw, once, b);
        memory twice = once;
        b.write = true;
        translate(hw, twice, b);
        t.w = once.words == twice.words;
    }
    t.x = execute && t.r && of(fetch) == meets::pass;
    t.address = t.r ? read.pa : write.pa;
    t.page_log2 = t.r ? read.page_log2 : write.page_log2;
    // 3.13.7.1: the access flag where something is granted, dirty state where writing is asked for and granted.
    if (t.r || t.w) {
        b = a;
        b.write = t.w && !q.no_write;
        translate(hw, m, b);
    }
    return t;
}

} // namespace iovp::oracle
