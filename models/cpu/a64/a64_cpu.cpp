#include "cpu/a64/a64_cpu.h"

#include "common/systemc/configuration_error.h"
#include "cpu/a64/core.h"

#include <algorithm>

namespace iovp::cpu {

static constexpr std::uint64_t ps_per_second = 1'000'000'000'000;
static constexpr std::uint64_t affinity_bits = 0xff'00ff'ffff;

void a64_cpu::parameters::check(const std::string& object) const
{
    if (clock_period == sc_core::SC_ZERO_TIME)
        configuration_error(object, "clock_period", "0", "above 0");
    require_range(object, "cycles_per_instruction", cycles_per_instruction, 1, 1000);
    require_range(object, "counter_frequency", counter_frequency, 1, ps_per_second);
    if (ps_per_second % counter_frequency != 0)
        configuration_error(object, "counter_frequency", std::to_string(counter_frequency), "a divisor of 10^12");
    require_range(object, "stack_size", stack_size, 256u << 10, std::uint64_t(1) << 32);
    require_range(object, "reset_exception_level", reset_exception_level, 1, 2);
    if (reset_address & 3)
        configuration_error(object, "reset_address", std::to_string(reset_address), "a multiple of 4");
    if (affinity & ~affinity_bits)
        configuration_error(object, "affinity", std::to_string(affinity), "Aff3 [39:32], Aff2..0 [23:0]");
    if (wfe_timeout == sc_core::SC_ZERO_TIME)
        configuration_error(object, "wfe_timeout", "0", "above 0");
    require_range(object, "mmu.output_bits", mmu.output_bits, 32, 48);
}

static const a64_cpu::parameters& checked(const a64_cpu::parameters& p, const char* object)
{
    p.check(object);
    return p;
}

static generic_timer::parameters timer_parameters(const a64_cpu::parameters& p)
{
    generic_timer::parameters t;
    t.frequency = p.counter_frequency;
    t.hypervisor = p.reset_exception_level == 2;
    return t;
}

static std::vector<a64_cpu*>& all_cpus()
{
    static std::vector<a64_cpu*> all;
    return all;
}

a64_cpu::a64_cpu(const sc_core::sc_module_name& name, const parameters& p)
    : sc_module(name)
    , bus("bus")
    , irq("irq")
    , fiq("fiq")
    , virq("virq")
    , vfiq("vfiq")
    , gic("gic")
    , virtual_gic("virtual_gic")
    , timer("timer", timer_parameters(p))
    , parameters_(checked(p, this->name()))
    , core_(std::make_unique<a64::core>(*this))
{
    SC_HAS_PROCESS(a64_cpu);
    SC_THREAD(run);
    set_stack_size(static_cast<int>(p.stack_size));
    SC_METHOD(wire_changed);
    sensitive << irq << fiq << virq << vfiq;
    dont_initialize();
    bus.register_invalidate_direct_mem_ptr(this, &a64_cpu::invalidate_direct_mem_ptr);
    all_cpus().push_back(this);
}

a64_cpu::~a64_cpu()
{
    auto& all = all_cpus();
    all.erase(std::remove(all.begin(), all.end(), this), all.end());
}

void a64_cpu::before_end_of_elaboration()
{
    sc_core::sc_in<bool>* const wires[] = {&irq, &fiq, &virq, &vfiq};
    for (unsigned i = 0; i < unused_.size(); ++i)
        if (wires[i]->size() == 0) {
            unused_[i] = std::make_unique<sc_core::sc_signal<bool>>(sc_core::sc_gen_unique_name("unused"));
            wires[i]->bind(*unused_[i]);
        }
}

void a64_cpu::end_of_elaboration()
{
    if (find(parameters_.affinity) != this)
        configuration_error(name(), "affinity", std::to_string(parameters_.affinity), "one of no other core");
    if (parameters_.powered_on_at_reset) {
        on_ = true;
        core_->power_on(parameters_.reset_address, parameters_.reset_arguments, parameters_.reset_exception_level);
    }
}

a64_cpu* a64_cpu::find(std::uint64_t affinity)
{
    for (a64_cpu* cpu : all_cpus())
        if (cpu->parameters_.affinity == affinity)
            return cpu;
    return nullptr;
}

void a64_cpu::run()
{
    core_->run();
}

void a64_cpu::wire_changed()
{
    core_->wake();
}

void a64_cpu::invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64)
{
    core_->flush_dmi();
}

bool a64_cpu::power_on(std::uint64_t entry, std::uint64_t context, unsigned el)
{
    if (on_ || el < 1 || el > 2)
        return false;
    on_ = true;
    core_->power_on(entry, {context, 0, 0, 0}, el);
    return true;
}

const a64_cpu::statistics& a64_cpu::stats() const
{
    return core_->statistics;
}

std::uint64_t a64_cpu::register_x(unsigned n) const
{
    return core_->x(n);
}
void a64_cpu::set_register_x(unsigned n, std::uint64_t value)
{
    core_->set_x(n, value);
}
std::uint64_t a64_cpu::sp() const
{
    return core_->sp();
}
void a64_cpu::set_sp(std::uint64_t value)
{
    core_->set_sp(value);
}
std::uint64_t a64_cpu::pc() const
{
    return core_->pc();
}
void a64_cpu::set_pc(std::uint64_t value)
{
    core_->set_pc(value);
}
std::uint32_t a64_cpu::pstate() const
{
    return core_->pstate();
}
void a64_cpu::set_pstate(std::uint32_t value)
{
    core_->set_pstate(value);
}
std::array<std::uint64_t, 2> a64_cpu::register_v(unsigned n) const
{
    return core_->v(n);
}
void a64_cpu::set_register_v(unsigned n, const std::array<std::uint64_t, 2>& value)
{
    core_->set_v(n, value);
}
std::uint32_t a64_cpu::fpcr() const
{
    return core_->fpcr();
}
void a64_cpu::set_fpcr(std::uint32_t value)
{
    core_->set_fpcr(value);
}
std::uint32_t a64_cpu::fpsr() const
{
    return core_->fpsr();
}
void a64_cpu::set_fpsr(std::uint32_t value)
{
    core_->set_fpsr(value);
}
unsigned a64_cpu::exception_level() const
{
    return core_->el();
}
std::optional<std::uint64_t> a64_cpu::system_register_value(system_register which) const
{
    return core_->stored_register(which);
}
bool a64_cpu::debug_read(std::uint64_t va, void* data, std::size_t size)
{
    return core_->debug_access(tlm::TLM_READ_COMMAND, va, static_cast<std::uint8_t*>(data), size);
}
bool a64_cpu::debug_write(std::uint64_t va, const void* data, std::size_t size)
{
    return core_->debug_access(tlm::TLM_WRITE_COMMAND, va,
                               static_cast<std::uint8_t*>(const_cast<void*>(data)), // only read
                               size);
}
std::string a64_cpu::describe() const
{
    return core_->describe();
}
void a64_cpu::set_breakpoint(std::uint64_t va)
{
    core_->set_breakpoint(va, true);
}
void a64_cpu::clear_breakpoint(std::uint64_t va)
{
    core_->set_breakpoint(va, false);
}

} // namespace iovp::cpu
