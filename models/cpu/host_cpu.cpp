#include "cpu/host_cpu.h"

#include "common/systemc/configuration_error.h"
#include "common/systemc/time.h"
#include "common/systemc/transport.h"

#include <boost/container/small_vector.hpp>

#include <algorithm>
#include <cstring>
#include <vector>

namespace iovp::cpu {

static constexpr std::uint64_t ps_per_second = 1'000'000'000'000;

void host_cpu::parameters::check(const std::string& object) const
{
    if (clock_period == sc_core::SC_ZERO_TIME)
        configuration_error(object, "clock_period", "0", "above 0");
    require_range(object, "counter_frequency", counter_frequency, 1, ps_per_second);
    if (ps_per_second % counter_frequency != 0)
        configuration_error(object, "counter_frequency", std::to_string(counter_frequency), "a divisor of 10^12");
    require_power_of_two(object, "copy_size", copy_size);
    require_range(object, "copy_size", copy_size, 8, 4096);
    require_range(object, "stack_size", stack_size, 65536, std::uint64_t(1) << 32);
}

static const host_cpu::parameters& checked(const host_cpu::parameters& p, const char* object)
{
    p.check(object);
    return p;
}

// Every core of the simulation, in the order of construction.
static std::vector<host_cpu*>& cores()
{
    static std::vector<host_cpu*> all;
    return all;
}

host_cpu::host_cpu(const sc_core::sc_module_name& name, const parameters& p)
    : sc_module(name)
    , bus("bus")
    , irq("irq")
    , gic("gic")
    , parameters_(checked(p, this->name()))
    , access_time_(p.clock_period * p.cycles_per_access)
    , counter_period_ps_(ps_per_second / p.counter_frequency)
    , start_("start")
{
    SC_HAS_PROCESS(host_cpu);
    SC_THREAD(run);
    set_stack_size(static_cast<int>(p.stack_size));
    cores().push_back(this);
}

host_cpu::~host_cpu()
{
    auto& all = cores();
    all.erase(std::remove(all.begin(), all.end(), this), all.end());
}

void host_cpu::end_of_elaboration()
{
    if (find(parameters_.affinity) != this)
        configuration_error(name(), "affinity", std::to_string(parameters_.affinity), "one of no other core");
    if (parameters_.powered_on_at_reset && !entry_)
        configuration_error(name(), "powered_on_at_reset", "true", "only after reset_entry()");
}

host_cpu* host_cpu::current()
{
    const sc_core::sc_process_b* running = sc_core::sc_get_current_process_b();
    for (host_cpu* core : cores())
        if (running && core->process_ == running)
            return core;
    return nullptr;
}

host_cpu* host_cpu::find(std::uint64_t affinity)
{
    for (host_cpu* core : cores())
        if (core->parameters_.affinity == affinity)
            return core;
    return nullptr;
}

bool host_cpu::power_on(std::function<void()> entry)
{
    if (on_)
        return false;
    on_ = true;
    entry_ = std::move(entry);
    start_.notify(sc_core::SC_ZERO_TIME);
    return true;
}

void host_cpu::run()
{
    process_ = sc_core::sc_get_current_process_b();
    on_ = on_ || parameters_.powered_on_at_reset;
    for (;;) {
        if (!on_)
            wait(start_);
        masked_ = true;
        guest_ = nullptr;
        bus_error_ = false;
        const std::function<void()> entry = std::move(entry_);
        entry();
        barrier();
        on_ = false;
    }
}

void host_cpu::spend(const sc_core::sc_time& t)
{
    local_ += t;
    if (local_ > parameters_.quantum)
        barrier();
}

void host_cpu::barrier()
{
    if (local_ == sc_core::SC_ZERO_TIME)
        return;
    const sc_core::sc_time ahead = local_;
    local_ = sc_core::SC_ZERO_TIME;
    wait(ahead);
}

// An interrupt is taken between two instructions of the software: before the access that finds it pending.
void host_cpu::take_interrupt()
{
    if (masked_ || !handler_ || !irq.read())
        return;
    masked_ = true;
    running_guest* const interrupted = guest_;
    guest_ = nullptr; // the handler is EL2's
    local_ += parameters_.interrupt_entry;
    barrier();
    handler_();
    guest_ = interrupted;
    masked_ = false;
}

bool host_cpu::bus_access(tlm::tlm_command command, std::uint64_t address, void* data, unsigned size,
                          const transaction_attributes& with)
{
    spend(access_time_);
    const bool ok = transport(bus, command, address, data, size, with, local_);
    spend(sc_core::SC_ZERO_TIME);
    return ok;
}

// Descriptors of the guest's stage 2, read by the core itself.
class host_cpu::walk_memory : public vmsa::memory_port {
public:
    explicit walk_memory(host_cpu& core)
        : core_(core)
    {
    }

