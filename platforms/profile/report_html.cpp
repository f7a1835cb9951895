#include "report.h"

#include "report_page.h"

namespace iovp::profile {

std::string html_of(const json& report)
{
    static const std::string mark = "REPORT_DATA";
    std::string page = report_page;
    std::string data = report.dump();
    // Inside a script element the end tag would end it.
    for (std::size_t at = 0; (at = data.find("</", at)) != std::string::npos; at += 3)
        data.replace(at, 2, "<\\/");
    return page.replace(page.find(mark), mark.size(), data);
}

} // namespace iovp::profile
