// Chapter 6: any accesses of software to the frame of either state. Identification never changes, RES0 stays zero,
// 64-bit registers are their halves, guarded registers stand still while their guard is up.

#include "fuzz/choose_features.h"
#include "smmu/tcu/register_frame.h"

#include <array>
#include <memory>
#include <utility>
#include <vector>

using namespace iovp::smmu;
using iovp::fuzz::require;

namespace {

struct machine : register_frame::listener {
    machine(const features& f, iovp::security_state s)
        : features_in_use(f)
        , frame(f, 0x1000, *this, s)
    {
    }
    void update_requested() override { moving = true; }
    void commands_may_run() override {}
    void events_may_be_written() override {}
    void atos_requested() override { atos = true; }

    /// What the TCU does some time later.
    void acknowledge()
    {
        if (atos) {
            frame.set(reg::gatos_ctrl, 0);
            frame.set(reg::vatos_ctrl, 0);
        }
        atos = false;
        if (!moving)
            return;
        moving = false;
        frame.set(0x24, frame.get(0x20));
        frame.set(0x54, frame.get(0x50));
        frame.take_smmuen((frame.get(0x20) & 1) != 0);
        if (!frame.non_secure())
            frame.set(reg::secure_init, 0);
        if ((frame.get(0x44) >> 31) != 0) {
            frame.take_gbpa();
            frame.set(0x44, frame.get(0x44) & 0x7fffffff);
        }
    }

    /// As built: a frame takes longer to build than an input to run.
    void reset()
    {
        for (const auto& [offset, value] : initial)
            frame.set(offset, value);
        frame.take_smmuen(false);
        frame.take_gbpa();
        moving = atos = false;
    }
    void remember()
    {
        for (std::uint32_t offset = 0; offset < frame.size(); offset += 4)
            if ((offset & 0xffff) < 0x200 || offset >= reg::vatos_page) {
                const std::uint64_t value = frame.get(offset);
                frame.set(offset, ~value);
                if (frame.get(offset) != value) // a register stands there
                    initial.emplace_back(offset, value);
                frame.set(offset, value);
            }
    }

