// A scripted session of gdb-multiarch with --gdb: breakpoint, registers, memory, step, threads, continue to the end.

#include "virt.h"

#include <gmock/gmock.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

using iovp::test::a64_program;
using iovp::test::run_command;
using iovp::test::scratch;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;

namespace {

// A TCP port that was free a moment ago.
int free_port()
{
    const int s = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof a;
    EXPECT_EQ(::bind(s, reinterpret_cast<sockaddr*>(&a), size), 0);
    ::getsockname(s, reinterpret_cast<sockaddr*>(&a), &size);
    ::close(s);
    return ntohs(a.sin_port);
}

TEST(Gdb, BreakStepLookAndContinue)
{
    if (run_command("command -v gdb-multiarch").exit_code != 0)
        GTEST_SKIP() << "gdb-multiarch is not installed";
    const scratch files;
    const std::string port = std::to_string(free_port()), program = a64_program("hello");
    const auto r =
        run_command("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE=1 timeout 60 " A64_VIRT_PROGRAM " --cpus 2 --kernel " + program +
                    " --gdb " + port + " --console " + files.path("console") +
                    " & timeout 60 gdb-multiarch -q -nx -batch -ex 'set confirm off' -ex 'set tcp connect-timeout 20' "
                    "-ex 'target remote :" +
                    port +
                    "' -ex 'print/x $pc' -ex 'break test_main' -ex 'continue' -ex 'info threads' "
                    "-ex 'print/x $x0 & 0xfff' -ex 'x/1xw $x0' -ex 'print/x $pc' -ex 'stepi' -ex 'print/x $pc' "
                    "-ex 'continue' " +
                    program + " 2>&1; wait $!; echo ended $?");
    EXPECT_THAT(r.output, HasSubstr("$1 = 0x80080000")) << "the entry";
    EXPECT_THAT(r.output, ContainsRegex("hit Breakpoint 1, test_main|Breakpoint 1, test_main"));
    EXPECT_THAT(r.output, HasSubstr("$2 = 0x0")) << "the device tree stands at a page";
    EXPECT_THAT(r.output, HasSubstr("0xedfe0dd0")) << "its magic number, big-endian";
    EXPECT_THAT(r.output, HasSubstr("exited normally"));
    EXPECT_THAT(r.output, HasSubstr("ended 0"));
    EXPECT_EQ(files.read("console"), "hello\nPASS\n");
}

} // namespace
