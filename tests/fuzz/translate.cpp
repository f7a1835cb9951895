// Chapters 3, 5, 7, 9 and D8: one transaction, ATS Translation Request or ATOS operation against any configuration
// structures, descriptors and registers. Legal structures with some bits changed, over memory whose descriptors are the
// input's.

#include "smmu/arch/translate.h"
#include "fuzz/choose_features.h"
#include "smmu/arch/ats.h"
#include "smmu/arch/vatos.h"
#include "smmu/tbu/tlb_entry.h"

#include <array>
#include <map>
#include <vector>

using namespace iovp;
using namespace iovp::smmu;
using iovp::fuzz::require;

namespace {

constexpr std::uint64_t stream_table = 0x10000000, cd_table = 0x20000000;
using structure = std::array<std::uint64_t, 8>;

void put(structure& s, unsigned high, unsigned low, std::uint64_t value)
{
    for (unsigned b = low; b <= high; ++b) {
        const std::uint64_t m = std::uint64_t(1) << (b % 64);
        s[b / 64] = ((value >> (b - low)) & 1) != 0 ? s[b / 64] | m : s[b / 64] & ~m;
    }
}

structure legal_ste(std::uint8_t config)
{
    structure s{};
    put(s, 0, 0, 1);
    put(s, 3, 1, config);
    put(s, 55, 6, cd_table >> 6);
    put(s, 109, 108, 1);    // SHCFG
    put(s, 143, 128, 0x42); // S2VMID
    put(s, 165, 160, 32);   // S2T0SZ
    put(s, 167, 166, 1);    // S2SL0
    put(s, 179, 179, 1);    // S2AA64
    put(s, 186, 186, 1);    // S2R
    put(s, 247, 196, 0x30000000 >> 4);
    put(s, 293, 288, 32); // S_S2T0SZ
    put(s, 295, 294, 1);  // S_S2SL0
    put(s, 435, 388, 0x38000000 >> 4);
    return s;
}

structure legal_cd()
{
    structure s{};
    put(s, 5, 0, 32);  // T0SZ
    put(s, 30, 30, 1); // EPD1
    put(s, 31, 31, 1); // V
    put(s, 41, 41, 1); // AA64
    put(s, 46, 45, 3); // A, R
    put(s, 63, 48, 0x24);
    put(s, 119, 68, 0x8000000 >> 4);
    put(s, 223, 192, 0xff44);
    return s;
}

/// Memory: what was placed, over a pattern of the input's words.
class fuzzed_memory : public vmsa::memory_port {
public:
    explicit fuzzed_memory(unsigned output_bits)
        : output_bits_(output_bits)
    {
    }
    void place(std::uint64_t address, const structure& s)
    {
        for (unsigned i = 0; i < 8; ++i)
            words_[address + 8 * i] = s[i];
    }
    void pattern(std::uint64_t word) { pattern_.push_back(word); }
    void abort_nth(unsigned n) { abort_at_ = n; }
    void secure_too() { secure_too_ = true; }
    void restart() { reads_ = 0; }
    unsigned reads() const { return reads_; }

    bool read(const vmsa::structure_access& what, std::uint64_t* words, unsigned count) override
    {
        check(what, count);
        for (unsigned i = 0; i < count; ++i)
            words[i] = at(what.address.value() + 8 * i);
        return ++reads_ != abort_at_;
    }
    exchange compare_exchange(const vmsa::structure_access& what, std::uint64_t& expected,
                              std::uint64_t desired) override
    {
        check(what, 1);
        ++reads_;
        require(what.what == vmsa::structure::ttd, "only descriptors are updated");
        // AF, AP[2] or S2AP[1], that is all that hardware may change
        require(((expected ^ desired) & ~(std::uint64_t(1) << 10 | std::uint64_t(1) << 7)) == 0 ||
                    ((swap(expected) ^ swap(desired)) & ~(std::uint64_t(1) << 10 | std::uint64_t(1) << 7)) == 0,
                "an update changes AF and the dirty bit only");
        if (at(what.address.value()) != expected) {
            expected = at(what.address.value());
            return exchange::changed;
        }
        words_[what.address.value()] = desired;
        return exchange::done;
    }

private:
    static std::uint64_t swap(std::uint64_t v) { return __builtin_bswap64(v); }

