#pragma once

#include <string>
#include <vector>

namespace iovp::profile {

/// What the command line asked for.
struct options {
    std::string profile = "server"; ///< a name, or a file
    std::vector<std::string> settings;
    std::vector<std::string> sweeps;
    std::string json_file, csv_file, html_file, perfetto_file, vcd_file; ///< empty: none
    bool dump = false;                                                   ///< print all parameters and stop
    bool quiet = false;
};

struct parsed_options {
    options chosen;
    bool stop = false; ///< --help, or a mistake that was printed
    int exit_code = 0;
};
parsed_options parse_options(int argc, char** argv);

} // namespace iovp::profile
