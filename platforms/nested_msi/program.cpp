#include "program.h"

#include "a64_machine/memory_image.h"
#include "apps/nested_msi/entry.h"
#include "apps/nested_msi/report.h"
#include "common/bit_field.h"
#include "configuration/json_fields.h"
#include "expectation.h"
#include "hand_over.h"
#include "isolated_run.h"
#include "options.h"
#include "platform.h"
#include "result.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <sstream>

namespace iovp::nested_msi {

namespace {

void start_native(platform& system, const memory_layout& layout)
{
    system.cpus[0].reset_entry([&layout] {
        nested_msi_main(layout.boot_info);
        sc_core::sc_stop();
    });
}

// The ELF file and what sw/boot/boot.h wants to be given.
void prepare_a64(parameters& p, const loader::program& program)
{
    p.a64.reset_address = program.entry;
    p.a64.reset_exception_level = 2;
    p.a64.reset_arguments = {layout_of(p).boot_info, p.map.uart_base, p.map.ram_base, p.memory.size};
    p.a64.interrupt_entry = p.cpu.interrupt_entry;
    p.a64.counter_frequency = p.cpu.counter_frequency;
}

std::vector<std::string> lines_of(const std::string& text)
{
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);)
        lines.push_back("console: " + line);
    return lines;
}

json simulate(parameters p, scenario which, const options& o, const expectation& expected, const platform_facts& facts)
{
    const loader::ram ram{p.map.ram_base, p.memory.size};
    const auto program = o.cpu == cpu_model::a64 ? loader::load(o.program, ram) : loader::program{};
    prepare_a64(p, program);
    // "Simulation stopped by user" is no news: the application ends every run.
    sc_core::sc_report_handler::set_actions("/OSCI/SystemC", sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
    platform system("system", p, o.cpu, o.trace_file, expected.name);
    const memory_layout layout = layout_of(p, program);
    write_firmware(p, layout, which, o.switches, o.count_events,
                   [&system](std::uint64_t address, const void* data, std::size_t size) {
                       system.write_memory(address, data, size);
                   });
    std::vector<std::string> complaints;
    if (o.cpu == cpu_model::native)
        start_native(system, layout);
    put_program(system.memory, p.map.ram_base, program);
    for (cpu::a64_cpu& c : system.a64_cpus)
        c.on_fatal([&complaints](const std::string& what) {
            complaints.push_back(what);
            sc_core::sc_stop();
        });
    sc_core::sc_start(p.time_limit);
    for (const std::string& line : lines_of(system.console.text()))
        complaints.push_back(line);

    report seen{};
    system.read_memory(layout.report, &seen, sizeof seen);
    const gic::its::statistics& its = system.gic.gits.stats();
    hardware_view hardware{system.latencies, its.ignored_unmapped, its.ignored_no_device_id, {}, complaints};
    hardware.groups.push_back({system.tcu.counts().translations, 0, system.tcu.counts().table_reads});
    for (const smmu::tbu& t : system.tbus)
        hardware.groups.push_back({t.counts().transactions, t.counts().requests + t.counts().merged, 0});
    return scenario_result(expected, seen, hardware, facts);
}

std::string address_map_text(const parameters& p)
{
    const platform system("system", p, cpu_model::native, "", "");
    struct line {
        std::uint64_t first, last;
        std::string name;
    };
    std::vector<line> lines;
    for (const address_map::range& r : system.bus.decoder().ranges())
        lines.push_back({r.base, r.last(), r.name});
    for (const address_map::hole& h : system.bus.holes(bit_mask(p.tcu.feature.output_bits - 1, 0)))
        lines.push_back({h.first, h.last, "(hole)"});
    std::sort(lines.begin(), lines.end(), [](const line& a, const line& b) { return a.first < b.first; });
    std::string text;
    for (const line& l : lines)
        text += fmt::format("{:#014x} .. {:#014x}  {}\n", l.first, l.last, l.name);
    return text;
}

bool write_json(const std::string& file, const std::vector<json>& scenarios)
{
    std::ofstream out(file);
    out << json{{"scenarios", scenarios}}.dump(2) << "\n";
    out.close();
    if (!out)
        std::cerr << "nested_msi: cannot write " << file << ": " << std::strerror(errno) << "\n";
    return static_cast<bool>(out);
}

int run(const options& o)
{
    const parameters p = load_parameters(o.profile, o.config_file);
    check_parameters(p);
    const platform_facts facts{p.doorbell(), p.map.msi_window_base, p.root_complex.stream_base,
                               p.msi_cpu,    p.guest_hotplug_ipa,   p.guest_hotplug_size};
    if (o.dump_config) {
        std::cout << dump_parameters(p) << "\n";
        return 0;
    }
    if (o.map) {
        std::cout << address_map_text(p);
        return 0;
    }
    if (o.list) {
        for (int s = 0; s < SCENARIO_COUNT; ++s)
            std::cout << expect(static_cast<scenario>(s), facts).name << "  "
                      << expect(static_cast<scenario>(s), facts).summary << "\n";
        return 0;
    }
    if (!o.trace_file.empty() && !std::ofstream(o.trace_file, std::ios::trunc)) {
        std::cerr << "nested_msi: cannot write " << o.trace_file << ": " << std::strerror(errno) << "\n";
        return 2;
    }

    if (o.cpu == cpu_model::a64) // a file that cannot run is said once, not for every scenario
        layout_of(p, loader::load(o.program, {p.map.ram_base, p.memory.size}));

    std::vector<json> results;
    bool good = true;
    for (const scenario which : o.scenarios) {
        const expectation expected = expect(which, facts);
        results.push_back(
            run_isolated(expected, p.wall_limit_s, [&] { return simulate(p, which, o, expected, facts); }));
        good = good && results.back()["ok"].get<bool>();
    }
    std::cout << result_table(results);
    if (!o.json_file.empty() && !write_json(o.json_file, results))
        return 2;
    return good ? 0 : 1;
}

} // namespace

int run_program(int argc, char** argv)
{
    const parsed_options parsed = parse_options(argc, argv);
    if (parsed.stop)
        return parsed.exit_code;
    try {
        return run(parsed.chosen);
    } catch (const loader::error& e) {
        std::cerr << "nested_msi: " << e.what() << "\n";
    } catch (const configuration::error& e) {
        std::cerr << "nested_msi: " << e.what() << "\n";
    } catch (const sc_core::sc_report& e) {
        std::cerr << "nested_msi: " << e.get_msg() << "\n";
    } catch (const refused&) {
        // the child process has said why
    }
    return 2;
}

} // namespace iovp::nested_msi
