#pragma once

#include <gtest/gtest.h>
#include <systemc>

#include <exception>
#include <functional>

namespace iovp::test {

/// Runs a test's body in an SC_THREAD until it returns, and fails the test when it does not: a body that blocks for
/// ever never reaches its assertions. One call per process.
inline void in_thread(const std::function<void()>& body, sc_core::sc_time limit = sc_core::sc_time(10, sc_core::SC_MS))
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
            try {
                body();
            } catch (const std::exception& e) {
                ADD_FAILURE() << "exception in the test's body: " << e.what();
            }
            finished = true;
            sc_core::sc_stop();
        }
        const std::function<void()>& body;
        bool finished = false;
    };
    runner r("test_body", body);
    sc_core::sc_start(limit);
    EXPECT_TRUE(r.finished) << "the test's body did not finish within " << limit;
}

} // namespace iovp::test
