#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace iovp::cpu {

/// The transport of GDB's remote protocol: one TCP connection on 127.0.0.1, packets with checksums and
/// acknowledgements. SystemC-free.
class gdb_connection {
public:
    /// Listens on `port`, 0: any that is free. Throws std::runtime_error where that fails.
    explicit gdb_connection(std::uint16_t port);
    ~gdb_connection();
    gdb_connection(const gdb_connection&) = delete;
    gdb_connection& operator=(const gdb_connection&) = delete;

    std::uint16_t port() const { return port_; } ///< where it listens
    bool connected() const { return client_ >= 0; }
    /// Blocks until a debugger connects.
    void accept();
    /// Blocks for the next packet's content; "\x03" for an interrupt request; nothing when the debugger has gone.
    std::optional<std::string> receive();
    /// Whether the debugger has sent an interrupt request; does not block.
    bool interrupted();
    void send(const std::string& content);

private:
    int next_byte();
    void close_client();

    int listener_ = -1;
    int client_ = -1;
    std::uint16_t port_ = 0;
    std::string buffer_;
};

} // namespace iovp::cpu
