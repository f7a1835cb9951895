// Chapter 4: every 16 bytes decode to a legal command whose fields fit, or to an error; nothing else.

#include "fuzz/choose_features.h"
#include "smmu/arch/command.h"

using namespace iovp::smmu;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using iovp::fuzz::require;
    iovp::fuzz::input in(data, size);
    const features f = iovp::fuzz::choose_features(in);
    do {
        const raw_command raw{{in.u64(), in.u64()}};
        const auto result = decode(raw, f);
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
        require(f.stage2 || c.vm == iovp::vmid(0), "no VMID without stage 2");
        require(c.tg <= 3 && c.ttl <= 3 && c.num <= 31 && c.scale <= (f.ds ? 39 : 31), "range fields");
        require(c.tg != 0 || c.span() == 0, "a span only by range");
        require(c.tg == 0 || c.span() >= 4096, "a range is at least a page");
    } while (!in.empty());
    return 0;
}
