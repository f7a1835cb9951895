#pragma once

#include <functional>
#include <memory>
#include <sysc/kernel/sc_dynamic_processes.h>
#include <systemc>
#include <utility>
#include <vector>

namespace iovp::smmu {

/// Threads for work that may wait, given out by code that may not: made when no idle one is left, never ended.
template <class Job>
class worker_pool {
public:
    explicit worker_pool(std::function<void(Job&)> work)
        : work_(std::move(work))
    {
    }

    /// Begins in the next delta cycle of the present time.
    void run(Job& job)
    {
        if (idle_.empty()) {
            workers_.push_back(std::make_unique<worker>());
            worker& w = *workers_.back();
            w.job = &job;
            sc_core::sc_spawn([this, &w] { serve(w); }, sc_core::sc_gen_unique_name("worker"));
            return;
        }
        worker& w = *idle_.back();
        idle_.pop_back();
        w.job = &job;
        w.called.notify(sc_core::SC_ZERO_TIME);
    }

    std::size_t threads() const { return workers_.size(); }

private:
    struct worker {
        Job* job = nullptr;
        sc_core::sc_event called;
    };

    void serve(worker& w)
    {
        for (;;) {
            work_(*w.job);
            idle_.push_back(&w);
            sc_core::wait(w.called);
        }
    }

    std::function<void(Job&)> work_;
    std::vector<std::unique_ptr<worker>> workers_;
    std::vector<worker*> idle_; ///< the last one used is used first
};

} // namespace iovp::smmu
