#pragma once

#include <functional>
#include <stdexcept>
#include <systemc>

namespace iovp::validation {

/// Runs `body` in a thread until it returns; an error when it does not before `limit` of simulated time. Once per
/// process, when every module has been made.
inline void simulate(const std::function<void()>& body, sc_core::sc_time limit = sc_core::sc_time(10, sc_core::SC_SEC))
{
    struct runner : sc_core::sc_module {
        SC_HAS_PROCESS(runner);
        runner(sc_core::sc_module_name name, const std::function<void()>& what)
            : sc_module(name)
            , body(what)
        {
            SC_THREAD(run);
            set_stack_size(1 << 20);
        }
        void run()
        {
            body();
            finished = true;
            sc_core::sc_stop();
        }
        const std::function<void()>& body;
        bool finished = false;
    };
    runner r("experiment", body);
    sc_core::sc_report_handler::set_actions("/OSCI/SystemC", sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
    sc_core::sc_start(limit);
    if (!r.finished)
        throw std::runtime_error("the experiment did not end within " + limit.to_string() + " of simulated time");
}

} // namespace iovp::validation
