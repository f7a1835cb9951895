#include "adapter.h"
#include "edges.h"
#include "property.h"
#include "scenario.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace iovp::oracle {

namespace {

struct totals {
    unsigned refused = 0;
    unsigned configurations = 0, accesses = 0, hits = 0, passed = 0, faults = 0, free = 0, wide = 0, ats = 0,
             granted = 0, atos = 0, results = 0, translated = 0, through = 0, secure = 0, to_secure = 0;
    std::map<unsigned, unsigned> events;
    ~totals()
    {
        std::cout << "configurations " << configurations << " (and " << refused << " refused)"
                  << ", accesses " << accesses << " (passed " << passed << ", terminated " << faults
                  << ", unpredictable " << free << ", above 48 bits " << wide << ", of Secure streams " << secure
                  << ", to Secure space " << to_secure << "), Translation Requests " << ats << " (granted " << granted
                  << "), ATOS requests " << atos << " (with a result " << results << "), Translated transactions "
                  << translated << " (passed " << through << "), entries reused " << hits << "; events";
        for (const auto& [number, count] : events)
            std::cout << " 0x" << std::hex << number << std::dec << ": " << count;
        std::cout << std::endl;
    }
};

std::string structures(const scenario& s)
{
    std::ostringstream o;
    o << std::hex << "httu " << s.hw.httu << " oas " << std::dec << s.hw.oas << std::hex << " stt " << s.hw.stt
      << " xnx " << s.hw.xnx << " e2h " << s.hw.e2h << " ssidsize " << s.hw.ssidsize << " strtab " << s.hw.strtab_base
      << " cfg " << s.hw.strtab_base_cfg << " gbpa " << s.hw.gbpa << '\n';
    for (const std::uint64_t at : s.structures)
        o << "  structure " << at << " = " << s.mem.get(at) << '\n';
    for (const std::uint64_t at : s.descriptors())
        o << "  descriptor " << at << " = " << s.mem.get(at) << '\n';
    return o.str();
}

/// The words that hardware changed from `before` to `after`, as a text.
std::string changes(const memory& before, const memory& after)
{
    std::map<std::uint64_t, std::pair<std::uint64_t, std::uint64_t>> all;
    for (const auto& [at, value] : after.words)
        if (before.get(at) != value)
            all[at] = {before.get(at), value};
    std::ostringstream o;
    o << std::hex;
    for (const auto& [at, v] : all)
        o << ' ' << at << ": " << v.first << " -> " << v.second;
    return o.str();
}

/// One configuration, `accesses` accesses: the oracle's verdict and translate()'s outcome, and what hardware wrote.
void compare(const std::vector<std::uint32_t>& decisions, unsigned accesses, const limits& l,
             void (*spoil)(scenario&, choices&), totals& t)
{
    choices c(decisions);
    scenario s;
    limits wide = l;
    wide.secure = true;
    wide.streams = 1 + c.below(2);
    build(s, c, wide);
    if (spoil != nullptr) {
        spoil(s, c);
        if (c.chance(25))
            spoil(s, c);
    }
    const smmu::features f = features_of(s.hw);
    if (const char* why = f.contradiction()) { // a combination that the model's version does not allow
        if (++t.refused > 100 && t.refused > t.configurations)
            RC_FAIL(std::string("the generator's machines are refused: ") + why);
        return;
    }
    const smmu::control both[2] = {control_of(s.hw), control_of(s.hw.secure)};
    ++t.configurations;
    vmsa::walk_cache_port no_walk_cache;
    smmu::configuration_cache_port no_configuration_cache;
    for (unsigned i = 0; i < accesses; ++i) {
        const access a = any_access(s, c);
        const smmu::control& regs = both[a.secure ? 1 : 0];
        memory mine = s.mem;
        memory_view view(s.mem);
        const memory before = s.mem;
        const verdict expected = translate(s.hw, mine, a);
        const smmu::translation_context context{f, regs, view, no_walk_cache, no_configuration_cache, true};
        const smmu::outcome got = smmu::translate(context, request_of(a));
        ++t.accesses;
        t.free += expected.anything;
        const bool passed = expected.end == verdict::kind::pass;
        ++(passed ? t.passed : t.faults);
        t.secure += a.secure;
        t.to_secure += passed && !expected.ns;
        t.wide += passed && expected.translated && (expected.pa >> 48 != 0 || (a.address >> 48 & 0x7f) % 0x7f != 0);
        if (expected.has_event)
            ++t.events[unsigned(expected.event[0] & 0xff)];
        std::string wrong = difference(expected, got);
        if (wrong.empty() && passed && !expected.anything && changes(before, mine) != changes(before, s.mem))
            wrong = "hardware updates:" + changes(before, s.mem) + " instead of" + changes(before, mine);
        if (!wrong.empty())
            RC_FAIL(wrong + "\n  access " + describe(a) + "\n  oracle " + describe(expected) + "\n  model  " +
                    describe(got) + "\n" + structures(s));
        if (expected.anything)
            s.mem = before;

        if (s.hw.ats && !a.secure) {
            ats_question q;
            q.what = a;
            q.no_write = c.chance(40);
            q.execute = c.chance(50);
            ++t.ats;
            mine = s.mem;
            const memory first = s.mem;
            const ats_answer answer = ats_translate(s.hw, mine, q);
            const smmu::ats_completion completion = smmu::translation_request(context, ats_request_of(q));
            t.granted += answer.r || answer.w;
            wrong = difference(answer, q, completion);
            if (wrong.empty() && !answer.anything && (answer.r || answer.w) &&
                changes(first, mine) != changes(first, s.mem))
                wrong = "hardware updates:" + changes(first, s.mem) + " instead of" + changes(first, mine);
            if (!wrong.empty())
                RC_FAIL("a Translation Request: " + wrong + "\n  " + describe(a) + (q.no_write ? " NW" : "") +
                        (q.execute ? " Exe" : "") + "\n  oracle " + describe(answer) + "\n  model  status " +
                        std::to_string(int(completion.status)) + " R" + std::to_string(completion.read) + " W" +
                        std::to_string(completion.write) + " Exe" + std::to_string(completion.execute) + " size " +
                        std::to_string(completion.size_log2) + "\n" + structures(s));
            s.mem = first;
        }

        if (s.hw.ats && c.chance(50)) {
            smmu::control checking = regs;
            checking.ats_check = !a.secure && c.chance(70);
            const smmu::translation_context with{f, checking, view, no_walk_cache, no_configuration_cache, true};
            access b = a;
            if (c.chance(80))
                b.address = target(c, s.hw.oas);
            smmu::request r = request_of(b);
            r.ats = ats_state::translated;
            const verdict by_text = translated_transaction(s.hw, s.mem, b, checking.ats_check);
            const smmu::outcome end = smmu::translate(with, r);
            ++t.translated;
            t.through += by_text.end == verdict::kind::pass;
            wrong = difference(by_text, end);
            if (!wrong.empty())
                RC_FAIL("a Translated transaction: " + wrong + "\n  access " + describe(b) + "\n  oracle " +
                        describe(by_text) + "\n  model  " + describe(end) + "\n" + structures(s));
        }
        if (!a.secure && s.hw.smmuen && c.chance(50)) {
            atos_question q;
            q.what = a;
            q.stages = static_cast<lookup>(c.chance(95) ? c.of({3U, 1U, 2U}) : 0);
            q.what.ssv = a.ssv && (q.stages != lookup::stage2 || c.chance(5));
            q.passive = c.chance(20);
            ++t.atos;
            mine = s.mem;
            const memory first = s.mem;
            const atos_answer answer = atos_translate(s.hw, mine, q);
            const std::uint64_t par = smmu::address_translation_operation(context, atos_sid_of(q), atos_addr_of(q));
            t.results += (par & 1) == 0;
            wrong = difference(answer, par);
            if (wrong.empty() && !answer.anything && !answer.failed && changes(first, mine) != changes(first, s.mem))
                wrong = "hardware updates:" + changes(first, s.mem) + " instead of" + changes(first, mine);
            if (wrong.empty() && q.passive && changes(first, s.mem) != "")
                wrong = "HTTUI, and a hardware update:" + changes(first, s.mem);
            if (!wrong.empty()) {
                std::ostringstream o;
                o << "ATOS: " << wrong << "\n  type " << int(q.stages) << " HTTUI " << q.passive << ' ' << describe(a)
                  << "\n  oracle " << describe(answer) << "\n  model  PAR " << std::hex << par << '\n';
                RC_FAIL(o.str() + structures(s));
            }
            s.mem = first;
        }

        // A TLB entry serves any address of its page and checks every access like a walk (3.17).
        const auto* entry = std::get_if<smmu::translated>(&got);
        if (entry == nullptr || expected.straddles)
            continue;
        // A table that stands on a CD changes it, and an entry does not see that.
        if (std::any_of(s.structures.begin(), s.structures.end(),
                        [&](std::uint64_t at) { return before.get(at) != s.mem.get(at); }))
            continue;
        if (entry->entry.page_size_log2 > expected.page_log2)
            RC_FAIL("the entry covers more than the smaller leaf");
        for (unsigned k = 0; k < 2; ++k) {
            access b = a;
            const std::uint64_t page = std::uint64_t(1) << entry->entry.page_size_log2;
            b.address = (a.address & ~(page - 1)) | (c.word() & (page - 1));
            b.write = c.chance(50);
            b.instruction = c.chance(30);
            b.privileged = c.chance(50);
            const smmu::request r = request_of(b);
            vmsa::access effective = entry->context.overrides.apply(r.what);
            if (!entry->entry.usable_for(effective))
                continue;
            const verdict again = translate(s.hw, mine, b, false);
            const smmu::outcome hit = smmu::translate_hit(entry->context, entry->entry, r);
            ++t.hits;
            wrong = difference(again, hit);
            if (!wrong.empty())
                RC_FAIL("a hit: " + wrong + "\n  entry of " + describe(a) + "\n  access " + describe(b) +
                        "\n  oracle " + describe(again) + "\n  model  " + describe(hit) + "\n" + structures(s));
        }
    }
}

} // namespace

TEST(Oracle, ArchitectureOfValidConfigurations)
{
    totals t;
    EXPECT_TRUE(for_all("valid configurations", 3000, 500,
                        [&](const std::vector<std::uint32_t>& d) { compare(d, 12, {}, nullptr, t); }));
}

TEST(Oracle, ArchitectureOfCorruptedConfigurations)
{
    totals t;
    EXPECT_TRUE(for_all("corrupted configurations", 6000, 500,
                        [&](const std::vector<std::uint32_t>& d) { compare(d, 8, {}, corrupt, t); }));
}

TEST(Oracle, ArchitectureAtTheEdges)
{
    totals t;
    EXPECT_TRUE(for_all("configurations at the limits of their rules", 6000, 500,
                        [&](const std::vector<std::uint32_t>& d) { compare(d, 10, {}, to_the_edge, t); }));
}

} // namespace iovp::oracle
