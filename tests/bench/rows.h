#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace iovp::bench {

/// The benchmarks: what Google Benchmark measures, and the same bodies for counting instructions. One call of a body is
/// one transaction; it returns false when the transaction did not do what it should.
class rows {
public:
    struct row {
        std::string name;
        std::function<void()> prepare;          ///< before the first call; from a process, may take simulated time
        std::function<bool(std::uint64_t)> run; ///< that many calls; false: one of them failed
    };

    template <class Body>
    void add(const std::string& name, const std::function<void()>& prepare, Body body)
    {
        all_.push_back({name, prepare, [body](std::uint64_t calls) mutable {
                            bool ok = true;
                            while (calls-- > 0)
                                ok &= body();
                            return ok;
                        }});
        benchmark::RegisterBenchmark(name.c_str(), [prepare, body](benchmark::State& state) mutable {
            prepare();
            bool ok = true;
            for (auto _ : state)
                ok &= body();
            if (!ok)
                state.SkipWithError("a transaction failed");
        });
    }

    const std::vector<row>& all() const { return all_; }

private:
    std::vector<row> all_;
};

} // namespace iovp::bench
