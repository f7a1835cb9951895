#include "cpu/a64/gdb_server.h"

#include "common/systemc/configuration_error.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace iovp::cpu {

namespace {

// Numbers of GDB's aarch64 features: x0..x30, sp, pc, cpsr, then v0..v31, fpsr, fpcr.
constexpr unsigned number_sp = 31, number_pc = 32, number_cpsr = 33, number_v0 = 34, number_fpsr = 66, number_fpcr = 67;
constexpr unsigned number_count = 68;

std::string target_description()
{
    std::string xml = "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\">"
                      "<target version=\"1.0\"><architecture>aarch64</architecture>"
                      "<feature name=\"org.gnu.gdb.aarch64.core\">";
    for (unsigned i = 0; i < 31; ++i)
        xml += "<reg name=\"x" + std::to_string(i) + "\" bitsize=\"64\"/>";
    xml += "<reg name=\"sp\" bitsize=\"64\" type=\"data_ptr\"/><reg name=\"pc\" bitsize=\"64\" type=\"code_ptr\"/>"
           "<reg name=\"cpsr\" bitsize=\"32\"/></feature><feature name=\"org.gnu.gdb.aarch64.fpu\">"
           "<vector id=\"v2d\" type=\"ieee_double\" count=\"2\"/><vector id=\"v2u\" type=\"uint64\" count=\"2\"/>"
           "<vector id=\"v4u\" type=\"uint32\" count=\"4\"/><vector id=\"v16u\" type=\"uint8\" count=\"16\"/>"
           "<union id=\"vnd\"><field name=\"f\" type=\"v2d\"/><field name=\"u\" type=\"v2u\"/></union>"
           "<union id=\"aarch64v\"><field name=\"d\" type=\"vnd\"/><field name=\"s\" type=\"v4u\"/>"
           "<field name=\"b\" type=\"v16u\"/></union>";
    for (unsigned i = 0; i < 32; ++i)
        xml += "<reg name=\"v" + std::to_string(i) + "\" bitsize=\"128\" type=\"aarch64v\"/>";
    return xml + "<reg name=\"fpsr\" bitsize=\"32\"/><reg name=\"fpcr\" bitsize=\"32\"/></feature></target>";
}

std::string to_hex(const void* data, std::size_t size)
{
    std::string text;
    const auto* bytes = static_cast<const std::uint8_t*>(data);
    for (std::size_t i = 0; i < size; ++i) {
        char digits[3];
        std::snprintf(digits, sizeof digits, "%02x", bytes[i]);
        text += digits;
    }
    return text;
}

std::vector<std::uint8_t> from_hex(const std::string& text)
{
    std::vector<std::uint8_t> bytes;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2)
        bytes.push_back(static_cast<std::uint8_t>(std::strtoul(text.substr(i, 2).c_str(), nullptr, 16)));
    return bytes;
}

std::uint64_t number(const std::string& hex)
{
    return std::strtoull(hex.c_str(), nullptr, 16);
}

std::size_t size_of(unsigned n)
{
    return n == number_cpsr || n >= number_fpsr ? 4 : n >= number_v0 ? 16 : 8;
}

bool starts(const std::string& text, const char* with)
{
    return text.compare(0, std::strlen(with), with) == 0;
}

} // namespace

gdb_server::gdb_server(const sc_core::sc_module_name& name, const parameters& p, std::vector<a64_cpu*> cores)
    : sc_module(name)
    , parameters_(p)
    , cores_(std::move(cores))
    , connection_(p.port)
{
    if (p.poll_interval == sc_core::SC_ZERO_TIME)
        configuration_error(this->name(), "poll_interval", "0", "above 0");
    if (cores_.empty())
        configuration_error(this->name(), "cores", "none", "one or more");
    SC_HAS_PROCESS(gdb_server);
    SC_THREAD(poll);
    set_stack_size(1 << 18);
    for (std::size_t i = 0; i < cores_.size(); ++i)
        cores_[i]->on_stop([this, i](a64_cpu::stop_reason why) { stopped(i, why); });
}

gdb_server::~gdb_server()
{
    end_of_simulation();
}

void gdb_server::end_of_simulation()
{
    if (!connection_.connected() || !running_)
        return;
    char text[8];
    std::snprintf(text, sizeof text, "W%02x", exit_code_ & 0xff);
    connection_.send(text);
    running_ = false;
}

// The first core that is on stops before its first instruction.
void gdb_server::start_of_simulation()
{
    connection_.accept();
    for (a64_cpu* core : cores_)
        if (core->powered_on()) {
            core->request_stop();
            break;
        }
    running_ = false;
}

