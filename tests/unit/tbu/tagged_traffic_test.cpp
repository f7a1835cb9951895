// A traffic generator with transaction tags through a TBU, in both styles: what the order of a tag means under load.
// Every link is checked.
#include "path_bench.h"

#include "traffic/traffic_generator.h"

#include <gtest/gtest.h>

#include <map>

using namespace iovp;
using namespace iovp::test;

namespace {

struct tagged_bench : bench {
    static smmu::tbu::parameters few_entries()
    {
        smmu::tbu::parameters q;
        q.micro_tlb_entries = 4;
        q.main_tlb_entries = 16; // hits and misses mix
        return q;
    }
    tagged_bench()
        : bench(path_bench::many_slots())
        , tbu("tbu", few_entries())
        , ram("ram", path_bench::small_memory())
    {
        generator.socket.bind(front.target);
        front.initiator.bind(tbu.upstream);
        tbu.downstream.bind(middle.target);
        middle.initiator.bind(fabric.upstream);
        fabric.downstream.bind(back.target);
        back.initiator.bind(ram.socket);
        fabric.map("ram", path_bench::ram_base, ram.configuration().size, 0);
        tbu.dti.bind(tcu.dti);
    }
    /// Requests that ended before an earlier one of their tag and direction.
    unsigned overtaken(const traffic::workload& w)
    {
        unsigned count = 0;
        std::map<std::pair<std::uint64_t, bool>, std::uint64_t> last; // by tag and direction
        generator.set_observer([&](const traffic::traffic_generator::completion& c) {
            std::uint64_t& l = last[{c.what.number % std::max(w.tags, 1U), c.what.write}];
            count += c.what.number < l ? 1 : 0;
            l = std::max(l, c.what.number);
        });
        generator.run(w);
        EXPECT_EQ(generator.counts().requests(), w.count);
        EXPECT_EQ(generator.counts().errors, 0U);
        return count;
    }

    traffic::traffic_generator generator{"generator"};
    protocol_checker front{"front"}, middle{"middle"}, back{"back"};
    smmu::tbu tbu;
    interconnect fabric{"fabric", {}};
    sparse_memory ram;
};

class TaggedTraffic : public testing::TestWithParam<traffic::style> {};
INSTANTIATE_TEST_SUITE_P(Each, TaggedTraffic,
                         testing::Values(traffic::style::loosely_timed, traffic::style::approximately_timed),
                         [](const auto& p) { return p.param == traffic::style::loosely_timed ? "Lt" : "At"; });

} // namespace

// Requests that are not cut and end in the order in which they leave: memory's latency is the same for all.
TEST_P(TaggedTraffic, ThoseOfATagEndInOrder)
{
    tagged_bench b;
    in_thread([&] {
        const std::uint64_t root = b.new_table();
        for (std::uint64_t i = 0; i < 64; ++i)
            b.map1(root, path_bench::va + i * 0x1000, path_bench::ram_base + i * 0x1000);
        b.stage1_stream(5, root, 7);
        b.enable();
        traffic::workload w;
        w.coding = GetParam();
        w.window_base = path_bench::va;
        w.window_size = 64 * 4096;
        w.read_share = 0.5;
        w.outstanding = 16;
        w.count = 2000;
        w.sources = {{stream_id(5), {}}};
        EXPECT_GT(b.overtaken(w), 100U) << "no tags, no order";
        w.requester = 0x0100;
        w.tags = 1;
        EXPECT_EQ(b.overtaken(w), 0U);
        w.tags = 4;
        EXPECT_EQ(b.overtaken(w), 0U);
        // Among each other tags are in no order.
        traffic::workload all = w;
        all.tags = 4;
        unsigned passed = 0;
        std::uint64_t latest = 0;
        b.generator.set_observer([&](const traffic::traffic_generator::completion& c) {
            passed += c.what.number < latest ? 1 : 0;
            latest = std::max(latest, c.what.number);
        });
        b.generator.run(all);
        EXPECT_GT(passed, 100U);
    });
}

// Bursts of several pages with one tag: all end, and the rules of every link hold.
TEST_P(TaggedTraffic, CutBurstsOfATag)
{
    tagged_bench b;
    in_thread([&] {
        const std::uint64_t root = b.new_table();
        for (std::uint64_t i = 0; i < 64; ++i)
            b.map1(root, path_bench::va + i * 0x1000, path_bench::ram_base + (63 - i) * 0x1000);
        b.stage1_stream(5, root, 7);
        b.enable();
        traffic::workload w;
        w.coding = GetParam();
        w.window_base = path_bench::va;
        w.window_size = 64 * 4096;
        w.request_size = 9000;
        w.alignment = 64;
        w.read_share = 0.5;
        w.outstanding = 8;
        w.count = 300;
        w.tags = 2;
        w.sources = {{stream_id(5), {}}};
        b.generator.run(w);
        EXPECT_EQ(b.generator.counts().bytes, 300U * 9000);
        EXPECT_GT(b.middle.transactions(), 600U);
    });
}
