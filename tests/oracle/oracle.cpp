#include "run.h"

#include <cstdio>

namespace iovp::oracle {

verdict translate(const machine& hw, memory& m, const access& a, bool update)
{
    return run(hw, m, a, update).go();
} // namespace iovp::oracle

namespace {

std::string text(const attributes& a)
{
    char line[96];
    std::snprintf(line, sizeof line, "type %u i%u/%d%d%d o%u/%d%d%d sh %u", unsigned(a.what), unsigned(a.inner.policy),
                  a.inner.ra, a.inner.wa, a.inner.tr, unsigned(a.outer.policy), a.outer.ra, a.outer.wa, a.outer.tr,
                  a.sh);
    return line;
}

} // namespace

std::string describe(const verdict& v)
{
    char line[256];
    if (v.end == verdict::kind::pass) {
        std::snprintf(line, sizeof line, "pass, pa %llx %s, priv %d, inst %d, translated %d, ",
                      (unsigned long long)v.pa, v.ns ? "NS" : "S", v.privileged, v.instruction, v.translated);
        return line + text(v.memory) + (v.share_free ? " (sh free)" : "") + (v.hints_free ? " (hints free)" : "");
    }
    std::string s = v.end == verdict::kind::abort ? "abort" : "RAZ/WI";
    if (!v.has_event)
        return s + ", no event";
    std::snprintf(line, sizeof line, ", event %016llx %016llx %016llx %016llx", (unsigned long long)v.event[0],
                  (unsigned long long)v.event[1], (unsigned long long)v.event[2], (unsigned long long)v.event[3]);
    return s + line;
}

std::string describe(const access& a)
{
    char line[160];
    std::snprintf(line, sizeof line, "stream %u%s ssv %d/%u va %llx %s%s%s, ", a.stream,
                  !a.secure ? ""
                  : a.ns    ? " Secure, NS"
                            : " Secure",
                  a.ssv, a.substream, (unsigned long long)a.address, a.write ? "write" : "read",
                  a.instruction ? " inst" : "", a.privileged ? " priv" : "");
    return line + text(a.memory);
}

} // namespace iovp::oracle
