#include "common/stage.h"

#include <array>
#include <cstddef>

namespace iovp {

const char* stage_name(stage s)
{
    static constexpr std::array<const char*, static_cast<std::size_t>(stage::count)> names = {"endpoint",
                                                                                              "pcie_link",
                                                                                              "root_complex",
                                                                                              "tbu_lookup",
                                                                                              "tbu_wait",
                                                                                              "write_buffer",
                                                                                              "ordering",
                                                                                              "dti_request",
                                                                                              "tcu",
                                                                                              "tcu_wait",
                                                                                              "ste_fetch",
                                                                                              "cd_fetch",
                                                                                              "walk_stage1",
                                                                                              "walk_stage2",
                                                                                              "dti_response",
                                                                                              "interconnect",
                                                                                              "memory",
                                                                                              "system_cache",
                                                                                              "device_register",
                                                                                              "its_command_wait",
                                                                                              "its_device_table",
                                                                                              "its_translation",
                                                                                              "its_collection",
                                                                                              "lpi_configuration",
                                                                                              "redistributor",
                                                                                              "cpu_wait",
                                                                                              "cpu_entry",
                                                                                              "acknowledge",
                                                                                              "return_path",
                                                                                              "command_wait",
                                                                                              "command_fetch",
                                                                                              "command_execution",
                                                                                              "invalidation",
                                                                                              "sync_wait",
                                                                                              "completion_signal"};
    return names.at(static_cast<std::size_t>(s));
}

std::string stage_label(stage s, int detail)
{
    std::string label = stage_name(s);
    if (detail >= 0)
        label += ".L" + std::to_string(detail);
    return label;
}

} // namespace iovp
