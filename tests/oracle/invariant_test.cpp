#include "changes.h"
#include "child.h"
#include "common/systemc/transport.h"
#include "property.h"
#include "shapes.h"
#include "timed_bench.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <sstream>

namespace iovp::oracle {

namespace {

constexpr unsigned threads = 6, plan_length = 30, changes_least = 10;
constexpr unsigned accesses_most = 400; ///< of one device

struct counts {
    unsigned accesses = 0, departures = 0, changes = 0;
};

/// Devices that never pause, a driver that changes structures under them, and a check of everything that leaves a TBU:
/// some state of memory since the last completed CMD_SYNC must give that address for that access. After the sync the
/// old state gives nothing any more, not even to what was in flight (4.7.3).
std::string race(choices& c, counts& n)
{
    scenario s;
    limits l;
    l.streams = 3;
    l.random_features = false;
    l.disabled = false;
    build(s, c, l);
    const smmu::tcu_parameters p = random_tcu(c, s.hw);
    const smmu::tbu_parameters q0 = random_tbu(c, p), q1 = random_tbu(c, p);
    timed_bench b(s, p, q0, q1);
    b.memory_bus.waits = true;

    std::deque<memory> states{s.mem}; // what memory may be seen as, newest last
    access current[threads];
    std::ostringstream bad;
    b.memory_bus.on_departure = [&](const departure& d) {
        ++n.departures;
        const access& a = current[d.with.transaction % threads];
        const auto gives = [&](memory state) {
            const verdict v = translate(s.hw, state, a);
            return v.anything ||
                   (v.end == verdict::kind::pass && v.pa == d.address && d.with.stream == stream_id(a.stream));
        };
        // Memory as it is now has the hardware updates since the last change.
        if (gives(s.mem) || std::any_of(states.begin(), states.end(), gives))
            return;
        if (bad.str().empty()) {
            bad << "left for " << std::hex << d.address << std::dec << " at " << sc_core::sc_time_stamp() << ": "
                << describe(a);
            for (const memory& state : states) {
                memory copy = state;
                bad << "\n  oracle " << describe(translate(s.hw, copy, a));
            }
        }
    };

    std::vector<access> plans[threads];
    for (auto& plan : plans)
        for (unsigned i = 0; i < plan_length; ++i) {
            plan.push_back(!plan.empty() && c.chance(60) ? c.of(plan) : any_access(s, c));
            plan.back().address &= ~std::uint64_t(7);
        }
    unsigned running = threads;
    bool started = false, enough = false;
    for (unsigned k = 0; k < threads; ++k)
        b.beside([&, k] {
            while (!started)
                b.settle(100);
            for (unsigned i = 0; i < accesses_most && (!enough || i < plan_length); ++i) {
                const access& a = plans[k][i % plan_length];
                current[k] = a;
                transaction_attributes t;
                t.stream = stream_id(a.stream);
                if (a.ssv)
                    t.substream = substream_id(a.substream);
                t.instruction = a.instruction;
                t.privileged = a.privileged;
                t.memory = model_attributes(a.memory);
                t.transaction = k;
                unsigned char data[8] = {};
                sc_core::sc_time delay;
                ++n.accesses;
                transport(k % 2 == 0 ? b.drivers.device0 : b.drivers.device1,
                          a.write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND, a.address, data, 8, t, delay);
                sc_core::wait(delay);
            }
            --running;
        });

    std::ostringstream history;
    std::string text = b.run([&]() -> std::string {
        std::string wrong = b.enable();
        started = true;
        for (unsigned i = 0; wrong.empty() && bad.str().empty() && running > 0 && i < 2000; ++i) {
            enough = i >= changes_least;
            b.settle(1 + c.below(600));
            const change x = any_change(s, c);
            if (x.writes.empty())
                continue;
            ++n.changes;
            history << "  " << sc_core::sc_time_stamp() << " " << x.what << " of stream " << x.stream << std::hex;
            for (const auto& [at, value] : x.writes) {
                history << ": " << at << " " << s.mem.get(at) << " -> " << value;
                s.mem.set(at, value);
            }
            states.push_back(s.mem);
            for (const change::command& k : x.commands) {
                history << ", command " << k.first << ' ' << k.second;
                b.push(k.first, k.second, k.secure);
            }
            history << std::dec;
            wrong = b.sync(2); // soon, so that what is late is seen
            history << ", synced at " << sc_core::sc_time_stamp() << '\n';
            while (states.size() > 1)
                states.pop_front();
            b.events();
        }
        if (wrong.empty() && running > 0 && bad.str().empty())
            wrong = "accesses do not end";
        return wrong;
    });
    if (text.empty())
        text = bad.str();
    return text.empty() ? text : text + '\n' + history.str();
}

struct totals {
    unsigned runs = 0;
    counts all;
    ~totals()
    {
        std::cout << "configurations " << runs << ", accesses " << all.accesses << ", departures checked "
                  << all.departures << ", changes " << all.changes << std::endl;
    }
};

} // namespace

TEST(Oracle, NothingLeavesForAnAddressThatNoTablesGive)
{
    totals t;
    EXPECT_TRUE(for_all("invariant under races", 150, 2500, [&](const std::vector<std::uint32_t>& d) {
        const std::string text = in_child([&] {
            counts n;
            choices c(d);
            const std::string why = race(c, n);
            std::ostringstream o;
            o << n.accesses << ' ' << n.departures << ' ' << n.changes << '\n' << why;
            return o.str();
        });
        std::istringstream in(text);
        counts n;
        in >> n.accesses >> n.departures >> n.changes;
        ++t.runs;
        t.all.accesses += n.accesses;
        t.all.departures += n.departures;
        t.all.changes += n.changes;
        const std::size_t line = text.find('\n');
        const std::string why = line == std::string::npos ? "nothing came back: " + text : text.substr(line + 1);
        if (!why.empty())
            RC_FAIL(why);
    }));
}

} // namespace iovp::oracle
