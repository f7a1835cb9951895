#include "isolated_run.h"

#include "child_process/child_process.h"

namespace iovp::nested_msi {

json run_isolated(const expectation& expected, unsigned wall_limit_s, const std::function<json()>& work)
{
    const child_result r = run_in_child("nested_msi", wall_limit_s, [&work] { return work().dump(); });
    if (r.how == child_result::end::refused)
        throw refused();
    if (r.how == child_result::end::failed)
        return crashed_result(expected, r.text);
    json result = json::parse(r.text, nullptr, false);
    if (result.is_discarded())
        return crashed_result(expected, "the simulation stopped with an error");
    return result;
}

} // namespace iovp::nested_msi
