#pragma once

#include "smmu/pmcg/pmcg.h"
#include "smmu/pmcg/pmcg_frame.h"
#include "support/checked_links.h"
#include "unit/smmu/bench.h"

#include <cstdint>
#include <memory>

namespace iovp::test {

/// The registers of a counter group without time. Offsets are those of 10.5.1, named here once more.
struct plain_group : private smmu::pmcg_frame::listener {
    explicit plain_group(const smmu::pmcg_features& f = {})
        : feature(f)
        , frame(f, *this)
        , counters_page(f.relocated ? 0x10000 : 0)
    {
    }

    smmu::pmcg_features feature;
    smmu::pmcg_frame frame;
    std::uint32_t counters_page;
    unsigned updates = 0; ///< asked for by writes to IRQ_CTRL

    std::uint64_t reg(std::uint32_t offset, unsigned bytes = 4, bool secure = false)
    {
        return frame.read(offset, bytes, secure);
    }
    void set_reg(std::uint32_t offset, std::uint64_t value, unsigned bytes = 4, bool secure = false)
    {
        frame.write(offset, bytes, value, secure);
    }
    unsigned width() const { return feature.counter_bits == 32 ? 4 : 8; }
    std::uint64_t value(unsigned n) { return reg(counters_page + width() * n, width(), true); }
    void set_value(unsigned n, std::uint64_t v) { set_reg(counters_page + width() * n, v, width(), true); }
    std::uint64_t shadow(unsigned n) { return reg(counters_page + 0x600 + width() * n, width(), true); }
    std::uint64_t overflows() { return reg(counters_page + 0xc80, 8, true); }
    /// Counter n counts `evtyper`'s event, filtered by `smr`, from now on.
    void program(unsigned n, std::uint32_t evtyper, std::uint32_t smr = 0xffffffff)
    {
        set_reg(0x400 + 4 * n, evtyper, 4, true);
        set_reg(0xa00 + 4 * n, smr, 4, true);
        set_reg(0xc00, 1ULL << n, 8, true);
        set_reg(0xe04, 1, 4, true);
    }
    std::uint64_t occurs(std::uint16_t event, std::uint32_t sid = 0, bool secure = false)
    {
        return frame.counters().count(event,
                                      {stream_id(sid), secure ? security_state::secure : security_state::non_secure});
    }

private:
    void update_requested() override { ++updates; }
};

constexpr std::uint32_t every_stream = 1U << 29; ///< EVTYPER.FILTER_SID_SPAN, with all ones in SMR

/// A counter group with time, a source of events that the test fires, and memory for MSIs.
struct group_bench {
    explicit group_bench(const smmu::pmcg::parameters& p = {},
                         const std::vector<std::uint16_t>& events = {1, 2, 3, 0x80, 0x90})
        : source(events)
        , group("pmcg", p)
        , counters_page(p.feature.relocated ? 0x10000 : 0)
    {
        links.bind(drivers.cpu, group.registers);
        if (p.feature.msi)
            links.bind(group.memory, memory.socket);
        group.irq.bind(irq);
        group.watch(source);
    }

    checked_links links;
    bench_memory memory{"memory"};
    smmu::pmu_source source;
    smmu::pmcg group;
    std::uint32_t counters_page;
    sc_core::sc_signal<bool> irq{"irq"};
    struct initiators : sc_core::sc_module {
        explicit initiators(sc_core::sc_module_name name)
            : sc_module(name)
        {
        }
        tlm_utils::simple_initiator_socket<initiators, 64> cpu{"cpu"};
    } drivers{"drivers"};

    std::uint64_t reg(std::uint32_t offset, unsigned bytes = 4, bool secure = false)
    {
        std::uint64_t value = 0;
        access(tlm::TLM_READ_COMMAND, offset, value, bytes, secure);
        return value;
    }
    void set_reg(std::uint32_t offset, std::uint64_t value, unsigned bytes = 4, bool secure = false)
    {
        access(tlm::TLM_WRITE_COMMAND, offset, value, bytes, secure);
    }
    std::uint64_t value(unsigned n) { return reg(counters_page + 8 * n, 8); }
    void program(unsigned n, std::uint32_t evtyper, std::uint64_t value = 0)
    {
        set_reg(0x400 + 4 * n, evtyper);
        set_reg(0xa00 + 4 * n, 0xffffffff);
        set_reg(counters_page + 8 * n, value, 8);
        set_reg(0xc00, 1ULL << n, 8);
        set_reg(0xe04, 1);
    }
    void occurs(std::uint16_t event, std::uint32_t sid = 0)
    {
        source(event, smmu::pmu_origin{stream_id(sid), security_state::non_secure});
    }
    /// The MSI of 10.5.2.21 to .23, and IRQEN.
    void enable_msi(std::uint64_t address, std::uint32_t data, std::uint32_t attributes)
    {
        set_reg(0xe58, address, 8);
        set_reg(0xe60, data);
        set_reg(0xe64, attributes);
        enable_irq();
    }
    void enable_irq(bool on = true)
    {
        set_reg(0xe50, on ? 1 : 0);
        sc_core::wait(100, sc_core::SC_NS);
        EXPECT_EQ(reg(0xe54), on ? 1U : 0U);
    }

private:
    void access(tlm::tlm_command command, std::uint32_t offset, std::uint64_t& value, unsigned bytes, bool secure)
    {
        transaction_attributes a;
        a.non_secure = !secure;
        sc_core::sc_time delay;
        EXPECT_TRUE(transport(drivers.cpu, command, offset, &value, bytes, a, delay));
        sc_core::wait(delay);
    }
};

} // namespace iovp::test
