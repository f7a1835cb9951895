#pragma once

#include "common/systemc/system_register_if.h"
#include "gic/arch/virtual_interface_state.h"

#include <functional>
#include <systemc>

namespace iovp::gic {

/// The ICV_*_EL1 registers: what the encodings of ICC_*_EL1 mean to a guest.
class virtual_registers : public system_register_if {
public:
    /// `changed`: to be called after every access that may change what is signalled; with the physical interrupt that
    /// is to be deactivated, if there is one.
    using listener = std::function<void(std::optional<std::uint32_t> deactivated)>;
    virtual_registers(virtual_interface_state& state, const sc_core::sc_time& access, listener changed)
        : state_(state)
        , access_(access)
        , changed_(std::move(changed))
    {
    }

    bool read_register(system_register which, std::uint64_t& value, sc_core::sc_time& delay) override;
    bool write_register(system_register which, std::uint64_t value, sc_core::sc_time& delay) override;

private:
    virtual_interface_state& state_;
    sc_core::sc_time access_;
    listener changed_;
};

} // namespace iovp::gic
