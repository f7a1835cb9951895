#pragma once

#include <cstdint>
#include <string>
#include <systemc>

namespace iovp::a64_virt {

/// What the command line asked for.
struct options {
    std::string kernel;
    std::string initrd;
    std::string arguments;
    std::string console = "-";
    std::string input;
    std::string device_tree_file; ///< empty: do not write the device tree
    std::string profile;          ///< of platforms/profiles; empty: the models' defaults
    unsigned cpus = 1;
    unsigned exception_level = 2;
    std::uint64_t memory = std::uint64_t(1) << 30;
    sc_core::sc_time timeout = sc_core::SC_ZERO_TIME; ///< simulated; zero: none
};

/// Reads the command line. Where it must not go on (--help, or a mistake that was printed), `exit_code` is set.
struct parsed_options {
    options chosen;
    bool stop = false;
    int exit_code = 0;
};
parsed_options parse_options(int argc, char** argv);

} // namespace iovp::a64_virt
