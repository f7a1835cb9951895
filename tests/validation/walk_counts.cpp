// Memory reads of one access with every cache cold. N = nSTE + nCD + L1 + (nCD + L1 + 1) x L2, where nSTE and nCD count
// the levels of stream table and CD table and L1, L2 those of the stages (IHI 0070 16.2; 36 is the maximum that the
// Agilex 5 TRM 814346 states). Nothing is fitted. Measured: the TCU's reads as they pass the interconnect.

#include "experiments.h"

#include "dma_system/dma_system.h"
#include "simulate.h"

#include <cmath>

namespace iovp::validation {

namespace {

constexpr std::uint64_t iova = 0x123456000;
constexpr stream_id first(5), second(6);

/// The TCU's reads on the interconnect.
struct tcu_reads : tlm::tlm_analysis_if<transaction_trace> {
    void write(const transaction_trace& t) override
    {
        count += t.initiator == tcu && t.command == tlm::TLM_READ_COMMAND;
    }
    unsigned tcu = 1; ///< bound after the one TBU
    unsigned count = 0;
};

struct bench {
    bench(const char* name, const dma::system_parameters& p)
        : system(name, p)
    {
        system.bus.trace.bind(reads);
    }

    void add(stream_id stream, bool nested, unsigned ipa_bits = 44)
    {
        dma::space_shape s;
        s.stage2 = nested;
        s.ipa_bits = ipa_bits;
        system.add_stream(stream, s);
        dma::mapping m;
        m.iova = iova;
        m.pa = system.data_base();
        m.size = 2 * 4096;
        system.map(stream, m);
    }

    /// Reads for one access; not a number when the access fails or the TCU's own count differs.
    double access(stream_id stream, std::uint64_t address)
    {
        traffic::workload w;
        w.order = traffic::pattern::list;
        w.list = {{address, 64, false}};
        w.count = 1;
        w.sources = {{stream, {}}};
        const auto own = [this] { return system.tcu.counts().configuration_reads + system.tcu.counts().table_reads; };
        const std::uint64_t own_before = own();
        reads.count = 0;
        system.generators[0].run(w);
        const bool good = system.generators[0].counts().errors == 0 && own() - own_before == reads.count;
        return good ? double(reads.count) : std::nan("");
    }
    void forget_translations()
    {
        system.control.invalidate_all();
        system.control.sync();
    }

    tcu_reads reads;
    dma::dma_system system;
};

} // namespace

rows walk_counts(const context& c)
{
    dma::system_parameters p;
    p.models = c.models("server");
    bench linear("linear", p);
    p.streams.two_level = true;
    bench stage1("stage1", p);
    p.streams.substream_bits = 8;
    p.streams.two_level_cd = true;
    bench two_level("two_level", p);

    linear.add(first, true);
    linear.add(second, true, 40);
    stage1.add(first, false);
    two_level.add(first, true);

    rows all;
    const auto count = [&all](const char* name, double expected, double measured) {
        all.push_back({"walk_counts", name, expected, measured, 0});
    };
    simulate([&] {
        for (bench* b : {&linear, &stage1, &two_level})
            b->system.control.enable();
        // 2 + 2 + 4 + (2 + 4 + 1) x 4
        count("nested 4 x 4, two-level stream and CD tables, all cold", 36, two_level.access(first, iova));
        // 1 + 1 + 4 + (1 + 4 + 1) x 4
        count("nested 4 x 4, linear tables, all cold", 30, linear.access(first, iova));
        linear.forget_translations();
        // 4 + (4 + 1) x 4
        count("nested 4 x 4, configuration cached", 24, linear.access(first, iova));
        // The level-3 entries of stage 1 and of stage 2.
        count("nested 4 x 4, configuration and walk caches warm", 2, linear.access(first, iova + 4096));
        linear.access(second, iova);
        linear.forget_translations();
        // 4 + (4 + 1) x 3
        count("nested 4 x 3 (40-bit IPA), configuration cached", 19, linear.access(second, iova));
        // 2 + 1 + 4
        count("stage 1, two-level stream table, linear CD, all cold", 7, stage1.access(first, iova));
        stage1.forget_translations();
        count("stage 1, configuration cached", 4, stage1.access(first, iova));
    });
    return all;
}

} // namespace iovp::validation
