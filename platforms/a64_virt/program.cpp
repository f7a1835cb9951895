#include "program.h"

#include "a64_machine/memory_image.h"
#include "configuration/json_fields.h"
#include "device_tree.h"
#include "options.h"
#include "placement.h"
#include "platform.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <optional>

namespace iovp::a64_virt {

namespace {

enum exit_code : int { off = 0, time_over = 124, mistake = 125, stuck = 126, reset = 127 };

void say(const std::string& what)
{
    std::cerr << "a64_virt: " << what << "\n";
}

bool write_file(const std::string& file, const std::vector<std::uint8_t>& content)
{
    std::ofstream out(file, std::ios::binary);
    out.write(reinterpret_cast<const char*>(content.data()), static_cast<std::streamsize>(content.size()));
    out.close();
    if (!out)
        say("cannot write " + file + ": " + std::strerror(errno));
    return static_cast<bool>(out);
}

// Where every core is, for a run that ended by itself.
std::string all_cores(platform& system)
{
    std::string text;
    for (cpu::a64_cpu& c : system.cpus)
        text += c.powered_on() ? "\n" + c.describe() : "";
    return text;
}

int simulate(platform& system, const options& o)
{
    std::optional<std::string> fatal;
    for (cpu::a64_cpu& c : system.cpus)
        c.on_fatal([&fatal](const std::string& what) {
            fatal = what;
            sc_core::sc_stop();
        });
    if (o.timeout == sc_core::SC_ZERO_TIME)
        sc_core::sc_start();
    else
        sc_core::sc_start(o.timeout);

    if (system.exit.code())
        return *system.exit.code();
    if (fatal) {
        say(*fatal);
        return stuck;
    }
    switch (system.firmware.how()) {
    case psci_cores::ending::off: return off;
    case psci_cores::ending::reset: say("the program asked for a reset (PSCI SYSTEM_RESET)"); return reset;
    case psci_cores::ending::none: break;
    }
    const bool over = o.timeout != sc_core::SC_ZERO_TIME && sc_core::sc_time_stamp() >= o.timeout;
    say((over ? "the program did not end within " + o.timeout.to_string() + " (--timeout)"
              : "nothing will ever happen again at " + sc_core::sc_time_stamp().to_string()) +
        all_cores(system));
    return over ? time_over : stuck;
}

int run(const options& o)
{
    // "Simulation stopped by user" is no news: it is how every program ends.
    sc_core::sc_report_handler::set_actions("/OSCI/SystemC", sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
    parameters p = make_parameters(o.cpus, o.memory, o.exception_level, o.profile);
    const loader::ram ram{p.map.ram_base, p.memory.size};
    const loader::program kernel = loader::load(o.kernel, ram);
    const auto initrd = o.initrd.empty() ? std::vector<std::uint8_t>{} : loader::read_file(o.initrd);
    const placement where = place(kernel, ram, initrd.size());
    const auto tree = make_device_tree(p, where, o.arguments);
    if (!o.device_tree_file.empty() && !write_file(o.device_tree_file, tree))
        return mistake;

    // The boot protocol: x0 is the device tree, x1..x3 are zero.
    p.cpu.reset_address = kernel.entry;
    p.cpu.reset_arguments = {where.device_tree, 0, 0, 0};
    platform system("system", p, o.console, o.input);
    put_program(system.memory, ram.base, kernel);
    if (where.initrd)
        put_bytes(system.memory, where.initrd->base - ram.base, initrd.data(), initrd.size());
    put_bytes(system.memory, where.device_tree - ram.base, tree.data(), tree.size());
    return simulate(system, o);
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
        say(e.what());
    } catch (const configuration::error& e) {
        say(e.what());
    } catch (const sc_core::sc_report& e) {
        say(e.get_msg());
    }
    return mistake;
}

} // namespace iovp::a64_virt
