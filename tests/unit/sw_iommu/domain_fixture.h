#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "iommu/iommu.h"
#include "lib/errors.h"
#include "machine.h"
#include "walker.h"

/// A started SMMU, the domain layer on it, one device, and an eye that follows an address as the SMMU would: STE, CD,
/// both stages, straight from memory.
struct domains : testing::Test {
    static constexpr std::uint64_t doorbell = 0x30110040;
    static constexpr std::uint64_t msi_base = 0x8000000;
    static constexpr std::uint64_t msi_length = 0x100000;
    static constexpr std::uint32_t sid = 0x1100;

    machine m;
    smmu s{};
    iommu host{};
    iommu_device dev{};

    void start(iommu_msi_lookup lookup = IOMMU_MSI_ATTACHED_2023)
    {
        const smmu_platform p = m.platform();
        ASSERT_EQ(smmu_init(&s, &p), 0);
        iommu_init(&host, &s, lookup);
        ASSERT_EQ(iommu_device_add(&host, &dev, sid, 0x2100, 1), 0);
        m.opcodes();
    }

    struct seen {
        bool stage2_fault = false;
        bool stage1_fault = false;
        bool refused = false;
        std::uint64_t ipa = 0, pa = 0;
        bool writable = false, device = false;
    };

    seen follow(std::uint64_t address, std::uint32_t stream = sid)
    {
        const auto read = [this](std::uint64_t a) { return m.read64(a); };
        std::uint64_t ste[8];
        smmu_read_ste(&s, stream, ste);
        seen out;
        const unsigned config = (ste[0] >> 1) & 7;
        if (!(ste[0] & 1) || !(config & 4)) {
            out.refused = true;
            return out;
        }
        const auto stage2 = [&](std::uint64_t ipa) { return walker::walk(walker::from_ste(ste), ipa, read); };
        out.ipa = address;
        out.writable = true;
        if (config & 1) {
            std::uint64_t cd_at = ste[0] & 0x00FFFFFFFFFFFFC0u;
            if (config & 2) {
                const auto r = stage2(cd_at);
                if (!r) {
                    out.stage2_fault = true;
                    return out;
                }
                cd_at = r->pa;
            }
            std::uint64_t cd[8];
            for (unsigned i = 0; i < 8; i++)
                cd[i] = m.read64(cd_at + 8 * i);
            bool ttd_fault = false;
            const auto r = walker::walk(walker::from_cd(cd), address, [&](std::uint64_t a) -> std::uint64_t {
                if (!(config & 2))
                    return m.read64(a);
                const auto t = stage2(a);
                ttd_fault |= !t;
                return t ? m.read64(t->pa) : 0;
            });
            if (!r) {
                (ttd_fault ? out.stage2_fault : out.stage1_fault) = true;
                return out;
            }
            out.ipa = r->pa;
            out.writable = r->write;
            out.device = r->device;
        }
        out.pa = out.ipa;
        if (config & 2) {
            const auto r = stage2(out.ipa);
            if (!r) {
                out.stage2_fault = true;
                return out;
            }
            out.pa = r->pa;
            out.writable = out.writable && r->write;
            out.device = out.device || r->device;
        }
        return out;
    }

    std::uint64_t message()
    {
        iommu_msi_msg msg{doorbell, 5};
        iommu_compose_msi_msg(&dev, &msg);
        return msg.address;
    }
};
