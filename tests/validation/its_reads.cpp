// Dependent memory reads of one MSI: DTE (and the level-1 entry of an indirect device table), ITE, CTE and the LPI's
// configuration, 4 or 5 when everything is cold (IHI 0069 and the sizes of GIC-600's entries); none when it is warm.
// Nothing is fitted. Measured: reads that arrive at memory.

#include "experiments.h"

#include "simulate.h"
#include "unit/gic/gic_bench.h"

#include <cmath>

namespace iovp::validation {

namespace {

using test::gic_bench;

constexpr std::uint64_t level2 = 0x80140000; ///< the level-2 page of the indirect device table

/// Reads for one MSI that arrives; not a number when no interrupt does.
double one_msi(gic_bench& b)
{
    b.memory.reads = 0;
    b.msi(0x107, 3);
    sc_core::wait(1, sc_core::SC_US);
    const unsigned reads = b.memory.reads;
    const bool arrived = b.irq[1] && b.acknowledge(1) == 8200;
    b.end(1, 8200);
    return arrived ? double(reads) : std::nan("");
}

/// Disabling the ITS drops its caches.
void make_cold(gic_bench& b)
{
    b.store(b.gits, 0, 0);
    while (b.load(b.gits, 0) >> 31 == 0)
        sc_core::wait(10, sc_core::SC_NS);
    b.store(b.gits, 0, 1);
}

} // namespace

rows its_reads(const context& c)
{
    gic::gicv3::parameters p = c.models("server").gic;
    p.mpidr = gic_bench::two_cpus().mpidr;
    gic_bench flat(p, "flat");
    gic_bench two_level(p, "two_level");

    rows all;
    const auto count = [&all](const char* name, double expected, double measured) {
        all.push_back({"its_reads", name, expected, measured, 0});
    };
    simulate([&] {
        for (gic_bench* b : {&flat, &two_level}) {
            b->start();
            const bool indirect = b == &two_level;
            if (indirect)
                b->poke64(gic_bench::devices, 1ULL << 63 | level2);
            b->start_its(indirect);
            make_cold(*b);
        }
        count("flat device table, cold", 4, one_msi(flat));
        count("flat device table, warm", 0, one_msi(flat));
        count("indirect device table, cold", 5, one_msi(two_level));
        count("indirect device table, warm", 0, one_msi(two_level));
    });
    return all;
}

} // namespace iovp::validation
