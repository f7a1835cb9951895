#pragma once

namespace iovp::nested_msi {

/// Runs the scenarios that the command line asks for, each on a platform of its own in a process of its own, and
/// compares them with what they must show. The exit code: 0 all as expected, 1 a scenario deviates, 2 a mistake of the
/// caller.
int run_program(int argc, char** argv);

} // namespace iovp::nested_msi
