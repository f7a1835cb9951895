// Random 64 B reads through the IOMMU of a Broadwell E5-2630v4 by an NFP6000 at Gen3 x8 (open data of Neugebauer et
// al., SIGCOMM 2018): throughput against the window, the latency of one read, and 2 MiB blocks instead of 4 KiB pages.
// One parameter set for all rows, the profile "pcie-bench": 64 fully associative LRU entries, merging, 6 walkers, a
// fixed walk of 310 ns, 32 reads in flight and 63.3 M requests/s are fitted to these data, and the memory's latency to
// the 426 ns of a read that hits. Intel data: they calibrate the shape of the curve, they say nothing of Arm latencies.
//
// miss_step: the same data's latency of one read, whose misses take 280 ns longer than its hits, while the walkers of
// the saturated machine are busy for 310 ns. The model has one walk time, so that these rows are an experiment of their
// own, with a walk of 280 ns and everything else as it is.

#include "experiments.h"

#include "dma_system/dma_system.h"
#include "simulate.h"

#include <string>

namespace iovp::validation {

namespace {

constexpr stream_id pages(1), blocks(2);
constexpr std::uint64_t base = 0x100000000, largest = 64 << 20;
constexpr std::uint64_t ki = 1 << 10, mi = 1 << 20;

struct bench {
    explicit bench(const profiles::profile& p)
        : models(p)
        , system("system", parameters(p))
    {
        for (const auto& [stream, page_size] : {std::pair(pages, 4 * ki), std::pair(blocks, 2 * mi)}) {
            system.add_stream(stream, {});
            dma::mapping m;
            m.iova = base;
            m.pa = system.data_base();
            m.size = largest;
            m.page_size = page_size;
            system.map(stream, m);
        }
    }
    static dma::system_parameters parameters(const profiles::profile& p)
    {
        dma::system_parameters s;
        s.models = p;
        s.pcie = true;
        return s;
    }

    /// After a warm-up of its own: `count` random reads of the window.
    const traffic::traffic_generator::statistics& reads(stream_id stream, std::uint64_t window, unsigned in_flight,
                                                        std::uint64_t count)
    {
        traffic::workload w;
        w.window_base = base;
        w.window_size = window;
        w.sources = {{stream, {}}};
        w.outstanding = in_flight;
        w.requests_per_second = models.requests_per_second;
        w.count = count / 4;
        system.generators[0].run(w);
        w.count = count;
        w.seed = 2;
        system.generators[0].run(w);
        return system.generators[0].counts();
    }

    const profiles::profile models;
    dma::dma_system system;
};

} // namespace

rows iotlb_reach(const context& c)
{
    const profiles::profile p = c.models("pcie-bench");
    bench b(p);
    rows all;
    const auto add = [&all](const std::string& name, double expected, double measured, double bound) {
        all.push_back({"iotlb_reach", name, expected, measured, bound});
    };
    struct point {
        const char* name;
        std::uint64_t window;
        double gbps;
    };
    simulate([&] {
        b.system.control.enable();
        const unsigned in_flight = p.endpoint.read_tags;
        double reached = 0;
        for (const point& w : {point{"256K", 256 * ki, 32.4}, point{"512K", 512 * ki, 22.3}, point{"1M", mi, 15.2},
                               point{"2M", 2 * mi, 12.1}, point{"4M", 4 * mi, 10.9}, point{"16M", 16 * mi, 10.1},
                               point{"64M", 64 * mi, 9.8}}) {
            const double gbps = b.reads(pages, w.window, in_flight, 60000).gbps();
            if (reached == 0)
                reached = gbps;
            add(std::string("window ") + w.name + ", Gb/s", w.gbps, gbps, 0.10);
        }
        add("window 256K, one read in flight, ns", 426, b.reads(pages, 256 * ki, 1, 4000).mean_latency_ns(), 0.03);
        add("window 4M, one read in flight, ns", 706, b.reads(pages, 4 * mi, 1, 4000).mean_latency_ns(), 0.03);
        add("window 64M in 2 MiB blocks, of window 256K in pages", 1,
            b.reads(blocks, largest, in_flight, 60000).gbps() / reached, 0.01);
    });
    return all;
}

rows miss_step(const context& c)
{
    profiles::profile p = c.models("pcie-bench");
    p.tcu.walk_time = sc_core::sc_time(280, sc_core::SC_NS);
    bench b(p);
    rows all;
    const auto add = [&](const char* name, std::uint64_t window, double expected) {
        all.push_back({"miss_step", name, expected, b.reads(pages, window, 1, 4000).mean_latency_ns(), 0.03});
    };
    simulate([&] {
        b.system.control.enable();
        add("window 256K, ns", 256 * ki, 426);
        add("window 4M, ns", 4 * mi, 706);
        add("window 16M, ns", 16 * mi, 706);
        add("window 64M, ns", 64 * mi, 706);
    });
    return all;
}

} // namespace iovp::validation
