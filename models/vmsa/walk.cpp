#include "vmsa/walk.h"

#include "vmsa/descriptor.h"

#include "common/bit_field.h"

#include <algorithm>

namespace iovp::vmsa {

namespace {

constexpr std::uint64_t byte_swapped(std::uint64_t w)
{
    return __builtin_bswap64(w);
}

constexpr std::uint64_t ones(unsigned low_bits)
{
    return (std::uint64_t(1) << low_bits) - 1;
}

fault make_fault(fault_kind kind, std::uint8_t stage, int level, fault_class cls)
{
    fault f;
    f.kind = kind;
    f.stage = stage;
    f.level = static_cast<std::int8_t>(level);
    f.cls = cls;
    return f;
}

/// Whether hardware updates apply: HD needs HA (5.4 CD.HD, 5.2 STE.S2HD).
bool manages_dirty(bool ha, bool hd)
{
    return ha && hd;
}

/// The key of a stage's table descriptors, as far as its levels have it in common.
walk_cache_key make_key(const translation_tag& tag, std::uint8_t stage, granule tg, bool upper_half)
{
    walk_cache_key k{};
    k.tag = tag;
    if (stage == 2) { // stage-2 tables belong to the VM, not to an address space of it
        k.tag.stage1 = false;
        k.tag.has_asid = false;
        k.tag.space = asid(0);
    }
    k.stage = stage;
    k.tg = tg;
    k.upper_half = upper_half;
    return k;
}

/// `key` of a level.
const walk_cache_key& at_level(walk_cache_key& key, int level, std::uint64_t address)
{
    key.level = static_cast<std::int8_t>(level);
    key.size_log2 = static_cast<std::uint8_t>(level_shift(key.tg, level));
    key.address = align_down(address, std::uint64_t(1) << key.size_log2);
    return key;
}

/// The stage permits what is wanted; accesses of the walk itself (class cd, ttd) need exactly theirs.
bool permitted(const walk_context& context, const stage_permissions& p, const access& a, fault_class cls)
{
    return p.permits(a) ||
           (context.any_permission && cls == fault_class::in_ && p.permits(access{true, false, a.privileged}));
}

/// Byte offset of the descriptor of `level` in its table. The first table of a stage also takes the bits of the input
/// above what one table resolves: that is how stage-2 tables concatenate (D8.2.2).
std::uint64_t descriptor_offset(granule tg, int level, std::uint64_t address, unsigned input_bits, bool first)
{
    const unsigned shift = level_shift(tg, level);
    const unsigned top = first ? input_bits : shift + log2_size(tg) - 3;
    return top <= shift ? 0 : bits(address, top - 1, shift) << 3;
}

/// The first table is aligned to its size, to 64 bytes at least where 52 bits are put out (D8.2.5, IHI 0070 5.2
/// STE.S2TTB, 5.4 CD.TTB0).
std::uint64_t first_table(std::uint64_t ttb, granule tg, int start_level, unsigned input_bits, unsigned output_bits)
{
    const unsigned shift = level_shift(tg, start_level);
    const unsigned resolved = input_bits > shift ? input_bits - shift : 0;
    return ttb & ~ones(std::max(resolved + 3, output_bits >= 52 ? 6U : 0U));
}

/// D8.5: writes the descriptor back, if memory still holds `word`; otherwise `word` becomes what memory holds.
memory_port::exchange write_back(const walk_context& context, const structure_access& fetch, bool big_endian,
                                 std::uint64_t& word, descriptor updated)
{
    return context.memory.compare_exchange(fetch, word, big_endian ? byte_swapped(updated.word()) : updated.word());
}

/// IHI 0070 3.4: a VMSAv8-32 stage puts out 40 bits, cut down to the OAS where they are physical.
std::uint64_t physical(std::uint64_t address, bool aarch32, const implementation& impl)
{
    return aarch32 ? address & ones(impl.output_bits) : address;
}

bool exceeds(std::uint64_t address, unsigned output_bits)
{
    return output_bits < 64 && (address >> output_bits) != 0;
}

/// What one translation serves of its leaf: a block may be larger than the output size, and what is above faults
/// (IHI 0070 5.2 S2PS, 5.4 IPS: the address that the translation puts out).
std::uint8_t reach(const stage_result& leaf, unsigned output_bits)
{
    return std::min(leaf.page_size_log2, static_cast<std::uint8_t>(output_bits));
}

/// One stage-2 walk (D8.2.9).
class stage2_walk {
public:
    /// `non_secure_ipa`: where the context has two IPA spaces, the one that `ipa` is in.
    stage2_walk(const walk_context& context, std::uint64_t ipa, bool non_secure_ipa, const access& a, fault_class cls,
                bool ttd_write)
        : context_(context)
        , non_secure_ipa_(non_secure_ipa && context.stage2_non_secure != nullptr)
        , r_(non_secure_ipa_ ? *context.stage2_non_secure : *context.stage2)
        , ipa_(ipa)
        , access_(a)
        , cls_(cls)
        , ttd_write_(ttd_write)
        , high_(high_address_of(r_.tg, r_.ds, context.impl))
        , key_(make_key(context.tag, 2, r_.tg, false))
    {
        key_.tag.non_secure_ipa = non_secure_ipa_;
    }

