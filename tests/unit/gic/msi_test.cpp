#include "gic_bench.h"

#include <vector>

namespace {

using namespace iovp;
using namespace iovp::test;
using namespace its_words;
using ::testing::ElementsAre;

std::vector<std::string> stages(const latency_record& r)
{
    std::vector<std::string> list;
    for (const stage_span& s : r.spans())
        list.push_back(std::string(stage_name(s.what)) + " " + std::to_string((s.end - s.start) / 1000));
    return list;
}

latency_record begin_msi()
{
    return latency_record(latency_record::kind::msi, local_ps(SC_ZERO_TIME));
}

TEST(Msi, ColdReadsFourTablesWarmNone)
{
    gic_bench b;
    in_thread([&] {
        b.start();
        b.start_its();
        b.store(b.gits, 0, 0); // cold: disabling drops every cache
        while (!(b.load(b.gits, 0) >> 31)) {
        }
        b.store(b.gits, 0, 1);
        b.memory.reads = 0;
        b.msi(0x107, 3);
        wait(ns(200));
        EXPECT_EQ(b.memory.reads, 4u) << "DTE, ITE, CTE, LPI configuration";
        EXPECT_TRUE(b.irq[1]);
        EXPECT_FALSE(b.irq[0]);
        EXPECT_EQ(b.acknowledge(1), 8200u);
        b.end(1, 8200);
        b.memory.reads = 0;
        b.msi(0x107, 3);
        wait(ns(200));
        EXPECT_EQ(b.memory.reads, 0u);
        EXPECT_EQ(b.acknowledge(1), 8200u);
    });
}

TEST(Msi, StagesAddUpFromTheWriteToTheAcknowledge)
{
    gic_bench b;
    in_thread([&] {
        b.start();
        b.start_its();
        b.store(b.gits, 0, 0);
        wait(ns(50));
        b.store(b.gits, 0, 1);
        wait(ns(50));
        latency_record r = begin_msi();
        const sc_time start = sc_core::sc_time_stamp();
        b.msi(0x107, 3, &r, ns(7)); // the device is 7 ns ahead
        sc_core::wait(b.irq[1].posedge_event());
        // 7 ns ahead + access 5 + three look-ups of 4 + 10 + link 4 + configuration 4 + 10 + signal 4
        EXPECT_EQ(sc_core::sc_time_stamp() - start, ns(7 + 5 + 42 + 4 + 14 + 4));
        wait(ns(60));
        EXPECT_EQ(b.acknowledge(1), 8200u);
        EXPECT_THAT(stages(r), ElementsAre("device_register 12", "its_device_table 14", "its_translation 14",
                                           "its_collection 14", "redistributor 4", "lpi_configuration 14",
                                           "redistributor 4", "cpu_wait 10", "cpu_entry 50", "acknowledge 4"));
        EXPECT_EQ(r.end() - r.begin(), to_ps(sc_core::sc_time_stamp() - start));
        EXPECT_TRUE(r.closed());
        EXPECT_FALSE(r.aborted);
        EXPECT_EQ(r.interrupt, intid(8200));
        EXPECT_EQ(r.cpu, 1u);
    });
}

TEST(Msi, SecondOfAPendingLpiMergesAndClosesItsRecord)
{
    gic_bench b;
    in_thread([&] {
        b.start();
        b.start_its();
        latency_record first = begin_msi();
        latency_record second = begin_msi();
        b.msi(0x107, 3, &first);
        b.msi(0x107, 3, &second);
        wait(ns(300));
        EXPECT_TRUE(second.closed());
        EXPECT_FALSE(second.aborted);
        EXPECT_EQ(second.interrupt, intid(8200));
        EXPECT_FALSE(second.cpu.has_value()) << "merged: no acknowledge of its own";
        EXPECT_FALSE(first.closed());
        EXPECT_EQ(b.acknowledge(1), 8200u);
        EXPECT_TRUE(first.closed());
        b.end(1, 8200);
        EXPECT_EQ(b.acknowledge(1), 1023u);
        EXPECT_EQ(b.gic.gicr[1]->stats().lpis_merged, 1u);
    });
}

// A DMA read or write of a GIC frame, not an MSI: its time at the frame belongs to the record.
TEST(RegisterFrames, RecordTheirTimeAndRefusePartialAccesses)
{
    gic_bench b;
    in_thread([&] {
        for (const auto frame : {gic_bench::gicd, gic_bench::gits, gic_bench::gicr0}) {
            latency_record r(latency_record::kind::dma_read, local_ps(ns(3)));
            transaction_attributes with;
            with.latency = &r;
            std::uint32_t value = 0;
            sc_time delay = ns(3);
            EXPECT_TRUE(transport(b.bus[frame], tlm::TLM_READ_COMMAND, 0xFFE8, &value, 4, with, delay));
            EXPECT_EQ(value, 0x30u);
            EXPECT_THAT(stages(r), ElementsAre("device_register 5")) << frame;
            EXPECT_EQ(r.end(), local_ps(delay));

            unsigned char enables[4] = {0xFF, 0xFF, 0xFF, 0xFF};
            tlm::tlm_generic_payload payload;
            payload.set_read();
            payload.set_address(0xFFE8);
            payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
            payload.set_data_length(4);
            payload.set_streaming_width(4);
            payload.set_byte_enable_ptr(enables);
            payload.set_byte_enable_length(4);
            b.bus[frame]->b_transport(payload, delay);
            EXPECT_EQ(payload.get_response_status(), tlm::TLM_OK_RESPONSE);
            enables[2] = 0;
            payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
            b.bus[frame]->b_transport(payload, delay);
            EXPECT_EQ(payload.get_response_status(), tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
        }
    });
}

TEST(Msi, WhatIsNotMappedRaisesNothingAndIsCounted)
{
    gic_bench b;
    in_thread([&] {
        b.start();
        b.start_its();
        latency_record r[5] = {begin_msi(), begin_msi(), begin_msi(), begin_msi(), begin_msi()};
        b.msi(std::nullopt, 3, &r[0]); // a CPU's store has no DeviceID
        b.msi(0x106, 3, &r[1]);
        b.msi(0x107, 4, &r[2]);
        b.msi(0x107, 99, &r[3]);
        wait(ns(500));
        b.store(b.gits, 0, 0);
        b.msi(0x107, 3, &r[4]);
        wait(ns(500));
        for (const latency_record& each : r) {
            EXPECT_TRUE(each.closed());
            EXPECT_TRUE(each.aborted);
        }
        EXPECT_FALSE(b.irq[0]);
        EXPECT_FALSE(b.irq[1]);
        EXPECT_EQ(b.acknowledge(1), 1023u);
        const gic::its::statistics& s = b.gic.gits.stats();
        EXPECT_EQ(s.ignored_no_device_id, 1u);
        EXPECT_EQ(s.ignored_unmapped, 3u);
        EXPECT_EQ(s.ignored_disabled, 1u);
        EXPECT_EQ(s.translations, 0u);
    });
}

TEST(Msi, HalfWordWritesCarryAnEventOtherSizesNothing)
{
    gic_bench b;
    in_thread([&] {
        b.start();
        b.start_its();
        b.msi(0x107, 0xFFFF0003, nullptr, SC_ZERO_TIME, 2);
        wait(ns(300));
        EXPECT_EQ(b.acknowledge(1), 8200u);
        b.end(1, 8200);
        b.msi(0x107, 3, nullptr, SC_ZERO_TIME, 1);
        wait(ns(300));
        EXPECT_EQ(b.acknowledge(1), 1023u);
        EXPECT_EQ(b.gic.gits.stats().ignored_access, 1u);
        EXPECT_EQ(b.load(b.gits, 0x10040), 0u);
    });
}

TEST(Msi, HappensAtItsLocalTime)
{
    gic_bench b;
    in_thread([&] {
        b.start();
        b.start_its();
        b.msi(0x107, 3, nullptr, ns(1000));
        wait(ns(990));
        EXPECT_FALSE(b.irq[1]);
        EXPECT_EQ(b.gic.gits.stats().translations, 0u);
        wait(ns(200));
        EXPECT_TRUE(b.irq[1]);
    });
}

TEST(Msi, StormWaitsForSpaceAndLosesNothing)
{
    gic::gicv3::parameters p = gic_bench::two_cpus();
    p.gits.queue_depth = 2;
    gic_bench b(p);
    in_thread([&] {
        b.start();
        b.start_its();
        for (unsigned e = 0; e < 16; ++e) {
            b.commands({mapti(0x107, e, 8192 + e, e & 1)});
            b.lpi(8192 + e, 0xA1);
        }
        for (unsigned e = 0; e < 16; ++e)
            b.msi(0x107, e);
        wait(ns(2000));
        for (unsigned e = 0; e < 16; ++e) {
            EXPECT_EQ(b.acknowledge(e & 1), 8192u + e);
            b.end(e & 1, 8192 + e);
        }
        EXPECT_EQ(b.acknowledge(0), 1023u);
        EXPECT_EQ(b.acknowledge(1), 1023u);
    });
}

TEST(Commands, MoveMovesPendingAndFuture)
{
    gic_bench b;
    in_thread([&] {
        b.start();
        b.start_its();
        b.msi(0x107, 3);
        wait(ns(300));
        EXPECT_TRUE(b.irq[1]);
        b.commands({movi(0x107, 3, 0), sync(1), sync(0)});
        wait(ns(100));
        EXPECT_FALSE(b.irq[1]);
        EXPECT_TRUE(b.irq[0]);
        EXPECT_EQ(b.acknowledge(1), 1023u);
        EXPECT_EQ(b.acknowledge(0), 8200u);
        b.end(0, 8200);
        b.msi(0x107, 3);
        wait(ns(300));
        EXPECT_EQ(b.acknowledge(0), 8200u);
        b.end(0, 8200);
        b.msi(0x107, 3);
        wait(ns(300));
        b.commands({movall(0, 1), sync(0), sync(1)});
        wait(ns(100));
        EXPECT_EQ(b.acknowledge(0), 1023u);
        EXPECT_EQ(b.acknowledge(1), 8200u);
    });
}

/// 30 LPIs pending on CPU 1, whose redistributor reads all their configurations again: 14 ns each.
void keep_redistributor_1_busy(gic_bench& b)
{
    for (unsigned e = 0; e < 30; ++e) {
        b.lpi(8192 + e, 0xA1);
        b.commands({mapti(0x107, e, 8192 + e, 1), raise(0x107, e), sync(1)});
    }
    b.submit(invall(1));
}

TEST(Commands, SyncOfTheNewTargetWaitsForAMoveFromABusyOne)
{
    gic_bench b;
    in_thread([&] {
        b.start();
        b.start_its();
        keep_redistributor_1_busy(b);
        b.commands({movi(0x107, 3, 0), sync(0)});
        EXPECT_NE(b.gic.gicr[0]->state().lpis.find(8195), nullptr) << "SYNC ended before the move";
        EXPECT_EQ(b.gic.gicr[1]->state().lpis.find(8195), nullptr);
        b.submit(invall(1));
        b.commands({movall(1, 0), sync(0)});
        EXPECT_EQ(b.gic.gicr[0]->state().lpis.entries().size(), 30u);
        EXPECT_EQ(b.gic.gicr[0]->stats().lpis_set, 30u);
    });
}

TEST(Commands, ADiscardAfterAMoveLeavesNothingPending)
{
    gic_bench b;
    in_thread([&] {
        b.start();
        b.start_its();
        keep_redistributor_1_busy(b);
        b.submit(movi(0x107, 3, 0));
        b.submit(sync(0));
        b.submit(discard(0x107, 3));
        b.submit(invall(1));
        b.submit(movi(0x107, 4, 0)); // and without a SYNC in between
        b.commands({discard(0x107, 4), sync(0)});
        wait(ns(2000));
        EXPECT_FALSE(b.irq[0]);
        EXPECT_TRUE(b.gic.gicr[0]->state().lpis.entries().empty());
        EXPECT_EQ(b.gic.gicr[1]->state().lpis.entries().size(), 28u);
    });
}

TEST(Commands, MovesBothWaysDoNotBlock)
{
    gic_bench b;
    in_thread([&] {
        b.start();
        b.start_its();
        keep_redistributor_1_busy(b);
        b.submit(movall(1, 0));
        b.submit(movall(0, 1));
        b.submit(movi(0x107, 3, 0));
        b.submit(movi(0x107, 3, 1));
        b.commands({movi(0x107, 3, 0), sync(0), sync(1)});
        EXPECT_EQ(b.gic.gicr[0]->state().lpis.entries().size(), 1u);
        EXPECT_NE(b.gic.gicr[0]->state().lpis.find(8195), nullptr);
        EXPECT_EQ(b.gic.gicr[1]->state().lpis.entries().size(), 29u);
    });
}

TEST(Commands, IntClearAndDiscard)
{
    gic_bench b;
    in_thread([&] {
        b.start();
        b.start_its();
        b.commands({raise(0x107, 3), sync(1)});
        wait(ns(50));
        EXPECT_TRUE(b.irq[1]);
        b.commands({clear(0x107, 3), sync(1)});
        wait(ns(50));
        EXPECT_FALSE(b.irq[1]);
        latency_record r = begin_msi();
        b.msi(0x107, 3, &r);
        wait(ns(300));
        EXPECT_TRUE(b.irq[1]);
        b.commands({discard(0x107, 3), sync(1)});
        wait(ns(50));
        EXPECT_FALSE(b.irq[1]);
        EXPECT_EQ(b.acknowledge(1), 1023u);
        EXPECT_TRUE(r.closed() && r.aborted);
        b.msi(0x107, 3);
        wait(ns(300));
        EXPECT_FALSE(b.irq[1]);
    });
}

TEST(Commands, ConfigurationTakesEffectWithInvOrInvall)
{
    gic_bench b;
    in_thread([&] {
        b.start();
        b.start_its();
        b.lpi(8200, 0xA0); // disabled
        b.msi(0x107, 3);
        wait(ns(300));
        EXPECT_FALSE(b.irq[1]);
        b.lpi(8200, 0xA1);
        wait(ns(300));
        EXPECT_FALSE(b.irq[1]) << "cached";
        b.commands({inv(0x107, 3), sync(1)});
        wait(ns(50));
        EXPECT_TRUE(b.irq[1]) << "it was pending all the time";
        b.lpi(8200, 0xA0);
        b.commands({invall(1), sync(1)});
        wait(ns(50));
        EXPECT_FALSE(b.irq[1]);
        b.lpi(8200, 0xA1);
        b.store(b.gicr1, 0xA0, 8200, 8); // GICR_INVLPIR
        while (b.load(b.gicr1, 0xC0) & 1) {
        }
        wait(ns(50));
        EXPECT_TRUE(b.irq[1]);
        b.lpi(8200, 0xA0);
        b.store(b.gicr1, 0xB0, 0, 8); // GICR_INVALLR
        while (b.load(b.gicr1, 0xC0) & 1) {
        }
        wait(ns(50));
        EXPECT_FALSE(b.irq[1]);
    });
}

TEST(Commands, AnErrorStallsTheQueueUntilRetry)
{
    gic_bench b;
    in_thread([&] {
        b.start();
        b.start_its();
        const std::uint64_t bad = b.write_pointer;
        b.submit(inv(0x107, 9));
        b.submit(mapti(0x107, 9, 8201, 0));
        wait(ns(500));
        EXPECT_EQ(b.load(b.gits, 0x90, 8), bad | 1) << "Stalled, on the command";
        EXPECT_EQ(static_cast<std::uint32_t>(b.gic.gits.command_error()), 0x010C07u);
        b.msi(0x107, 3);
        wait(ns(300));
        EXPECT_EQ(b.acknowledge(1), 8200u) << "translations go on";
        b.store(b.gits, 0x88, b.write_pointer | 1, 8);
        wait(ns(500));
        EXPECT_EQ(b.load(b.gits, 0x90, 8), bad | 1) << "still wrong";
        for (unsigned i = 0; i < 4; ++i)
            b.poke64(b.queue + bad + 8 * i, sync(0)[i]);
        b.store(b.gits, 0x88, b.write_pointer | 1, 8);
        wait(ns(500));
        EXPECT_EQ(b.load(b.gits, 0x90, 8), b.write_pointer);
        EXPECT_EQ(b.gic.gits.stats().command_errors, 2u);
    });
}

TEST(Commands, QueueWraps)
{
    gic_bench b;
    in_thread(
        [&] {
            b.start();
            b.start_its();
            for (unsigned n = 0; n < 300; ++n)
                b.commands({mapti(0x107, n % 32, 8192 + n, n & 1)});
            EXPECT_EQ(b.gic.gits.stats().commands, 305u);
            b.lpi(8192 + 299, 0xA1);
            b.msi(0x107, 299 % 32);
            wait(ns(300));
            EXPECT_EQ(b.acknowledge(1), 8192u + 299);
        },
        sc_time(100, sc_core::SC_MS));
}

TEST(Commands, UnreadableQueueStalls)
{
    gic_bench b;
    in_thread([&] {
        b.store(b.gits, 0x80, 1ull << 63 | 0x1000, 8); // no memory there
        b.store(b.gits, 0, 1);
        b.store(b.gits, 0x88, 32, 8);
        wait(ns(500));
        EXPECT_EQ(b.load(b.gits, 0x90, 8), 1u);
        EXPECT_EQ(gic::reason_of(b.gic.gits.command_error()), gic::its_reason::access_failure);
    });
}

TEST(Lpis, PendingTableIsWrittenAndReadBack)
{
    gic_bench b;
    in_thread([&] {
        b.start();
        b.start_its();
        b.lpi(8192, 0x81);
        b.commands({mapti(0x107, 0, 8192, 1), sync(1)});
        b.msi(0x107, 0);
        b.msi(0x107, 3);
        wait(ns(500));
        b.store(b.gicr1, 0, 0);
        while (b.load(b.gicr1, 0) & 8) {
        }
        EXPECT_EQ(b.load(b.gicr1, 0) & 1, 0u);
        EXPECT_FALSE(b.irq[1]);
        EXPECT_EQ(b.memory.byte(b.pending1 + 1024), 1u); // LPI 8192
        EXPECT_EQ(b.memory.byte(b.pending1 + 1025), 1u); // LPI 8200
        b.msi(0x107, 3);
        wait(ns(500));
        EXPECT_EQ(b.gic.gicr[1]->stats().lpis_dropped, 1u) << "LPIs are off";
        b.store(b.gicr1, 0x78, b.pending1, 8); // PTZ = 0
        b.store(b.gicr1, 0, 1);
        while (b.load(b.gicr1, 0) & 8) {
        }
        wait(ns(50));
        EXPECT_EQ(b.acknowledge(1), 8192u);
        b.end(1, 8192);
        EXPECT_EQ(b.acknowledge(1), 8200u);
        b.end(1, 8200);
        EXPECT_EQ(b.acknowledge(1), 1023u);
    });
}

TEST(Lpis, PtzSkipsTheTable)
{
    gic_bench b;
    in_thread([&] {
        b.memory.bytes[b.pending0 + 1024] = 0xFF; // software lied
        b.start();
        wait(ns(100));
        EXPECT_EQ(b.gic.gicr[0]->stats().pending_reads, 0u);
        EXPECT_EQ(b.acknowledge(0), 1023u);
    });
}

// Equal priorities: the lower INTID first, also when it has just been served. Under overload the higher one waits until
// the load ends; IHI 0069 leaves the choice open. A higher priority is what helps.
TEST(Lpis, OfEqualPriorityWaitForTheLowerIntid)
{
    gic_bench b;
    in_thread([&] {
        b.start();
        b.start_its();
        b.commands({mapti(0x107, 4, 8201, 1), sync(1)});
        b.lpi(8201, 0xA1);
        b.msi(0x107, 4);
        for (unsigned n = 0; n < 20; ++n) {
            b.msi(0x107, 3);
            wait(ns(100));
            EXPECT_EQ(b.acknowledge(1), 8200u);
            b.end(1, 8200);
        }
        wait(ns(100));
        EXPECT_EQ(b.acknowledge(1), 8201u);
        b.end(1, 8201);

        b.lpi(8201, 0x99);
        b.commands({inv(0x107, 4), sync(1)});
        b.msi(0x107, 3);
        b.msi(0x107, 4);
        wait(ns(100));
        EXPECT_EQ(b.acknowledge(1), 8201u);
    });
}

TEST(Lpis, HaveNoActiveState)
{
    gic_bench b;
    in_thread([&] {
        b.start();
        b.start_its();
        b.msi(0x107, 3);
        wait(ns(300));
        EXPECT_EQ(b.acknowledge(1), 8200u);
        b.msi(0x107, 3); // again while the first is handled: pending anew
        wait(ns(300));
        EXPECT_FALSE(b.irq[1]) << "the running priority holds it back";
        EXPECT_EQ(b.mrs(1, b.hppir1), 8200u);
        b.end(1, 8200);
        EXPECT_EQ(b.acknowledge(1), 8200u);
    });
}

} // namespace
