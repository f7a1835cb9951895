#include "cpu/a64/gdb_connection.h"

#include <arpa/inet.h>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace iovp::cpu {

static constexpr char interrupt = '\x03';

static unsigned checksum(const std::string& text)
{
    unsigned sum = 0;
    for (const char c : text)
        sum += static_cast<unsigned char>(c);
    return sum & 0xff;
}

gdb_connection::gdb_connection(std::uint16_t port)
{
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int yes = 1;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    socklen_t length = sizeof address;
    if (listener_ < 0 || setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        listen(listener_, 1) != 0 || getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
        const std::string why = std::strerror(errno);
        if (listener_ >= 0)
            close(listener_);
        throw std::runtime_error("cannot listen for gdb on port " + std::to_string(port) + ": " + why);
    }
    port_ = ntohs(address.sin_port);
}

gdb_connection::~gdb_connection()
{
    close_client();
    close(listener_);
}

void gdb_connection::close_client()
{
    if (client_ >= 0)
        close(client_);
    client_ = -1;
    buffer_.clear();
}

void gdb_connection::accept()
{
    close_client();
    do
        client_ = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    while (client_ < 0 && errno == EINTR);
    if (client_ < 0)
        throw std::runtime_error(std::string("gdb does not connect: ") + std::strerror(errno));
    const int yes = 1;
    setsockopt(client_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

int gdb_connection::next_byte()
{
    if (buffer_.empty()) {
        char chunk[4096];
        ssize_t got;
        do
            got = recv(client_, chunk, sizeof chunk, 0);
        while (got < 0 && errno == EINTR);
        if (got <= 0) {
            close_client();
            return -1;
        }
        buffer_.assign(chunk, static_cast<std::size_t>(got));
    }
    const auto byte = static_cast<unsigned char>(buffer_.front());
    buffer_.erase(0, 1);
    return byte;
}

std::optional<std::string> gdb_connection::receive()
{
    while (connected()) {
        int c = next_byte();
        if (c == interrupt)
            return std::string(1, interrupt);
        if (c != '$')
            continue;
        std::string content;
        while ((c = next_byte()) >= 0 && c != '#')
            content += static_cast<char>(c);
        const int high = next_byte();
        const int low = next_byte();
        if (low < 0)
            break;
        const char digits[] = {static_cast<char>(high), static_cast<char>(low), 0};
        const bool good = std::strtoul(digits, nullptr, 16) == checksum(content);
        ::send(client_, good ? "+" : "-", 1, MSG_NOSIGNAL);
        if (good)
            return content;
    }
    return std::nullopt;
}

bool gdb_connection::interrupted()
{
    if (!connected())
        return false;
    char chunk[256];
    const ssize_t got = recv(client_, chunk, sizeof chunk, MSG_DONTWAIT);
    if (got == 0)
        close_client();
    if (got > 0)
        buffer_.append(chunk, static_cast<std::size_t>(got));
    const std::size_t at = buffer_.find(interrupt);
    if (at == std::string::npos)
        return false;
    buffer_.erase(at, 1);
    return true;
}

void gdb_connection::send(const std::string& content)
{
    char tail[4];
    std::snprintf(tail, sizeof tail, "#%02x", checksum(content));
    const std::string packet = "$" + content + tail;
    for (std::size_t done = 0; connected() && done < packet.size();) {
        const ssize_t sent = ::send(client_, packet.data() + done, packet.size() - done, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            close_client();
        else
            done += static_cast<std::size_t>(sent);
    }
}

} // namespace iovp::cpu
