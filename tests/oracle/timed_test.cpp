#include "changes.h"
#include "child.h"
#include "property.h"
#include "shapes.h"
#include "timed_bench.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace iovp::oracle {

namespace {

using u64 = std::uint64_t;

struct counts {
    unsigned accesses = 0, passed = 0, recorded = 0, changes = 0, between = 0, pieces = 0, secure = 0;
};

std::string shape(const smmu::tcu_parameters& p, const smmu::tbu_parameters& q)
{
    std::ostringstream o;
    o << "walk cache " << p.walk_cache_entries << '/' << p.walk_cache_ways << " configuration cache "
      << p.configuration_cache_entries << '/' << p.configuration_cache_ways << " slots " << p.slots << '/'
      << p.walk_slots << '/' << p.configuration_slots << "; TBU0 micro " << q.micro_tlb_entries << " main "
      << q.main_tlb_entries << '/' << q.main_tlb_ways << " streams " << q.stream_entries << '/' << q.stream_ways
      << " slots " << q.slots << '/' << q.tokens << '/' << q.hazards;
    return o.str();
}

bool same_words(const memory& before, const memory& a, const memory& b)
{
    for (const auto& [at, value] : a.words)
        if (value != before.get(at) && b.get(at) != value)
            return false;
    for (const auto& [at, value] : b.words)
        if (value != before.get(at) && a.get(at) != value)
            return false;
    return true;
}

/// A burst is one transaction for each page; it ends with what aborts.
struct piece {
    verdict expected;
    unsigned size = 0;
};

std::vector<piece> in_pieces(const scenario& s, memory& m, access a, unsigned size)
{
    std::vector<piece> all;
    while (size > 0) {
        piece p;
        p.size = std::min(size, 0x1000 - unsigned(a.address & 0xfff));
        p.expected = translate(s.hw, m, a);
        all.push_back(p);
        if (p.expected.end == verdict::kind::abort)
            break;
        size -= p.size;
        a.address += p.size;
    }
    return all;
}

/// Response, events, and byte for byte what left: pages that lie one after the other may leave as one.
std::string compare_pieces(const std::vector<piece>& pieces, bool write, const timed_bench::response& r,
                           const std::vector<departure>& gone, const std::vector<record>& events)
{
    if (r.ok != (pieces.back().expected.end != verdict::kind::abort))
        return "another response";
    std::size_t event = 0, next = 0, at = 0;
    unsigned offset = 0;
    for (const piece& p : pieces) {
        if (p.expected.has_event) {
            if (event == events.size())
                return "an event is missing";
            const std::string d = difference(p.expected, events[event++]);
            if (!d.empty())
                return d;
        }
        if (p.expected.end == verdict::kind::raz_wi && !write)
            for (unsigned i = 0; i < p.size; ++i)
                if (r.data[at + i] != 0)
                    return "RAZ/WI does not read as zero";
        at += p.size;
        if (p.expected.end != verdict::kind::pass)
            continue;
        for (unsigned done = 0; done < p.size;) {
            if (next == gone.size())
                return "a departure is missing";
            const departure& d = gone[next];
            if (d.address + offset != p.expected.pa + done || d.write != write)
                return "another address or direction";
            if (d.with.privileged != p.expected.privileged || d.with.instruction != p.expected.instruction ||
                d.with.non_secure != p.expected.ns)
                return "other PRIV, INST or NS";
            const std::string m = difference(p.expected, d.with.memory);
            if (!m.empty())
                return m;
            const unsigned now = std::min(p.size - done, d.size - offset);
            done += now;
            offset += now;
            if (offset == d.size) {
                offset = 0;
                ++next;
            }
        }
    }
    if (next != gone.size() || offset != 0)
        return "more left than may";
    return event == events.size() ? "" : "more events than one for each page that faults";
}

/// A sequence of accesses and changes on one bench; empty, or the first difference.
std::string sequence(choices& c, unsigned steps, unsigned streams, bool corrupted, counts& n)
{
    scenario s;
    limits l;
    l.streams = streams;
    l.random_features = c.chance(60);
    l.secure = true;
    build(s, c, l);
    if (corrupted) {
        corrupt(s, c);
        restore_tags(s);
    }
    if (features_of(s.hw).contradiction() != nullptr)
        return "";
    const smmu::tcu_parameters p = random_tcu(c, s.hw);
    const smmu::tbu_parameters q = random_tbu(c, p);
    timed_bench b(s, p, q, random_tbu(c, p));
    std::ostringstream history;
    std::vector<access> recent;
    bool straddled = false;

    const auto one_access = [&](const std::string& why, const memory* older, const change* x) -> std::string {
        access a = !recent.empty() && c.chance(45) ? c.of(recent) : any_access(s, c);
        if (c.chance(20)) {
            a.write = c.chance(50);
            a.privileged = c.chance(50);
            a.instruction = c.chance(30);
        }
        recent.push_back(a);
        unsigned size = c.of({8U, 1U, 4U, 64U});
        a.address &= ~u64(size - 1);
        if (x == nullptr && c.chance(15)) { // across pages
            size = 2 + c.below(c.of({64U, 0x1100U, 0x2800U}));
            a.address = (a.address | 0xfff) - c.below(std::min(size - 1, 0x1000U));
        }
        const unsigned tbu = c.below(2);
        memory mine = s.mem;
        const memory before = s.mem;
        std::vector<piece> pieces = in_pieces(s, mine, a, size);
        const verdict& expected = pieces[0].expected;
        verdict stale;
        straddled = straddled || std::any_of(pieces.begin(), pieces.end(),
                                             [](const piece& part) { return part.expected.straddles; });
        const bool free =
            expected.anything || (x != nullptr && (x->any_stream || (a.stream == x->stream && a.secure == x->secure)));
        if (older != nullptr) {
            memory copy = *older;
            stale = translate(s.hw, copy, a);
        }
        b.memory_bus.departures.clear();
        const timed_bench::response r = b.issue(tbu, a, size);
        b.settle(400);
        const auto events = b.events(a.secure);
        if (s.hw.secure_impl && !b.events(!a.secure).empty())
            return "an event in the queue of the other state";
        n.secure += a.secure;
        const auto& gone = b.memory_bus.departures;
        ++n.accesses;
        n.between += free;
        n.pieces += unsigned(pieces.size() - 1);
        history << "  " << why << "TBU" << tbu << " size " << size << ": " << describe(a) << '\n';
        const auto wrong = [&](const std::string& what) {
            std::ostringstream o;
            o << what;
            for (const piece& part : pieces)
                o << "\n  oracle " << part.size << " bytes " << describe(part.expected);
            o << "\n  model  response " << (r.ok ? "ok" : "abort") << ", " << gone.size() << " departures";
            for (const departure& d : gone)
                o << " to " << std::hex << d.address << std::dec << " of " << d.size;
            for (const record& e : events)
                o << ", event " << std::hex << e[0] << ' ' << e[1] << ' ' << e[2] << ' ' << e[3] << std::dec;
            return o.str();
        };
        if (straddled)
            return "";
        if (free) { // only the invariant
            for (const departure& d : gone)
                if (!expected.anything && (expected.end != verdict::kind::pass || d.address != expected.pa) &&
                    (stale.end != verdict::kind::pass || d.address != stale.pa))
                    return wrong("left for an address that neither the old nor the new tables give");
            return "";
        }
        if (std::any_of(pieces.begin(), pieces.end(), [](const piece& part) { return part.expected.anything; }))
            return "";
        n.passed += pieces.back().expected.end == verdict::kind::pass;
        const std::string difference = compare_pieces(pieces, a.write, r, gone, events);
        if (!difference.empty())
            return wrong(difference);
        n.recorded += !events.empty();
        if (pieces.back().expected.end == verdict::kind::pass && !same_words(before, mine, s.mem))
            return wrong("other hardware updates");
        return "";
    };

    const std::string text = b.run([&]() -> std::string {
        std::string bad = b.enable();
        for (unsigned i = 0; i < steps && bad.empty(); ++i) {
            if (!c.chance(25)) {
                bad = one_access("", nullptr, nullptr);
                continue;
            }
            const change x = any_change(s, c);
            if (x.writes.empty())
                continue;
            ++n.changes;
            history << "  change of " << x.what << " of stream " << x.stream << std::hex;
            const memory older = s.mem;
            for (const auto& [at, value] : x.writes) {
                history << ": " << at << " " << s.mem.get(at) << " -> " << value;
                s.mem.set(at, value);
            }
            for (const change::command& k : x.commands)
                history << (k.secure ? ", Secure command " : ", command ") << k.first << ' ' << k.second;
            history << std::dec << '\n';
            if (x.commands.empty())
                continue;
            for (unsigned k = c.below(3); k > 0 && bad.empty(); --k)
                bad = one_access("before the invalidation: ", &older, &x);
            if (!bad.empty())
                break;
            for (const change::command& k : x.commands) {
                if (c.chance(15)) { // 4.2: changes nothing that is seen
                    const access a = any_access(s, c);
                    b.push((a.secure ? 1 << 10 : 0) | (c.chance(50) ? 0x01 : 0x02) | u64(a.ssv) << 11 |
                               u64(a.substream) << 12 | u64(a.stream) << 32,
                           (a.address & ~u64(0xfff)) | c.below(32), a.secure);
                }
                b.push(k.first, k.second, k.secure);
            }
            bad = b.sync();
            if (bad.empty() && s.hw.secure_impl)
                bad = b.sync(200, true);
            b.events(); // of what was between
            if (s.hw.secure_impl)
                b.events(true);
        }
        if (bad.empty() && (b.reg(0x60) != 0 || (s.hw.secure_impl && b.reg(0x8060) != 0)))
            bad = "GERROR";
        return bad;
    });
    if (text.empty())
        return "";
    std::ostringstream o;
    o << text << '\n'
      << shape(p, q) << " secure " << s.hw.secure_impl << s.hw.sel2 << "\nhttu " << s.hw.httu << " oas " << s.hw.oas
      << " e2h " << s.hw.e2h << '\n'
      << history.str();
    for (const stream& st : s.streams)
        o << "  stream " << st.id << (st.secure ? " Secure" : "") << " config " << st.config << " cdmax " << st.cdmax
          << " vmid " << st.vmid << " strw " << st.strw << '\n';
    return o.str();
}

struct totals {
    unsigned runs = 0;
    counts all;
    ~totals()
    {
        std::cout << "configurations " << runs << ", accesses " << all.accesses << " (passed " << all.passed
                  << ", recorded " << all.recorded << ", not asserted " << all.between << ", pages crossed "
                  << all.pieces << ", of Secure streams " << all.secure << "), changes " << all.changes << std::endl;
    }
};

/// In a child; what it counts comes back at the front of its text.
void check(const std::vector<std::uint32_t>& decisions, unsigned steps, unsigned streams, bool corrupted, totals& t)
{
    const std::string text = in_child([&] {
        counts n;
        choices c(decisions);
        const std::string why = sequence(c, steps, streams, corrupted, n);
        std::ostringstream o;
        o << n.accesses << ' ' << n.passed << ' ' << n.recorded << ' ' << n.changes << ' ' << n.between << ' '
          << n.pieces << ' ' << n.secure << '\n'
          << why;
        return o.str();
    });
    std::istringstream in(text);
    counts n;
    in >> n.accesses >> n.passed >> n.recorded >> n.changes >> n.between >> n.pieces >> n.secure;
    ++t.runs;
    t.all.accesses += n.accesses;
    t.all.passed += n.passed;
    t.all.recorded += n.recorded;
    t.all.changes += n.changes;
    t.all.between += n.between;
    t.all.pieces += n.pieces;
    t.all.secure += n.secure;
    const std::size_t line = text.find('\n');
    const std::string why = line == std::string::npos ? "nothing came back: " + text : text.substr(line + 1);
    if (!why.empty())
        RC_FAIL(why);
}

} // namespace

TEST(Oracle, TimedModelOfAnyShape)
{
    totals t;
    EXPECT_TRUE(
        for_all("timed model", 350, 1500, [&](const std::vector<std::uint32_t>& d) { check(d, 70, 3, false, t); }));
}

TEST(Oracle, TimedModelOfCorruptedConfigurations)
{
    totals t;
    EXPECT_TRUE(for_all("timed model, corrupted", 250, 1200,
                        [&](const std::vector<std::uint32_t>& d) { check(d, 40, 2, true, t); }));
}

} // namespace iovp::oracle
