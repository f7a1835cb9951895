#pragma once

#include "configuration/json_fields.h"
#include "profiles/profile.h"

namespace iovp::profiles {

// What a profile says of each model, and where it may be: names the parameters to a visitor (json_fields.h). Left to
// the platform: addresses, identifiers, sizes of memories and buffers, and what ID registers report.

using configuration::above;
using configuration::one_of;
using configuration::power_of_two;
using configuration::range;
using configuration::zero_or;

inline configuration::choices<smmu::replacement> replacements()
{
    using smmu::replacement;
    return {{"pseudo_lru", replacement::pseudo_lru},
            {"lru", replacement::lru},
            {"round_robin", replacement::round_robin},
            {"random", replacement::random}};
}

inline constexpr double longest_ns = 1e9; ///< no latency is longer than a second

template <class V>
void describe(V& v, smmu::dti::link_parameters& p)
{
    v.time_ns("clock_period_ns", p.clock_period, above(0, longest_ns));
    v.field("request_cycles", p.request_cycles, range(0, 10000));
    v.field("response_cycles", p.response_cycles, range(0, 10000));
    v.field("beat_bytes", p.beat_bytes, one_of({1, 4, 10, 20}));
}

template <class V>
void describe(V& v, smmu::tbu_parameters& p)
{
    v.time_ns("clock_period_ns", p.clock_period, above(0, longest_ns));
    v.field("micro_tlb_entries", p.micro_tlb_entries, power_of_two(4, 64));
    v.field("micro_tlb_cycles", p.micro_tlb_cycles, range(0, 1000));
    v.choice("micro_tlb_replacement", p.micro_tlb_replacement, replacements());
    v.field("main_tlb_entries", p.main_tlb_entries, zero_or(power_of_two(4, 65536)));
    v.field("main_tlb_ways", p.main_tlb_ways, power_of_two(4, 256));
    v.field("main_tlb_cycles", p.main_tlb_cycles, range(0, 1000));
    v.choice("main_tlb_replacement", p.main_tlb_replacement, replacements());
    v.field("stream_entries", p.stream_entries, power_of_two(1, 65536));
    v.field("stream_ways", p.stream_ways, power_of_two(1, 16));
    v.field("slots", p.slots, range(2, 512));
    v.field("tokens", p.tokens, range(2, 512));
    v.field("hazards", p.hazards, range(0, 512));
    v.field("ordered", p.ordered);
    v.field("write_buffer_bytes", p.write_buffer_bytes, range(0, 1 << 20));
    v.field("split_at_4k", p.split_at_4k);
    v.field("replacement_seed", p.replacement_seed, range(0, 9007199254740992.0));
    v.field("prefetch", p.prefetch);
    v.field("prefetch_sequences", p.prefetch_sequences, range(1, 64));
    v.field("dmi", p.dmi);
    v.field("dmi_many_streams", p.dmi_many_streams);
    v.section("dti", [&p](auto& s) { describe(s, p.link); });
}

template <class V>
void describe(V& v, smmu::tcu_parameters& p)
{
    v.time_ns("clock_period_ns", p.clock_period, above(0, longest_ns));
    v.field("slots", p.slots, range(4, 4096));
    v.field("walk_slots", p.walk_slots, range(2, 512));
    v.field("configuration_slots", p.configuration_slots, one_of({1, 2, 4}));
    v.field("outstanding_reads", p.outstanding_reads, range(0, 4096));
    v.field("outstanding_writes", p.outstanding_writes, range(1, 4096));
    v.field("walk_merging", p.walk_merging);
    v.time_ns("walk_time_ns", p.walk_time, range(0, longest_ns));
    v.field("walk_cache_unified", p.walk_cache_unified);
    v.field("walk_cache_entries", p.walk_cache_entries, zero_or(power_of_two(1, 65536)));
    v.field("walk_cache_ways", p.walk_cache_ways, power_of_two(1, 16));
    v.field("walk_cache_cycles", p.walk_cache_cycles, range(0, 1000));
    v.choice("walk_cache_replacement", p.walk_cache_replacement, replacements());
    v.field("configuration_cache_entries", p.configuration_cache_entries, power_of_two(1, 4096));
    v.field("configuration_cache_ways", p.configuration_cache_ways, power_of_two(1, 16));
    v.field("configuration_cache_cycles", p.configuration_cache_cycles, range(0, 1000));
    v.choice("configuration_cache_replacement", p.configuration_cache_replacement, replacements());
    v.field("replacement_seed", p.replacement_seed, range(0, 9007199254740992.0));
    v.field("command_fetch", p.command_fetch, range(1, 16));
    v.field("command_cycles", p.command_cycles, range(0, 1000));
    v.field("register_cycles", p.register_cycles, range(0, 1000));
    v.field("update_cycles", p.update_cycles, range(1, 1000));
    v.field("interrupt_cycles", p.interrupt_cycles, range(1, 1000));
    v.field("event_slots", p.event_slots, range(1, 4096));
    v.time_ns("event_merge_window_ns", p.event_merge_window, range(0, longest_ns));
}

template <class V>
void describe(V& v, smmu::pmcg_parameters& p)
{
    v.time_ns("clock_period_ns", p.clock_period, above(0, longest_ns));
    v.field("register_cycles", p.register_cycles, range(0, 1000));
    v.field("update_cycles", p.update_cycles, range(1, 1000));
    v.field("interrupt_cycles", p.interrupt_cycles, range(1, 1000));
}

template <class V>
void describe(V& v, system_cache::parameters& p)
{
    v.field("size", p.size, range(0, 4294967296.0));
    v.field("ways", p.ways, range(1, 64));
    v.time_ns("hit_latency_ns", p.hit_latency, range(0, longest_ns));
    v.field("bandwidth_bytes_per_ns", p.bandwidth_bytes_per_ns, range(0, 1e6));
    v.field("write_back", p.write_back);
}

template <class V>
void describe(V& v, sparse_memory::parameters& p)
{
    v.time_ns("read_latency_ns", p.read_latency, range(0, longest_ns));
    v.time_ns("write_latency_ns", p.write_latency, range(0, longest_ns));
    v.field("bandwidth_bytes_per_ns", p.bandwidth_bytes_per_ns, range(0, 1e6));
    v.field("banks", p.banks, zero_or(power_of_two(1, 4096)));
    v.time_ns("bank_cycle_ns", p.bank_cycle, range(0, longest_ns));
    v.field("outstanding", p.outstanding, range(1, 65536));
    v.section("system_cache", [&p](auto& s) { describe(s, p.cache); });
}

template <class V>
void describe(V& v, interconnect::parameters& p)
{
    v.time_ns("latency_ns", p.latency, range(0, longest_ns));
}

template <class V>
void describe(V& v, pcie::root_complex::parameters& p)
{
    v.field("max_payload", p.max_payload, power_of_two(128, 4096));
    v.time_ns("latency_ns", p.latency, range(0, longest_ns));
}

template <class V>
void describe(V& v, pcie::link::parameters& p)
{
    v.field("raw_gbps", p.raw_gbps, above(0, 1e5));
    v.field("link_layer_share", p.link_layer_share, range(0, 0.99));
    v.field("request_overhead", p.request_overhead, range(0, 4096));
    v.field("completion_overhead", p.completion_overhead, range(0, 4096));
    v.field("max_payload", p.max_payload, power_of_two(128, 4096));
    v.field("max_read_request", p.max_read_request, power_of_two(128, 4096));
    v.field("read_completion_boundary", p.read_completion_boundary, one_of({64, 128}));
    v.time_ns("propagation_ns", p.propagation, range(0, longest_ns));
    v.field("posted_credits", p.posted_credits, range(1, 65536));
    v.field("relaxed_writes", p.relaxed_writes, range(1, 256));
    v.time_ns("completion_timeout_ns", p.completion_timeout, above(0, longest_ns));
}

template <class V>
void describe(V& v, pcie::endpoint::parameters& p)
{
    v.field("max_payload", p.max_payload, power_of_two(128, 4096));
    v.field("read_tags", p.read_tags, range(1, 256));
    v.time_ns("access_latency_ns", p.access_latency, range(0, longest_ns));
    v.time_ns("issue_latency_ns", p.issue_latency, range(0, longest_ns));
    v.time_ns("interrupt_latency_ns", p.interrupt_latency, range(0, longest_ns));
}

template <class V>
void describe(V& v, gic::distributor::parameters& p)
{
    v.time_ns("register_access_ns", p.register_access, range(0, longest_ns));
    v.time_ns("spi_latency_ns", p.spi_latency, range(0, longest_ns));
    v.time_ns("sgi_latency_ns", p.sgi_latency, range(0, longest_ns));
}

template <class V>
void describe(V& v, gic::redistributor::parameters& p)
{
    v.field("lpi_cache", p.lpi_cache, range(0, 65536));
    v.field("lpi_cache_ways", p.lpi_cache_ways, range(1, 16));
    v.time_ns("register_access_ns", p.register_access, range(0, longest_ns));
    v.time_ns("its_link_ns", p.its_link, range(0, longest_ns));
    v.time_ns("lpi_cache_lookup_ns", p.lpi_cache_lookup, range(0, longest_ns));
    v.time_ns("signal_ns", p.signal, range(0, longest_ns));
    v.time_ns("wake_ns", p.wake, range(0, longest_ns));
}

template <class V>
void describe(V& v, gic::cpu_interface::parameters& p)
{
    v.time_ns("register_access_ns", p.register_access, range(0, longest_ns));
}

template <class V>
void describe(V& v, gic::its::parameters& p)
{
    v.field("device_cache", p.limits.device_cache, range(0, 65536));
    v.field("event_cache", p.limits.event_cache, range(0, 65536));
    v.field("collection_cache", p.limits.collection_cache, range(0, 65536));
    v.field("cache_ways", p.limits.cache_ways, range(1, 16));
    v.field("queue_depth", p.queue_depth, range(1, 4096));
    v.time_ns("register_access_ns", p.register_access, range(0, longest_ns));
    v.time_ns("lookup_ns", p.lookup, range(0, longest_ns));
    v.time_ns("command_ns", p.command, range(0, longest_ns));
    v.time_ns("link_ns", p.link, range(0, longest_ns));
}

template <class V>
void describe(V& v, gic::gicv3::parameters& p)
{
    v.section("distributor", [&p](auto& s) { describe(s, p.gicd); });
    v.section("redistributor", [&p](auto& s) { describe(s, p.gicr); });
    v.section("cpu_interface", [&p](auto& s) { describe(s, p.icc); });
    v.section("its", [&p](auto& s) { describe(s, p.gits); });
}

template <class V>
void describe(V& v, profile& p)
{
    v.section("tbu", [&p](auto& s) { describe(s, p.tbu); });
    v.section("tcu", [&p](auto& s) { describe(s, p.tcu); });
    v.section("pmcg", [&p](auto& s) { describe(s, p.pmcg); });
    v.section("memory", [&p](auto& s) { describe(s, p.memory); });
    v.section("interconnect", [&p](auto& s) { describe(s, p.bus); });
    v.section("pcie", [&p](auto& s) {
        s.section("root_complex", [&p](auto& inner) { describe(inner, p.root_complex); });
        s.section("link", [&p](auto& inner) { describe(inner, p.link); });
        s.section("endpoint", [&p](auto& inner) { describe(inner, p.endpoint); });
    });
    v.section("gic", [&p](auto& s) { describe(s, p.gic); });
    v.section("cpu", [&p](auto& s) { s.time_ns("interrupt_entry_ns", p.cpu_interrupt_entry, range(0, longest_ns)); });
    v.section("device", [&p](auto& s) { s.field("requests_per_second", p.requests_per_second, range(0, 1e12)); });
}

} // namespace iovp::profiles