    bool read(const vmsa::structure_access& what, std::uint64_t* words, unsigned count) override
    {
        transaction_attributes with;
        with.privileged = true;
        with.memory = what.memory;
        return core_.bus_access(tlm::TLM_READ_COMMAND, what.address.value(), words, count * 8, with);
    }

    // guest_stage2 does not enable hardware updates.
    exchange compare_exchange(const vmsa::structure_access&, std::uint64_t&, std::uint64_t) override
    {
        return exchange::aborted;
    }

private:
    host_cpu& core_;
};

// Every stage-2 page that the access touches is translated, and nothing is accessed unless all permit it.
bool host_cpu::guest_access(tlm::tlm_command command, std::uint64_t ipa, std::uint8_t* data, unsigned size,
                            const transaction_attributes& incoming)
{
    struct part {
        std::uint64_t pa;
        unsigned size;
        memory_attributes memory;
    };
    const guest_stage2& stage2 = guest_->stage2;
    const std::uint64_t page = std::uint64_t(1) << vmsa::log2_size(stage2.regime().tg);
    vmsa::access wanted;
    wanted.write = command == tlm::TLM_WRITE_COMMAND;
    wanted.privileged = true;
    walk_memory memory(*this);
    boost::container::small_vector<part, 2> parts;
    for (unsigned done = 0; done < size;) {
        const std::uint64_t at = ipa + done;
        const vmsa::walk_result result = stage2.translate(intermediate_address(at), wanted, memory);
        const auto* found = std::get_if<vmsa::translation>(&result);
        if (!found) {
            stage2_fault_ = std::get<vmsa::fault>(result);
            return false;
        }
        const auto length = static_cast<unsigned>(std::min<std::uint64_t>(size - done, page - (at & (page - 1))));
        parts.push_back({found->pa.value(), length, found->memory(incoming.memory)});
        done += length;
    }
    bool ok = true;
    for (const part& p : parts) {
        transaction_attributes with = incoming;
        with.memory = p.memory;
        ok = bus_access(command, p.pa, data, p.size, with) && ok;
        data += p.size;
    }
    return ok;
}

bool host_cpu::access(tlm::tlm_command command, std::uint64_t address, void* data, unsigned size, memory_kind kind)
{
    take_interrupt();
    transaction_attributes with;
    with.privileged = true;
    with.memory = kind == memory_kind::device ? device_memory() : normal_write_back();
    const bool ok = guest_ ? guest_access(command, address, static_cast<std::uint8_t*>(data), size, with)
                           : bus_access(command, address, data, size, with);
    if (!ok) {
        bus_error_ = true;
        if (command == tlm::TLM_READ_COMMAND)
            std::memset(data, 0xff, size);
    }
    return ok;
}

bool host_cpu::read(std::uint64_t address, void* data, unsigned size, memory_kind kind)
{
    return access(tlm::TLM_READ_COMMAND, address, data, size, kind);
}

bool host_cpu::write(std::uint64_t address, const void* data, unsigned size, memory_kind kind)
{
    return access(tlm::TLM_WRITE_COMMAND, address, const_cast<void*>(data), size, kind);
}

// `advance`: false repeats the same data for every piece.
bool host_cpu::pieces(tlm::tlm_command command, std::uint64_t address, std::uint8_t* data, std::size_t size,
                      bool advance)
{
    bool ok = true;
    while (size != 0) {
        const std::size_t room = parameters_.copy_size - (address & (parameters_.copy_size - 1));
        const std::size_t part = std::min(size, room);
        ok = access(command, address, data, static_cast<unsigned>(part), memory_kind::normal) && ok;
        address += part;
        size -= part;
        if (advance)
            data += part;
    }
    return ok;
}

bool host_cpu::copy_in(void* to, std::uint64_t from, std::size_t size)
{
    return pieces(tlm::TLM_READ_COMMAND, from, static_cast<std::uint8_t*>(to), size, true);
}

bool host_cpu::copy_out(std::uint64_t to, const void* from, std::size_t size)
{
    return pieces(tlm::TLM_WRITE_COMMAND, to, static_cast<std::uint8_t*>(const_cast<void*>(from)), size, true);
}

bool host_cpu::fill(std::uint64_t to, std::uint8_t value, std::size_t size)
{
    std::vector<std::uint8_t> pattern(parameters_.copy_size, value);
    return pieces(tlm::TLM_WRITE_COMMAND, to, pattern.data(), size, false);
}

bool host_cpu::take_bus_error()
{
    const bool was = bus_error_;
    bus_error_ = false;
    return was;
}

void host_cpu::enable_interrupts()
{
    masked_ = false;
    spend(parameters_.clock_period);
    take_interrupt();
}

bool host_cpu::disable_interrupts()
{
    const bool were_enabled = !masked_;
    masked_ = true;
    spend(parameters_.clock_period);
    return were_enabled;
}

void host_cpu::wait_for_interrupt(std::uint64_t deadline)
{
    spend(parameters_.clock_period);
    barrier();
    const std::uint64_t now = to_ps(sc_core::sc_time_stamp());
    const bool limited = deadline < ~std::uint64_t(0) / counter_period_ps_;
    const std::uint64_t end = limited ? deadline * counter_period_ps_ : ~std::uint64_t(0);
    if (!irq.read()) {
        if (!limited)
            wait(irq.posedge_event());
        else if (end > now)
            wait(sc_core::sc_time::from_value(end - now), irq.posedge_event());
    }
    take_interrupt();
}

std::uint64_t host_cpu::counter()
{
    take_interrupt();
    spend(parameters_.clock_period);
    return local_ps(local_) / counter_period_ps_;
}

bool host_cpu::read_register(system_register which, std::uint64_t& value)
{
    if (gic.size() == 0)
        return false;
    local_ += access_time_;
    barrier(); // what the GIC answers depends on when it is asked
    const bool defined = gic->read_register(which, value, local_);
    spend(sc_core::SC_ZERO_TIME);
    return defined;
}

bool host_cpu::write_register(system_register which, std::uint64_t value)
{
    if (gic.size() == 0)
        return false;
    local_ += access_time_;
    barrier();
    const bool defined = gic->write_register(which, value, local_);
    spend(sc_core::SC_ZERO_TIME);
    return defined;
}

std::uint64_t host_cpu::run_guest(const guest& g, const std::function<std::uint64_t()>& entry)
{
    if (guest_)
        return 0;
    running_guest running{&g, guest_stage2(parameters_.mmu, g.vttbr, g.vtcr)};
    spend(parameters_.hypercall_entry);
    guest_ = &running;
    const std::uint64_t result = entry();
    guest_ = nullptr;
    return result;
}

std::uint64_t host_cpu::hypercall(std::uint64_t function, const std::uint64_t arguments[4])
{
    running_guest* const caller = guest_;
    if (!caller || !caller->what->hypercall) {
        spend(parameters_.clock_period);
        return ~std::uint64_t(0);
    }
    guest_ = nullptr;
    spend(parameters_.hypercall_entry);
    const std::uint64_t result = caller->what->hypercall(function, arguments);
    guest_ = caller;
    return result;
}

} // namespace iovp::cpu
