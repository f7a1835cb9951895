#include "options.h"

#include "expectation.h"
#include "profiles/profile.h"

#include <CLI/CLI.hpp>

#include <map>

namespace iovp::nested_msi {

parsed_options parse_options(int argc, char** argv)
{
    parsed_options result;
    options& o = result.chosen;
    std::vector<std::string> names;

    CLI::App app(
        "Nested translation and the MSI doorbell: runs the scenarios on register-level models of SMMUv3, GICv3 "
        "with ITS and PCIe, and compares each with what it must show. Exit code: 0 all as expected, "
        "1 a scenario deviates, 2 a wrong option, configuration or file.");
    app.add_option("--scenario", names, "run only this scenario (may be repeated)")->type_name("NAME");
    const std::map<std::string, cpu_model> cpus = {{"native", cpu_model::native}, {"a64", cpu_model::a64}};
    std::string cpu = "native";
    app.add_option(
           "--cpu", cpu,
           "who runs the driver: \"native\" code of this machine, or \"a64\": the same driver as an ELF file on "
           "simulated AArch64 cores")
        ->check(CLI::IsMember({"native", "a64"}))
        ->capture_default_str();
    o.program = NESTED_MSI_A64_PROGRAM;
    app.add_option("--program", o.program, "with --cpu a64: the driver's ELF file")->type_name("FILE");
    app.add_flag("--list", o.list, "list the scenarios");
    app.add_option("--json", o.json_file, "write the results as JSON")->type_name("FILE");
    app.add_option("--trace", o.trace_file, "write one line per transaction")->type_name("FILE");
    app.add_option("--profile", o.profile, "structure and timing of the models, from platforms/profiles")
        ->type_name("NAME")
        ->check(CLI::IsMember(profiles::names()));
    app.add_option("--config", o.config_file, "parameters of the platform; unknown keys are refused")
        ->type_name("FILE")
        ->check(CLI::ExistingFile);
    app.add_flag("--dump-config", o.dump_config, "print all parameters as JSON");
    app.add_flag("--pmu", o.count_events,
                 "let the driver count the devices' events, and compare with the models' statistics");
    app.add_flag("--map", o.map, "print the physical address map and its holes");
    const std::map<std::string, std::uint32_t> switches = {{"stage2_doorbell", BOOT_BREAK_STAGE2_DOORBELL},
                                                           {"lpi_route", BOOT_BREAK_LPI_ROUTE},
                                                           {"dma_data", BOOT_BREAK_DMA_DATA}};
    std::vector<std::string> broken;
    app.add_option("--break", broken, "break one thing on purpose, where the scenario has it")
        ->check(CLI::IsMember({"stage2_doorbell", "lpi_route", "dma_data"}))
        ->type_name("THING")
        ->group("Test only");

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        result.stop = true;
        result.exit_code = app.exit(e) == 0 ? 0 : 2;
        return result;
    }

    o.cpu = cpus.at(cpu);
    for (const std::string& name : names) {
        const auto found = find_scenario(name);
        if (!found) {
            std::cerr << "nested_msi: there is no scenario \"" << name << "\"; --list names them all\n";
            result.stop = true;
            result.exit_code = 2;
            return result;
        }
        o.scenarios.push_back(*found);
    }
    if (names.empty())
        for (int s = 0; s < SCENARIO_COUNT; ++s)
            o.scenarios.push_back(static_cast<scenario>(s));
    for (const std::string& b : broken)
        o.switches |= switches.at(b);
    return result;
}

} // namespace iovp::nested_msi
