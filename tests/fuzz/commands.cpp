// Chapter 4: every 16 bytes of either Command queue decode to a legal command whose fields fit, or to an error; nothing
// else.

#include "fuzz/choose_features.h"
#include "smmu/arch/command.h"

using namespace iovp::smmu;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using iovp::fuzz::require;
    iovp::fuzz::input in(data, size);
    const features f = iovp::fuzz::choose_features(in);
    do {
        const std::uint8_t where = f.secure_impl ? in.u8() : 0;
        const bool secure_queue = (where & 1) != 0;
        const bool nsstalld = (where & 2) != 0;
        const raw_command raw{{in.u64(), in.u64()}};
        const auto result =
            decode(raw, f, secure_queue ? iovp::security_state::secure : iovp::security_state::non_secure, nsstalld);
        if (const auto* bad = std::get_if<illegal_command>(&result)) {
            require(bad->error == command_error::illegal, "only CERROR_ILL comes from decoding");
            require(bad->why != nullptr && *bad->why != '\0', "an illegal command says why");
            continue;
        }
        const auto& c = std::get<command>(result);
        require(static_cast<std::uint8_t>(c.code) == (raw.words[0] & 0xff), "the opcode is dword 0 [7:0]");
        require(c.substream.value() < 1U << 20, "SubstreamID has 20 bits");
        require((c.address & 0xfff) == 0, "addresses are pages");
        require((c.msi_address.value() & 3) == 0, "an MSI goes to a word");
        require(c.vm == iovp::vmid(0) || (c.secure ? f.secure_stage2 : f.stage2), "no VMID without stage 2");
        require(!c.secure || secure_queue, "the Non-secure queue acts on the Non-secure state (4.1.6)");
        require(!c.non_secure_ipa || c.code == opcode::tlbi_s_s2_ipa, "NS of an IPA of Secure streams");
        require(c.code != opcode::atc_inv || (f.ats && !secure_queue), "ATC invalidation needs ATS (4.5)");
        require(c.code != opcode::pri_resp || (f.pri && !secure_queue), "page responses need PRI (4.5)");
        require(c.code < opcode::tlbi_s_el2_all || f.secure_stage2, "Secure EL2 commands need it (4.4)");
        require((c.code != opcode::resume && c.code != opcode::stall_term) ||
                    (f.stall_model != 1 && (secure_queue || f.non_secure_stall_model(nsstalld) != 1)),
                "stalls are there to be ended (4.7)");
        require(c.size <= 52 && (c.size == 52 || (c.address & ((4096ULL << c.size) - 1)) == 0 || c.size == 0),
                "an ATC invalidation is aligned to its span");
        require(!c.global || c.ssv, "Global goes with a PASID (4.5.1)");
        require(c.prg_index < 512, "PRGIndex has 9 bits");
        require(c.tg <= 3 && c.ttl <= 3 && c.num <= 31 && c.scale <= (f.ds ? 39 : 31), "range fields");
        require(c.tg != 0 || c.span() == 0, "a span only by range");
        require(c.tg == 0 || c.span() >= 4096, "a range is at least a page");
    } while (!in.empty());
    return 0;
}
