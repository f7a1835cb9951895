// Bursts that the TBU cuts: what goes downstream, in which style, and what it takes. Every link is checked.
#include "path_bench.h"

#include <gmock/gmock.h>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

using namespace iovp;
using namespace iovp::test;
using sc_core::SC_NS;
using sc_core::sc_time;
using testing::ElementsAre;

namespace {

constexpr std::uint64_t ram_base = path_bench::ram_base;
constexpr std::uint64_t va = path_bench::va;

struct part {
    std::uint64_t address;
    unsigned length;
    bool approximately;
    bool operator==(const part& p) const
    {
        return address == p.address && length == p.length && approximately == p.approximately;
    }
};
void PrintTo(const part& p, std::ostream* out)
{
    *out << std::hex << p.address << std::dec << " +" << p.length << (p.approximately ? " AT" : " LT");
}

/// Passes on what comes and notes it.
struct tap : sc_core::sc_module {
    tlm_utils::simple_target_socket<tap, 64> target{"target"};
    tlm_utils::simple_initiator_socket<tap, 64> initiator{"initiator"};
    std::vector<part> seen;
    explicit tap(sc_core::sc_module_name name)
        : sc_module(name)
    {
        target.register_b_transport(this, &tap::b_transport);
        target.register_nb_transport_fw(this, &tap::fw);
        initiator.register_nb_transport_bw(this, &tap::bw);
    }
    void b_transport(tlm::tlm_generic_payload& t, sc_time& delay)
    {
        seen.push_back({t.get_address(), t.get_data_length(), false});
        initiator->b_transport(t, delay);
    }
    tlm::tlm_sync_enum fw(tlm::tlm_generic_payload& t, tlm::tlm_phase& phase, sc_time& delay)
    {
        if (phase == tlm::BEGIN_REQ)
            seen.push_back({t.get_address(), t.get_data_length(), true});
        return initiator->nb_transport_fw(t, phase, delay);
    }
    tlm::tlm_sync_enum bw(tlm::tlm_generic_payload& t, tlm::tlm_phase& phase, sc_time& delay)
    {
        return target->nb_transport_bw(t, phase, delay);
    }
};

/// As path_bench, with a tap behind the TBU. 64 bytes take 4 ns of the memory's bus.
struct cut_bench : bench {
    static sparse_memory::parameters memory_of(unsigned outstanding)
    {
        sparse_memory::parameters m = path_bench::small_memory();
        m.bandwidth_bytes_per_ns = 16;
        m.outstanding = outstanding;
        return m;
    }
    explicit cut_bench(const smmu::tbu::parameters& q = {}, unsigned outstanding = 256)
        : bench(path_bench::many_slots())
        , tbu("tbu", q)
        , ram("ram", memory_of(outstanding))
    {
        device.socket.bind(front.target);
        front.initiator.bind(tbu.upstream);
        tbu.downstream.bind(middle.target);
        middle.initiator.bind(behind.target);
        behind.initiator.bind(fabric.upstream);
        fabric.downstream.bind(back.target);
        back.initiator.bind(ram.socket);
        fabric.map("ram", ram_base, ram.configuration().size, 0);
        tbu.dti.bind(tcu.dti);
    }
    void set_up(unsigned pages)
    {
        const std::uint64_t root = new_table();
        for (std::uint64_t i = 0; i < pages; ++i)
            map1(root, va + i * 0x1000, ram_base + (i ^ 1) * 0x1000); // neighbours change places
        stage1_stream(5, root, 7);
        enable();
        for (std::uint64_t i = 0; i < pages; ++i)
            device.finish(device.read(va + i * 0x1000, 8, path_bench::of_stream(5)));
        behind.seen.clear();
    }
    at_initiator device{"device"};
    protocol_checker front{"front"}, middle{"middle"}, back{"back"};
    smmu::tbu tbu;
    tap behind{"behind"};
    interconnect fabric{"fabric", {}};
    sparse_memory ram;
};

sc_time ns(double n)
{
    return {n, SC_NS};
}

} // namespace

TEST(CutBurst, PiecesGoDownInTheStyleOfTheBurst)
{
    cut_bench b;
    in_thread([&] {
        b.set_up(4);
        const auto a = path_bench::of_stream(5);
        auto& r = b.device.read(va + 0xff0, 0x20, a);
        b.device.finish(r);
        EXPECT_TRUE(r.ok());
        EXPECT_THAT(b.behind.seen, ElementsAre(part{ram_base + 0x1ff0, 0x10, true}, part{ram_base + 0x0, 0x10, true}));
        b.behind.seen.clear();
        std::array<unsigned char, 0x20> data{};
        sc_time delay;
        EXPECT_TRUE(transport(b.device.socket, tlm::TLM_READ_COMMAND, va + 0xff0, data.data(), 0x20, a, delay));
        sc_core::wait(delay);
        EXPECT_THAT(b.behind.seen,
                    ElementsAre(part{ram_base + 0x1ff0, 0x10, false}, part{ram_base + 0x0, 0x10, false}));
    });
}