    std::optional<fault> run()
    {
        const unsigned input_bits = 64 - r_.tsz;
        if (exceeds(ipa_, input_bits))
            return faulted(fault_kind::translation, 0);

        int level = r_.start_level;
        std::uint64_t table =
            physical(first_table(r_.ttb, r_.tg, level, input_bits, r_.output_bits), r_.aarch32, context_.impl);
        memory_attributes memory = r_.walk;
        context_.cache.begin(2);
        for (int l = 2; l >= r_.start_level; --l) {
            table_pointer found;
            if (context_.cache.lookup(key(l), found)) {
                table = found.next.value();
                memory = found.memory;
                level = l + 1;
                break;
            }
        }
        for (;; ++level) {
            structure_access fetch;
            fetch.what = structure::ttd;
            fetch.stage = 2;
            fetch.level = static_cast<std::int8_t>(level);
            fetch.memory = memory;
            fetch.non_secure = r_.non_secure_walk;
            fetch.address =
                physical_address(table + descriptor_offset(r_.tg, level, ipa_, input_bits, level == r_.start_level));
            std::uint64_t word = 0;
            if (!context_.memory.read(fetch, &word, 1))
                return aborted(fetch);
            for (;;) {
                const descriptor d(r_.big_endian ? byte_swapped(word) : word);
                const auto kind = d.classify(r_.tg, level, high_);
                if (kind == descriptor::kind::invalid)
                    return faulted(fault_kind::translation, level);
                if (kind == descriptor::kind::table) {
                    table = d.output_address(log2_size(r_.tg), high_);
                    if (exceeds(table, r_.output_bits))
                        return faulted(fault_kind::address_size, level);
                    table = physical(table, r_.aarch32, context_.impl);
                    table_pointer entry;
                    entry.next = physical_address(table);
                    entry.next_ipa = intermediate_address(table);
                    entry.memory = memory;
                    entry.non_secure = r_.non_secure_walk;
                    context_.cache.fill(key(level), entry);
                    break;
                }
                if (const auto f = leaf(d, level))
                    return f;
                const descriptor updated = update(d);
                if (updated.word() == d.word() || !context_.may_update)
                    return std::nullopt;
                const auto done = write_back(context_, fetch, r_.big_endian, word, updated);
                if (done == memory_port::exchange::aborted)
                    return aborted(fetch);
                if (done == memory_port::exchange::done) {
                    result.write_needs_update = result.write_needs_update && !access_.write;
                    return std::nullopt;
                }
                // Changed meanwhile: judge what memory holds now.
            }
        }
    }

    bool non_secure() const { return r_.non_secure_output; }
    unsigned output_bits() const { return r_.output_bits; }
    bool non_secure_ipa() const { return non_secure_ipa_; }

    stage_result result;
    physical_address pa;
    stage2_memory memory_bits;

private:
    const walk_cache_key& key(int level) { return at_level(key_, level, ipa_); }

    fault faulted(fault_kind kind, int level) const
    {
        fault f = make_fault(kind, 2, level, cls_);
        f.has_ipa = true;
        f.ipa = intermediate_address(ipa_);
        f.non_secure_ipa = non_secure_ipa_;
        f.ttd_write = ttd_write_;
        return f;
    }

    fault aborted(const structure_access& fetch) const
    {
        fault f = faulted(fault_kind::walk_abort, fetch.level);
        f.fetch_address = fetch.address;
        return f;
    }

