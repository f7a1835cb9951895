#pragma once

#include "smmu/pmcg/pmcg.h"
#include "support/checked_links.h"
#include "unit/smmu/bench.h"

#include <cstdint>
#include <map>

namespace iovp::test {

/// Counter groups of a bench's TCU and TBUs: one counter for each event, of all streams or of one.
struct smmu_groups : sc_core::sc_module {
    enum which { tcu, tbu0, tbu1 };

    explicit smmu_groups(bench& b, sc_core::sc_module_name name = "groups")
        : sc_module(name)
        , pmcgs{{"tcu_pmcg", parameters()}, {"tbu0_pmcg", parameters()}, {"tbu1_pmcg", parameters()}}
    {
        smmu::pmu_source* const sources[3] = {&b.tcu.pmu, &b.tbu0.pmu, &b.tbu1.pmu};
        for (unsigned i = 0; i < 3; ++i) {
            links.bind(ports[i], pmcgs[i].registers);
            pmcgs[i].watch(*sources[i]);
        }
    }

    smmu::pmcg pmcgs[3];
    checked_links links;
    tlm_utils::simple_initiator_socket<smmu_groups, 64> ports[3];

    std::uint64_t reg(which g, std::uint32_t offset, unsigned bytes = 4)
    {
        std::uint64_t value = 0;
        access(g, tlm::TLM_READ_COMMAND, offset, value, bytes);
        return value;
    }
    void set_reg(which g, std::uint32_t offset, std::uint64_t value, unsigned bytes = 4)
    {
        access(g, tlm::TLM_WRITE_COMMAND, offset, value, bytes);
    }

    /// From 0 on: everything, or what comes from one stream.
    void count(std::uint32_t stream = 0xffffffff)
    {
        for (const which g : {tcu, tbu0, tbu1}) {
            set_reg(g, 0xe04, 0);
            for (unsigned n = 0; n < 32; ++n) {
                const bool all = stream == 0xffffffff;
                set_reg(g, 0x400 + 4 * n, event(n) | (all ? 1U << 29 : 0));
                set_reg(g, 0xa00 + 4 * n, stream);
                set_reg(g, 0x10000 + 8 * n, 0, 8);
            }
            set_reg(g, 0xc00, 0xffffffff, 8);
            set_reg(g, 0xe04, 1);
        }
    }
    std::uint64_t operator()(which g, std::uint32_t e)
    {
        for (unsigned n = 0; n < 32; ++n)
            if (event(n) == e)
                return reg(g, 0x10000 + 8 * n, 8);
        ADD_FAILURE() << "no counter for event " << e;
        return 0;
    }

private:
    // Counters 1 to 15 have the architected events, 16 to 31 those from 0x80 on.
    static std::uint32_t event(unsigned n) { return n < 16 ? n + 1 : 0x80 + n - 16; }
    static smmu::pmcg::parameters parameters()
    {
        smmu::pmcg::parameters p;
        p.feature.counters = 32;
        p.feature.msi = false;
        return p;
    }
    void access(which g, tlm::tlm_command command, std::uint32_t offset, std::uint64_t& value, unsigned bytes)
    {
        sc_core::sc_time delay;
        EXPECT_TRUE(transport(ports[g], command, offset, &value, bytes, {}, delay));
        sc_core::wait(delay);
    }
};

} // namespace iovp::test
