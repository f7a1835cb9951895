#include "adapter.h"

#include "run.h"

#include <cstdio>

namespace iovp::oracle {

smmu::features features_of(const machine& hw)
{
    smmu::features f;
    f.stage1 = hw.s1p;
    f.stage2 = hw.s2p;
    f.hypervisor = hw.hyp;
    f.htt_update = hw.httu;
    f.asid16 = hw.asid16;
    f.vmid16 = hw.vmid16;
    f.cd_two_level = hw.cd2l;
    f.mixed_endian = hw.mixed_endian;
    f.raz_wi_model = hw.term_raz_wi;
    f.stream_two_level = hw.two_level_table;
    f.stream_id_bits = hw.sidsize;
    f.substream_id_bits = hw.ssidsize;
    f.attribute_permissions_override = hw.attr_perms_ovr;
    f.attribute_types_override = hw.attr_types_ovr;
    f.hierarchical_disable = hw.had;
    f.xnx = hw.xnx;
    f.force_write_back = hw.fwb;
    f.small_tables = hw.stt;
    f.output_bits = hw.oas;
    f.granule_4k = hw.gran4;
    f.granule_16k = hw.gran16;
    f.granule_64k = hw.gran64;
    f.e0pd = hw.e0pd;
    f.ptw_nnc = hw.ptwnnc;
    f.ds = hw.ds;
    f.ats = hw.ats;
    f.aarch32_tables = hw.aarch32;
    f.secure_impl = hw.secure_impl;
    f.secure_stage2 = hw.sel2;
    f.secure_stream_id_bits = hw.s_sidsize;
    f.va52 = hw.va52;
    f.architecture_minor = hw.minor;
    return f;
}

smmu::control control_of(const control_registers& hw)
{
    smmu::control c;
    c.enabled = hw.smmuen;
    c.cr1 = 0xd75;
    c.cr2 = unsigned(hw.e2h) | unsigned(hw.recinvsid) << 1;
    c.sif = hw.sif;
    c.gbpa = hw.gbpa;
    c.strtab_base = hw.strtab_base;
    c.strtab_base_cfg = hw.strtab_base_cfg;
    return c;
}

smmu::ats_request ats_request_of(const ats_question& q)
{
    smmu::ats_request r;
    r.stream = stream_id(q.what.stream);
    if (q.what.ssv)
        r.substream = substream_id(q.what.substream);
    r.address = q.what.address;
    r.no_write = q.no_write;
    r.execute = q.execute;
    r.privileged = q.what.privileged;
    return r;
}

smmu::request request_of(const access& a)
{
    smmu::request r;
    r.stream = stream_id(a.stream);
    r.sec_sid = a.secure ? security_state::secure : security_state::non_secure;
    r.non_secure = a.ns;
    if (a.ssv)
        r.substream = substream_id(a.substream);
    r.address = a.address;
    r.what.write = a.write;
    r.what.instruction = a.instruction;
    r.what.privileged = a.privileged;
    r.memory = model_attributes(a.memory);
    return r;
}

memory_attributes model_attributes(const attributes& a)
{
    const auto level = [](const level_attributes& l) {
        cache_attributes c;
        c.policy = l.policy == cache::nc   ? cacheability::non_cacheable
                   : l.policy == cache::wt ? cacheability::write_through
                                           : cacheability::write_back;
        c.read_allocate = l.ra;
        c.write_allocate = l.wa;
        c.transient = l.tr;
        return c;
    };
    memory_attributes m;
    switch (a.what) {
    case type::nGnRnE: m.type = memory_type::device_nGnRnE; break;
    case type::nGnRE: m.type = memory_type::device_nGnRE; break;
    case type::nGRE: m.type = memory_type::device_nGRE; break;
    case type::GRE: m.type = memory_type::device_GRE; break;
    case type::normal: m.type = memory_type::normal; break;
    }
    m.inner = level(a.inner);
    m.outer = level(a.outer);
    m.share = a.sh == 0 ? shareability::non_shareable : a.sh == 2 ? shareability::outer : shareability::inner;
    return m;
}

attributes oracle_attributes(const memory_attributes& m)
{
    const auto level = [](const cache_attributes& c) {
        level_attributes l;
        l.policy = c.policy == cacheability::non_cacheable   ? cache::nc
                   : c.policy == cacheability::write_through ? cache::wt
                                                             : cache::wb;
        l.ra = c.read_allocate;
        l.wa = c.write_allocate;
        l.tr = c.transient;
        return l;
    };
    attributes a;
    switch (m.type) {
    case memory_type::device_nGnRnE: a.what = type::nGnRnE; break;
    case memory_type::device_nGnRE: a.what = type::nGnRE; break;
    case memory_type::device_nGRE: a.what = type::nGRE; break;
    case memory_type::device_GRE: a.what = type::GRE; break;
    case memory_type::normal: a.what = type::normal; break;
    }
    a.inner = level(m.inner);
    a.outer = level(m.outer);
    a.sh = m.share == shareability::non_shareable ? 0 : m.share == shareability::outer ? 2 : 3;
    return a;
}

std::string difference(const verdict& expected, const record& got)
{
    if (!expected.has_event)
        return "an event where none is";
    for (unsigned i = 0; i < 4; ++i)
        if (((expected.event[i] ^ got[i]) & expected.defined[i]) != 0)
            return "another event";
    return "";
}

std::string difference(const verdict& expected, const memory_attributes& got)
{
    const attributes& e = expected.memory;
    // Device memory has no hints; what the model keeps in those fields means nothing. All else must be consistent as
    // it is put out (13.1.7).
    attributes g = oracle_attributes(got);
    if (g.what != type::normal) {
        g.inner = {};
        g.outer = {};
    }
    if (e.what != g.what || e.inner.policy != g.inner.policy || e.outer.policy != g.outer.policy)
        return "another memory type";
    if (!expected.share_free && e.sh != g.sh)
        return "another shareability";
    if (!expected.hints_free && (!(e.inner == g.inner) || !(e.outer == g.outer)))
        return "other allocation hints";
    return "";
}

std::string difference(const verdict& expected, const smmu::outcome& got)
{
    if (expected.anything)
        return "";
    if (const auto* t = std::get_if<smmu::terminated>(&got)) {
        if (expected.end == verdict::kind::pass)
            return "terminated instead of passed";
        if ((t->how == smmu::termination::raz_wi) != (expected.end == verdict::kind::raz_wi))
            return "abort and RAZ/WI mixed up";
        if (!t->event)
            return expected.has_event ? "the event is missing" : "";
        return difference(expected, record(t->event->words));
    }
    if (expected.end != verdict::kind::pass)
        return "passed instead of terminated";
    const bool translated = std::holds_alternative<smmu::translated>(got);
    const smmu::output& o = translated ? std::get<smmu::translated>(got).out : std::get<smmu::bypassed>(got).out;
    if (translated != expected.translated)
        return "bypassed and translated mixed up";
    if (o.pa.value() != expected.pa)
        return "another address";
    if (o.what.privileged != expected.privileged || o.what.instruction != expected.instruction)
        return "other PRIV or INST";
    if (o.non_secure != expected.ns)
        return "another physical address space";
    return difference(expected, o.memory);
}

std::string describe(const smmu::outcome& o)
{
    verdict v;
    if (const auto* t = std::get_if<smmu::terminated>(&o)) {
        v.end = t->how == smmu::termination::raz_wi ? verdict::kind::raz_wi : verdict::kind::abort;
        if (t->event) {
            v.has_event = true;
            v.event = t->event->words;
        }
        return describe(v);
    }
    v.translated = std::holds_alternative<smmu::translated>(o);
    const smmu::output& out = v.translated ? std::get<smmu::translated>(o).out : std::get<smmu::bypassed>(o).out;
    v.end = verdict::kind::pass;
    v.pa = out.pa.value();
    v.ns = out.non_secure;
    v.privileged = out.what.privileged;
    v.instruction = out.what.instruction;
    v.memory = oracle_attributes(out.memory);
    return describe(v);
}

std::string difference(const ats_answer& expected, const ats_question& q, const smmu::ats_completion& got)
{
    if (expected.anything)
        return "";
    using status = ats_answer::status;
    const status end = got.status == smmu::ats_status::success               ? status::success
                       : got.status == smmu::ats_status::unsupported_request ? status::unsupported
                                                                             : status::abort;
    if (end != expected.end)
        return "another status";
    if (got.event.has_value() != expected.bad_request)
        return expected.bad_request ? "F_BAD_ATS_TREQ is missing" : "an event where none is";
    if (got.event) {
        const std::uint64_t ssv = q.what.ssv ? 1U << 11 | std::uint64_t(q.what.substream) << 12 : 0;
        if (got.event->words[0] != (0x05 | ssv | std::uint64_t(q.what.stream) << 32))
            return "another F_BAD_ATS_TREQ";
    }
    if (end != status::success)
        return "";
    if (got.read != expected.r || got.execute != expected.x || got.privileged != expected.privileged ||
        (expected.w_free ? got.write && !expected.w : got.write != expected.w))
        return "other permissions";
    const bool any = got.read || got.write;
    if (any ? got.size_log2 < expected.stu_log2 || got.size_log2 > expected.page_log2
            : got.size_log2 != expected.stu_log2)
        return "another size";
    if (any && got.address != (expected.address & ~((std::uint64_t(1) << got.size_log2) - 1)))
        return "another address";
    const std::uint64_t entry = got.data_entry();
    if ((entry & 0x424) != 0) // N, Global, U
        return "N, Global or U";
    if ((entry & 3) != (unsigned(got.read) | unsigned(got.write) << 1))
        return "other permissions in the Data Entry";
    return "";
}

std::uint64_t atos_sid_of(const atos_question& q)
{
    return q.what.stream | std::uint64_t(q.what.ssv ? q.what.substream | 1U << 20 : 0) << 32;
}

std::uint64_t atos_addr_of(const atos_question& q)
{
    return (q.what.address & ~std::uint64_t(0xfff)) | std::uint64_t(q.stages) << 10 | unsigned(q.what.privileged) << 9 |
           unsigned(!q.what.write) << 8 | unsigned(q.what.instruction) << 7 | unsigned(q.passive) << 6;
}

// 6.3.40, by its bits.
std::string difference(const atos_answer& expected, std::uint64_t par)
{
    if (expected.anything)
        return "";
    if (expected.failed)
        return par == expected.fault ? "" : "another fault";
    if ((par & 1) != 0)
        return "a fault instead of a result";
    if ((par & 0x4fe) != 0)
        return "bits that are RES0";
    std::uint64_t address = par & 0x00fffffffffff000;
    unsigned size_log2 = 12;
    if ((par & 1 << 11) != 0) {
        const std::uint64_t mark = address & -address;
        address ^= mark;
        for (size_log2 = 13; mark >> size_log2 != 0;)
            ++size_log2;
    }
    if (size_log2 > expected.page_log2)
        return "another size";
    if (address != (expected.address & ~((std::uint64_t(1) << size_log2) - 1)))
        return "another address";
    if (expected.memory_free)
        return "";
    const attributes got = consistent(from_mair(unsigned(par >> 56), unsigned(par >> 8 & 3)));
    const attributes& e = expected.memory;
    if (got.what != e.what || got.inner.policy != e.inner.policy || got.outer.policy != e.outer.policy)
        return "another memory type";
    if ((!expected.share_free && got.sh != e.sh) || (e.what != type::normal && (par >> 8 & 3) != 2))
        return "another shareability";
    if (!expected.hints_free && (!(got.inner == e.inner) || !(got.outer == e.outer)))
        return "other allocation hints";
    return "";
}

bool memory_view::read(const vmsa::structure_access& what, std::uint64_t* words, unsigned count)
{
    const std::uint64_t at = what.address.value() | (what.non_secure ? 0 : secure_space);
    if (m_->aborts(at))
        return false;
    for (unsigned i = 0; i < count; ++i)
        words[i] = m_->get(at + 8 * i);
    return true;
}

vmsa::memory_port::exchange memory_view::compare_exchange(const vmsa::structure_access& what, std::uint64_t& expected,
                                                          std::uint64_t desired)
{
    const std::uint64_t at = what.address.value() | (what.non_secure ? 0 : secure_space);
    if (m_->aborts(at))
        return exchange::aborted;
    if (m_->get(at) != expected) {
        expected = m_->get(at);
        return exchange::changed;
    }
    m_->set(at, desired);
    return exchange::done;
}

} // namespace iovp::oracle
