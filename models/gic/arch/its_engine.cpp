#include "gic/arch/its_engine.h"

namespace iovp::gic {

using namespace its_reason;

namespace {

constexpr std::uint64_t event_key(std::uint32_t device, std::uint32_t event)
{
    return std::uint64_t(device) << 32 | event;
}

} // namespace

its_engine::its_engine(const its_limits& limits, its_environment& environment)
    : limits_(limits)
    , env_(environment)
    , device_cache_(limits.device_cache, limits.cache_ways)
    , event_cache_(limits.event_cache, limits.cache_ways)
    , collection_cache_(limits.collection_cache, limits.cache_ways)
{
}

void its_engine::set_tables(std::uint64_t devices, std::uint64_t collections)
{
    devices_ = table_geometry(devices);
    collections_ = table_geometry(collections);
    device_cache_.clear();
    event_cache_.clear();
    collection_cache_.clear();
}

// Where the DTE of a device stands: one more read when the table is indirect.
its_error its_engine::device_slot(its_opcode o, std::uint32_t device, bool create, std::uint64_t& address)
{
    if ((limits_.device_bits < 32 && device >> limits_.device_bits != 0) || !devices_.valid ||
        device >= devices_.capacity())
        return make_its_error(o, device_out_of_range);
    address = devices_.first_level(device);
    if (!devices_.indirect)
        return its_error::none;
    std::uint64_t level1 = 0;
    if (!env_.read(its_table::devices, address, level1))
        return make_its_error(o, access_failure);
    const auto slot = devices_.second_level(level1, device);
    if (!slot)
        return make_its_error(o, create ? invalid_table_entry : unmapped_device);
    address = *slot;
    return its_error::none;
}

its_error its_engine::find_device(its_opcode o, std::uint32_t device, device_entry& found)
{
    const device_entry* cached = device_cache_.find(device);
    env_.looked_up(its_table::devices, cached != nullptr);
    if (cached) {
        found = *cached;
        return its_error::none;
    }
    std::uint64_t address = 0;
    if (const its_error e = device_slot(o, device, false, address); e != its_error::none)
        return e;
    std::uint64_t word = 0;
    if (!env_.read(its_table::devices, address, word))
        return make_its_error(o, access_failure);
    const auto entry = device_entry::decode(word);
    if (!entry)
        return make_its_error(o, unmapped_device);
    if (entry->event_bits > limits_.event_bits) // MAPD writes none such: software changed the table
        return make_its_error(o, invalid_table_entry);
    found = *entry;
    device_cache_.insert(device, found);
    return its_error::none;
}

// Device and event; m.entry is the ITE.
its_error its_engine::find_event(its_opcode o, std::uint32_t device, std::uint32_t event, mapping& m)
{
    its_error error = find_device(o, device, m.device);
    env_.step_done(its_table::devices);
    if (error != its_error::none)
        return error;
    if (m.device.event_bits < 32 && event >> m.device.event_bits != 0)
        return make_its_error(o, id_out_of_range);
    m.ite_address = m.device.itt_address + std::uint64_t(event) * its_entry_bytes;
    const translation_entry* cached = event_cache_.find(event_key(device, event));
    env_.looked_up(its_table::translations, cached != nullptr);
    if (cached) {
        m.entry = *cached;
    } else {
        std::uint64_t word = 0;
        if (!env_.read(its_table::translations, m.ite_address, word))
            error = make_its_error(o, access_failure);
        else if (const auto entry = translation_entry::decode(word)) {
            m.entry = *entry;
            event_cache_.insert(event_key(device, event), m.entry);
        } else
            error = make_its_error(o, unmapped_interrupt);
    }
    env_.step_done(its_table::translations);
    return error;
}

its_error its_engine::collection_slot(its_opcode o, std::uint32_t collection, std::uint64_t& address) const
{
    if (collection >> limits_.collection_bits != 0 || !collections_.valid || collection >= collections_.capacity())
        return make_its_error(o, collection_out_of_range);
    address = collections_.first_level(collection); // always flat: GITS_BASER1.Indirect is RAZ/WI
    return its_error::none;
}

its_error its_engine::find_collection(its_opcode o, std::uint32_t collection, std::uint32_t& target)
{
    its_error error = its_error::none;
    const collection_entry* cached = collection_cache_.find(collection);
    env_.looked_up(its_table::collections, cached != nullptr);
    if (cached) {
        target = cached->target;
    } else {
        std::uint64_t address = 0;
        std::uint64_t word = 0;
        error = collection_slot(o, collection, address);
        if (error == its_error::none && !env_.read(its_table::collections, address, word))
            error = make_its_error(o, access_failure);
        if (error == its_error::none) {
            const auto entry = collection_entry::decode(word);
            // An entry that names no redistributor can only be software's own: the tables are the ITS's.
            if (entry && env_.target_exists(entry->target)) {
                target = entry->target;
                collection_cache_.insert(collection, *entry);
            } else
                error = make_its_error(o, unmapped_collection);
        }
    }
    env_.step_done(its_table::collections);
    return error;
}

its_engine::mapping its_engine::find(its_opcode o, std::uint32_t device, std::uint32_t event)
{
    mapping m;
    m.error = find_event(o, device, event, m);
    if (m.error == its_error::none)
        m.error = find_collection(o, m.entry.collection, m.target);
    return m;
}

its_error its_engine::translate(std::uint32_t device, std::uint32_t event)
{
    const mapping m = find(its_opcode::int_, device, event);
    if (m.error == its_error::none)
        env_.set_lpi(m.target, m.entry.intid);
    return m.error;
}

std::optional<its_engine::route> its_engine::cached_route(std::uint32_t device, std::uint32_t event) const
{
    const auto* d = device_cache_.peek(device);
    if (!d || (d->value.event_bits < 32 && event >> d->value.event_bits != 0))
        return std::nullopt;
    const auto* e = event_cache_.peek(event_key(device, event));
    if (!e)
        return std::nullopt;
    const auto* c = collection_cache_.peek(e->value.collection);
    if (!c)
        return std::nullopt;
    return route{d, e, c};
}

void its_engine::use(const route& r)
{
    device_cache_.use(r.device);
    event_cache_.use(r.entry);
    collection_cache_.use(r.collection);
}

its_error its_engine::execute(const its_command& c)
{
    const its_opcode o = c.opcode();
    switch (o) {
    case its_opcode::mapd: return mapd(c);
    case its_opcode::mapc: return mapc(c);
    case its_opcode::mapti:
    case its_opcode::mapi: return mapti(c);
    case its_opcode::movi: return movi(c);
    case its_opcode::discard: return discard(c);
    case its_opcode::int_: return translate(c.device(), c.event());
    case its_opcode::clear: {
        const mapping m = find(o, c.device(), c.event());
        if (m.error == its_error::none)
            env_.clear_lpi(m.target, m.entry.intid);
        return m.error;
    }
    case its_opcode::inv: {
        const mapping m = find(o, c.device(), c.event());
        if (m.error == its_error::none)
            env_.invalidate_lpi(m.target, m.entry.intid);
        return m.error;
    }
    case its_opcode::invall: {
        std::uint32_t target = 0;
        const its_error error = find_collection(o, c.collection(), target);
        if (error == its_error::none)
            env_.invalidate_all(target);
        return error;
    }
    case its_opcode::movall:
        // As GIC-600: a redistributor that does not exist is found out beyond the ITS, and ignored.
        if (env_.target_exists(c.target()) && env_.target_exists(c.target2()) && c.target() != c.target2())
            env_.move_all(static_cast<std::uint32_t>(c.target()), static_cast<std::uint32_t>(c.target2()));
        return its_error::none;
    case its_opcode::sync:
        if (env_.target_exists(c.target()))
            env_.synchronize(static_cast<std::uint32_t>(c.target()));
        return its_error::none;
    }
    return make_its_error(o, unknown_command);
}

its_error its_engine::mapd(const its_command& c)
{
    if (c.valid() && c.event_bits() > limits_.event_bits)
        return make_its_error(c.opcode(), size_out_of_range);
    std::uint64_t address = 0;
    if (const its_error e = device_slot(c.opcode(), c.device(), c.valid(), address); e != its_error::none) {
        // Unmapping what an indirect table has no page for: it is unmapped already.
        return !c.valid() && reason_of(e) == unmapped_device ? its_error::none : e;
    }
    const device_entry entry{c.itt_address(), c.event_bits()};
    if (!env_.write(its_table::devices, address, c.valid() ? entry.encode() : 0))
        return make_its_error(c.opcode(), access_failure);
    device_cache_.erase(c.device());
    event_cache_.erase_if([&](std::uint64_t key) { return key >> 32 == c.device(); });
    return its_error::none;
}

its_error its_engine::mapc(const its_command& c)
{
    std::uint64_t address = 0;
    if (const its_error e = collection_slot(c.opcode(), c.collection(), address); e != its_error::none)
        return e;
    if (c.valid() && !env_.target_exists(c.target()))
        return make_its_error(c.opcode(), target_out_of_range);
    const collection_entry entry{static_cast<std::uint32_t>(c.target())};
    if (!env_.write(its_table::collections, address, c.valid() ? entry.encode() : 0))
        return make_its_error(c.opcode(), access_failure);
    collection_cache_.erase(c.collection());
    return its_error::none;
}

its_error its_engine::mapti(const its_command& c)
{
    const its_opcode o = c.opcode();
    const std::uint32_t intid = o == its_opcode::mapi ? c.event() : c.physical_intid();
    device_entry device;
    if (const its_error e = find_device(o, c.device(), device); e != its_error::none)
        return e;
    if (device.event_bits < 32 && c.event() >> device.event_bits != 0)
        return make_its_error(o, id_out_of_range);
    if (intid < first_lpi || intid >> limits_.lpi_bits != 0)
        return make_its_error(o, physical_id_out_of_range);
    // The collection need not be mapped yet, but it must be one that can be.
    std::uint64_t address = 0;
    if (const its_error e = collection_slot(o, c.collection(), address); e != its_error::none)
        return e;
    const translation_entry entry{intid, c.collection()};
    if (!env_.write(its_table::translations, device.itt_address + std::uint64_t(c.event()) * its_entry_bytes,
                    entry.encode()))
        return make_its_error(o, access_failure);
    event_cache_.erase(event_key(c.device(), c.event()));
    return its_error::none;
}

its_error its_engine::movi(const its_command& c)
{
    const mapping m = find(c.opcode(), c.device(), c.event());
    if (m.error != its_error::none)
        return m.error;
    std::uint32_t target = 0;
    if (const its_error e = find_collection(c.opcode(), c.collection(), target); e != its_error::none)
        return e;
    const translation_entry entry{m.entry.intid, c.collection()};
    if (!env_.write(its_table::translations, m.ite_address, entry.encode()))
        return make_its_error(c.opcode(), access_failure);
    event_cache_.erase(event_key(c.device(), c.event()));
    if (target != m.target)
        env_.move_lpi(m.target, target, m.entry.intid);
    return its_error::none;
}

its_error its_engine::discard(const its_command& c)
{
    mapping m;
    if (const its_error e = find_event(c.opcode(), c.device(), c.event(), m); e != its_error::none)
        return e;
    // With its collection gone there is no redistributor where it could be pending; the mapping ends all the same.
    const its_error collection = find_collection(c.opcode(), m.entry.collection, m.target);
    if (!env_.write(its_table::translations, m.ite_address, 0))
        return make_its_error(c.opcode(), access_failure);
    event_cache_.erase(event_key(c.device(), c.event()));
    if (collection == its_error::none)
        env_.clear_lpi(m.target, m.entry.intid);
    return its_error::none;
}

} // namespace iovp::gic
