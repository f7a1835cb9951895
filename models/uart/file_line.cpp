#include "uart/file_line.h"

#include "common/systemc/configuration_error.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace iovp::uart {

file_line::file_line(const std::string& object, const std::string& output, const std::string& input)
{
    if (input == "-") {
        in_ = STDIN_FILENO;
    } else if (!input.empty()) {
        in_ = ::open(input.c_str(), O_RDONLY | O_CLOEXEC);
        if (in_ < 0)
            configuration_error(object, "input", input, std::string("a file to read: ") + std::strerror(errno));
    }
    if (output == "-") {
        out_ = stdout;
    } else if (!output.empty()) {
        out_ = std::fopen(output.c_str(), "wb");
        if (!out_) {
            const int why = errno;
            close_input();
            configuration_error(object, "output", output, std::string("a file to write: ") + std::strerror(why));
        }
    }
}

file_line::~file_line()
{
    close_input();
    if (out_ == stdout)
        std::fflush(out_);
    else if (out_)
        std::fclose(out_);
}

void file_line::close_input()
{
    if (in_ > STDIN_FILENO)
        ::close(in_);
    in_ = -1;
}

void file_line::put(std::uint8_t character)
{
    if (!out_)
        return;
    std::fputc(character, out_);
    // A person may be watching.
    if (character == '\n' || out_ == stdout)
        std::fflush(out_);
}

std::optional<std::uint8_t> file_line::get()
{
    if (in_ < 0)
        return {};
    // A terminal or a pipe may have nothing yet: simulated time must not wait for it.
    pollfd ready{in_, POLLIN, 0};
    if (::poll(&ready, 1, 0) <= 0)
        return {};
    std::uint8_t character = 0;
    if (::read(in_, &character, 1) == 1)
        return character;
    close_input();
    return {};
}

} // namespace iovp::uart
