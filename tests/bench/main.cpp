// The benchmarks of issue "Believable time": see tests/bench/README.md. They run in a process of the simulation,
// because a TLB miss waits.

#include "a64_system.h"
#include "systems.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fstream>
#include <string>

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_START_INSTRUMENTATION
#define CALLGRIND_STOP_INSTRUMENTATION
#define CALLGRIND_ZERO_STATS
#define CALLGRIND_DUMP_STATS_AT(name)
#endif

using namespace iovp::bench;

namespace {

/// Every body `calls` times, each ending with a dump of callgrind's counters that has the row's name.
bool count(const rows& all, std::uint64_t calls)
{
    bool ok = true;
    for (const rows::row& r : all.all()) {
        r.prepare();
        bool row_ok = r.run(calls); // warm
        CALLGRIND_START_INSTRUMENTATION;
        CALLGRIND_ZERO_STATS;
        row_ok &= r.run(calls);
        CALLGRIND_DUMP_STATS_AT(r.name.c_str());
        CALLGRIND_STOP_INSTRUMENTATION;
        std::printf("%s %s\n", r.name.c_str(), row_ok ? "ok" : "FAILED");
        ok = ok && row_ok;
    }
    return ok;
}

/// Peak resident memory of this process so far, in MiB.
long peak_memory()
{
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.rfind("VmHWM:", 0) == 0)
            return std::strtol(line.c_str() + 6, nullptr, 10) / 1024;
    return 0;
}

/// How much memory a large system takes.
class memory_runner : public sc_core::sc_module {
public:
    SC_HAS_PROCESS(memory_runner);
    explicit memory_runner(const sc_core::sc_module_name& name)
        : sc_module(name)
        , system_("system", large())
    {
        SC_THREAD(run);
    }

private:
    static translated_system::parameters large()
    {
        translated_system::parameters p;
        p.streams = 65536;
        p.pages = 1 << 20;
        return p;
    }
    void run()
    {
        std::printf("memory %ld one TBU, one TCU, nothing mapped\n", peak_memory());
        system_.start();
        std::printf("memory %ld the same with 64k streams and 1M pages mapped, each used once\n", peak_memory());
        sc_core::sc_stop();
    }

    translated_system system_;
};

class runner : public sc_core::sc_module {
public:
    SC_HAS_PROCESS(runner);
    runner(const sc_core::sc_module_name& name, std::uint64_t calls)
        : sc_module(name)
        , calls_(calls)
        , a64_("a64")
    {
        systems_.add_to(rows_);
        a64_.add_to(rows_);
        SC_THREAD(run);
        set_stack_size(8 << 20);
    }
    int exit_code() const { return exit_code_; }

private:
    void run()
    {
        try {
            if (calls_ == 0)
                benchmark::RunSpecifiedBenchmarks();
            if (calls_ == 0 || count(rows_, calls_))
                exit_code_ = 0;
        } catch (const std::exception& e) {
            std::fprintf(stderr, "bench: %s\n", e.what());
        }
        sc_core::sc_stop();
    }

    const std::uint64_t calls_;
    systems systems_;
    a64_system a64_;
    rows rows_;
    int exit_code_ = 1; ///< until run() has ended: a body that waits for ever is an error
};

} // namespace

int sc_main(int argc, char** argv)
{
    benchmark::Initialize(&argc, argv);
    std::uint64_t calls = 0;
    if (argc == 3 && std::strcmp(argv[1], "--count") == 0)
        calls = std::strtoull(argv[2], nullptr, 0);
    const bool memory = argc == 2 && std::strcmp(argv[1], "--memory") == 0;
    if (argc != (calls != 0 ? 3 : memory ? 2 : 1)) {
        std::fprintf(stderr, "usage: bench [options of Google Benchmark] | bench --count CALLS | bench --memory\n");
        return 2;
    }
    if (memory) {
        memory_runner m("memory");
        sc_core::sc_start();
        return 0;
    }
    runner r("bench", calls);
    sc_core::sc_start();
    return r.exit_code();
}
