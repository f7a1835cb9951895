#include "scenario.h"

#include "cpu/a64/gdb_server.h"

#include <cstdio>
#include <cstdlib>
#include <thread>

namespace iovp::cpu::test {
namespace {

/// Runs GDB's own client with these commands against the port, in a thread beside the simulation; its output.
class gdb_client {
public:
    gdb_client(std::uint16_t port, const std::vector<std::string>& commands)
        : thread_([this, port, commands] {
            std::string line = "gdb-multiarch -q -nx -batch -ex 'set confirm off' -ex 'set architecture aarch64' "
                               "-ex 'set tcp connect-timeout 10' -ex 'target remote :" +
                               std::to_string(port) + "'";
            for (const std::string& c : commands)
                line += " -ex '" + c + "'";
            if (FILE* pipe = popen((line + " 2>&1").c_str(), "r")) {
                char text[512];
                while (std::fgets(text, sizeof text, pipe))
                    output_ += text;
                pclose(pipe);
            }
        })
    {
    }
    std::string output()
    {
        if (thread_.joinable())
            thread_.join();
        return output_;
    }

private:
    std::string output_;
    std::thread thread_;
};

bool have_gdb()
{
    return std::system("gdb-multiarch --version > /dev/null 2>&1") == 0;
}

TEST(A64Gdb, BreakpointStepRegistersAndMemory)
{
    if (!have_gdb())
        GTEST_SKIP() << "gdb-multiarch is not installed";
    bench b;
    program p(code);
    p.mov(0, results).mov(1, 5).label("loop").add(2, 2, 3).str(2, 0).sub(1, 1, 1).cbnz(1, "loop");
    done(p);
    b.load(p);
    gdb_server::parameters q;
    q.port = 0;
    gdb_server server("gdb", q, {b.cpus[0].get()});
    const std::string at = std::to_string(p.at("loop"));
    gdb_client client(server.port(),
                      {"printf \"pc %lx\\n\", $pc", "break *" + at, "continue", "printf \"x1 %d\\n\", $x1", "continue",
                       "printf \"x1 %d x2 %d\\n\", $x1, $x2", "stepi", "printf \"pc+4 %d\\n\", $pc - " + at, "stepi",
                       "printf \"memory %d\\n\", *(long*)" + std::to_string(results), "set $x2 = 100", "info threads",
                       "set *(long*)" + std::to_string(results + 64) + " = 42", "delete", "continue"});
    b.run();
    const std::string out = client.output();
    EXPECT_THAT(out, testing::HasSubstr("pc 80000000\n"));
    EXPECT_THAT(out, testing::HasSubstr("x1 5\n"));
    EXPECT_THAT(out, testing::HasSubstr("x1 4 x2 3\n"));
    EXPECT_THAT(out, testing::HasSubstr("pc+4 4\n"));
    EXPECT_THAT(out, testing::HasSubstr("memory 6\n"));
    EXPECT_THAT(out, testing::HasSubstr("bench.cpu0 EL2"));
    EXPECT_EQ(b.result(0), 109u) << out; // 100 and three turns more
    EXPECT_EQ(b.result(8), 42u) << out;
}

// What GDB does takes no simulated time: the same program takes as long without it.
TEST(A64Gdb, TimeStandsStill)
{
    if (!have_gdb())
        GTEST_SKIP() << "gdb-multiarch is not installed";
    bench b;
    program p(code);
    p.mrs(1, cntpct_el0).nop().nop().nop().mrs(2, cntpct_el0);
    save(p, 0, 1);
    save(p, 1, 2);
    done(p);
    b.load(p);
    gdb_server::parameters q;
    q.port = 0;
    gdb_server server("gdb", q, {b.cpus[0].get()});
    gdb_client client(server.port(), {"break *" + std::to_string(code + 8), "continue", "stepi", "delete", "continue"});
    b.run();
    const std::string out = client.output();
    EXPECT_EQ(b.result(1) - b.result(0), 2u) << out; // four instructions of 500 ps
}

} // namespace
} // namespace iovp::cpu::test
