#pragma once

#include "gic/arch/its_command.h"
#include "gic/arch/its_tables.h"
#include "gic/arch/keyed_cache.h"

#include <array>
#include <cstdint>
#include <optional>

namespace iovp::gic {

/// What an ITS access to memory is for.
enum class its_table : std::uint8_t { devices, translations, collections };

/// What the ITS engine needs of the world: memory, time and redistributors. Whoever implements it decides how long
/// each takes.
class its_environment {
public:
    virtual ~its_environment() = default;

    /// One 8-byte table access. False: the access was answered with an error.
    virtual bool read(its_table table, std::uint64_t address, std::uint64_t& value) = 0;
    virtual bool write(its_table table, std::uint64_t address, std::uint64_t value) = 0;
    /// The cache of that table was looked at.
    virtual void looked_up(its_table table, bool hit) = 0;
    /// The table's step of a translation is over, found or not.
    virtual void step_done(its_table table) = 0;

    virtual bool target_exists(std::uint64_t processor_number) const = 0;
    virtual void set_lpi(std::uint32_t target, std::uint32_t intid) = 0;
    virtual void clear_lpi(std::uint32_t target, std::uint32_t intid) = 0;
    virtual void invalidate_lpi(std::uint32_t target, std::uint32_t intid) = 0;
    virtual void invalidate_all(std::uint32_t target) = 0;
    virtual void move_lpi(std::uint32_t from, std::uint32_t to, std::uint32_t intid) = 0;
    virtual void move_all(std::uint32_t from, std::uint32_t to) = 0;
    /// Returns when everything sent to that redistributor before has taken effect.
    virtual void synchronize(std::uint32_t target) = 0;
};

/// The limits that GITS_TYPER reports, and the caches.
struct its_limits {
    unsigned device_bits = 16;     ///< DeviceID bits, 1..32
    unsigned event_bits = 16;      ///< EventID bits, 1..32
    unsigned collection_bits = 16; ///< ICID bits, 1..16
    unsigned lpi_bits = 16;        ///< INTIDs below 2^lpi_bits, GICD_TYPER.IDbits
    unsigned device_cache = 32;
    unsigned event_cache = 256;
    unsigned collection_cache = 16;
    unsigned cache_ways = 2;
};

/// The ITS's commands and translations, without time and without registers. Tables are write-through: what a command
/// changes is in memory when it ends, and in no cache as something else.
class its_engine {
public:
    its_engine(const its_limits& limits, its_environment& environment);

    /// GITS_BASER0 and GITS_BASER1 changed; drops every cache.
    void set_tables(std::uint64_t devices, std::uint64_t collections);

    /// An MSI: looks up device, event and collection and makes the LPI pending. its_error::none, or why nothing
    /// happened.
    its_error translate(std::uint32_t device, std::uint32_t event);
    /// Where an MSI goes, as the caches say it: until the next command or set_tables().
    struct route {
        const keyed_cache<device_entry>::line* device;
        const keyed_cache<translation_entry>::line* entry;
        const keyed_cache<collection_entry>::line* collection;
    };
    /// What translate() would find when every look-up of it hits; leaves no trace.
    std::optional<route> cached_route(std::uint32_t device, std::uint32_t event) const;
    /// The trace that translate() would have left in the caches.
    void use(const route& r);
    /// One command.
    its_error execute(const its_command& command);

private:
    struct mapping {
        its_error error = its_error::none;
        device_entry device;
        std::uint64_t ite_address = 0;
        translation_entry entry;
        std::uint32_t target = 0;
    };

    its_error device_slot(its_opcode o, std::uint32_t device, bool create, std::uint64_t& address);
    its_error find_device(its_opcode o, std::uint32_t device, device_entry& found);
    its_error find_event(its_opcode o, std::uint32_t device, std::uint32_t event, mapping& m);
    its_error collection_slot(its_opcode o, std::uint32_t collection, std::uint64_t& address) const;
    its_error find_collection(its_opcode o, std::uint32_t collection, std::uint32_t& target);
    mapping find(its_opcode o, std::uint32_t device, std::uint32_t event);

    its_error mapd(const its_command& c);
    its_error mapc(const its_command& c);
    its_error mapti(const its_command& c);
    its_error movi(const its_command& c);
    its_error discard(const its_command& c);

    its_limits limits_;
    its_environment& env_;
    table_geometry devices_{0};
    table_geometry collections_{0};
    keyed_cache<device_entry> device_cache_;
    keyed_cache<translation_entry> event_cache_;
    keyed_cache<collection_entry> collection_cache_;
};

} // namespace iovp::gic
