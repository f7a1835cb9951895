#include "systems.h"

#include <utility>

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

static translated_system::parameters at_device()
{
    translated_system::parameters p;
    p.at = true;
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
    , at_hit_("at_hit", at_device())
    , nested_("nested", cold_nested())
    , msi_("msi")
{
    bridged_.socket.bind(bridge_.upstream);
    bridge_.downstream.bind(bridged_memory_.socket);
    direct_.socket.bind(direct_memory_.socket);
    at_.socket.bind(at_bridge_.upstream);
    at_bridge_.downstream.bind(at_memory_.socket);
    build_scaling();
}

void systems::add_to(rows& r)
{
    add_floors(r);
    add_hits(r);
    add_misses(r);
    add_interrupts(r);
    add_scaling(r);
}

/// The pages from `first` in turn, by direct access: floor and subject run the same instructions.
static auto read_pages_directly(initiator& device, std::uint64_t first)
{
    return [&device, first, page = std::uint64_t(0)]() mutable {
        return device.read_direct(first + ((page++ % pages) << 12));
    };
}

void systems::add_floors(rows& r)
{
    const auto nothing = [] {};
    r.add("floor_lt", nothing, [this] { return bridged_.read(0x1000); });
    r.add("floor_b_transport", nothing, [this] { return direct_.read(0x1000, 8); });
    r.add(
        "floor_dmi", [this] { bridged_.keep_grants(hit_.configuration.data, pages); },
        read_pages_directly(bridged_, hit_.configuration.data));
    r.add("floor_at", nothing, [this] { return at_.read(0x1000); });
}

void systems::add_hits(rows& r)
{
    const auto start = [this] {
        hit_.start();
        hit_.use_stream(0);
        hit_.device->with.latency = nullptr;
    };
    r.add("tbu_hit_lt", start, [this] { return hit_.device->read(hit_.page_address(7)); });
    r.add("tbu_hit_main_lt", start,
          [this, page = std::uint64_t(0)]() mutable { return hit_.device->read(hit_.page_address(page++ % pages)); });
    r.add(
        "tbu_dmi",
        [this, start] {
            start();
            hit_.device->keep_grants(hit_.iova, pages);
        },
        read_pages_directly(*hit_.device, hit_.iova));
    r.add(
        "tbu_hit_at",
        [this] {
            at_hit_.start();
            at_hit_.use_stream(0);
        },
        [this] { return at_hit_.at_device->read(at_hit_.page_address(7)); });
    // Every transaction has a record of a log that somebody listens to and that keeps none.
    r.add(
        "record_on",
        [this, start] {
            start();
            log_.recycle();
        },
        [this] {
            latency_record* const record = log_.begin(latency_record::kind::dma_read, sc_core::sc_time_stamp().value());
            hit_.device->with.latency = record;
            const bool ok = hit_.device->read(hit_.page_address(7));
            record->close();
            return ok;
        });
}

void systems::add_misses(rows& r)
{
    r.add(
        "tbu_miss_nested_lt", [this] { nested_.start(); },
        [this, n = pages / 2 + 1]() mutable { // start() has left the first pages of stream 0
            const std::uint64_t before = nested_.tcu.counts().table_reads;
            nested_.use_stream(static_cast<std::uint32_t>(n & 1));
            const bool ok = nested_.device->read(nested_.page_address(n++ % pages), 8);
            return ok && nested_.tcu.counts().table_reads - before == 24;
        });
}

void systems::add_interrupts(rows& r)
{
    r.add(
        "msi_end_to_end_lt", [this] { msi_.start(); }, [this] { return msi_.raise(); });
}

void systems::build_scaling()
{
    const auto build = [this](const std::string& name, const translated_system::parameters& p, unsigned streams_in_use,
                              unsigned pages_in_use) {
        scaling_.push_back(std::make_unique<scaling>(name, p, streams_in_use, pages_in_use));
    };
    const std::pair<const char*, unsigned> sizes[] = {{"10", 10}, {"1k", 1000}, {"100k", 100000}};
    for (const auto& [label, n] : sizes) {
        translated_system::parameters p;
        p.streams = n;
        p.pages = 1;
        build(std::string("hit_streams_") + label, p, 8, 1);
        p.streams = 1;
        p.pages = n;
        build(std::string("hit_pages_") + label, p, 1, 8);
    }
    const std::pair<const char*, unsigned> entries[] = {{"16", 16}, {"1k", 1024}, {"64k", 65536}};
    for (const auto& [label, n] : entries) {
        translated_system::parameters p;
        p.tbu.micro_tlb_entries = 4; // so that the main TLB serves
        p.tbu.main_tlb_entries = n;
        p.pages = n;
        build(std::string("hit_tlb_") + label, p, 1, 16);
    }
}

void systems::add_scaling(rows& r)
{
    for (const auto& s : scaling_)
        r.add(
            s->system.basename(), [&s = *s] { s.system.start(); },
            [&s = *s, n = 0U]() mutable {
                ++n;
                s.system.use_stream(n % s.streams);
                return s.system.device->read(s.system.page_address(n % s.pages));
            });
}

} // namespace iovp::bench
