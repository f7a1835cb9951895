#pragma once

#include "common/systemc/configuration_error.h"

#include <gtest/gtest.h>
#include <systemc>

#include <functional>
#include <string>

namespace iovp::test {

/// The text of the configuration error that `body` ends with.
inline std::string refusal(const std::function<void()>& body)
{
    try {
        body();
    } catch (const sc_core::sc_report& r) {
        EXPECT_STREQ(r.get_msg_type(), configuration_message);
        EXPECT_EQ(r.get_severity(), sc_core::SC_ERROR);
        return r.get_msg();
    }
    return "nothing was refused";
}

/// A parameter that is not allowed, and what the refusal says of it after the object.
template <class Parameters>
struct refused {
    void (*change)(Parameters&);
    const char* text;
};

template <class Parameters, std::size_t N>
void check_all(const refused<Parameters> (&rows)[N])
{
    EXPECT_NO_THROW(Parameters().check("board.smmu"));
    for (const auto& x : rows) {
        Parameters p;
        x.change(p);
        EXPECT_EQ(refusal([&] { p.check("board.smmu"); }), std::string("board.smmu: parameter ") + x.text);
    }
}

} // namespace iovp::test
