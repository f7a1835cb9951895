#pragma once

namespace iovp::a64_virt {

/// Loads and runs what the command line names. The exit code is that of platforms/a64_virt/README.md.
int run_program(int argc, char** argv);

} // namespace iovp::a64_virt
