#include "smmu/arch/command.h"

namespace iovp::smmu {

namespace {

using op = field<7, 0, 0>;
using ssec = field<10, 10, 0>;
using ssv = field<11, 11, 0>;
using substream = field<31, 12, 0>;
using stream = field<63, 32, 0>;
using vmid_field = field<47, 32, 0>;
using asid_field = field<63, 48, 0>;
using num = field<16, 12, 0>;
using scale = field<24, 20, 0>;
using scale_ds = field<25, 20, 0>; ///< with IDR5.DS
using leaf = field<0, 0, 1>;
using range = field<4, 0, 1>;
using ttl = field<9, 8, 1>;
using tg = field<11, 10, 1>;
using va = field<63, 12, 1>;
using ipa = field<55, 12, 1>;
using ipa_ns = field<1, 1, 1>; ///< CMD_TLBI_S_S2_IPA
using action = field<12, 12, 0>;
using abort_field = field<13, 13, 0>;
using stag = field<15, 0, 1>;
using global_field = field<9, 9, 0>;
using atc_size = field<5, 0, 1>;
using prg_index = field<8, 0, 1>;
using resp = field<13, 12, 1>;
using cs = field<13, 12, 0>;
using msh = field<23, 22, 0>;
using msi_attr = field<27, 24, 0>;
using msi_data = field<63, 32, 0>;
using msi_address = field<55, 2, 1>;

using result = std::variant<command, illegal_command>;
using words = std::array<std::uint64_t, 2>;

illegal_command illegal(const char* why)
{
    return {command_error::illegal, why};
}

void put_stream(command& c, const words& w)
{
    c.stream = stream_id(static_cast<std::uint32_t>(stream::of(w)));
}

void put_substream(command& c, const words& w)
{
    c.substream = substream_id(static_cast<std::uint32_t>(substream::of(w)));
}

void put_vmid(command& c, const words& w, const features& f)
{
    // 4.4.2: RES0 where the state has no stage 2.
    if (c.secure ? f.secure_stage2 : f.stage2)
        c.vm = vmid(static_cast<std::uint16_t>(vmid_field::of(w)));
}

void put_asid(command& c, const words& w)
{
    c.space = asid(static_cast<std::uint16_t>(asid_field::of(w)));
}

/// The fields of a TLBI by address (4.4.1.1).
result by_address(command c, const words& w, const features& f, bool is_ipa)
{
    c.leaf = leaf::of(w);
    c.address = (is_ipa ? ipa::of(w) : va::of(w)) << 12;
    if (!f.range_invalidation || tg::of(w) == 0)
        return c; // RES0 fields are ignored
    c.tg = static_cast<std::uint8_t>(tg::of(w));
    c.ttl = static_cast<std::uint8_t>(ttl::of(w));
    c.num = static_cast<std::uint8_t>(num::of(w));
    // 4.4.1.1: SCALE has 6 bits with IDR5.DS, values above 39 are treated as 39.
    c.scale = static_cast<std::uint8_t>(f.ds ? (scale_ds::of(w) > 39 ? 39 : scale_ds::of(w)) : scale::of(w));
    if (c.tg == 2 && c.ttl == 1 && !f.ds)
        c.ttl = 0; // without IDR5.DS the 16K level 1 is reserved and treated as 0
    if (c.num == 0 && c.scale == 0 && c.ttl == 0)
        return illegal("TG without range or TTL (4.4.1.1)");
    return c;
}

/// 4.4.2.5, 4.4.2.6, 4.4.2.11 to 4.4.2.14, 4.4.3.3, 4.4.3.4, 4.4.4.2: what only the Secure Command queue takes.
result secure_tlbi(command c, const words& w, const features& f, bool from_secure)
{
    if (!from_secure || !f.secure_impl)
        return illegal("belongs to the Secure Command queue (4.4)");
    c.secure = true;
    if (c.code == opcode::tlbi_el3_all)
        return c;
    if (c.code == opcode::tlbi_el3_va)
        return by_address(c, w, f, false);
    if (!f.secure_stage2)
        return illegal("Secure EL2 and stage 2 are not implemented (4.4)");
    switch (c.code) {
    case opcode::tlbi_s_el2_asid: put_asid(c, w); return c;
    case opcode::tlbi_s_el2_va: put_asid(c, w); return by_address(c, w, f, false);
    case opcode::tlbi_s_el2_vaa: return by_address(c, w, f, false);
    case opcode::tlbi_s_s12_vmall: put_vmid(c, w, f); return c;
    case opcode::tlbi_s_s2_ipa:
        put_vmid(c, w, f);
        c.non_secure_ipa = ipa_ns::of(w);
        return by_address(c, w, f, true);
    default: return c; // S_EL2_ALL, SNH_ALL
    }
}

result tlbi(command c, const words& w, const features& f, bool from_secure)
{
    switch (c.code) {
    case opcode::tlbi_nh_all:
    case opcode::tlbi_nh_asid:
    case opcode::tlbi_nh_va:
    case opcode::tlbi_nh_vaa:
        if (!f.stage1)
            return illegal("stage 1 is not implemented (4.4.2)");
        c.secure = from_secure; // each queue its own state
        put_vmid(c, w, f);
        if (c.code == opcode::tlbi_nh_asid || c.code == opcode::tlbi_nh_va)
            put_asid(c, w);
        if (c.code == opcode::tlbi_nh_va || c.code == opcode::tlbi_nh_vaa)
            return by_address(c, w, f, false);
        return c;
    case opcode::tlbi_el2_all:
    case opcode::tlbi_el2_asid:
    case opcode::tlbi_el2_va:
    case opcode::tlbi_el2_vaa:
        if (!f.stage1 || !f.hypervisor)
            return illegal("EL2 contexts are not implemented (4.4.2)");
        if (c.code == opcode::tlbi_el2_asid || c.code == opcode::tlbi_el2_va)
            put_asid(c, w);
        if (c.code == opcode::tlbi_el2_va || c.code == opcode::tlbi_el2_vaa)
            return by_address(c, w, f, false);
        return c;
    case opcode::tlbi_s12_vmall:
    case opcode::tlbi_s2_ipa:
        if (!f.stage2)
            return illegal("stage 2 is not implemented (4.4.3)");
        put_vmid(c, w, f);
        if (c.code == opcode::tlbi_s2_ipa)
            return by_address(c, w, f, true);
        return c;
    case opcode::tlbi_nsnh_all: return c;
    default: return secure_tlbi(c, w, f, from_secure);
    }
}

/// 4.5: without substreams SSV == 1 behaves as 0.
void put_pasid(command& c, const words& w, const features& f)
{
    put_stream(c, w);
    c.ssv = ssv::of(w) && f.substream_id_bits != 0;
    if (c.ssv)
        put_substream(c, w);
}

result atc_inv(command c, const words& w, const features& f)
{
    if (!f.ats)
        return illegal("ATS is not implemented (4.5.1)");
    if (atc_size::of(w) > 52)
        return illegal("Size is more than 52 (4.5.1)"); // permitted, not required
    put_pasid(c, w, f);
    c.global = c.ssv && global_field::of(w);
    c.size = static_cast<std::uint8_t>(atc_size::of(w));
    c.address = c.size == 52 ? 0 : (va::of(w) << 12) & ~bit_mask(11U + c.size, 0);
    return c;
}

result pri_resp(command c, const words& w, const features& f)
{
    if (!f.pri)
        return illegal("PRI is not implemented (4.5.2)");
    put_pasid(c, w, f);
    c.prg_index = static_cast<std::uint16_t>(prg_index::of(w));
    switch (resp::of(w)) {
    case 0: c.response = page_response_code::failure; return c;
    case 1: c.response = page_response_code::invalid_request; return c;
    case 2: c.response = page_response_code::success; return c;
    default: return illegal("Resp is reserved (4.5.2)");
    }
}

result sync(command c, const words& w)
{
    if (cs::of(w) == 3)
        return illegal("CS is reserved (4.7.3)");
    c.signal = static_cast<sync_signal>(cs::of(w));
    c.msi_sh = static_cast<std::uint8_t>(msh::of(w));
    c.msi_attr = static_cast<std::uint8_t>(msi_attr::of(w));
    c.msi_data = static_cast<std::uint32_t>(msi_data::of(w));
    c.msi_address = physical_address(msi_address::of(w) << 2);
    return c;
}

} // namespace

std::variant<command, illegal_command> decode(const raw_command& raw, const features& f, security_state queue,
                                              bool nsstalld)
{
    const bool from_secure = queue == security_state::secure;
    const words& w = raw.words;
    command c;
    c.code = static_cast<opcode>(op::of(w));
    switch (c.code) {
    case opcode::prefetch_config:
    case opcode::prefetch_addr:
    case opcode::cfgi_ste:
    case opcode::cfgi_ste_range:
    case opcode::cfgi_cd:
    case opcode::cfgi_cd_all:
    case opcode::resume:
    case opcode::stall_term:
        if (ssec::of(w) && !from_secure) // 4.1.6
            return illegal("SSec on the Non-secure Command queue");
        c.secure = ssec::of(w);
        put_stream(c, w);
        break;
    default: break;
    }
    switch (c.code) {
    case opcode::prefetch_addr: c.address = va::of(w) << 12; [[fallthrough]];
    case opcode::prefetch_config:
        c.ssv = ssv::of(w);
        put_substream(c, w);
        return c;
    case opcode::cfgi_ste: c.leaf = leaf::of(w); return c;
    case opcode::cfgi_ste_range: c.range = static_cast<std::uint8_t>(range::of(w)); return c;
    case opcode::cfgi_cd:
        if (!f.stage1)
            return illegal("stage 1 is not implemented (4.3.3)");
        put_substream(c, w);
        c.leaf = leaf::of(w);
        return c;
    case opcode::cfgi_cd_all:
        if (!f.stage1)
            return illegal("stage 1 is not implemented (4.3.4)");
        return c;
    case opcode::cfgi_vms_pidm: return illegal("MPAM is not implemented (4.3.5)");
    case opcode::tlbi_nh_all:
    case opcode::tlbi_nh_asid:
    case opcode::tlbi_nh_va:
    case opcode::tlbi_nh_vaa:
    case opcode::tlbi_el3_all:
    case opcode::tlbi_el3_va:
    case opcode::tlbi_el2_all:
    case opcode::tlbi_el2_asid:
    case opcode::tlbi_el2_va:
    case opcode::tlbi_el2_vaa:
    case opcode::tlbi_s12_vmall:
    case opcode::tlbi_s2_ipa:
    case opcode::tlbi_nsnh_all:
    case opcode::tlbi_s_el2_all:
    case opcode::tlbi_s_el2_asid:
    case opcode::tlbi_s_el2_va:
    case opcode::tlbi_s_el2_vaa:
    case opcode::tlbi_s_s12_vmall:
    case opcode::tlbi_s_s2_ipa:
    case opcode::tlbi_snh_all: return tlbi(c, w, f, from_secure);
    case opcode::atc_inv:
    case opcode::pri_resp:
        if (from_secure) // 4.5: S_IDR3.SAMS is 1 where ATS is there
            return illegal("the Secure Command queue has no ATS maintenance (4.5)");
        return c.code == opcode::atc_inv ? atc_inv(c, w, f) : pri_resp(c, w, f);
    case opcode::resume:
    case opcode::stall_term:
        if ((from_secure ? f.stall_model : f.non_secure_stall_model(nsstalld)) == 1)
            return illegal("the Stall model is not implemented (4.7)");
        if (c.code == opcode::resume) {
            c.retry = action::of(w);
            c.abort = abort_field::of(w);
            c.stag = static_cast<std::uint16_t>(stag::of(w));
        }
        return c;
    case opcode::sync: return sync(c, w);
    }
    return illegal("reserved opcode (4.1.1)");
}

std::uint64_t command::span() const
{
    if (tg == 0)
        return 0;
    const unsigned granule_log2 = 10 + 2U * tg;                // 1: 12, 2: 14, 3: 16
    return (std::uint64_t(num) + 1) << (granule_log2 + scale); // 2^60 at most: SCALE is 39 at most
}

} // namespace iovp::smmu
