#include "options.h"

#include "configuration.h"
#include "profiles/profile.h"

#include <CLI/CLI.hpp>

#include <map>

namespace iovp::a64_virt {

namespace {

// "10ms": a number and a unit of time.
sc_core::sc_time to_time(const std::string& text)
{
    static const std::map<std::string, sc_core::sc_time_unit> units = {
        {"ns", sc_core::SC_NS}, {"us", sc_core::SC_US}, {"ms", sc_core::SC_MS}, {"s", sc_core::SC_SEC}};
    std::size_t end = 0;
    double value = 0;
    try {
        value = std::stod(text, &end);
    } catch (const std::exception&) {
        end = 0;
    }
    const auto unit = units.find(text.substr(end));
    // Simulated time ends at 2^64 ps, which are 213 days.
    if (end == 0 || unit == units.end() || !(value >= 0) || value > 1e7)
        throw CLI::ValidationError("--timeout", text + ": a number with ns, us, ms or s is needed");
    return sc_core::sc_time(value, unit->second);
}

} // namespace

parsed_options parse_options(int argc, char** argv)
{
    parsed_options result;
    options& o = result.chosen;
    std::string timeout = "10s";
    CLI::App app(
        "Runs a program for AArch64 on the models of this project: cores, GICv3 with ITS, SMMUv3, PCIe, PL011. "
        "Exit code: 0 PSCI SYSTEM_OFF, or what the program wrote to the exit register; 124 time is over, 125 a "
        "wrong option or file, 126 the program cannot go on, 127 PSCI SYSTEM_RESET.");
    app.add_option("--kernel", o.kernel, "ELF file, or raw arm64 Image; x0 is the device tree")
        ->type_name("FILE")
        ->required();
    app.add_option("--initrd", o.initrd, "initial RAM disk")->type_name("FILE");
    app.add_option("--append", o.arguments, "command line of the kernel: /chosen/bootargs")->type_name("TEXT");
    app.add_option("--cpus", o.cpus, "cores")->check(CLI::Range(1U, parameters::max_cpus))->capture_default_str();
    app.add_option("--memory", o.memory, "bytes of RAM, 16M to 64G")
        ->transform(CLI::AsSizeValue(false))
        ->check(CLI::Range(std::uint64_t(16) << 20, std::uint64_t(64) << 30))
        ->default_str("1G");
    app.add_option("--el", o.exception_level, "Exception level at which the program starts")
        ->check(CLI::IsMember({1, 2}))
        ->capture_default_str();
    app.add_option("--timeout", timeout, "simulated time after which the run ends; 0s: never")
        ->type_name("TIME")
        ->capture_default_str();
    app.add_option("--console", o.console, "what the UART sends; -: standard output")
        ->type_name("FILE")
        ->capture_default_str();
    app.add_option("--input", o.input, "what the UART receives; -: standard input")->type_name("FILE");
    app.add_option("--dump-dtb", o.device_tree_file, "write the device tree")->type_name("FILE");
    app.add_option("--profile", o.profile, "structure and timing of the models, from platforms/profiles")
        ->type_name("NAME")
        ->check(CLI::IsMember(profiles::names()));
    try {
        app.parse(argc, argv);
        o.timeout = to_time(timeout);
    } catch (const CLI::ParseError& e) {
        result.stop = true;
        result.exit_code = app.exit(e) == 0 ? 0 : 125;
    }
    return result;
}

} // namespace iovp::a64_virt
