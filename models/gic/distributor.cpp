#include "gic/distributor.h"

#include "common/systemc/attributes.h"
#include "common/systemc/configuration_error.h"
#include "common/systemc/time.h"
#include "gic/arch/cpu_interface_state.h"
#include "gic/frame_access.h"
#include "gic/redistributor.h"

namespace iovp::gic {

void distributor::parameters::check(const std::string& object) const
{
    require_range(object, "spi_count", spi_count, 32, 960);
    if (spi_count % 32 != 0)
        configuration_error(object, "spi_count", std::to_string(spi_count), "multiples of 32");
}

namespace {

const distributor::parameters& checked(const distributor::parameters& p, const char* object)
{
    p.check(object);
    return p;
}

} // namespace

distributor::distributor(const sc_core::sc_module_name& name, const parameters& p)
    : sc_module(name)
    , registers("registers")
    , spi("spi")
    , parameters_(checked(p, this->name()))
    , state_(p.spi_count, cpu_interface_state::priority_bits)
{
    registers.register_b_transport(this, &distributor::b_transport);
    registers.register_transport_dbg(this, &distributor::transport_dbg);
    // INTIDs end at 1019: 960 SPIs is the last multiple of 32 below.
    spi.init(p.spi_count);
    for (unsigned n = 0; n < p.spi_count; ++n) {
        sc_core::sc_spawn_options options;
        options.spawn_method();
        options.set_sensitivity(&spi[n]);
        sc_core::sc_spawn([this, n] { wire(n); }, sc_core::sc_gen_unique_name("wire"), &options);
    }
}

unsigned distributor::attach(redistributor& r, std::uint32_t affinity)
{
    if (state_.cpu_of(affinity) >= 0)
        configuration_error(r.name(), "mpidr", std::to_string(affinity), "an affinity that no other redistributor has");
    redistributors_.push_back(&r);
    return state_.add_cpu(affinity);
}

redistributor* distributor::by_number(std::uint64_t processor_number) const
{
    return processor_number < redistributors_.size() ? redistributors_[processor_number] : nullptr;
}

void distributor::changed(const sc_core::sc_time& delay)
{
    for (redistributor* r : redistributors_)
        r->notify(delay);
}

void distributor::send_sgi(std::uint64_t sgi1r, unsigned from, const sc_core::sc_time& delay)
{
    const auto intid = static_cast<std::uint32_t>(bits(sgi1r, 27, 24));
    const bool all_but_self = bit(sgi1r, 40); // IRM
    const std::uint64_t cluster = bits(sgi1r, 55, 48) << 24 | bits(sgi1r, 39, 32) << 16 | bits(sgi1r, 23, 16) << 8;
    const std::uint64_t first = bits(sgi1r, 47, 44) * 16; // RS
    for (unsigned cpu = 0; cpu < redistributors_.size(); ++cpu) {
        const std::uint32_t affinity = state_.affinity_of(cpu);
        const std::uint32_t aff0 = affinity & 0xFF;
        const bool listed = (affinity & ~0xFFu) == cluster && aff0 >= first && aff0 < first + 16 &&
                            bit(sgi1r, static_cast<unsigned>(aff0 - first));
        if (all_but_self ? cpu == from : !listed)
            continue;
        redistributors_[cpu]->state().local.message(intid, true);
        redistributors_[cpu]->notify(delay + parameters_.sgi_latency);
    }
}

void distributor::wire(unsigned n)
{
    state_.spis.line(first_spi + n, spi[n].read());
    changed(parameters_.spi_latency);
}

void distributor::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay)
{
    delay += parameters_.register_access;
    extend(attributes::of(payload).latency, local_ps(delay), stage::device_register);
    access_frame(
        payload, gicd::frame_size, [&](std::uint32_t offset, unsigned size) { return state_.read(offset, size); },
        [&](std::uint32_t offset, unsigned size, std::uint64_t value) {
            state_.write(offset, size, value);
            changed(delay + parameters_.spi_latency);
        });
}

unsigned distributor::transport_dbg(tlm::tlm_generic_payload& payload)
{
    return debug_frame(payload, gicd::frame_size,
                       [&](std::uint32_t offset, unsigned size) { return state_.read(offset, size); });
}

} // namespace iovp::gic
