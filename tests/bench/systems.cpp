#include "systems.h"

namespace iovp::bench {

static constexpr std::uint64_t pages = 1024;

static sparse_memory::parameters memory_parameters()
{
    sparse_memory::parameters p;
    p.page_size = 4096;
    return p;
}

// Nothing that one translation leaves behind serves the next: caches of one entry, two VMs in turn, and more pages than
// the TLBs hold.
static translated_system::parameters cold_nested()
{
    translated_system::parameters p;
    p.nested = true;
    p.pages = pages;
    p.tbu.micro_tlb_entries = 4;
    p.tbu.main_tlb_entries = 4;
    p.tcu.walk_cache_entries = 1;
    p.tcu.walk_cache_ways = 1;
    return p;
}

systems::systems()
    : bridged_memory_("bridged_memory", memory_parameters())
    , bridge_("bridge")
    , bridged_("bridged")
    , direct_memory_("direct_memory", memory_parameters())
    , direct_("direct")
    , at_memory_("at_memory", memory_parameters())
    , at_bridge_("at_bridge")
    , at_("at")
    , hit_("hit", {})
    , nested_("nested", cold_nested())
{
    bridged_.socket.bind(bridge_.upstream);
    bridge_.downstream.bind(bridged_memory_.socket);
    direct_.socket.bind(direct_memory_.socket);
    at_.socket.bind(at_bridge_.upstream);
    at_bridge_.downstream.bind(at_memory_.socket);
}

void systems::add_to(rows& r)
{
    add_floors(r);
    add_hits(r);
    add_misses(r);
}

void systems::add_floors(rows& r)
{
    const auto nothing = [] {};
    r.add("floor_lt", nothing, [this] { return bridged_.read(0x1000); });
    r.add("floor_b_transport", nothing, [this] { return direct_.read(0x1000, 8); });
    r.add(
        "floor_dmi", [this] { bridged_.keep_grants(0, pages); },
        [this, page = std::uint64_t(0)]() mutable { return bridged_.read_direct((page++ % pages) << 12); });
    r.add("floor_at", nothing, [this] { return at_.read(0x1000); });
}

void systems::add_hits(rows& r)
{
    const auto start = [this] {
        hit_.start();
        hit_.use_stream(0);
        hit_.device.with.latency = nullptr;
    };
    r.add("tbu_hit_lt", start, [this] { return hit_.device.read(hit_.page_address(7)); });
    r.add("tbu_hit_main_lt", start, [this, page = std::uint64_t(0)]() mutable {
        return hit_.device.read(hit_.page_address(page++ % pages));
    });
    r.add("record_on", start, [this] {
        latency_record record(latency_record::kind::dma_read, sc_core::sc_time_stamp().value());
        hit_.device.with.latency = &record;
        return hit_.device.read(hit_.page_address(7));
    });
}

void systems::add_misses(rows& r)
{
    r.add("tbu_miss_nested_lt", [this] { nested_.start(); },
          [this, n = std::uint64_t(0)]() mutable {
              const std::uint64_t before = nested_.tcu.counts().table_reads;
              nested_.use_stream(static_cast<std::uint32_t>(n & 1));
              const bool ok = nested_.device.read(nested_.page_address(n++ % pages), 8);
              return ok && nested_.tcu.counts().table_reads - before == 24;
          });
}

} // namespace iovp::bench
