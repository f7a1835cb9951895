#pragma once

#include "smmu/tcu/register_frame.h"

#include <cstdint>
#include <functional>
#include <systemc>

namespace iovp::smmu {

/// One ATOS interface (chapter 9), GATOS or VATOS of either state: runs one operation at a time, while others go on.
class atos_engine : public sc_core::sc_module {
public:
    /// What becomes of PAR; takes the time of the operation.
    using operation = std::function<std::uint64_t()>;

    /// `where`: the interface's registers in `frame`.
    atos_engine(sc_core::sc_module_name name, register_frame& frame, const reg::atos_group& where, operation o);

    security_state state() const { return frame_.state(); }
    /// RUN may have become 1; it counts after `delay`.
    void kick(const sc_core::sc_time& delay) { requested_.notify(delay); }
    /// Waits for the operations begun before.
    void wait_begun();
    /// 6.3.37: waits until RUN is 0.
    void wait_idle();

private:
    void run();
    bool running() const { return gatos_ctrl::run::get(frame_.get(where_.ctrl)); }

    register_frame& frame_;
    const reg::atos_group where_;
    const operation operation_;
    // Who must know that the operations before it are over compares.
    std::uint64_t begun_ = 0;
    std::uint64_t finished_ = 0;
    sc_core::sc_event requested_;
    sc_core::sc_event finished_one_;
};

} // namespace iovp::smmu
