#pragma once

#include "bench.h"

namespace iovp::test {

inline smmu::tcu::parameters with_secure(bool stage2 = false)
{
    smmu::tcu::parameters p;
    p.feature.secure_impl = true;
    p.feature.secure_stage2 = stage2;
    return p;
}

/// bench with Secure state: the same things once more for the Secure programming interface, whose registers stand at
/// 0x8000 of page 0 and are reached by Secure accesses.
struct secure_bench : bench {
    static constexpr std::uint64_t s_stream_table = 0x50000, s_command_base = 0x60000, s_event_base = 0x61000,
                                   s_cd_base = 0x62000;

    explicit secure_bench(const smmu::tcu::parameters& p = with_secure(), const smmu::tbu::parameters& q = {})
        : bench(p, q)
    {
        tcu.secure_eventq_irq.bind(s_eventq_irq);
        tcu.secure_gerror_irq.bind(s_gerror_irq);
        tcu.secure_cmd_sync_irq.bind(s_cmd_sync_irq);
    }
    sc_core::sc_signal<bool> s_eventq_irq{"s_eventq_irq"}, s_gerror_irq{"s_gerror_irq"},
        s_cmd_sync_irq{"s_cmd_sync_irq"};

    static transaction_attributes secure_access()
    {
        transaction_attributes a;
        a.non_secure = false;
        return a;
    }
    std::uint64_t sreg(std::uint32_t offset, unsigned size = 4)
    {
        std::uint64_t value = 0;
        sc_core::sc_time delay;
        EXPECT_TRUE(transport(cpu, tlm::TLM_READ_COMMAND, offset, &value, size, secure_access(), delay));
        return value;
    }
    void set_sreg(std::uint32_t offset, std::uint64_t value, unsigned size = 4)
    {
        sc_core::sc_time delay;
        EXPECT_TRUE(transport(cpu, tlm::TLM_WRITE_COMMAND, offset, &value, size, secure_access(), delay));
    }

    /// As enable(), for the Secure interface.
    void enable_secure(std::uint32_t irq_ctrl = 0, std::uint32_t cr0 = 0xd)
    {
        set_sreg(0x8028, 0xd75);
        set_sreg(0x802c, 2);
        set_sreg(0x8080, s_stream_table, 8);
        set_sreg(0x8088, 6);
        set_sreg(0x8090, s_command_base | 3, 8);
        set_sreg(0x80a0, s_event_base | 2, 8);
        set_sreg(0x8050, irq_ctrl);
        set_sreg(0x8020, cr0);
        settle();
        EXPECT_EQ(sreg(0x8024), cr0);
    }

    std::uint32_t s_produced = 0;
    void spush(std::uint64_t dw0, std::uint64_t dw1 = 0)
    {
        memory.set(s_command_base + (s_produced & 7) * 16, dw0);
        memory.set(s_command_base + (s_produced & 7) * 16 + 8, dw1);
        s_produced = (s_produced + 1) & 15;
    }
    void sring() { set_sreg(0x8098, s_produced); }
    /// Runs one command and a CMD_SYNC on the Secure queue and waits for both.
    void srun(std::uint64_t dw0, std::uint64_t dw1 = 0)
    {
        spush(dw0, dw1);
        spush(0x46);
        sring();
        for (int i = 0; i < 100 && sreg(0x809c) != s_produced; ++i)
            settle(100);
        EXPECT_EQ(sreg(0x809c), s_produced);
    }

    std::uint32_t s_consumed = 0;
    std::vector<record> sevents()
    {
        std::vector<record> all;
        for (const std::uint32_t prod = static_cast<std::uint32_t>(sreg(0x80a8)) & 7; s_consumed != prod;
             s_consumed = (s_consumed + 1) & 7) {
            record r;
            for (unsigned i = 0; i < 4; ++i)
                r[i] = memory.word(s_event_base + (s_consumed & 3) * 32 + 8 * i);
            all.push_back(r);
        }
        set_sreg(0x80ac, s_consumed | (static_cast<std::uint32_t>(sreg(0x80a8)) & 0x80000000U));
        return all;
    }

    void sste(std::uint32_t sid, std::array<std::uint64_t, 8> w)
    {
        for (unsigned i = 0; i < 8; ++i)
            memory.set(s_stream_table + sid * 64 + i * 8, w[i]);
    }
    void secure_stage1_stream(std::uint32_t sid, std::uint64_t root, std::uint16_t asid, std::uint64_t strw = 0)
    {
        const std::uint64_t cd = s_cd_base + sid * 64;
        write_cd(cd, root, asid);
        sste(sid, {1 | 5 << 1 | cd, ste1 | strw << 30, 0, 0, 0, 0, 0, 0});
    }
    /// Stage 2 alone, with tables for each IPA space; S2NSW.
    void secure_stage2_stream(std::uint32_t sid, std::uint64_t secure_root, std::uint64_t non_secure_root,
                              std::uint16_t vmid)
    {
        sste(sid,
             {1 | 6 << 1, 1ULL << 44, ste2(vmid), non_secure_root | 1, 20ULL << 32 | 2ULL << 38, 0, secure_root, 0});
    }

    struct how {
        bool non_secure = false;
        bool instruction = false;
        bool write = false;
    };
    bool secure_transfer(std::uint32_t sid, std::uint64_t iova, std::uint64_t& value, const how& h)
    {
        transaction_attributes a;
        a.stream = stream_id(sid);
        a.sec_sid = security_state::secure;
        a.non_secure = h.non_secure;
        a.instruction = h.instruction;
        sc_core::sc_time delay;
        const bool ok =
            transport(device0, h.write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND, iova, &value, 8, a, delay);
        sc_core::wait(delay);
        return ok;
    }
    bool secure_read(std::uint32_t sid, std::uint64_t iova, std::uint64_t& value, const how& h)
    {
        value = 0;
        return secure_transfer(sid, iova, value, h);
    }
    bool secure_read(std::uint32_t sid, std::uint64_t iova, std::uint64_t& value)
    {
        return secure_read(sid, iova, value, how());
    }
    /// Whether the last access to `page` was Non-secure.
    bool last_was_non_secure(std::uint64_t page) const
    {
        for (auto a = memory.log.rbegin(); a != memory.log.rend(); ++a)
            if (a->address >> 12 == page)
                return a->with.non_secure;
        ADD_FAILURE() << "no access to page " << std::hex << page;
        return true;
    }
};

} // namespace iovp::test