    void check(const vmsa::structure_access& what, unsigned count) const
    {
        require(what.address.value() % (8 * count) == 0, "fetches are aligned");
        require(what.address.value() >> output_bits_ == 0, "fetches stay within the OAS (3.4.3)");
        require(what.non_secure || secure_too_, "Non-secure streams reach no Secure memory (3.10)");
        require(reads_ < 200, "a walk ends");
    }
    std::uint64_t at(std::uint64_t address) const
    {
        const auto i = words_.find(address);
        if (i != words_.end())
            return i->second;
        if (pattern_.empty())
            return 0;
        return pattern_[((address >> 3) ^ (address >> 12)) % pattern_.size()];
    }

    unsigned output_bits_;
    std::map<std::uint64_t, std::uint64_t> words_;
    std::vector<std::uint64_t> pattern_;
    unsigned reads_ = 0;
    unsigned abort_at_ = 0;
    bool secure_too_ = false;
};

void check_terminated(const terminated& t, const request& r)
{
    if (!t.event)
        return;
    require(t.event->type() != event_type::f_tlb_conflict, "the model has no conflicts");
    require(event_name(t.event->type())[0] != 'U', "a known event");
    require(event_record::stream::of(t.event->words) == r.stream.value(), "the event names the stream");
    require((t.event->words[0] & 0x700) == 0, "RES0 of dword 0");
}

bool same(const outcome& a, const outcome& b)
{
    if (a.index() != b.index())
        return false;
    if (const auto* x = std::get_if<translated>(&a)) {
        const auto& y = std::get<translated>(b);
        return x->out.pa == y.out.pa && x->out.memory == y.out.memory && x->entry.ipa == y.entry.ipa &&
               x->out.non_secure == y.out.non_secure;
    }
    if (const auto* x = std::get_if<bypassed>(&a)) {
        const auto& y = std::get<bypassed>(b);
        return x->out.pa == y.out.pa && x->out.non_secure == y.out.non_secure;
    }
    const auto& x = std::get<terminated>(a);
    const auto& y = std::get<terminated>(b);
    return x.how == y.how && x.event == y.event;
}

/// Where a transaction goes, if it goes.
std::optional<std::uint64_t> destination(const outcome& o)
{
    if (const auto* t = std::get_if<translated>(&o))
        return t->out.pa.value();
    if (const auto* b = std::get_if<bypassed>(&o))
        return b->out.pa.value();
    return std::nullopt;
}

/// 3.9.1, 13.7. `compare`: nothing but the tables decides, so that ordinary transactions may do what is granted.
void request_translation(const translation_context& look, const translation_context& real, fuzzed_memory& memory,
                         const ats_request& asked, bool compare)
{
    const features& f = look.feature;
    const ats_completion a = translation_request(look, asked);
    memory.restart();
    const ats_completion again = translation_request(look, asked);
    require(a.status == again.status && a.data_entry() == again.data_entry() && a.event == again.event,
            "the same Translation Request twice ends the same");
    if (a.event) {
        require(a.status != ats_status::success, "no event of what succeeds (3.9.1.2)");
        request r;
        r.stream = asked.stream;
        check_terminated({termination::abort, a.event, false}, r);
    }
    if (a.status == ats_status::success) {
        const unsigned stu = smallest_translation_unit_log2(f);
        require(a.size_log2 >= stu && a.size_log2 <= 52, "at least the STU");
        require((a.address & bit_mask(a.size_log2 - 1U, 0)) == 0, "aligned to the size");
        require(a.address >> f.page_table_ipa_bits() == 0, "a PA or an IPA");
        require(a.read || a.write || (a.address == 0 && a.size_log2 == stu && !a.execute), "no access says nothing");
        require(!a.execute || (asked.substream && asked.execute), "Exe only where asked for, with a PASID (13.7)");
        require(a.privileged == (asked.substream && asked.privileged), "Priv as in the request");
        if (compare && (a.read || a.write)) {
            request r;
            r.stream = asked.stream;
            r.substream = asked.substream;
            r.address = asked.address;
            r.what = {!a.read, false, asked.substream && asked.privileged};
            memory.restart();
            const auto to = destination(translate(look, r));
            require(to && (*to & ~bit_mask(a.size_log2 - 1U, 0)) == a.address, "what is granted may be done");
        }
    }
    memory.restart();
    require(translation_request(real, asked).size_log2 < 64, "with updates, too");
}

/// 9.1.5, 6.3.40
void check_par(std::uint64_t par, const features& f, bool of_guest)
{
    if (atos_par::fault::get(par)) {
        require((par & ~(bit_mask(11, 4) | bit_mask(2, 0) | bit_mask(55, 12))) == 0, "PAR RES0 of a fault");
        const std::uint64_t code = atos_par::faultcode::get(par);
        require(code >= atos_internal_err || event_name(static_cast<event_type>(code))[0] != 'U', "a known FAULTCODE");
        require(atos_par::reason::get(par) != 0 || atos_par::faddr::get(par) == 0, "FADDR goes with REASON");
        require(!of_guest || atos_par::reason::get(par) == 0, "a guest does not learn of stage 2 (9.1.6)");
        return;
    }
    require((par & (bit_mask(7, 1) | bit_mask(10, 10))) == 0, "PAR RES0");
    require((par & bit_mask(55, 12)) >> f.page_table_ipa_bits() == 0, "ADDR is a PA or an IPA");
    require(!atos_par::size::get(par) || atos_par::addr::get(par) != 0, "SIZE says where to look");
}

void operate(const translation_context& look, const translation_context& real, fuzzed_memory& memory, std::uint8_t with,
             vmid guest, const request& r)
{
    std::uint64_t sid = r.stream.value();
    if (r.substream)
        sid |= atos_sid::substream::make(r.substream->value()) | atos_sid::ssid_valid::mask;
    const std::uint64_t addr = (r.address & ~bit_mask(11, 0)) | std::uint64_t(with & 0x3f) << 6;
    const bool of_guest = look.feature.vatos && (with & 0x80) != 0;
    const auto once = [&](const translation_context& c) {
        memory.restart();
        return of_guest ? virtual_address_translation_operation(c, guest, sid, addr)
                        : address_translation_operation(c, sid, addr);
    };
    const std::uint64_t par = once(look);
    check_par(par, look.feature, of_guest);
    require(once(look) == par, "the same operation twice ends the same");
    check_par(once(real), look.feature, of_guest);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    fuzz::input in(data, size);
    const features f = fuzz::choose_features(in);
    fuzzed_memory memory(f.output_bits);

    control regs;
    const std::uint8_t mode = in.u8();
    regs.enabled = (mode & 1) == 0;
    regs.cr1 = in.u16() & 0xfff;
    regs.cr2 = in.u8() & 3;
    regs.strtab_base = stream_table;
    regs.strtab_base_cfg = 8;
    if ((mode & 2) != 0) {
        regs.strtab_base = in.u64() & (((std::uint64_t(1) << f.output_bits) - 1) & ~std::uint64_t(63));
        regs.strtab_base_cfg = in.u32();
    }
    regs.gbpa = (mode & 4) != 0 ? in.u32() & 0x7fffffff : 0x1000;

    request r;
    r.stream = stream_id((mode & 8) != 0 ? in.u32() : in.u8());
    if ((mode & 16) != 0)
        r.substream = substream_id(in.u32() & 0xfffff);
    r.address = in.u64();
    const std::uint8_t access = in.u8();
    r.what = {(access & 1) != 0, (access & 3) == 2, (access & 4) != 0};
    if ((access & 8) != 0)
        r.memory = device_memory();
    r.sec_sid = (access & 0x70) == 0x70 ? security_state::secure : security_state::non_secure;
    r.ats = static_cast<ats_state>((access >> 7) * (mode >> 6) % 3);
    const std::uint8_t abort_at = in.u8() & 0x3f;
    memory.abort_nth(abort_at);

    // 0 transaction, 1 Translated transaction, 2 Translation Request, 3 ATOS operation; for features that older inputs
    // do not have.
    std::uint8_t kind = 0, with = 0, eats = 0, operation = 0;
    vmid guest(0x42);
    if (f.secure_impl || f.ats || f.atos) {
        const std::uint8_t how = in.u8();
        kind = how & 3;
        with = in.u8();
        if (f.secure_impl && (how & 4) != 0)
            r.sec_sid = security_state::secure;
        r.non_secure = (how & 8) != 0;
        regs.sif = (how & 0x10) != 0;
        regs.nsstalld = (how & 0x20) != 0;
        eats = how >> 6;
        regs.ats_check = (with & 1) == 0;
        regs.cr2 = (with >> 1) & 0xf;
        if (f.atos && kind == 3) {
            operation = in.u8();
            if ((with & 0x80) != 0)
                guest = vmid(in.u16());
        }
        if (f.ats && kind == 1)
            r.ats = ats_state::translated;
    }
    if (r.sec_sid == security_state::secure)
        memory.secure_too();

    structure s = legal_ste(4 + in.u8() % 4);
    put(s, 93, 92, eats);
    if (f.secure_impl)
        put(s, 111, 110, with >> 5); // NSCFG
    structure c = legal_cd();
    for (std::uint8_t edits = in.u8() % 8; edits != 0; --edits) {
        const std::uint16_t where = in.u16();
        put((where & 0x8000) != 0 ? c : s, where & 511, where & 511, in.u8() & 1);
    }
    if ((mode & 2) == 0)
        memory.place(stream_table + std::uint64_t(r.stream.value() & 0xff) * 64, s);
    memory.place(cd_table, c);
    // Descriptors: as they come, or with low addresses and a valid type so that walks go deep.
    while (!in.empty()) {
        const std::uint64_t d = in.u64();
        memory.pattern((mode & 32) != 0 ? d : (d & 0xfff000000ffffffcULL) | 0x403);
    }

    vmsa::walk_cache_port no_walks;
    configuration_cache_port no_configuration;
    const translation_context look{f, regs, memory, no_walks, no_configuration, false};
    const translation_context real{f, regs, memory, no_walks, no_configuration, true};
    const bool secure = r.sec_sid == security_state::secure;
    if (f.ats && kind == 2 && !secure) {
        ats_request asked;
        asked.stream = r.stream;
        asked.substream = r.substream;
        asked.address = r.address;
        asked.no_write = (with & 0x20) != 0;
        asked.execute = (with & 0x40) != 0;
        asked.privileged = (with & 0x80) != 0;
        const bool split = ste::eats::of(s) == 2;
        request_translation(look, real, memory, asked, abort_at == 0 && f.htt_update == 0 && (mode & 2) == 0 && !split);
        return 0;
    }
    if (f.atos && kind == 3) {
        operate(look, real, memory, operation, guest, r);
        return 0;
    }

    const outcome first = translate(look, r);
    memory.restart();
    const outcome second = translate(look, r);
    require(same(first, second), "the same transaction twice ends the same");
    memory.restart();
    const outcome o = translate(real, r);

    if (const auto* t = std::get_if<terminated>(&o))
        check_terminated(*t, r);
    else if (const auto* b = std::get_if<bypassed>(&o)) {
        require(b->out.pa.value() == r.address && r.address >> f.output_bits == 0, "bypass keeps an address in range");
        require(secure || b->out.non_secure, "Non-secure streams are Non-secure");
    } else {
        const auto& t2 = std::get<translated>(o);
        require(t2.out.pa.value() >> f.output_bits == 0, "outputs stay within the OAS");
        require(!secure || f.secure_impl, "no Secure stream translates without Secure state");
        require(secure || t2.out.non_secure, "Non-secure streams are Non-secure");
        const unsigned page = t2.entry.page_size_log2;
        require(page >= 12 && page <= 48, "page sizes");
        require(((t2.out.pa.value() ^ r.address) & 0xfff) == 0, "the page offset is the input's");
        if (r.ats == ats_state::translated)
            return 0; // serves nothing else
        const outcome hit = translate_hit(t2.context, t2.entry, r);
        require(same(o, hit), "a hit on the entry ends as the walk did");
        const tlb_line entry = tlb_line::from(t2.context.tag, t2.entry);
        require(entry.serves(packed_tag::of(t2.context.tag_of(r)), t2.context.lookup_address(r.address)),
                "the entry serves its own access");
    }
    return 0;
}
