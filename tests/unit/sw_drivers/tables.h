#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "fake_machine.h"

namespace sw_test {

/// Little-endian bytes of a firmware table, written field by field as the specifications list them.
class bytes {
public:
    bytes& u8(uint64_t v) { return put(v, 1); }
    bytes& u16(uint64_t v) { return put(v, 2); }
    bytes& u32(uint64_t v) { return put(v, 4); }
    bytes& u64(uint64_t v) { return put(v, 8); }
    bytes& text(const std::string& s)
    {
        data.insert(data.end(), s.begin(), s.end());
        return *this;
    }
    bytes& zero(size_t n)
    {
        data.insert(data.end(), n, 0);
        return *this;
    }
    bytes& add(const bytes& other)
    {
        data.insert(data.end(), other.data.begin(), other.data.end());
        return *this;
    }
    bytes& patch(size_t at, unsigned size, uint64_t v)
    {
        for (unsigned i = 0; i < size; i++)
            data.at(at + i) = static_cast<uint8_t>(v >> (8 * i));
        return *this;
    }
    size_t size() const { return data.size(); }

    std::vector<uint8_t> data;

private:
    bytes& put(uint64_t v, unsigned n)
    {
        for (unsigned i = 0; i < n; i++)
            data.push_back(static_cast<uint8_t>(v >> (8 * i)));
        return *this;
    }
};

/// Makes the bytes from `first` to `last` add up to zero by the one at `at`.
void seal(bytes& b, size_t at, size_t first, size_t last);
/// Header of 36 bytes and `body`, sealed.
bytes table(const std::string& signature, unsigned revision, const bytes& body);
void store(uint64_t address, const bytes& b);

/// Writes RSDP at `ram_base + 0x100`, XSDT and the tables behind it; returns the RSDP's address.
uint64_t install(const std::vector<bytes>& tables);
/// Where install() puts its n-th table.
uint64_t table_address(unsigned n);

bytes gicc(unsigned uid, uint64_t mpidr, uint32_t flags = 1, uint64_t gicr = 0);
bytes gicd(uint64_t base);
bytes gicr(uint64_t base, uint32_t length);
bytes gic_its(uint32_t id, uint64_t base);
bytes madt(std::initializer_list<bytes> entries);
bytes mcfg(uint64_t base, unsigned segment, unsigned start, unsigned end);

bytes iort_map(uint32_t input, uint32_t count_minus_1, uint32_t output, uint32_t reference, uint32_t flags = 0);
/// A node: `data` is what follows the 16-byte header, then its mappings.
bytes iort_node(unsigned type, unsigned revision, const bytes& data, std::initializer_list<bytes> maps);
bytes iort_smmu_data(uint64_t base, uint32_t flags, uint32_t event, uint32_t pri, uint32_t gerror, uint32_t sync,
                     uint32_t index);
bytes iort(std::initializer_list<bytes> nodes);

} // namespace sw_test