// Each piece: micro-TLB 1 ns, interconnect 10 ns, 16 bytes at 16 B/ns, memory 95 ns.
TEST(CutBurst, PiecesFollowEachOther)
{
    cut_bench b;
    in_thread([&] {
        b.set_up(4);
        b.settle();
        const auto a = path_bench::of_stream(5);
        EXPECT_EQ(b.device.finish(b.device.read(va + 0xff0, 0x20, a)), ns(2 * (1 + 10 + 1 + 95)));
        EXPECT_EQ(b.device.finish(b.device.read(va + 0xff0, 0x10 + 0x1000 + 0x10, a)),
                  ns(2 * (1 + 10 + 1 + 95) + 1 + 10 + 256 + 95));
    });
}

TEST(CutBurst, BlocksAreCutAt4KWhereAskedFor)
{
    smmu::tbu::parameters q;
    q.split_at_4k = true;
    cut_bench b(q);
    in_thread([&] {
        const std::uint64_t root = b.new_table();
        b.map1(root, 0x40000000, ram_base, 2);
        b.stage1_stream(5, root, 7);
        b.enable();
        auto& r = b.device.read(0x40000ff0, 0x1020, path_bench::of_stream(5));
        b.device.finish(r);
        EXPECT_TRUE(r.ok());
        EXPECT_THAT(b.behind.seen,
                    ElementsAre(part{ram_base + 0xff0, 0x10, true}, part{ram_base + 0x1000, 0x1000, true},
                                part{ram_base + 0x2000, 0x10, true}));
    });
}

// Memory that takes one access at a time: a piece waits for the link like any request, and its record says so.
TEST(CutBurst, APieceWaitsForTheLink)
{
    cut_bench b({}, 1);
    in_thread([&] {
        b.set_up(4);
        b.settle();
        const auto a = path_bench::of_stream(5);
        latency_log log;
        auto with_record = a;
        with_record.latency = log.begin(latency_record::kind::dma_read, to_ps(sc_core::sc_time_stamp()));
        auto& first = b.device.read(va + 0xff0, 0x20, a);  // its first piece is in memory
        auto& second = b.device.read(va + 0xff0, 0x20, a); // its first piece is on the link
        auto& cut = b.device.read(va + 0x2ff0, 0x20, with_record);
        b.device.finish(first);
        b.device.finish(second);
        b.device.finish(cut);
        EXPECT_TRUE(first.ok() && second.ok() && cut.ok());
        EXPECT_TRUE(with_record.latency->adds_up());
        EXPECT_EQ(with_record.latency->end(), to_ps(cut.end));
        std::uint64_t waited = 0;
        for (const stage_span& s : with_record.latency->spans())
            waited += s.what == stage::tbu_wait ? s.end - s.start : 0;
        EXPECT_GE(waited, 96000U); // until memory takes the second's piece, when the first's has left it
    });
}

// Disabled bytes: each piece has its own part of the pattern, and what it says no to stays.
TEST(CutBurst, ByteEnablesAndDataAreCutToo)
{
    cut_bench b;
    in_thread([&] {
        b.set_up(4);
        const auto a = path_bench::of_stream(5);
        b.device.finish(b.device.start(tlm::TLM_WRITE_COMMAND, va + 0xffd, {1, 2, 3, 4, 5, 6, 7}, a));
        std::array<unsigned char, 3> enables{0xff, 0, 0}; // bytes 0, 3 and 6
        std::array<unsigned char, 7> data;
        data.fill(9);
        attributes with(a);
        tlm::tlm_generic_payload p;
        p.set_command(tlm::TLM_WRITE_COMMAND);
        p.set_address(va + 0xffd);
        p.set_data_ptr(data.data());
        p.set_data_length(7);
        p.set_streaming_width(7);
        p.set_byte_enable_ptr(enables.data());
        p.set_byte_enable_length(3);
        p.set_extension(&with);
        sc_time delay;
        b.device.socket->b_transport(p, delay);
        p.clear_extension(&with);
        sc_core::wait(delay);
        EXPECT_TRUE(p.is_response_ok());
        auto& r = b.device.read(va + 0xffd, 7, a);
        b.device.finish(r);
        EXPECT_THAT(r.data, ElementsAre(9, 2, 3, 9, 5, 6, 9));
    });
}

TEST(CutBurst, TheFirstPieceThatFailsEndsIt)
{
    cut_bench b;
    in_thread([&] {
        b.set_up(2);
        const auto a = path_bench::of_stream(5);
        auto& r = b.device.read(va + 0x1ff0, 0x1020, a); // page 2 is not mapped
        b.device.finish(r);
        EXPECT_FALSE(r.ok());
        EXPECT_THAT(b.behind.seen, ElementsAre(part{ram_base + 0xff0, 0x10, true}));
        b.settle(1000);
        EXPECT_EQ(b.events().size(), 1U);
    });
}

// 4.7.3: CMD_SYNC waits for a burst whose second piece is downstream.
TEST(CutBurst, CmdSyncWaitsForAllPieces)
{
    cut_bench b;
    in_thread([&] {
        b.set_up(4);
        b.settle();
        auto& r = b.device.read(va + 0xff0, 0x1020, path_bench::of_stream(5));
        b.settle(120); // within the second piece
        b.push(0x46);
        b.ring();
        while (b.reg(0x9c) != b.reg(0x98))
            sc_core::wait(ns(5));
        EXPECT_TRUE(r.done);
    });
}
