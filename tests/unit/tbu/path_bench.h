#pragma once

#include "../smmu/bench.h"
#include "interconnect/interconnect.h"
#include "memory/sparse_memory.h"
#include "support/at_initiator.h"
#include "support/protocol_checker.h"

namespace iovp::test {

/// A device of either style, a third TBU, an interconnect and memory in a row, with a protocol checker on every link.
/// Tables are in bench's memory (10 ns a read).
struct path_bench : bench {
    static constexpr std::uint64_t ram_base = 0x80000000;

    static smmu::tcu::parameters many_slots()
    {
        smmu::tcu::parameters p;
        p.slots = 1024;
        return p;
    }
    static sparse_memory::parameters small_memory()
    {
        sparse_memory::parameters p;
        p.size = 1 << 24;
        p.page_size = 65536;
        return p;
    }

    explicit path_bench(const smmu::tbu::parameters& q = {}, const smmu::tcu::parameters& p = many_slots(),
                        const sparse_memory::parameters& m = small_memory())
        : bench(p)
        , tbu("tbu", q)
        , ram("ram", m)
    {
        links.bind(device.socket, tbu.upstream);
        links.bind(tbu.downstream, fabric.upstream);
        back = &links.bind(fabric.downstream, ram.socket);
        fabric.map("ram", ram_base, m.size, 0);
        tbu.dti.bind(tcu.dti);
    }

    at_initiator device{"device"};
    const protocol_checker* back; ///< between bus and memory
    smmu::tbu tbu;
    interconnect fabric{"fabric", {}};
    sparse_memory ram;

    static transaction_attributes of_stream(std::uint32_t sid)
    {
        transaction_attributes a;
        a.stream = stream_id(sid);
        return a;
    }

    /// Stream 5: stage 1, with `pages` of 4 KiB from `va` at ram_base; stream 6: nested.
    static constexpr std::uint64_t va = 0x12340000;
    std::uint64_t root = 0, root1 = 0, root2 = 0;
    void set_up(unsigned pages)
    {
        root = new_table();
        root1 = new_table();
        root2 = new_table();
        for (std::uint64_t i = 0; i < pages; ++i) {
            map1(root, va + i * 0x1000, ram_base + i * 0x1000);
            map1(root1, va + i * 0x1000, 0x70000000 + i * 0x1000);
            map2(root2, 0x70000000 + i * 0x1000, ram_base + i * 0x1000);
        }
        stage1_stream(5, root, 7);
        nested_stream(6, root1, 8, root2, 3);
        map_tables();
        enable();
    }
    /// For walks of stream 6: what has been made so far.
    void map_tables()
    {
        for (int again = 0; again < 2; ++again) // mapping the tables may make some
            for (std::uint64_t table = 0x100000; table < pool; table += 0x1000)
                map2(root2, table, table);
    }

    /// What one access takes, alone.
    sc_core::sc_time at(tlm::tlm_command command, std::uint64_t iova, unsigned size, const transaction_attributes& with,
                        bool* ok = nullptr)
    {
        at_initiator::transfer& t = device.start(command, iova, std::vector<unsigned char>(size, 0x5a), with);
        const sc_core::sc_time took = device.finish(t);
        if (ok)
            *ok = t.ok();
        return took;
    }
    sc_core::sc_time lt(tlm::tlm_command command, std::uint64_t iova, unsigned size, const transaction_attributes& with,
                        bool* ok = nullptr)
    {
        std::vector<unsigned char> data(size, 0x5a);
        const sc_core::sc_time begin = sc_core::sc_time_stamp();
        sc_core::sc_time delay;
        const bool done = transport(device.socket, command, iova, data.data(), size, with, delay);
        sc_core::wait(delay);
        if (ok)
            *ok = done;
        return sc_core::sc_time_stamp() - begin;
    }
};

} // namespace iovp::test