    /// Address size, access flag and permission of a leaf, in this order (IHI 0070 7.3.22).
    std::optional<fault> leaf(descriptor d, int level)
    {
        const unsigned shift = level_shift(r_.tg, level);
        const std::uint64_t base = d.output_address(shift, high_);
        if (exceeds(base | (ipa_ & ones(shift)), r_.output_bits))
            return faulted(fault_kind::address_size, level);
        if (!d.access_flag() && !r_.ha && !r_.affd)
            return faulted(fault_kind::access_flag, level);

        const bool hd = manages_dirty(r_.ha, r_.hd);
        result.active = true;
        result.level = static_cast<std::int8_t>(level);
        result.page_size_log2 = static_cast<std::uint8_t>(shift);
        result.contiguous = d.contiguous();
        result.contiguous_log2 = static_cast<std::uint8_t>(result.contiguous ? contiguous_log2(r_.tg, level) : shift);
        result.permissions = stage2_permissions(d, hd, context_.impl.xnx, r_.aarch32);
        result.write_needs_update = hd && d.dirty_modifier() && (d.ap() & 2) == 0;
        // R_HTSGQ: with DS the shareability is S2SH0.
        const auto sh = high_ == high_address::ds ? r_.sh : static_cast<std::uint8_t>(d.sh());
        memory_bits = {static_cast<std::uint8_t>(d.memattr()), sh, r_.force_write_back};
        pa = physical_address(physical(base | (ipa_ & ones(shift)), r_.aarch32, context_.impl));

        if (!permitted(context_, result.permissions, access_, cls_))
            return faulted(fault_kind::permission, level);
        // S2PTW: no structure of stage 1 in Device memory. They are read as Normal memory, so that the combined type is
        // Device exactly when stage 2 says so.
        if (r_.protected_walk && cls_ != fault_class::in_ &&
            combine(normal_write_back(), memory_bits).type != memory_type::normal)
            return faulted(fault_kind::permission, level);
        return std::nullopt;
    }

    /// D8.5: what hardware writes back for this access; the same word when nothing.
    descriptor update(descriptor d) const
    {
        if (r_.ha && !d.access_flag())
            d = d.with_access_flag();
        if (result.write_needs_update && access_.write)
            d = d.marked_dirty(2);
        return d;
    }

    const walk_context& context_;
    bool non_secure_ipa_;
    const stage2_regime& r_;
    std::uint64_t ipa_;
    access access_;
    fault_class cls_;
    bool ttd_write_;
    high_address high_;
    walk_cache_key key_;
};

/// Stage 1, alone or nested (D8.2.8, D8.2.10).
class stage1_walk {
public:
    stage1_walk(const walk_context& context, std::uint64_t address, const access& a)
        : context_(context)
        , r_(*context.stage1)
        , access_(a)
    {
        va_ = address;
        if (r_.aarch32) {
            select_half_32();
        } else {
            // VA[55] selects the half; a regime with one half has only TTB0 (D8.2.4).
            upper_ = has_two_privileges(r_.world) && bit(address, 55);
            half_ = &r_.half[upper_ ? 1 : 0];
            // TBI: VA[63:56] are ignored and taken to be the sign extension of VA[55] (IHI 0070 3.4.1).
            if (half_->top_byte_ignored)
                va_ = bit(address, 55) ? address | bit_mask(63, 56) : address & ~bit_mask(63, 56);
        }
        high_ = high_address_of(half_->tg, r_.ds && !r_.aarch32, context.impl);
        key_ = make_key(context.tag, 1, half_->tg, upper_);
    }

    std::uint64_t input() const { return va_; }
    granule tg() const { return half_->tg; }

