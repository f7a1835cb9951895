#include "cpu/generic_timer.h"

#include "common/bit_field.h"
#include "common/systemc/configuration_error.h"
#include "common/systemc/time.h"

namespace iovp::cpu {

using sc_core::sc_time;

namespace {

constexpr std::uint64_t ps_per_second = 1'000'000'000'000;

// Encodings of C5.3, all with op0 3 and CRn 14.
constexpr std::uint16_t cnt(unsigned op1, unsigned crm, unsigned op2)
{
    return system_register{3, static_cast<std::uint8_t>(op1), 14, static_cast<std::uint8_t>(crm),
                           static_cast<std::uint8_t>(op2)}
        .encoding();
}
constexpr std::uint16_t cntfrq_el0 = cnt(3, 0, 0);
constexpr std::uint16_t cntpct_el0 = cnt(3, 0, 1);
constexpr std::uint16_t cntvct_el0 = cnt(3, 0, 2);
constexpr std::uint16_t cntkctl_el1 = cnt(0, 1, 0);
constexpr std::uint16_t cnthctl_el2 = cnt(4, 1, 0);
constexpr std::uint16_t cntvoff_el2 = cnt(4, 0, 3);

// The three registers of each timer: op2 0 is TVAL, 1 CTL, 2 CVAL.
struct timer_registers {
    std::uint8_t op1, crm;
};
constexpr timer_registers registers_of[] = {{3, 2}, {3, 3}, {4, 2}, {4, 3}};
enum view : unsigned { tval, ctl, cval };

using ctl_enable = field<0, 0>;
using ctl_imask = field<1, 1>;
using ctl_istatus = field<2, 2>;

// What can be written without FEAT_ECV: D24.10.15, D24.10.2.
constexpr std::uint64_t cntkctl_bits = bit_mask(9, 0);
constexpr std::uint64_t cnthctl_bits = bit_mask(7, 0);
constexpr std::uint64_t cnthctl_bits_vhe = bit_mask(11, 0);
constexpr std::uint64_t cnthctl_traps_nothing = bit_mask(1, 0); // EL1PCEN, EL1PCTEN

const generic_timer::parameters& checked(const generic_timer::parameters& p, const char* object)
{
    p.check(object);
    return p;
}

} // namespace

void generic_timer::parameters::check(const std::string& object) const
{
    require_range(object, "frequency", frequency, 1, ps_per_second);
    if (ps_per_second % frequency != 0)
        configuration_error(object, "frequency", std::to_string(frequency), "a divisor of 10^12");
    if (hypervisor_virtual && !hypervisor)
        configuration_error(object, "hypervisor_virtual", "true", "false without hypervisor");
}

generic_timer::generic_timer(const sc_core::sc_module_name& name, const parameters& p)
    : sc_module(name)
    , physical_irq("physical_irq")
    , virtual_irq("virtual_irq")
    , hypervisor_irq("hypervisor_irq")
    , hypervisor_virtual_irq("hypervisor_virtual_irq")
    , parameters_(checked(p, this->name()))
    , period_ps_(ps_per_second / p.frequency)
    , lines_{&physical_irq, &virtual_irq, &hypervisor_irq, &hypervisor_virtual_irq}
    , due_("due")
{
    SC_METHOD(drive_lines);
    sensitive << due_;
    dont_initialize();
    reset();
}

void generic_timer::before_end_of_elaboration()
{
    for (unsigned t = 0; t < timer_count; ++t) {
        if (lines_[t]->bind_count() != 0)
            continue;
        unused_[t] = std::make_unique<sc_core::sc_signal<bool>>(sc_core::sc_gen_unique_name("unused"));
        lines_[t]->bind(*unused_[t]);
    }
}

void generic_timer::reset()
{
    timers_ = {};
    offset_ = 0;
    frequency_ = parameters_.frequency;
    cntkctl_ = 0;
    cnthctl_ = cnthctl_traps_nothing;
    due_.notify(sc_core::SC_ZERO_TIME);
}

std::uint64_t generic_timer::physical_count(const sc_time& ahead) const
{
    return local_ps(ahead) / period_ps_;
}

std::uint64_t generic_timer::virtual_count(const sc_time& ahead) const
{
    return physical_count(ahead) - offset_;
}

// D12.2.4.1: of the four, only the EL1 virtual timer has an offset (FEAT_ECV is absent).
std::uint64_t generic_timer::count_of(unsigned t, std::uint64_t system_count) const
{
    return t == virtual_ ? system_count - offset_ : system_count;
}

// D12.2.4.1: 64-bit unsigned values.
bool generic_timer::condition_met(unsigned t, std::uint64_t system_count) const
{
    return count_of(t, system_count) >= timers_[t].compare;
}

bool generic_timer::exists(unsigned t) const
{
    return t == hypervisor_virtual ? parameters_.hypervisor_virtual : t != hypervisor || parameters_.hypervisor;
}

std::uint64_t generic_timer::read_timer(unsigned t, unsigned op2, std::uint64_t system_count) const
{
    const timer& self = timers_[t];
    switch (op2) {
    case tval: // D12.2.4.2
        return (self.compare - count_of(t, system_count)) & bit_mask(31, 0);
    case ctl: // ISTATUS is UNKNOWN while disabled: zero
        return ctl_enable::make(self.enable) | ctl_imask::make(self.imask) |
               ctl_istatus::make(self.enable && condition_met(t, system_count));
    default: return self.compare;
    }
}

void generic_timer::write_timer(unsigned t, unsigned op2, std::uint64_t value, std::uint64_t system_count)
{
    timer& self = timers_[t];
    switch (op2) {
    case tval: { // D12.2.4.2: sign-extended
        const auto ticks = static_cast<std::int64_t>(static_cast<std::int32_t>(value));
        self.compare = count_of(t, system_count) + static_cast<std::uint64_t>(ticks);
        break;
    }
    case ctl:
        self.enable = ctl_enable::get(value);
        self.imask = ctl_imask::get(value);
        break;
    default: self.compare = value; break;
    }
}

bool generic_timer::read_register(system_register which, std::uint64_t& value, const sc_time& ahead) const
{
    switch (which.encoding()) {
    case cntfrq_el0: value = frequency_; return true;
    case cntpct_el0: value = physical_count(ahead); return true;
    case cntvct_el0: value = virtual_count(ahead); return true;
    case cntkctl_el1: value = cntkctl_; return true;
    case cnthctl_el2: value = cnthctl_; return parameters_.hypervisor;
    case cntvoff_el2: value = offset_; return parameters_.hypervisor;
    default: break;
    }
    for (unsigned t = 0; t < timer_count; ++t)
        for (const unsigned op2 : {tval, ctl, cval})
            if (which.encoding() == cnt(registers_of[t].op1, registers_of[t].crm, op2)) {
                value = read_timer(t, op2, physical_count(ahead));
                return exists(t);
            }
    return false;
}

bool generic_timer::write_register(system_register which, std::uint64_t value, const sc_time& ahead)
{
    switch (which.encoding()) {
    case cntfrq_el0: frequency_ = value & bit_mask(31, 0); return true;
    case cntkctl_el1: cntkctl_ = value & cntkctl_bits; return true;
    case cnthctl_el2:
        if (!parameters_.hypervisor)
            return false;
        cnthctl_ = value & (parameters_.hypervisor_virtual ? cnthctl_bits_vhe : cnthctl_bits);
        return true;
    case cntvoff_el2:
        if (!parameters_.hypervisor)
            return false;
        offset_ = value;
        due_.notify(ahead);
        return true;
    default: break;
    }
    for (unsigned t = 0; t < timer_count; ++t)
        for (const unsigned op2 : {tval, ctl, cval})
            if (exists(t) && which.encoding() == cnt(registers_of[t].op1, registers_of[t].crm, op2)) {
                write_timer(t, op2, value, physical_count(ahead));
                due_.notify(ahead);
                return true;
            }
    return false;
}

// Each line to its level, and the next call when the first of them can change.
void generic_timer::drive_lines()
{
    const std::uint64_t now = physical_count();
    std::uint64_t next = ~std::uint64_t(0); // system count
    for (unsigned t = 0; t < timer_count; ++t) {
        const timer& self = timers_[t];
        const bool met = condition_met(t, now);
        lines_[t]->write(self.enable && !self.imask && met);
        if (!self.enable || self.imask)
            continue;
        // An offset can make the virtual count wrap: then a condition that was met is not met any more.
        const std::uint64_t ticks = (met ? 0 : self.compare) - count_of(t, now);
        if (ticks != 0 && ticks < next - now)
            next = now + ticks;
    }
    due_.cancel();
    // Later than time goes: never.
    if (next <= sc_core::sc_max_time().value() / period_ps_)
        due_.notify(sc_time::from_value(next * period_ps_) - sc_core::sc_time_stamp());
}

} // namespace iovp::cpu
