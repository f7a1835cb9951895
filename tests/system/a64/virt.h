#pragma once

#include "support/program.h"

#include <string>

namespace iovp::test {

/// One run of platforms/a64_virt.
inline run_result run_virt(const std::string& arguments, capture what = capture::all)
{
    return run_command("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE=1 " A64_VIRT_PROGRAM " " + arguments, what);
}

/// A program of tests/system/a64/programs.
inline std::string a64_program(const std::string& name)
{
    return std::string(A64_PROGRAMS) + "/a64_test_" + name + ".elf";
}

} // namespace iovp::test
