#pragma once

#include "apps/nested_msi/boot_info.h"
#include "configuration.h"

#include <cstdint>
#include <string>
#include <vector>

namespace iovp::nested_msi {

/// What the command line asked for.
struct options {
    std::vector<scenario> scenarios; ///< in the order in which they run; all when none was named
    cpu_model cpu = cpu_model::native;
    std::string program;     ///< the driver's ELF file for cpu_model::a64
    std::string json_file;   ///< empty: no JSON
    std::string trace_file;  ///< empty: no trace
    std::string profile;     ///< of platforms/profiles; empty: the models' defaults, which are "server"
    std::string config_file; ///< empty: nothing to change
    bool list = false;
    bool dump_config = false;
    bool count_events = false;  ///< the driver uses the SMMU's counter groups, and they are compared with the models
    bool map = false;           ///< print the address map and its holes
    std::uint32_t switches = 0; ///< BOOT_BREAK_*: test only
};

/// Reads the command line. Where it must not go on (--help, or a mistake that was printed), `exit_code` is set.
struct parsed_options {
    options chosen;
    bool stop = false;
    int exit_code = 0;
};
parsed_options parse_options(int argc, char** argv);

} // namespace iovp::nested_msi
