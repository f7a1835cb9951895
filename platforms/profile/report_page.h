#pragma once

namespace iovp::profile {

/// report.html; the build makes report_page.cpp from it.
extern const char* const report_page;

} // namespace iovp::profile
