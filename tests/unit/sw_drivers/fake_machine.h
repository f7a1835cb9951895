#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "hal/hal.h"

namespace sw_test {

/// A device that a test scripts: registers that keep what is written, unless a hook says otherwise.
class device {
public:
    virtual ~device() = default;
    /// `offset` from the device's base, `size` in bytes.
    virtual uint64_t read(uint64_t offset, unsigned size);
    virtual void write(uint64_t offset, unsigned size, uint64_t value);

    void set(uint64_t offset, unsigned size, uint64_t value);
    uint64_t get(uint64_t offset, unsigned size) const;

private:
    std::map<uint64_t, uint8_t> bytes_;
};

/// One access of the driver, for tests of order.
struct access {
    enum class kind { mmio_read, mmio_write, icc_write, barrier } what;
    uint64_t address; ///< physical, or enum hal_icc
    unsigned size;
    uint64_t value;
};

/// What hal.h reaches: memory, devices, one CPU. The constructed object is the current machine until it is destroyed.
class fake_machine {
public:
    static constexpr uint64_t ram_base = 0x8000'0000, ram_size = 0x1000'0000;

    fake_machine();
    ~fake_machine();
    fake_machine(const fake_machine&) = delete;
    fake_machine& operator=(const fake_machine&) = delete;
    static fake_machine& current();

    void add(uint64_t base, uint64_t size, device& dev);

    uint64_t mem_read(uint64_t address, unsigned size);
    void mem_write(uint64_t address, unsigned size, uint64_t value);
    void mem_fill(uint64_t address, uint8_t value, uint64_t size);
    uint64_t mmio_read(uint64_t address, unsigned size);
    void mmio_write(uint64_t address, unsigned size, uint64_t value);

    /// Index in `log` of the first write of that kind at or after `from`, or -1.
    int find_write(uint64_t address, int from = 0) const;
    std::vector<uint64_t> values_written(uint64_t address) const;

    std::vector<access> log;
    std::array<uint64_t, HAL_ICC_COUNT> icc{};
    std::function<uint64_t(hal_icc)> on_icc_read; ///< when set, answers instead of `icc`
    uint64_t counter = 0, ticks_per_call = 1;
    uint64_t affinity = 0;
    bool bus_error = false;
    bool irqs = false;

private:
    struct mapping {
        uint64_t base, size;
        device* dev;
    };
    mapping* find(uint64_t address, unsigned size);

    std::map<uint64_t, uint8_t> memory_;
    std::vector<mapping> devices_;
};

} // namespace sw_test
