#pragma once

#include "cpu/a64/a64_cpu.h"
#include "cpu/a64/gdb_connection.h"

#include <cstdint>
#include <string>
#include <systemc>
#include <vector>

namespace iovp::cpu {

/// GDB's remote serial protocol for the cores of a platform: `gdb-multiarch -ex 'target remote :PORT'`. Threads are
/// cores, numbered from 1 in the order given. While GDB has control, simulated time stands still, because the
/// simulation does not go on. A step lets the other cores run, too. See models/cpu/README.md.
class gdb_server : public sc_core::sc_module {
public:
    struct parameters {
        std::uint16_t port = 1234; ///< TCP, on 127.0.0.1; 0: any that is free, see port()
        /// How often GDB's interrupt request (Ctrl-C) is looked for, in simulated time; above 0.
        sc_core::sc_time poll_interval = sc_core::sc_time(100, sc_core::SC_US);
    };

    /// Takes the cores' on_stop() hooks. The simulation begins with a wait for GDB.
    gdb_server(const sc_core::sc_module_name& name, const parameters& p, std::vector<a64_cpu*> cores);
    ~gdb_server() override;

    std::uint16_t port() const { return connection_.port(); }
    /// What GDB hears when the simulation is over.
    void set_exit_code(unsigned code) { exit_code_ = code; }

private:
    void start_of_simulation() override;
    void end_of_simulation() override;
    void poll();
    void stopped(std::size_t core, a64_cpu::stop_reason why);
    void serve();
    bool command(const std::string& packet);
    std::string query(const std::string& packet);
    std::string read_registers();
    void write_registers(const std::string& hex);
    std::string read_register(unsigned n);
    bool write_register(unsigned n, const std::string& hex);
    std::string memory(const std::string& packet);
    std::string breakpoint(const std::string& packet);
    bool resume(const std::string& actions);
    std::string stop_reply() const;
    a64_cpu& selected() { return *cores_[selected_]; }

    const parameters parameters_;
    std::vector<a64_cpu*> cores_;
    gdb_connection connection_;
    std::size_t selected_ = 0; ///< core of g, G, p, P, m, M
    unsigned exit_code_ = 0;
    bool running_ = false; ///< GDB waits for a stop
    bool killed_ = false;
};

} // namespace iovp::cpu