    std::optional<fault> run()
    {
        const granule g = half_->tg;
        const unsigned input_bits = 64 - half_->tsz;
        if (half_->disabled || out_of_range(input_bits))
            return faulted(fault_kind::translation, 0);
        if (unprivileged_fault() && !access_.privileged) // E0PD (IHI 0070 5.4)
            return faulted(fault_kind::translation, 0);

        const int start = stage1_start_level(g, half_->tsz);
        int level = start;
        std::uint64_t table = stage1_output(first_table(half_->ttb, g, start, input_bits, r_.output_bits));
        std::uint64_t table_ipa = table; ///< nested: `table` is a PA after a warm look-up, and this its IPA
        bool table_is_pa = context_.stage2 == nullptr;
        memory_attributes memory = half_->walk;
        hierarchical_limits limits;
        limits.non_secure = r_.secure && half_->non_secure_table;
        bool table_non_secure = space(limits); ///< of `table` where it is a PA
        context_.cache.begin(1);
        for (int l = 2; l >= start; --l) {
            table_pointer found;
            if (context_.cache.lookup(key(l), found)) {
                table_is_pa = context_.stage2 == nullptr || found.next_is_final;
                table = table_is_pa ? found.next.value() : found.next_ipa.value();
                table_ipa = found.next_ipa.value();
                memory = found.memory;
                limits = found.limits;
                table_non_secure = found.non_secure;
                level = l + 1;
                break;
            }
        }
        bool learn = false; // the table descriptor above was read in this walk: fill once the table's PA is known
        for (;; ++level) {
            const std::uint64_t offset = descriptor_offset(g, level, va_, input_bits, level == start);
            structure_access fetch;
            fetch.what = structure::ttd;
            fetch.stage = 1;
            fetch.level = static_cast<std::int8_t>(level);
            fetch.memory = memory;
            fetch.non_secure = table_non_secure;
            fetch.address = physical_address(table + offset);
            const std::uint64_t descriptor_ipa = table_ipa + offset;
            if (!table_is_pa) {
                stage2_walk s2(context_, descriptor_ipa, space(limits), access{}, fault_class::ttd, false);
                if (const auto f = s2.run())
                    return f;
                fetch.address = s2.pa;
                fetch.memory = table_memory(s2.memory_bits);
                fetch.non_secure = s2.non_secure();
                if (learn)
                    fill(level - 1, table, offset, s2, fetch.memory, limits);
            } else if (learn) {
                table_pointer entry;
                entry.next = physical_address(table);
                entry.next_ipa = intermediate_address(table);
                entry.memory = memory;
                entry.limits = limits;
                entry.non_secure = table_non_secure;
                context_.cache.fill(key(level - 1), entry);
            }

            std::uint64_t word = 0;
            if (!context_.memory.read(fetch, &word, 1))
                return aborted(fetch);
            bool descend = false;
            while (!descend) {
                const descriptor d(r_.big_endian ? byte_swapped(word) : word);
                const auto kind = d.classify(g, level, high_);
                if (kind == descriptor::kind::invalid)
                    return faulted(fault_kind::translation, level);
                if (kind == descriptor::kind::table) {
                    table = d.output_address(log2_size(g), high_);
                    if (exceeds(table, r_.output_bits))
                        return faulted(fault_kind::address_size, level);
                    table = table_ipa = stage1_output(table);
                    add(limits, d.limits());
                    table_is_pa = context_.stage2 == nullptr;
                    table_non_secure = space(limits);
                    memory = half_->walk;
                    learn = true;
                    descend = true;
                    continue;
                }
                if (const auto f = leaf(d, level, limits, fetch.non_secure))
                    return f;
                const descriptor updated = update(d);
                if (updated.word() == d.word() || !context_.may_update)
                    return std::nullopt;
                // The update is a write to the descriptor: in a nested walk stage 2 must permit it (D8.5.3, TTRnW).
                if (context_.stage2 != nullptr) {
                    stage2_walk s2(context_, descriptor_ipa, space(limits), access{true, false, false},
                                   fault_class::ttd, true);
                    if (const auto f = s2.run())
                        return f;
                    fetch.address = s2.pa;
                    fetch.non_secure = s2.non_secure();
                }
                const auto done = write_back(context_, fetch, r_.big_endian, word, updated);
                if (done == memory_port::exchange::aborted)
                    return aborted(fetch);
                if (done == memory_port::exchange::done) {
                    result.write_needs_update = result.write_needs_update && !access_.write;
                    return std::nullopt;
                }
            }
        }
    }

    bool unprivileged_fault() const { return half_->unprivileged_fault && !r_.aarch32 && has_two_privileges(r_.world); }

    stage_result result;
    std::uint64_t output = 0;
    memory_attributes page_memory;
    bool not_global = false;
    bool non_secure = true;

private:
    const walk_cache_key& key(int level) { return at_level(key_, level, va_); }

