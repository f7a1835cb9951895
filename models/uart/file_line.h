#pragma once

#include "uart/serial_line.h"

#include <cstdio>
#include <string>

namespace iovp::uart {

/// A terminal made of files: what the UART sends goes to one, what it receives comes from another.
class file_line : public serial_line {
public:
    /// "-" is standard output or standard input, empty none. A file that cannot be opened is an
    /// iovp::configuration_error that names `object`.
    file_line(const std::string& object, const std::string& output, const std::string& input);
    ~file_line() override;
    file_line(const file_line&) = delete;
    file_line& operator=(const file_line&) = delete;

    void put(std::uint8_t character) override;
    std::optional<std::uint8_t> get() override;
    bool ended() const override { return in_ < 0; }

private:
    void close_input();

    std::FILE* out_ = nullptr;
    int in_ = -1;
};

} // namespace iovp::uart
