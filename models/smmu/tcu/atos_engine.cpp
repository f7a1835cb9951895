#include "smmu/tcu/atos_engine.h"

#include <utility>

namespace iovp::smmu {

atos_engine::atos_engine(sc_core::sc_module_name name, register_frame& frame, const reg::atos_group& where, operation o)
    : sc_module(name)
    , frame_(frame)
    , where_(where)
    , operation_(std::move(o))
{
    SC_HAS_PROCESS(atos_engine);
    SC_THREAD(run);
}

void atos_engine::run()
{
    for (;;) {
        while (!running())
            wait(requested_);
        ++begun_;
        frame_.set(where_.par, operation_());
        frame_.set(where_.ctrl, 0);
        ++finished_;
        finished_one_.notify();
    }
}

void atos_engine::wait_begun()
{
    for (const std::uint64_t goal = begun_; finished_ < goal;)
        sc_core::wait(finished_one_);
}

void atos_engine::wait_idle()
{
    while (running())
        sc_core::wait(finished_one_);
}

} // namespace iovp::smmu
