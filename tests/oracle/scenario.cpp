#include "scenario_parts.h"

#include <algorithm>

namespace iovp::oracle {

void store(scenario& s, u64 at, const std::array<u64, 8>& w)
{
    for (unsigned i = 0; i < 8; ++i) {
        s.mem.set(at + 8 * i, w[i]);
        s.structures.push_back(at + 8 * i);
    }
}

unsigned code_of(unsigned bits)
{
    constexpr unsigned sizes[] = {32, 36, 40, 42, 44, 48, 52};
    unsigned code = 0;
    while (code < 6 && sizes[code] < bits)
        ++code;
    return code;
}

std::vector<unsigned> granules(const machine& hw)
{
    std::vector<unsigned> g;
    if (hw.gran4)
        g.push_back(12);
    if (hw.gran16)
        g.push_back(14);
    if (hw.gran64)
        g.push_back(16);
    return g;
}

unsigned widest(unsigned granule, bool ds)
{
    return granule == 16 || ds ? 52 : 48;
}

u64 far_bit(choices& c, unsigned bits)
{
    return c.chance(30) && bits > 32 ? u64(1) << (bits - 1 - c.below(bits > 48 ? 4 : 1)) : 0;
}

bool one_privilege(const scenario& s, const stream& st)
{
    return st.strw == 1 || (st.strw == 2 && !(st.secure ? s.hw.secure.e2h : s.hw.e2h));
}

unsigned narrowest(const stream& st)
{
    return std::min(st.second->input(), st.of_space(false).input());
}

std::vector<u64> scenario::descriptors() const
{
    std::vector<u64> all;
    for (const stream& st : streams) {
        for (const stream::context& x : st.contexts)
            for (const auto& h : x.half)
                if (h)
                    all.insert(all.end(), h->written().begin(), h->written().end());
        for (const auto& t : {st.second.get(), st.second_secure.get()})
            if (t != nullptr)
                all.insert(all.end(), t->written().begin(), t->written().end());
    }
    return all;
}

namespace {

/// The stream table of one state: linear or of two levels.
class stream_tables {
public:
    stream_tables(scenario& s, choices& c, const limits& l, control_registers& r, u64 space)
        : space_(space)
    {
        if (c.chance(50)) {
            split_ = c.of({6U, 8U, 10U});
            r.strtab_base = s.space.take(64);
            r.strtab_base_cfg = (split_ + 2) | split_ << 6 | 1U << 16;
        } else {
            r.strtab_base = s.space.take(u64(64) << l.linear_log2);
            r.strtab_base_cfg = l.linear_log2;
        }
        base_ = space | r.strtab_base;
    }

    void place(scenario& s, choices& c, stream& st, unsigned i)
    {
        if (split_ == 0) {
            st.id = 3 + 7 * i;
            st.ste = base_ + st.id * 64;
            return;
        }
        const unsigned upper = c.below(4);
        u64& leaf = leaves_[upper];
        if (leaf == 0) {
            leaf = s.space.take(u64(64) << split_);
            s.mem.set(base_ + upper * 8, leaf | (split_ + 1));
            s.structures.push_back(base_ + upper * 8);
        }
        st.id = (upper << split_) + 3 + 7 * i;
        st.ste = (space_ | leaf) + (3 + 7 * i) * 64;
    }

private:
    u64 space_, base_ = 0;
    unsigned split_ = 0;
    std::map<unsigned, u64> leaves_;
};

} // namespace

void build(scenario& s, choices& c, const limits& l)
{
    random_features(s.hw, c, l);
    machine& hw = s.hw;

    stream_tables tables[2] = {stream_tables(s, c, l, hw, 0), stream_tables(s, c, l, hw.secure, secure_space)};
    for (unsigned i = 0; i < l.streams; ++i) {
        s.streams.emplace_back();
        stream& st = s.streams.back();
        st.secure = hw.secure_impl && c.chance(60);
        tables[st.secure ? 1 : 0].place(s, c, st, i);
        st.config = c.of({5U, 7U, 7U, 6U, 5U, 4U});
        if (c.chance(2))
            st.config = c.below(8);
        if (!hw.s1p && st.config >= 4)
            st.config &= 6;
        if ((!hw.s2p || (st.secure && !hw.sel2)) && st.config >= 4 && !c.chance(st.secure ? 3 : 0))
            st.config &= 5;
        std::array<u64, 8> w{};
        put(w, 0, 0, 1);
        put(w, 3, 1, st.config);
        st.vmid = static_cast<std::uint16_t>(0x40 + i);
        if (l.same_vmid && st.config == 5 && c.chance(40))
            st.vmid = hw.vmid16 ? 0x180 : 0x40;
        put(w, 143, 128, st.vmid);
        put(w, 109, 108, c.of({1U, 1U, 0U, 2U, 3U}));
        put(w, 113, 112, c.of({0U, 0U, 1U, 2U, 3U}));
        put(w, 115, 114, c.of({0U, 0U, 1U, 2U, 3U}));
        if (c.chance(30)) {
            put(w, 100, 100, 1);
            put(w, 99, 96, c.below(16));
        }
        if (c.chance(20))
            put(w, 104, 101, c.below(16));
        put(w, 111, 110, c.below(4));                                                  // NSCFG
        put(w, 83, 83, c.chance(50));                                                  // MEV
        put(w, 93, 92, hw.ats ? (c.chance(80) ? 1 : c.of({0U, 3U, 2U})) : c.below(4)); // EATS, without ATS ignored
        if (st.config == 5 && st.secure) {
            // As below: one of each of these worlds at most.
            st.strw = c.of({0U, 0U, 1U, hw.sel2 ? 2U : 0U});
            for (const stream& o : s.streams)
                if (&o != &st && o.secure && o.strw == st.strw)
                    st.strw = 0;
        } else if (st.config == 5 && hw.hyp) {
            // One stream of the EL2 worlds at most: they have no VMID, EL2 no ASID either.
            const bool taken = std::any_of(s.streams.begin(), s.streams.end(),
                                           [](const stream& o) { return !o.secure && o.strw == 2; });
            if (!taken && c.chance(30))
                st.strw = 2;
        } else if (c.chance(30)) {
            put(w, 95, 94, c.below(4)); // ignored
        }
        if (st.strw != 0)
            put(w, 95, 94, st.strw);
        if (st.config == 6 || st.config == 7)
            random_stage2(s, st, c, w);
        if (st.config == 5 || st.config == 7) {
            random_contexts(s, st, c, w);
            if (one_privilege(s, st))
                while (st.contexts.size() > 1)
                    st.contexts.pop_back();
        }
        store(s, st.ste, w);
        if (st.config >= 5) {
            const unsigned mappings = 1 + c.below(6);
            for (unsigned k = 0; k < mappings; ++k)
                map_something(s, st, c);
        }
    }
}

} // namespace iovp::oracle