    /// VMSAv8-32, as TTBCR divides the range (IHI 0070 3.4.1): TTB0 has the addresses whose upper T0SZ bits are zero,
    /// TTB1 those whose upper T1SZ bits are one, each of them all 4 GB for TxSZ == 0; TTB0 goes first where T1SZ == 0,
    /// TTB1 otherwise.
    void select_half_32()
    {
        const auto va = static_cast<std::uint32_t>(va_);
        const unsigned t0sz = (r_.half[0].tsz - 32) & 7; // three bits
        const unsigned t1sz = (r_.half[1].tsz - 32) & 7;
        const bool low = t0sz == 0 || (va >> (32 - t0sz)) == 0;
        half_ = &r_.half[0];
        upper_ = false;
        in_range_32_ = low;
        if (!has_two_privileges(r_.world))
            return;
        if (t1sz == 0 ? !low : (va >> (32 - t1sz)) == (1U << t1sz) - 1) {
            half_ = &r_.half[1];
            upper_ = true;
            in_range_32_ = true;
        }
    }

    /// D8.4.6.1: the IPA or PA space of what the tables so far point to (true: Non-secure).
    bool space(const hierarchical_limits& limits) const { return !r_.secure || limits.non_secure; }

    /// An IPA where stage 2 follows, otherwise a PA.
    std::uint64_t stage1_output(std::uint64_t address) const
    {
        return context_.stage2 != nullptr ? address : physical(address, r_.aarch32, context_.impl);
    }

    /// D8.2.4: VA[top:N] are all zero for TTB0, all one for TTB1; TBI has already replaced what it ignores. VMSAv8-32:
    /// 32 bits, and inside a half (IHI 0070 3.4.1).
    bool out_of_range(unsigned input_bits) const
    {
        if (r_.aarch32)
            return (va_ >> 32) != 0 || !in_range_32_;
        const std::uint64_t above = va_ >> input_bits;
        return upper_ ? above != (~std::uint64_t(0) >> input_bits) : above != 0;
    }

    static fault faulted(fault_kind kind, int level) { return make_fault(kind, 1, level, fault_class::in_); }

    static fault aborted(const structure_access& fetch)
    {
        // 7.3.12: CLASS is TTD although the fault is of stage 1.
        fault f = make_fault(fault_kind::walk_abort, 1, fetch.level, fault_class::ttd);
        f.fetch_address = fetch.address;
        return f;
    }

    void add(hierarchical_limits& limits, const hierarchical_limits& more) const
    {
        limits.non_secure = limits.non_secure || more.non_secure; // HPD leaves NSTable alone
        if (context_.impl.hierarchical_disable && half_->hierarchical_disable)
            return;
        limits.privileged_execute_never = limits.privileged_execute_never || more.privileged_execute_never;
        limits.execute_never = limits.execute_never || more.execute_never;
        limits.no_unprivileged = limits.no_unprivileged || more.no_unprivileged;
        limits.read_only = limits.read_only || more.read_only;
    }

    /// Tables mostly are in like memory: the attributes are combined when they change.
    const memory_attributes& table_memory(const stage2_memory& bits)
    {
        if (!table_memory_bits_ || bits != *table_memory_bits_) {
            table_memory_bits_ = bits;
            table_memory_ = structure_memory(half_->walk, bits, context_.stage2->device_walk_normal);
        }
        return table_memory_;
    }

    /// Keeps the PA of the table of `level` + 1, when one stage-2 page maps the whole of it.
    void fill(int level, std::uint64_t table, std::uint64_t offset, const stage2_walk& s2,
              const memory_attributes& table_memory, const hierarchical_limits& limits)
    {
        table_pointer entry;
        entry.next_is_final = s2.result.page_size_log2 >= log2_size(half_->tg);
        entry.next = physical_address(s2.pa.value() - offset);
        entry.next_ipa = intermediate_address(table);
        entry.memory = table_memory;
        entry.limits = limits;
        entry.non_secure = s2.non_secure();
        context_.cache.fill(key(level), entry);
    }