    const features features_in_use;
    register_frame frame;
    bool moving = false, atos = false;
    std::vector<std::pair<std::uint32_t, std::uint64_t>> initial;
};

/// One of a few implementations, fresh. Chosen by chance once, so that nearly every input finds its frame built.
/// The upper half of the numbers has the later features: every other of them a Secure frame, the others ATS and ATOS.
machine& a_machine(std::uint8_t which)
{
    static std::array<std::unique_ptr<machine>, 64> kept;
    std::unique_ptr<machine>& m = kept[which % kept.size()];
    if (!m) {
        const bool later = (which & 32) != 0;
        const bool secure = later && (which & 1) != 0;
        const std::uint32_t some = (which % 32U) * 2654435761U;
        const auto byte = [some](unsigned at) { return static_cast<std::uint8_t>(some >> at); };
        const std::uint8_t bytes[] = {static_cast<std::uint8_t>(byte(8) | (later ? 3 : 0)), byte(16), byte(24),
                                      static_cast<std::uint8_t>((byte(4) & 0xfe) | (secure ? 1 : 0x8e)), byte(12)};
        iovp::fuzz::input in(bytes, sizeof bytes);
        m = std::make_unique<machine>(iovp::fuzz::choose_features(in),
                                      secure ? iovp::security_state::secure : iovp::security_state::non_secure);
        m->remember();
    }
    m->reset();
    return *m;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    iovp::fuzz::input in(data, size);
    machine& m = a_machine(in.u8());
    const features& f = m.features_in_use;
    register_frame& r = m.frame;
    const std::uint32_t base = r.non_secure() ? 0 : reg::secure;
    std::uint64_t identification[8];
    for (std::uint32_t i = 0; i < 8; ++i)
        identification[i] = r.read(base + i * 4, 4);

    while (!in.empty()) {
        const std::uint8_t what = in.u8();
        const std::uint16_t place = in.u16();
        std::uint32_t offset = (place & 0x1fff) | ((what & 0x80) != 0 ? 0x10000U : 0U);
        if (!r.non_secure() && (what & 0x40) == 0)
            offset = (offset & 0x1fff) | reg::secure;
        else if (f.vatos && (place & 0x8000) != 0)
            offset = (offset & 0xfff) | reg::vatos_page;
        const unsigned bytes = 1U << ((what >> 4) & 3);
        const std::uint64_t stream_table = r.read(base + 0x80, 8);
        const std::uint64_t commands = r.read(base + 0x90, 8);
        const std::uint64_t events = r.read(base + 0xa0, 8);
        const std::uint64_t pages = r.read(base + 0xc0, 8);
        const std::uint64_t operation = r.read(0x110, 8), guest_operation = r.read(reg::vatos_addr, 8);
        const bool running = (r.read(0x100, 4) & 1) != 0, guest_running = (r.read(reg::vatos_ctrl, 4) & 1) != 0;
        const std::uint64_t enabled = r.read(base + 0x20, 4) | r.read(base + 0x24, 4);
        switch (what & 3) {
        case 0: r.read(offset, bytes); break;
        case 1: m.acknowledge(); break;
        case 2: r.activate_error(in.u8() % 9); break;
        default: r.write(offset, bytes, in.take(bytes)); break;
        }
        require((enabled & 1) == 0 || r.read(base + 0x80, 8) == stream_table, "STRTAB_BASE is guarded by SMMUEN");
        require((enabled & 8) == 0 || r.read(base + 0x90, 8) == commands, "CMDQ_BASE is guarded by CMDQEN");
        require((enabled & 4) == 0 || r.read(base + 0xa0, 8) == events, "EVENTQ_BASE is guarded by EVENTQEN");
        require((enabled & 2) == 0 || r.read(base + 0xc0, 8) == pages, "PRIQ_BASE is guarded by PRIQEN");
        require(!running || r.read(0x110, 8) == operation, "GATOS_ADDR is guarded by RUN");
        require(!guest_running || r.read(reg::vatos_addr, 8) == guest_operation, "VATOS_ADDR is guarded by RUN");
    }
    // What a step breaks stays broken: looked at once.
    for (std::uint32_t i = 0; i < 8; ++i)
        require(r.read(base + i * 4, 4) == identification[i], "identification is read-only");
    const std::uint64_t controls = r.non_secure()
                                       ? 0xd | (f.pri ? 2 : 0) | (f.ats ? 0x10 : 0) | (f.vmid_wildcard ? 0x1c0 : 0)
                                       : 0x22d | (f.vmid_wildcard ? 0x1c0 : 0);
    require((r.read(base + 0x20, 4) & ~controls) == 0, "SMMU_CR0 RES0");
    for (const std::uint32_t wide : {0x80U, 0x90U, 0xa0U, 0xb0U, 0x68U, 0xc0U, 0xd0U, 0x108U, 0x110U, 0x118U})
        require(r.read(base + wide, 8) == (r.read(base + wide, 4) | r.read(base + wide + 4, 4) << 32),
                "a register is its halves");
    if (!r.non_secure())
        for (std::uint32_t offset = 0; offset < 0x200; offset += 4)
            require(r.read(offset, 4) == 0, "no Non-secure register in the Secure frame");
    require(r.queue_log2(0x90) <= f.cmdq_log2 && r.queue_log2(0xa0) <= f.eventq_log2, "queue sizes are capped");
    require(r.queue_log2(0xc0) <= f.priq_log2, "PRI queue sizes are capped");
    require(r.queue_address(0x90, 16) % (16ULL << r.queue_log2(0x90)) == 0, "CMDQ_BASE is aligned to its size");
    require((r.read(base + 0x80, 8) & ~(1ULL << 62)) >> f.output_bits == 0, "table addresses are within the OAS");
    return 0;
}
