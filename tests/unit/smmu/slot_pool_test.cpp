// Bounded resources: who comes first is served first.
#include "smmu/tcu/slot_pool.h"

#include "support/in_thread.h"

#include <gmock/gmock.h>

#include <sysc/kernel/sc_dynamic_processes.h>
#include <vector>

using namespace iovp;
using namespace iovp::test;
using sc_core::SC_NS;
using sc_core::sc_time;
using testing::ElementsAre;

namespace {

struct pool_bench : sc_core::sc_module {
    smmu::slot_pool pool;
    std::vector<unsigned> served;
    std::vector<double> at; ///< ns

    pool_bench(sc_core::sc_module_name name, unsigned slots)
        : sc_module(name)
        , pool("pool", slots)
    {
    }
    /// Comes after `start` ns with `ahead` ns of local time, and keeps its slot for 100 ns.
    void client(unsigned number, double start, double ahead = 0)
    {
        sc_core::sc_spawn([this, number, start, ahead] {
            sc_core::wait(start, SC_NS);
            sc_time delay(ahead, SC_NS);
            pool.acquire(delay);
            sc_core::wait(delay);
            served.push_back(number);
            at.push_back(sc_core::sc_time_stamp() / sc_time(1, SC_NS));
            sc_core::wait(100, SC_NS);
            pool.release();
        });
    }
};

} // namespace

TEST(SlotPool, FirstComeFirstServed)
{
    pool_bench b("bench", 1);
    in_thread([&] {
        for (unsigned i = 0; i < 5; ++i)
            b.client(i, i + 1);
        sc_core::wait(1, sc_core::SC_US);
        EXPECT_THAT(b.served, ElementsAre(0, 1, 2, 3, 4));
        EXPECT_THAT(b.at, ElementsAre(1, 101, 201, 301, 401));
    });
}

// A slot goes to who waits for it, never to who comes in the instant of its release.
TEST(SlotPool, NobodyOvertakesWhoWaits)
{
    pool_bench b("bench", 2);
    in_thread([&] {
        b.client(0, 0);
        b.client(1, 10);
        b.client(2, 20);
        b.client(3, 100);
        sc_core::wait(1, sc_core::SC_US);
        EXPECT_THAT(b.served, ElementsAre(0, 1, 2, 3));
        EXPECT_THAT(b.at, ElementsAre(0, 10, 100, 110));
    });
}

// Local time ahead: it comes at that time, so one that is there before it has the slot.
TEST(SlotPool, ComesAtItsLocalTime)
{
    pool_bench b("bench", 1);
    in_thread([&] {
        b.client(0, 0);
        b.client(1, 10, 60);
        b.client(2, 50);
        sc_core::wait(1, sc_core::SC_US);
        EXPECT_THAT(b.served, ElementsAre(0, 2, 1));
    });
}
