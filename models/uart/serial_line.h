#pragma once

#include <cstdint>
#include <optional>

namespace iovp::uart {

/// What is at the other end of a UART's cable.
class serial_line {
public:
    virtual ~serial_line() = default;
    virtual void put(std::uint8_t character) = 0;
    /// The next character for the UART; nothing when none has come yet.
    virtual std::optional<std::uint8_t> get() = 0;
    /// No character will ever come.
    virtual bool ended() const = 0;
};

} // namespace iovp::uart