    /// `fetched_non_secure`: the descriptor came from Non-secure memory.
    std::optional<fault> leaf(descriptor d, int level, const hierarchical_limits& limits, bool fetched_non_secure)
    {
        const unsigned shift = level_shift(half_->tg, level);
        const std::uint64_t base = d.output_address(shift, high_);
        if (exceeds(base | (va_ & ones(shift)), r_.output_bits))
            return faulted(fault_kind::address_size, level);
        if (!d.access_flag() && !r_.ha && !r_.affd)
            return faulted(fault_kind::access_flag, level);

        const bool hd = manages_dirty(r_.ha, r_.hd);
        result.active = true;
        result.level = static_cast<std::int8_t>(level);
        result.page_size_log2 = static_cast<std::uint8_t>(shift);
        result.contiguous = d.contiguous();
        result.contiguous_log2 =
            static_cast<std::uint8_t>(result.contiguous ? contiguous_log2(half_->tg, level) : shift);
        result.permissions = stage1_permissions(r_, d, limits, hd);
        result.write_needs_update = hd && d.dirty_modifier() && (d.ap() & 2) != 0 && !limits.read_only;
        // R_GJPJW: with DS the shareability is SH0 or SH1.
        const unsigned sh = high_ == high_address::ds ? half_->sh : d.sh();
        page_memory = decode_mair(static_cast<std::uint8_t>(r_.mair >> (8 * d.attr_index())), sh);
        // nG means something where there are address spaces to tell apart (D8.16.3).
        // R_JYHZR, IHI 0070 3.17.1: in Secure state what comes from Non-secure memory is never global.
        not_global = has_two_privileges(r_.world) &&
                     (d.not_global() || (r_.secure && (limits.non_secure || fetched_non_secure)));
        non_secure = space(limits) || d.ns();
        if (r_.secure && r_.sif && non_secure)
            result.permissions.privileged_execute = result.permissions.unprivileged_execute = false;
        output = stage1_output(base | (va_ & ones(shift)));
        if (!permitted(context_, result.permissions, access_, fault_class::in_))
            return faulted(fault_kind::permission, level);
        return std::nullopt;
    }

    /// D8.5: what hardware writes back for this access; the same word when nothing.
    descriptor update(descriptor d) const
    {
        if (r_.ha && !d.access_flag())
            d = d.with_access_flag();
        if (result.write_needs_update && access_.write)
            d = d.marked_dirty(1);
        return d;
    }

    const walk_context& context_;
    const stage1_regime& r_;
    access access_;
    const stage1_half* half_ = nullptr;
    std::uint64_t va_ = 0;
    bool upper_ = false;
    bool in_range_32_ = true;
    high_address high_ = high_address::none;
    walk_cache_key key_{};
    std::optional<stage2_memory> table_memory_bits_; ///< of the table before, and what they made of its attributes
    memory_attributes table_memory_;
};

} // namespace

walk_result translate(const walk_context& context, std::uint64_t address, const access& a)
{
    if (context.stage1 == nullptr)
        return translate_stage2(context, intermediate_address(address), a, fault_class::in_);

    stage1_walk first(context, address, a);
    if (const auto f = first.run())
        return *f;
    translation t;
    t.input = first.input();
    t.tg = first.tg();
    t.stage1 = first.result;
    t.stage1_memory = first.page_memory;
    t.not_global = first.not_global;
    t.unprivileged_fault = first.unprivileged_fault();
    t.non_secure = first.non_secure;
    t.ipa = intermediate_address(first.output);
    t.pa = physical_address(first.output);
    t.page_size_log2 = reach(first.result, context.stage1->output_bits);
    if (context.stage2 == nullptr || context.stage1_only)
        return t;

    stage2_walk second(context, first.output, first.non_secure, a, fault_class::in_, false);
    if (const auto f = second.run())
        return *f;
    t.stage2 = second.result;
    t.stage2_memory_bits = second.memory_bits;
    t.pa = second.pa;
    t.non_secure = second.non_secure();
    t.non_secure_ipa = second.non_secure_ipa();
    t.page_size_log2 = std::min(t.page_size_log2, reach(second.result, second.output_bits()));
    return t;
}

walk_result translate_stage2(const walk_context& context, intermediate_address ipa, const access& a, fault_class cls)
{
    stage2_walk walk(context, ipa.value(), context.tag.non_secure_ipa, a, cls, false);
    if (const auto f = walk.run())
        return *f;
    translation t;
    t.input = ipa.value();
    t.ipa = ipa;
    t.pa = walk.pa;
    t.tg = context.stage2->tg;
    t.stage2 = walk.result;
    t.stage2_memory_bits = walk.memory_bits;
    t.page_size_log2 = reach(walk.result, walk.output_bits());
    t.not_global = true;
    t.non_secure = walk.non_secure();
    t.non_secure_ipa = walk.non_secure_ipa();
    return t;
}

} // namespace iovp::vmsa