// GDB's interrupt request stops the simulation here: every core is at the end of a quantum or asleep.
void gdb_server::poll()
{
    for (;;) {
        sc_core::wait(parameters_.poll_interval);
        if (running_ && connection_.interrupted()) {
            connection_.send(stop_reply());
            serve();
        }
    }
}

void gdb_server::stopped(std::size_t core, a64_cpu::stop_reason)
{
    if (killed_ || !connection_.connected())
        return;
    for (a64_cpu* each : cores_)
        each->set_single_step(false);
    selected_ = core;
    if (running_)
        connection_.send(stop_reply());
    serve();
}

void gdb_server::serve()
{
    running_ = false;
    for (;;) {
        const std::optional<std::string> packet = connection_.receive();
        if (!packet)
            return; // gone: the simulation goes on without it
        if (command(*packet))
            return;
    }
}

std::string gdb_server::stop_reply() const
{
    char text[32];
    std::snprintf(text, sizeof text, "T05thread:%zx;", selected_ + 1);
    return text;
}

// True: the simulation goes on.
bool gdb_server::command(const std::string& packet)
{
    const char kind = packet.empty() ? '\0' : packet[0];
    const std::string rest = packet.empty() ? "" : packet.substr(1);
    std::string reply;
    switch (kind) {
    case '?': reply = stop_reply(); break;
    case 'g': reply = read_registers(); break;
    case 'G':
        write_registers(rest);
        reply = "OK";
        break;
    case 'p': reply = read_register(static_cast<unsigned>(number(rest))); break;
    case 'P': {
        const std::size_t at = rest.find('=');
        const bool ok = at != std::string::npos &&
                        write_register(static_cast<unsigned>(number(rest.substr(0, at))), rest.substr(at + 1));
        reply = ok ? "OK" : "E01";
        break;
    }
    case 'm':
    case 'M': reply = memory(packet); break;
    case 'Z':
    case 'z': reply = breakpoint(packet); break;
    case 'H': {
        const std::uint64_t thread = rest.size() > 1 && rest[1] != '-' ? number(rest.substr(1)) : 0;
        if (thread <= cores_.size()) {
            if (rest[0] == 'g' && thread != 0)
                selected_ = thread - 1;
            reply = "OK";
        } else {
            reply = "E01";
        }
        break;
    }
    case 'T': reply = number(rest) >= 1 && number(rest) <= cores_.size() ? "OK" : "E01"; break;
    case 'q': reply = query(packet); break;
    case 'v':
        if (packet == "vCont?")
            reply = "vCont;c;C;s;S";
        else if (starts(packet, "vCont;"))
            return resume(packet.substr(6));
        break;
    case 'c':
    case 's': {
        if (!rest.empty())
            selected().set_pc(number(rest));
        return resume(kind == 'c' ? "c" : "s:" + std::to_string(selected_ + 1));
    }
    case 'D':
        connection_.send("OK");
        killed_ = true; // nobody listens any more
        return true;
    case 'k':
        killed_ = true;
        sc_core::sc_stop();
        return true;
    default: break;
    }
    connection_.send(reply);
    return false;
}

// "s:1;c": the first action that names a thread, or no thread at all, is that thread's.
bool gdb_server::resume(const std::string& actions)
{
    for (std::size_t at = 0; at < actions.size();) {
        const std::size_t end = std::min(actions.find(';', at), actions.size());
        const std::string action = actions.substr(at, end - at);
        if (action[0] == 's' || action[0] == 'S') {
            const std::size_t colon = action.find(':');
            const std::uint64_t thread = colon == std::string::npos ? selected_ + 1 : number(action.substr(colon + 1));
            if (thread >= 1 && thread <= cores_.size())
                cores_[thread - 1]->set_single_step(true);
        }
        at = end + 1;
    }
    running_ = true;
    return true;
}

