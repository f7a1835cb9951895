#pragma once

#include "gic/gicv3.h"
#include "initiator.h"
#include "memory/sparse_memory.h"
#include "translated_system.h"

#include <systemc>

namespace iovp::bench {

/// An MSI's way from the device's write through the TBU to the ITS, a redistributor and a CPU interface, and a handler
/// that acknowledges and ends the interrupt. The TBU's downstream is the ITS itself: its frame is mapped at iova.
class msi_system : public sc_core::sc_module {
public:
    SC_HAS_PROCESS(msi_system);
    explicit msi_system(const sc_core::sc_module_name& name);

    /// From a process, once: programs SMMU and GIC.
    void start();
    /// Writes the message and waits until the handler has ended. False: another interrupt, or none within 2 ms.
    bool raise();

private:
    static gic::gicv3::parameters gic_parameters();
    static translated_system::parameters smmu_parameters();
    void start_gic();
    void start_its();
    void set(initiator& where, std::uint64_t address, std::uint64_t value, unsigned size = 4);
    void write_system_register(system_register r, std::uint64_t value);
    void handle();
    void watch();

    gic::gicv3 gic_;
    translated_system smmu_;
    sparse_memory its_tables_;
    sparse_memory lpi_tables_;
    initiator distributor_;
    initiator redistributor_;
    sc_core::sc_signal<bool> irq_;
    std::uint64_t handled_ = 0; ///< INTID
    sc_core::sc_event done_;
    sc_core::sc_event watch_;   ///< every millisecond
    std::uint64_t raised_ = 0;  ///< messages so far
    std::uint64_t watched_ = 0; ///< ... at the last look
    bool started_ = false;
};

} // namespace iovp::bench
