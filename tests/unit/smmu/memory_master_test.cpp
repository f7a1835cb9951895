// 3.13: the exchange of a descriptor, and what it says wherever memory aborts.
#include "bench.h"

#include "smmu/tcu/memory_master.h"
#include "support/checked_links.h"

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <algorithm>

using namespace iovp;
using namespace iovp::test;
using exchange = vmsa::memory_port::exchange;

namespace {

/// One word; its nth access of all, timed and debug, aborts.
struct word_memory : sc_core::sc_module {
    tlm_utils::simple_target_socket<word_memory, 64> socket{"socket"};
    std::uint64_t word = 0;
    unsigned aborting = ~0U;
    unsigned accesses = 0;
    std::uint64_t meanwhile = 0; ///< not zero: what another agent stores before the debug accesses

    explicit word_memory(sc_core::sc_module_name name)
        : sc_module(name)
    {
        socket.register_b_transport(this, &word_memory::b_transport);
        socket.register_transport_dbg(this, &word_memory::transport_dbg);
    }
    bool access(tlm::tlm_generic_payload& t)
    {
        if (accesses++ == aborting)
            return false;
        if (t.get_byte_enable_ptr())
            return true;
        const std::size_t size = std::min(8U, t.get_data_length());
        if (t.is_read())
            std::memcpy(t.get_data_ptr(), &word, size);
        else
            std::memcpy(&word, t.get_data_ptr(), size);
        return true;
    }
    void b_transport(tlm::tlm_generic_payload& t, sc_core::sc_time& delay)
    {
        delay += sc_core::sc_time(10, sc_core::SC_NS);
        t.set_response_status(access(t) ? tlm::TLM_OK_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE);
        if (t.is_write() && meanwhile != 0)
            word = meanwhile;
    }
    unsigned transport_dbg(tlm::tlm_generic_payload& t) { return access(t) ? 8 : 0; }
};

struct exchange_bench : sc_core::sc_module {
    word_memory memory{"memory"};
    tlm_utils::simple_initiator_socket<exchange_bench, 64> socket{"socket"};
    smmu::memory_master master;
    checked_links links;

    explicit exchange_bench(sc_core::sc_module_name name, unsigned writes = 1)
        : sc_module(name)
        , master(socket, 0, device_id(0), {1, writes, true})
    {
        links.bind(socket, memory.socket);
    }
    exchange run(std::uint64_t& expected, std::uint64_t desired)
    {
        memory.accesses = 0;
        sc_core::sc_time delay;
        return master.compare_exchange(0x1000, expected, desired, {}, true, delay);
    }
};

} // namespace

TEST(MemoryMaster, ExchangesOrSaysWhatMemoryHolds_3_13)
{
    exchange_bench b("bench");
    in_thread([&] {
        std::uint64_t expected = 0;
        EXPECT_EQ(b.run(expected, 5), exchange::done);
        EXPECT_EQ(b.memory.word, 5U);
        EXPECT_EQ(b.memory.accesses, 4U);
        expected = 4;
        EXPECT_EQ(b.run(expected, 6), exchange::changed);
        EXPECT_EQ(expected, 5U);
        EXPECT_EQ(b.memory.word, 5U);
        b.memory.meanwhile = 9; // between its read and the exchange
        EXPECT_EQ(b.run(expected, 6), exchange::changed);
        EXPECT_EQ(expected, 9U);
        EXPECT_EQ(b.memory.word, 9U);
    });
}

TEST(MemoryMaster, AbortsOfEachAccessAreOnesOfTheExchange_3_13)
{
    exchange_bench b("bench");
    in_thread([&] {
        for (unsigned n = 0; n < 4; ++n) {
            b.memory.word = 1;
            b.memory.aborting = n;
            std::uint64_t expected = 1;
            EXPECT_EQ(b.run(expected, 2), exchange::aborted) << n;
            EXPECT_EQ(b.memory.word, 1U) << n;
        }
    });
}

// Each takes 10 ns; in the order in which they ask.
class Writes : public testing::TestWithParam<unsigned> {};
INSTANTIATE_TEST_SUITE_P(Outstanding, Writes, testing::Values(1U, 2U, 5U));

TEST_P(Writes, AreBoundedAndInTurn)
{
    const unsigned most = GetParam();
    exchange_bench b("bench", most);
    in_thread([&] {
        double end[6] = {};
        for (unsigned i = 0; i < 6; ++i)
            sc_core::sc_spawn([&b, &end, i] {
                sc_core::wait(i, sc_core::SC_PS);
                std::uint64_t word = i;
                sc_core::sc_time delay;
                if (i % 2 == 0)
                    EXPECT_TRUE(b.master.write(0x1000, &word, 8, {}, true, delay));
                else
                    EXPECT_TRUE(b.master.send_msi(0x1000, i, 0, 0, delay));
                sc_core::wait(delay);
                end[i] = sc_core::sc_time_stamp() / sc_core::sc_time(1, sc_core::SC_PS);
            });
        sc_core::wait(1, sc_core::SC_US);
        for (unsigned i = 0; i < 6; ++i) // who came `most` before is done
            EXPECT_EQ(end[i], i % most + 10000.0 * (1 + i / most)) << i;
    });
}
