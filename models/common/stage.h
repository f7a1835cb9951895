#pragma once

#include <cstdint>
#include <string>

namespace iovp {

/// Where a transaction can spend time. One list for the whole platform: a new stage is added here and in stage_name().
enum class stage : std::uint8_t {
    endpoint,          ///< inside the device: DMA engine, MSI-X table look-up
    pcie_link,         ///< serialisation and flight between endpoint and root port
    root_complex,      ///< RID to StreamID and DeviceID, ordering
    tbu_lookup,        ///< micro-TLB and main-TLB look-up
    tbu_wait,          ///< waiting for a translation slot, a token or a translation already in flight
    write_buffer,      ///< waiting for room in the TBU's write-data buffer
    ordering,          ///< waiting for an earlier transaction of the same transaction ID
    dti_request,       ///< TBU to TCU
    tcu,               ///< TCU processing that is not a memory access
    tcu_wait,          ///< waiting for a slot, a port or a walk under way in the TCU
    ste_fetch,         ///< stream table: level 1 and STE
    cd_fetch,          ///< CD table: level 1 and CD
    walk_stage1,       ///< one stage-1 descriptor access; detail is its level
    walk_stage2,       ///< one stage-2 descriptor access; detail is its level
    dti_response,      ///< TCU to TBU
    interconnect,      ///< address decode and transport
    memory,            ///< access to memory
    system_cache,      ///< access to memory that the cache in front of it served
    device_register,   ///< access to a register frame
    its_command_wait,  ///< ITS busy with another event or command
    its_device_table,  ///< DTE look-up
    its_translation,   ///< ITE look-up
    its_collection,    ///< CTE look-up
    lpi_configuration, ///< redistributor reads the LPI's priority and enable
    redistributor,     ///< redistributor and CPU interface arbitration
    cpu_wait,          ///< interrupt pending, CPU masked or busy
    cpu_entry,         ///< interrupt wire and exception entry
    acknowledge,       ///< the handler's read of ICC_IAR1_EL1
    return_path,       ///< response from target to initiator
    command_wait,      ///< command in its queue, behind others
    command_fetch,     ///< the TCU reads the command
    command_execution, ///< the TCU carries the command out
    invalidation,      ///< the command's invalidation in the TCU's caches and to the TBUs and back
    sync_wait,         ///< CMD_SYNC: transactions, walks and ATC invalidations that must end first
    completion_signal, ///< CMD_SYNC: interrupt, MSI or event
    count
};

/// The stage's name in tables, JSON and traces.
const char* stage_name(stage s);

/// The name with its level where the stage has one: "walk_stage1.L3".
std::string stage_label(stage s, int detail);

} // namespace iovp
