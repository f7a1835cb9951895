#pragma once

#include "bench.h"

#include "smmu/dti/ats.h"

#include <gmock/gmock.h>

#include <functional>
#include <set>
#include <vector>

namespace iovp::test {

/// A PCIe root complex as the TCU's ATS interface sees it: keeps what it is told, and says what the test wants.
struct test_root_complex : sc_core::sc_module, smmu::dti::ats_to_root_complex {
    smmu::dti::ats_manager_socket socket{"socket"};
    smmu::dti::link_parameters link_parameters_;
    std::set<std::uint32_t> streams{5, 6, 7, 8, 9}; ///< behind it
    std::vector<smmu::dti::ats_invalidate_request> invalidations;
    std::vector<smmu::page_response> responses;
    bool answers = true; ///< acknowledges invalidations at once
    smmu::dti::ats_invalidation_result result = smmu::dti::ats_invalidation_result::complete;

    explicit test_root_complex(sc_core::sc_module_name name)
        : sc_module(name)
    {
        socket.bind(static_cast<smmu::dti::ats_to_root_complex&>(*this));
    }
    const smmu::dti::link_parameters& link() const override { return link_parameters_; }
    bool serves(stream_id s) const override { return streams.count(s.value()) != 0; }
    void invalidate(const smmu::dti::ats_invalidate_request& r) override
    {
        invalidations.push_back(r);
        if (answers)
            socket->ats_invalidated(r.id, result);
    }
    void respond(const smmu::page_response& r) override { responses.push_back(r); }

    smmu::ats_completion ask(std::uint32_t sid, std::uint64_t address, bool no_write = false,
                             latency_record* listener = nullptr)
    {
        smmu::ats_request r;
        r.stream = stream_id(sid);
        r.address = address;
        r.no_write = no_write;
        smmu::ats_completion c;
        sc_core::sc_time delay;
        socket->ats_translate(r, listener, c, delay);
        sc_core::wait(delay);
        return c;
    }
};

inline smmu::tcu::parameters with_ats()
{
    smmu::tcu::parameters p;
    p.feature.ats = true;
    p.feature.ats_split_stage = true;
    p.feature.ats_record_errors = true;
    p.feature.pri = true;
    p.feature.priq_log2 = 8;
    return p;
}

/// Streams: 5 nested, 6 stage 1, 7 stage 2, all with full ATS; 8 bypass. A PRI queue of 4 entries.
struct ats_bench : bench {
    static constexpr std::uint64_t data_pa = 0x80000000, data_ipa = 0x70000000, va = 0x123456000, page_base = 0x24000;

    test_root_complex rc{"rc"};
    std::uint64_t root1 = 0, root2 = 0;

    explicit ats_bench(const smmu::tcu::parameters& p = with_ats())
        : bench(p)
    {
        rc.socket.bind(tcu.ats);
    }
    /// `cr0`: beside SMMUEN, EVENTQEN, CMDQEN; 2 PRIQEN, 0x10 ATSCHK.
    void begin(std::uint32_t cr0 = 0x12, std::uint32_t irq = 0, std::uint32_t cr2 = 2)
    {
        root2 = new_table();
        root1 = new_table();
        nested_stream(5, root1, 7, root2, 3);
        stage1_stream(6, root1, 6);
        stage2_stream(7, root2, 3);
        bypass_stream(8);
        for (const std::uint32_t sid : {5U, 6U, 7U})
            eats(sid, 1);
        map1(root1, va, data_ipa);
        map2(root2, data_ipa, data_pa);
        for (int pass = 0; pass < 2; ++pass)
            for (std::uint64_t table = 0x100000; table < pool; table += 0x1000)
                map2(root2, table, table);
        set_reg(0xc0, page_base | 2, 8);
        enable(irq, 6, cr2);
        set_reg(0x20, 0xd | cr0);
        settle();
        EXPECT_EQ(reg(0x24), 0xd | cr0);
    }
    void eats(std::uint32_t sid, std::uint64_t value)
    {
        set_bits(stream_table + sid * 64 + 8, value << 28, 3ULL << 28);
    }
    /// A transaction marked Translated; true: completed without abort.
    bool translated(std::uint32_t sid, std::uint64_t address, std::uint64_t& value, bool write = false)
    {
        transaction_attributes a;
        a.stream = stream_id(sid);
        a.ats = ats_state::translated;
        sc_core::sc_time delay;
        const bool ok =
            transport(device0, write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND, address, &value, 8, a, delay);
        sc_core::wait(delay);
        return ok;
    }

    // Page requests.
    static smmu::page_request page(std::uint32_t sid, std::uint16_t index, bool last = true)
    {
        smmu::page_request r;
        r.stream = stream_id(sid);
        r.address = 0x123456789abcd000;
        r.prg_index = index;
        r.last = last;
        r.read = true;
        return r;
    }
    static smmu::page_request with_pasid(smmu::page_request r, std::uint32_t pasid)
    {
        r.substream = substream_id(pasid);
        return r;
    }
    static smmu::page_request stop_marker(std::uint32_t sid)
    {
        smmu::page_request r = with_pasid(page(sid, 0), 1);
        r.read = false;
        return r;
    }
    void send(const smmu::page_request& r)
    {
        rc.socket->page_requested(r);
        settle(200);
    }
    std::uint64_t page_prod() { return reg(0x100c8); }
    std::uint64_t entry_word(unsigned index, unsigned word) { return memory.word(page_base + index * 16 + word * 8); }
};

} // namespace iovp::test
