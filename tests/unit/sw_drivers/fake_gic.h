#pragma once

#include <vector>

#include "drivers.h"
#include "fake_machine.h"

namespace sw_test {

constexpr uint64_t gicd_base = 0x3000'0000, gicr_base = 0x3004'0000, its_base = 0x3010'0000;

/// Two redistributors back to back; WAKER answers, RWP never sticks.
class fake_redistributors : public device {
public:
    fake_redistributors();
    void write(uint64_t offset, unsigned size, uint64_t value) override;
    bool sleepy = false;   ///< ChildrenAsleep never clears
    bool shareable = true; ///< PROPBASER and PENDBASER keep their shareability
};

/// Consumes its queue at every write of GITS_CWRITER and notes each command.
class fake_its : public device {
public:
    fake_its();
    uint64_t read(uint64_t offset, unsigned size) override;
    void write(uint64_t offset, unsigned size, uint64_t value) override;

    std::vector<its_command> seen;
    bool indirect = false, dead = false, shareable = true;
    int refuse_opcode = -1;      ///< stalls at this command
    unsigned only_page_size = 3; ///< 3: any

private:
    void run();
    bool stalled_ = false;
};

/// A machine with a GIC of two CPUs (affinities 0 and 0x100000001), 64 SPIs, 16 INTID bits, and an ITS.
class gic_bench {
public:
    gic_bench();
    int init_all(); ///< gicv3_init, both gicv3_cpu_init, as CPU 0 in the end

    fake_machine machine;
    device gicd;
    fake_redistributors gicr;
    fake_its its_dev;
    struct acpi_gic tables {};
    gicv3 gic{};
};

} // namespace sw_test