std::string gdb_server::query(const std::string& packet)
{
    if (starts(packet, "qSupported"))
        return "PacketSize=4000;qXfer:features:read+;vContSupported+";
    if (packet == "qAttached")
        return "1";
    if (packet == "qC") {
        char text[24];
        std::snprintf(text, sizeof text, "QC%zx", selected_ + 1);
        return text;
    }
    if (packet == "qfThreadInfo") {
        std::string list = "m";
        for (std::size_t i = 0; i < cores_.size(); ++i) {
            char text[20];
            std::snprintf(text, sizeof text, "%s%zx", i == 0 ? "" : ",", i + 1);
            list += text;
        }
        return list;
    }
    if (packet == "qsThreadInfo")
        return "l";
    if (starts(packet, "qThreadExtraInfo,")) {
        const std::uint64_t thread = number(packet.substr(17));
        if (thread < 1 || thread > cores_.size())
            return "E01";
        const a64_cpu& core = *cores_[thread - 1];
        const std::string text =
            std::string(core.name()) + (core.powered_on() ? " EL" + std::to_string(core.exception_level()) : " off");
        return to_hex(text.data(), text.size());
    }
    const std::string features = "qXfer:features:read:target.xml:";
    if (starts(packet, features.c_str())) {
        const std::string xml = target_description();
        const std::string window = packet.substr(features.size());
        const std::size_t offset = std::min<std::size_t>(number(window), xml.size());
        const std::size_t comma = window.find(',');
        const std::size_t length = comma == std::string::npos ? 0 : number(window.substr(comma + 1));
        const std::string part = xml.substr(offset, length);
        return (offset + part.size() < xml.size() ? "m" : "l") + part;
    }
    return "";
}

std::string gdb_server::read_register(unsigned n)
{
    a64_cpu& core = selected();
    std::uint64_t value = 0;
    if (n < 31)
        value = core.register_x(n);
    else if (n == number_sp)
        value = core.sp();
    else if (n == number_pc)
        value = core.pc();
    else if (n == number_cpsr)
        value = core.pstate();
    else if (n >= number_v0 && n < number_fpsr) {
        const std::array<std::uint64_t, 2> v = core.register_v(n - number_v0);
        return to_hex(v.data(), 16);
    } else if (n == number_fpsr || n == number_fpcr)
        value = n == number_fpsr ? core.fpsr() : core.fpcr();
    else
        return "E01";
    return to_hex(&value, size_of(n));
}

bool gdb_server::write_register(unsigned n, const std::string& hex)
{
    a64_cpu& core = selected();
    const std::vector<std::uint8_t> bytes = from_hex(hex);
    if (n >= number_count || bytes.size() != size_of(n))
        return false;
    std::array<std::uint64_t, 2> words{};
    std::memcpy(words.data(), bytes.data(), bytes.size());
    if (n < 31)
        core.set_register_x(n, words[0]);
    else if (n == number_sp)
        core.set_sp(words[0]);
    else if (n == number_pc)
        core.set_pc(words[0]);
    else if (n == number_cpsr)
        core.set_pstate(static_cast<std::uint32_t>(words[0]));
    else if (n >= number_v0 && n < number_fpsr)
        core.set_register_v(n - number_v0, words);
    else if (n == number_fpsr)
        core.set_fpsr(static_cast<std::uint32_t>(words[0]));
    else
        core.set_fpcr(static_cast<std::uint32_t>(words[0]));
    return true;
}

std::string gdb_server::read_registers()
{
    std::string text;
    for (unsigned n = 0; n < number_count; ++n)
        text += read_register(n);
    return text;
}

void gdb_server::write_registers(const std::string& hex)
{
    std::size_t at = 0;
    for (unsigned n = 0; n < number_count && at + 2 * size_of(n) <= hex.size(); ++n) {
        write_register(n, hex.substr(at, 2 * size_of(n)));
        at += 2 * size_of(n);
    }
}

// "mADDRESS,LENGTH", "MADDRESS,LENGTH:BYTES"
std::string gdb_server::memory(const std::string& packet)
{
    constexpr std::size_t largest = 0x2000 - 8; // half of PacketSize
    const std::size_t comma = packet.find(',');
    if (comma == std::string::npos)
        return "E01";
    const std::uint64_t address = number(packet.substr(1));
    const std::size_t length = std::min<std::size_t>(number(packet.substr(comma + 1)), largest);
    if (packet[0] == 'M') {
        const std::size_t colon = packet.find(':');
        const std::vector<std::uint8_t> bytes =
            colon == std::string::npos ? std::vector<std::uint8_t>() : from_hex(packet.substr(colon + 1));
        return bytes.size() == length && selected().debug_write(address, bytes.data(), length) ? "OK" : "E0e";
    }
    std::vector<std::uint8_t> bytes(length);
    return selected().debug_read(address, bytes.data(), length) ? to_hex(bytes.data(), length) : "E0e";
}

// "Z0,ADDRESS,KIND": software (0) and hardware (1) breakpoints are the same here, of every core.
std::string gdb_server::breakpoint(const std::string& packet)
{
    if (packet.size() < 4 || (packet[1] != '0' && packet[1] != '1'))
        return "";
    const std::uint64_t address = number(packet.substr(3));
    for (a64_cpu* core : cores_)
        if (packet[0] == 'Z')
            core->set_breakpoint(address);
        else
            core->clear_breakpoint(address);
    return "OK";
}

} // namespace iovp::cpu
