// Throughput of 4 KiB transfers against the walk accesses per page, M (Fast & Safe IO Memory Protection, SOSP 2024):
// T = 4 KiB / (l0 + M x lm) with l0 = 65 ns and lm = 197 ns, which are fitted to that paper's data. Here they set the
// latencies of memory: one table read takes lm on the interconnect, one write of 4 KiB that hits takes l0. Structure:
// profile "pcie-bench" (translation agent in one unit) with real walks. M comes about by really different walks, and is
// counted by the TCU, not assumed. The rows show that nothing else of the model takes time that the law does not have;
// with the structure of "server", whose look-ups and DTI link add to each miss, 1/T must still be linear in M.

#include "experiments.h"

#include "dma_system/dma_system.h"
#include "simulate.h"

#include <cmath>
#include <cstdio>
#include <string>

namespace iovp::validation {

namespace {

constexpr double l0_ns = 65, lm_ns = 197;
constexpr std::uint64_t page = 4096;
constexpr std::uint64_t base = 0x100000000;

profiles::profile models(const context& c, const char* structure)
{
    profiles::profile p = c.models(structure);
    const auto ns = [](double n) { return sc_core::sc_time(n, sc_core::SC_NS); };
    const double bus = p.bus.latency / ns(1);
    const double look_up = p.tbu.clock_period * p.tbu.micro_tlb_cycles / ns(1);
    p.tcu.walk_time = sc_core::SC_ZERO_TIME; // real walks
    p.memory.read_latency = ns(lm_ns - bus);
    p.memory.write_latency = ns(l0_ns - look_up - bus);
    p.memory.bandwidth_bytes_per_ns = 0; // l0 has the transfer in it
    p.memory.cache.size = 0;             // lm is one latency for all reads
    p.memory.banks = 0;
    return p;
}

struct point {
    const char* name;
    stream_id stream;
    bool nested;
    std::uint64_t stride; ///< between the pages that are written, one after another
    std::uint64_t pages;
    traffic::pattern order;
};

struct bench {
    bench(const context& c, const char* structure, const std::vector<point>& points)
        : system(sc_core::sc_gen_unique_name("system"), parameters(c, structure))
    {
        for (const point& p : points) {
            dma::space_shape s;
            s.stage2 = p.nested;
            system.add_stream(p.stream, s);
            dma::mapping m;
            m.size = page;
            for (std::uint64_t i = 0; i < p.pages; ++i) {
                m.iova = base + i * p.stride;
                m.pa = system.data_base() + i * page;
                m.ipa = m.iova & 0xfffffffffff; // stage 2 is as sparse as stage 1
                system.map(p.stream, m);
            }
        }
    }
    static dma::system_parameters parameters(const context& c, const char* structure)
    {
        dma::system_parameters s;
        s.models = models(c, structure);
        return s;
    }

    struct result {
        double m;    ///< walk accesses per page
        double gbps; ///< NaN when a transfer failed
    };
    result run(const point& p)
    {
        traffic::workload w;
        w.order = p.order;
        w.window_base = base;
        w.alignment = static_cast<unsigned>(p.stride);
        w.window_size = (p.pages - 1) * p.stride + page;
        w.request_size = page;
        w.read_share = 0;
        w.sources = {{p.stream, {}}};
        w.count = 2 * p.pages; // warm: each page twice
        system.generators[0].run(w);
        const std::uint64_t before = system.tcu.counts().table_reads;
        w.count = 2000;
        system.generators[0].run(w);
        const auto& n = system.generators[0].counts();
        return {double(system.tcu.counts().table_reads - before) / double(w.count), n.errors == 0 ? n.gbps() : NAN};
    }
    dma::dma_system system;
};

/// Of the straight line through the points.
double r_squared(const std::vector<double>& x, const std::vector<double>& y)
{
    const auto n = double(x.size());
    double sx = 0, sy = 0, sxx = 0, syy = 0, sxy = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        sx += x[i];
        sy += y[i];
        sxx += x[i] * x[i];
        syy += y[i] * y[i];
        sxy += x[i] * y[i];
    }
    const double covariance = n * sxy - sx * sy;
    return covariance * covariance / ((n * sxx - sx * sx) * (n * syy - sy * sy));
}

} // namespace

rows walk_cost(const context& c)
{
    using traffic::pattern;
    const std::uint64_t mi = 1 << 20, gi = 1 << 30;
    const std::vector<point> points = {
        {"pages within the TLB", stream_id(1), false, page, 32, pattern::sequential},
        {"random pages, half of them in the TLB", stream_id(2), false, page, 128, pattern::random},
        {"sequential pages, tables of level 3 known", stream_id(3), false, page, 1024, pattern::sequential},
        {"a page of each 2 MiB, tables of level 2 known", stream_id(4), false, 2 * mi, 1024, pattern::sequential},
        {"a page of each 1 GiB, tables of level 1 known", stream_id(5), false, gi, 1024, pattern::sequential},
        {"nested, sequential pages", stream_id(6), true, page, 1024, pattern::sequential},
        {"nested, a page of each 2 MiB", stream_id(7), true, 2 * mi, 1024, pattern::sequential}};
    bench b(c, "pcie-bench", points);
    bench server(c, "server", points);
    rows all;
    simulate([&] {
        b.system.control.enable();
        server.system.control.enable();
        std::vector<double> m, inverse;
        for (const point& p : points) {
            const bench::result r = b.run(p);
            char name[128];
            std::snprintf(name, sizeof name, "%s: M = %.2f", p.name, r.m);
            all.push_back({"walk_cost", name, page * 8 / (l0_ns + r.m * lm_ns), r.gbps, 0.10});
            m.push_back(r.m);
            inverse.push_back(1 / r.gbps);
        }
        all.push_back({"walk_cost", "1/T is linear in M: R2", 1, r_squared(m, inverse), 0.01});
        m.clear();
        inverse.clear();
        for (const point& p : points) {
            const bench::result r = server.run(p);
            m.push_back(r.m);
            inverse.push_back(1 / r.gbps);
        }
        all.push_back({"walk_cost", "structure of the profile server: R2", 1, r_squared(m, inverse), 0.01});
    });
    return all;
}

} // namespace iovp::validation
