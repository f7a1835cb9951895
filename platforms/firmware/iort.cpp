#include "firmware/iort.h"

#include "firmware/byte_writer.h"

#include <initializer_list>
#include <optional>

namespace iovp::firmware {

namespace {

// DEN 0049 E.d, table 3: node types and the revision of each that this writer produces.
enum class node_type : std::uint8_t { its_group = 0, root_complex = 2, smmuv3 = 4, pmcg = 5, reserved_memory = 6 };

struct id_mapping {
    std::uint32_t input_base;
    std::uint32_t count;
    std::uint32_t output_base;
    std::uint32_t output_node; ///< offset of the node from the table's start
    bool single = false;
};

constexpr std::uint32_t node_header_size = 16;
constexpr std::uint32_t id_mapping_size = 20;

/// One node: its type-specific data, then its ID mappings.
class node {
public:
    node(node_type type, std::uint8_t revision, std::uint32_t identifier)
        : type_(type)
        , revision_(revision)
        , identifier_(identifier)
    {
    }

    byte_writer data;
    std::vector<id_mapping> mappings;

    std::vector<std::uint8_t> bytes() const
    {
        const auto data_end = static_cast<std::uint32_t>(node_header_size + data.size());
        const auto count = static_cast<std::uint32_t>(mappings.size());
        byte_writer w;
        w.u8(static_cast<std::uint8_t>(type_)).u16(static_cast<std::uint16_t>(data_end + count * id_mapping_size));
        w.u8(revision_).u32(identifier_).u32(count).u32(count ? data_end : 0);
        w.append(data.bytes());
        for (const id_mapping& m : mappings)
            w.u32(m.input_base).u32(m.count - 1).u32(m.output_base).u32(m.output_node).u32(m.single ? 1 : 0);
        return w.bytes();
    }

private:
    node_type type_;
    std::uint8_t revision_;
    std::uint32_t identifier_;
};

node its_group(const iort_description& d)
{
    node n(node_type::its_group, 1, 0);
    n.data.u32(1).u32(d.its_id);
    return n;
}

node smmuv3(const iort_description& d, std::uint32_t its_node)
{
    constexpr std::uint32_t coherent = 1;
    constexpr std::uint32_t device_id_mapping_valid = 1 << 4;
    constexpr std::uint32_t generic_model = 0;
    node n(node_type::smmuv3, 5, 1);
    n.data.u64(d.smmu.base).u32((d.smmu.coherent ? coherent : 0) | device_id_mapping_valid).u32(0).u64(0);
    n.data.u32(generic_model).u32(d.smmu.event_gsiv).u32(d.smmu.pri_gsiv).u32(d.smmu.gerror_gsiv);
    n.data.u32(d.smmu.sync_gsiv).u32(0);
    // Mapping 0 turns a StreamID into the DeviceID of that stream's MSIs; mapping 1 is the SMMU's own DeviceID.
    n.data.u32(1);
    n.mappings.push_back({d.root_complex.stream_base, d.root_complex.rid_count, d.root_complex.device_base, its_node});
    n.mappings.push_back({0, 1, d.smmu.msi_device_id, its_node, true});
    return n;
}

node root_complex(const iort_description& d, std::uint32_t smmu_node)
{
    constexpr std::uint32_t fully_coherent = 1;
    constexpr std::uint8_t memory_flags_cpm_dacs = 3; // coherent path to memory, device attributes are cacheable shared
    node n(node_type::root_complex, 4, 2);
    n.data.u32(fully_coherent).u8(0).u16(0).u8(memory_flags_cpm_dacs);
    n.data.u32(0).u32(d.root_complex.segment).u8(d.root_complex.address_limit).u16(0).u8(0).u32(0);
    n.mappings.push_back({d.root_complex.first_rid, d.root_complex.rid_count, d.root_complex.stream_base, smmu_node});
    return n;
}

node pmcg(const iort_description::counter_group& g, std::uint32_t identifier, std::uint32_t smmu_node,
          std::uint32_t its_node)
{
    node n(node_type::pmcg, 2, identifier);
    n.data.u64(g.page0).u32(g.overflow_gsiv).u32(smmu_node).u64(g.page1);
    if (g.msi)
        n.mappings.push_back({0, 1, g.msi_device_id, its_node, true});
    return n;
}

node reserved_memory(const iort_description& d, std::uint32_t smmu_node)
{
    constexpr std::uint32_t remapping_not_permitted = 0;
    constexpr std::uint32_t device_nGnRnE = 0 << 2;
    constexpr std::uint32_t fixed_size = 12;
    node n(node_type::reserved_memory, 3, 3);
    n.data.u32(remapping_not_permitted | device_nGnRnE).u32(static_cast<std::uint32_t>(d.reserved.size()));
    n.data.u32(node_header_size + fixed_size);
    for (const auto& range : d.reserved)
        n.data.u64(range.base).u64(range.length).u32(0);
    n.mappings.push_back({0, d.root_complex.rid_count, d.root_complex.stream_base, smmu_node});
    return n;
}

} // namespace

std::vector<std::uint8_t> iort_body(const iort_description& d, std::size_t header_size)
{
    constexpr std::size_t fixed_size = 12;
    const auto first_node = static_cast<std::uint32_t>(header_size + fixed_size);

    byte_writer nodes;
    const auto next_offset = [&] { return static_cast<std::uint32_t>(first_node + nodes.size()); };
    const std::uint32_t its_node = next_offset();
    nodes.append(its_group(d).bytes());
    const std::uint32_t smmu_node = next_offset();
    nodes.append(smmuv3(d, its_node).bytes());
    nodes.append(root_complex(d, smmu_node).bytes());
    std::uint32_t count = 3;
    if (!d.reserved.empty()) {
        nodes.append(reserved_memory(d, smmu_node).bytes());
        ++count;
    }
    for (const iort_description::counter_group& g : d.counter_groups) {
        nodes.append(pmcg(g, count, smmu_node, its_node).bytes());
        ++count;
    }

    byte_writer body;
    body.u32(count).u32(first_node).u32(0).append(nodes.bytes());
    return body.bytes();
}

} // namespace iovp::firmware
