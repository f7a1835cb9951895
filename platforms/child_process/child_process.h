#pragma once

#include <functional>
#include <string>

namespace iovp {

/// How a child process ended.
struct child_result {
    enum class end { good, refused, failed };
    end how = end::failed;
    std::string text; ///< what the work returned, or why there is nothing; empty where the child has said why on stderr
};

/// Runs `work` in a child process. SystemC elaborates once per process, and every run starts from reset with cold
/// caches whatever ran before it. `program` heads what the child says on stderr. A child whose modules refuse their
/// parameters is refused; one that dies, throws or takes longer than `wall_limit_s` seconds of real time has failed.
child_result run_in_child(const char* program, unsigned wall_limit_s, const std::function<std::string()>& work);

} // namespace iovp
