#include "smmu/tcu/walker.h"

#include "common/systemc/time.h"

namespace iovp::smmu {

tcu::walker::~walker()
{
    if (walk_slot_)
        owner_.walk_slots_.release();
    if (configuration_slot_)
        owner_.configuration_slots_.release();
}

void tcu::walker::spent(stage s, int detail)
{
    if (latency_)
        latency_->until(local_ps(delay_), s, detail);
}

void tcu::walker::take(slot_pool& pool, bool& taken)
{
    if (taken)
        return;
    pool.acquire(delay_);
    taken = true;
    spent(stage::tcu_wait);
}

// Only what a look-up missed is filled: the slot is held.
void tcu::walker::configuration_is_known()
{
    sc_core::wait(delay_); // the slot is in use until then
    delay_ = sc_core::SC_ZERO_TIME;
    owner_.configuration_slots_.release();
    configuration_slot_ = false;
}

void tcu::walker::look_up_time(unsigned cycles)
{
    delay_ += owner_.parameters_.clock_period * cycles;
    spent(stage::tcu);
}

stage tcu::walker::stage_of(const vmsa::structure_access& what)
{
    switch (what.what) {
    case vmsa::structure::l1std:
    case vmsa::structure::ste: return stage::ste_fetch;
    case vmsa::structure::l1cd:
    case vmsa::structure::cd: return stage::cd_fetch;
    case vmsa::structure::ttd: break;
    }
    return what.stage == 2 ? stage::walk_stage2 : stage::walk_stage1;
}

bool tcu::walker::read(const vmsa::structure_access& what, std::uint64_t* words, unsigned count)
{
    if (what.what == vmsa::structure::ttd)
        return read_table(what, *words);
    ++owner_.statistics_.configuration_reads;
    pmu.access(false);
    const bool ok = owner_.master_.read(what.address.value(), words, count * 8, what.memory, what.non_secure, delay_);
    spent(stage_of(what), what.level);
    return ok;
}

bool tcu::walker::read_table(const vmsa::structure_access& what, std::uint64_t& descriptor)
{
    take(owner_.walk_slots_, walk_slot_);
    if (owner_.parameters_.walk_time != sc_core::SC_ZERO_TIME)
        return read_in_fixed_time(what, descriptor);
    const table_fetches::place place{what.address.value(), what.non_secure};
    const bool may_be_shared = owner_.parameters_.walk_merging && what.level < 3; // level 3 has no table descriptors
    std::uint64_t number = 0;
    if (may_be_shared) {
        const auto fetched = owner_.table_fetches_.join(place, born_, local_ps(delay_), delay_);
        spent(stage::tcu_wait);
        if (fetched) {
            ++owner_.statistics_.merged_reads;
            descriptor = *fetched;
            return true;
        }
    }
    ++owner_.statistics_.table_reads;
    pmu.access(true);
    if (may_be_shared)
        number = owner_.table_fetches_.begin(place, owner_.invalidations_, local_ps(delay_));
    const bool ok = owner_.master_.read(place.address, &descriptor, 8, what.memory, what.non_secure, delay_);
    if (may_be_shared)
        owner_.table_fetches_.end(place, number, ok, descriptor, delay_);
    spent(stage_of(what), what.level);
    return ok;
}

bool tcu::walker::read_in_fixed_time(const vmsa::structure_access& what, std::uint64_t& descriptor)
{
    ++owner_.statistics_.table_reads;
    pmu.access(true);
    if (!walked_) {
        walked_ = true;
        delay_ += owner_.parameters_.walk_time;
        spent(stage_of(what));
    }
    return owner_.master_.read_debug(what.address.value(), &descriptor, 8, what.memory, what.non_secure);
}

vmsa::memory_port::exchange tcu::walker::compare_exchange(const vmsa::structure_access& what, std::uint64_t& expected,
                                                          std::uint64_t desired)
{
    pmu.access(true);
    if (owner_.parameters_.walk_time != sc_core::SC_ZERO_TIME)
        return owner_.master_.exchange_debug(what.address.value(), expected, desired, what.memory, what.non_secure);
    const auto result =
        owner_.master_.compare_exchange(what.address.value(), expected, desired, what.memory, what.non_secure, delay_);
    spent(stage_of(what), what.level);
    return result;
}

void tcu::walker::begin(std::uint8_t stage)
{
    (void)stage;
    look_up_time(owner_.parameters_.walk_cache_cycles);
}

bool tcu::walker::lookup(const vmsa::walk_cache_key& key, vmsa::table_pointer& found)
{
    return pmu.walk_cache_lookup(key, owner_.walk_cache_.lookup(key, found));
}

void tcu::walker::fill(const vmsa::walk_cache_key& key, const vmsa::table_pointer& entry)
{
    learned_.emplace_back(key, entry);
}

void tcu::walker::keep()
{
    if (!overtaken())
        for (const auto& [key, entry] : learned_)
            owner_.walk_cache_.fill(key, entry);
}

bool tcu::walker::counted(bool hit)
{
    ++owner_.statistics_.configuration_lookups;
    pmu.configuration_lookup(hit);
    if (!hit)
        ++owner_.statistics_.configuration_misses;
    look_up_time(owner_.parameters_.configuration_cache_cycles);
    if (!hit)
        take(owner_.configuration_slots_, configuration_slot_);
    return hit;
}

bool tcu::walker::lookup(stream_id stream, ste& found)
{
    return counted(owner_.configuration_cache_.lookup(secure_, stream, found));
}

void tcu::walker::fill(stream_id stream, const ste& entry)
{
    configuration_is_known();
    if (!overtaken())
        owner_.configuration_cache_.fill(secure_, stream, entry);
}

bool tcu::walker::lookup(stream_id stream, substream_id substream, cd& found)
{
    return counted(owner_.configuration_cache_.lookup(secure_, stream, substream, found));
}

void tcu::walker::fill(stream_id stream, substream_id substream, const cd& entry)
{
    configuration_is_known();
    if (!overtaken())
        owner_.configuration_cache_.fill(secure_, stream, substream, entry);
}

} // namespace iovp::smmu
