#include "smmu/tbu/tbu.h"

#include "common/bit_field.h"
#include "common/latency_record.h"
#include "common/systemc/configuration_error.h"
#include "common/systemc/time.h"
#include "smmu/tbu/stream_key.h"

#include <algorithm>

namespace iovp::smmu {

using sc_core::sc_time;

tbu::tbu(sc_core::sc_module_name name, const parameters& p)
    : sc_module(name)
    , upstream("upstream")
    , downstream("downstream")
    , dti("dti")
    , parameters_((p.check(this->name()), p))
    , micro_tlb_time_(p.clock_period * p.micro_tlb_cycles)
    , main_tlb_time_(p.clock_period * p.main_tlb_cycles)
    , micro_tlb_(p.micro_tlb_entries, p.micro_tlb_replacement, p.replacement_seed)
    , main_tlb_(p.main_tlb_entries, std::max(p.main_tlb_ways, 1U), p.main_tlb_replacement, p.replacement_seed)
    , streams_(p.stream_entries, p.stream_ways)
    , flights_(p.slots)
    , tokens_in_use_("translation_tokens", p.tokens)
    , room_(p.slots, p.write_buffer_bytes)
    , at_(*this)
    , workers_([this](bridge::hop& h) { work(h); })
    , prefetcher_(p.prefetch ? p.prefetch_sequences : 0)
    , prefetch_workers_([this](prefetcher::sequence& s) { prefetch(s); })
    , grants_([this](std::uint64_t first, std::uint64_t last) { upstream->invalidate_direct_mem_ptr(first, last); })
{
    SC_HAS_PROCESS(tbu);
    upstream.register_b_transport(this, &tbu::b_transport);
    upstream.register_nb_transport_fw(this, &tbu::nb_transport_fw);
    upstream.register_get_direct_mem_ptr(this, &tbu::get_direct_mem_ptr);
    upstream.register_transport_dbg(this, &tbu::transport_dbg);
    downstream.register_nb_transport_bw(this, &tbu::nb_transport_bw);
    downstream.register_invalidate_direct_mem_ptr(this, &tbu::invalidate_direct_mem_ptr);
    dti.bind(static_cast<dti::to_tbu&>(*this));
    SC_THREAD(sync_thread);
}

void tbu::end_of_elaboration()
{
    at_.connect(1, 1);
}

void tbu::start_of_simulation()
{
    tokens_ = dti->connect(link_, {parameters_.tokens}).tokens;
    if (tokens_ == 0)
        configuration_error(name(), "tokens", std::to_string(parameters_.tokens), "what the TCU has left: none");
}

void tbu::spend(const sc_time& time, latency_record* latency, stage what, sc_time& delay) const
{
    delay += time;
    if (latency)
        latency->until(local_ps(delay), what);
}

request tbu::request_of(const tlm::tlm_generic_payload& trans, std::uint64_t address) const
{
    const transaction_attributes& a = attributes::of(trans);
    request r = request::from(a, address, trans.is_write());
    if (!a.stream)
        r.stream = parameters_.default_stream;
    return r;
}

tbu::step tbu::step_of(const outcome& o)
{
    step s;
    if (const auto* t = std::get_if<terminated>(&o))
        return ended(t->how == termination::raz_wi);
    if (const auto* t = std::get_if<translated>(&o)) {
        s.forward = true;
        s.out = t->out;
        s.page_size_log2 = t->entry.page_size_log2;
        s.has_ipa = t->entry.stage2.active;
    } else {
        s.forward = true;
        s.out = std::get<bypassed>(o).out;
    }
    return s;
}

// A burst does not end with RAZ/WI: what lies in the next page, of the smallest size, is another transaction.
tbu::step tbu::ended(bool raz_wi)
{
    step s;
    s.raz_wi = raz_wi;
    s.page_size_log2 = raz_wi ? 12 : 0;
    return s;
}

// A hit that permits the access. Everything else (no context, no entry, no permission, dirty state to update) goes to
// the TCU, which walks again and alone records events.
inline bool tbu::find_hit(const look_up& l, bool again, latency_record* latency, sc_time& delay, step& s)
{
    if (!l.untranslated)
        return false;
    const known_stream* const stream = streams_.find(l.key);
    if (!stream) {
        tell(pmu_event::configuration_miss, l.key, !again);
        return false;
    }
    if (!stream->context.translates)
        return serve_bypass(stream->context, l, s);
    const packed_tag tag = stream->tag_for(l.non_secure);
    const std::uint64_t address = stream->context.lookup_address(l.address);
    statistics_.micro_lookups += again ? 0 : 1;
    tell(pmu_event::micro_tlb_lookup, l.key, !again);
    const tlb_line* line = micro_tlb_.find(tag, address);
    if (!line)
        line = refill_micro_tlb(l.key, tag, address, again, latency, delay);
    return line && hit(*stream, *line, l, s);
}

bool tbu::serve_hit(const look_up& l, bool again, latency_record* latency, sc_time& delay, step& s)
{
    return find_hit(l, again, latency, delay, s);
}

/// As far as its outcome, but not its event, depends on it.
static request as_request(const look_up& l)
{
    request r;
    r.address = l.address;
    r.what = l.what;
    r.memory = *l.memory;
    r.non_secure = l.non_secure;
    return r;
}

bool tbu::serve_bypass(const stream_context& context, look_up l, step& s)
{
    const outcome o = bypass(context, as_request(l));
    if (!std::holds_alternative<bypassed>(o))
        return false;
    ++statistics_.bypassed;
    s = step_of(o);
    return true;
}

// 6.3.57.2
bool tbu::careful_hit(const known_stream& stream, const tlb_line& line, look_up l)
{
    return std::holds_alternative<translated>(translate_hit(stream.context, line.translation, as_request(l)));
}

inline bool tbu::hit(const known_stream& stream, const tlb_line& line, const look_up& l, step& s)
{
    const unsigned access = stream.access_as[vmsa::access_number(l.what)];
    if ((line.permitted >> access & 1) == 0)
        return false;
    if (stream.careful && !careful_hit(stream, line, l))
        return false;
    s.forward = true;
    s.page_size_log2 = line.size_log2;
    s.has_ipa = line.has_ipa;
    s.out.what = vmsa::access_of(access);
    s.out.pa = physical_address(in_page(line.translation.pa.value(), l.address, line.size_log2));
    s.out.ipa = intermediate_address(in_page(line.translation.ipa.value(), l.address, line.size_log2));
    s.out.memory = hit_attributes_.of(stream, line, *l.memory);
    s.out.non_secure = output_non_secure(stream.context, line.non_secure);
    return true;
}

// The pipeline takes one look-up a cycle, and one is made for each page size.
inline const tlb_line* tbu::look_up_main(packed_tag tag, std::uint64_t address, latency_record* latency, sc_time& delay)
{
    const tlb_line* line = main_tlb_.find(tag, address);
    if (parameters_.main_tlb_cycles == 0)
        return line;
    const time_ps now = to_ps(sc_core::sc_time_stamp());
    const time_ps arrival = now + to_ps(delay);
    const time_ps period = to_ps(parameters_.clock_period);
    const time_ps last_begins = main_port_.take(now, arrival, period * main_tlb_.probes()) - period;
    if (last_begins != arrival)
        delay += sc_time::from_value(last_begins - arrival);
    spend(main_tlb_time_, latency, stage::tbu_lookup, delay);
    return line;
}

// After a miss in the micro-TLB: the main TLB's line, which both hold now, or null.
const tlb_line* tbu::refill_micro_tlb(std::uint64_t key, packed_tag tag, std::uint64_t address, bool again,
                                      latency_record* latency, sc_time& delay)
{
    const unsigned counted = again ? 0 : 1;
    statistics_.micro_misses += counted;
    tell(pmu_event::micro_tlb_miss, key, !again);
    if (parameters_.main_tlb_entries == 0)
        return nullptr;
    statistics_.main_lookups += counted;
    tell(pmu_event::main_tlb_lookup, key, !again);
    const tlb_line* line = look_up_main(tag, address, latency, delay);
    if (!line) {
        statistics_.main_misses += counted;
        tell(pmu_event::main_tlb_miss, key, !again);
        return nullptr;
    }
    if (line->prefetched)
        use_prefetched(*line, key, delay);
    micro_tlb_.refill(*line);
    return line;
}

// The first look-up. No time passes but what is annotated.
inline passage tbu::arrive(tlm::tlm_generic_payload& trans, const transaction_attributes& a, sc_time& delay)
{
    passage p;
    enter(p.group);
    p.trans = &trans;
    p.key = stream_key(a, parameters_.default_stream);
    p.latency = a.latency;
    if (p.key != last_stream_ || streams_seen_ == 0)
        another_stream(p.key);
    p.looked_up = invalidations_;
    count_arrival(p.key, a.ats);
    spend(micro_tlb_time_, p.latency, stage::tbu_lookup, delay);
    p.hit = find_hit(look_up::of(a, p.key, trans.get_address(), trans.is_write()), false, p.latency, delay, p.step);
    return p;
}

passage tbu::begin(tlm::tlm_generic_payload& trans, sc_time& delay)
{
    return arrive(trans, attributes::of(trans), delay);
}

/// For departure_order; 0: in order with nobody.
std::uint64_t tbu::order_id(const tlm::tlm_generic_payload& trans) const
{
    const transaction_attributes& a = attributes::of(trans);
    if (!parameters_.ordered || (a.requester | a.transaction) == 0)
        return 0;
    return std::uint64_t(trans.is_write()) << 63 | std::uint64_t(1) << 62 | std::uint64_t(a.requester) << 32 |
           a.transaction;
}

// Everything else takes a translation slot, room for its data and a place in the order of its ID, as they come.
void tbu::hold_up(passage& p, held_up& places)
{
    p.waits = &places;
    places.what = request_of(*p.trans, p.trans->get_address());
    places.inside = true;
    order_.arrive(places.order, order_id(*p.trans));
    room_.arrive(places.room, p.trans->is_write() ? p.trans->get_data_length() : 0);
    pmu(pmu_event::slots_full, places.what, !places.room.granted && room_.used() >= parameters_.slots);
}

// Where other transactions matter: leaves the annotated future.
static void catch_up(sc_time& delay)
{
    if (delay != sc_core::SC_ZERO_TIME) // a wait of no time would change the order of those that come together
        sc_core::wait(delay);
    delay = sc_core::SC_ZERO_TIME;
}

// A CMD_SYNC must not wait for those outside: stalled transactions may have all slots, and end after it.
void tbu::get_in(passage& p, sc_time& delay)
{
    catch_up(delay);
    if (p.waits->room.granted)
        return;
    leave(p.group);
    p.unguarded = true;
    while (!p.waits->room.granted)
        wait(p.waits->room.got_in);
    enter(p.group);
    if (p.latency)
        p.latency->until(local_ps(delay), stage::tbu_wait);
}

// The first piece's translation, with which it may leave. Nobody of its ID is before it then.
void tbu::translate_first(passage& p, sc_time& delay)
{
    if (!p.hit) {
        p.looked_up = invalidations_;
        p.unguarded = false;
        p.step = resolve(p, p.waits->what, delay);
    }
    if (!order_.first(p.waits->order)) {
        // As outside: one of those before it may be stalled.
        leave(p.group);
        p.unguarded = true;
        while (!order_.first(p.waits->order))
            wait(p.waits->order.turn);
        enter(p.group);
        if (p.latency)
            p.latency->until(local_ps(delay), stage::tbu_wait);
    }
    // What an invalidation has overtaken does not count where no sync has waited for it. A transaction that ends here
    // is not asked for twice: its event has been recorded.
    if (p.unguarded && p.looked_up != invalidations_ && p.step.forward) {
        const request& r = p.waits->what;
        step s;
        p.step = serve_hit(look_up::of(r, p.key), true, p.latency, delay, s) ? s : resolve(p, r, delay);
    }
}

void tbu::depart(passage& p)
{
    if (p.waits && std::exchange(p.waits->inside, false)) {
        order_.leave(p.waits->order);
        room_.leave(p.waits->room);
    }
}

tbu::step tbu::find(passage& p, const request& r, sc_time& delay)
{
    count_arrival(p.key, r.ats);
    spend(micro_tlb_time_, p.latency, stage::tbu_lookup, delay);
    step s;
    return serve_hit(look_up::of(r, p.key), false, p.latency, delay, s) ? s : resolve(p, r, delay);
}

// After a look-up that has not served the transaction.
tbu::step tbu::resolve(passage& p, const request& r, sc_time& delay)
{
    for (;;) {
        step s = ask(r, p.key, p.latency, delay);
        if (!s.stalled)
            return s;
        const dti::stall_action action = hold(*s.stalled, p);
        if (p.latency)
            p.latency->until(local_ps(delay), stage::tbu_wait);
        if (action != dti::stall_action::retry)
            return ended(action == dti::stall_action::raz_wi);
        // 3.12.2: as though it had just arrived
        count_look_up(p.key, r.ats);
        spend(micro_tlb_time_, p.latency, stage::tbu_lookup, delay);
        if (serve_hit(look_up::of(r, p.key), false, p.latency, delay, s))
            return s;
    }
}

// 3.12.2: buffered until the TCU says what becomes of it. It holds no slot, no token and no CMD_SYNC.
dti::stall_action tbu::hold(std::uint32_t ticket, passage& p)
{
    ++statistics_.stalled;
    leave(p.group);
    room_.step_out(p.waits->room);
    const auto mine = [ticket](const dti::stall_release& x) { return x.ticket == ticket; };
    auto found = std::find_if(releases_.begin(), releases_.end(), mine);
    if (found == releases_.end()) {
        sc_core::sc_event wake;
        held_.emplace_back(ticket, &wake);
        wait(wake);
        held_.erase(std::find(held_.begin(), held_.end(), std::make_pair(ticket, &wake)));
        found = std::find_if(releases_.begin(), releases_.end(), mine);
    }
    const dti::stall_action action = found->action;
    releases_.erase(found);
    room_.step_in(p.waits->room);
    enter(p.group);
    return action;
}

tbu::flight& tbu::take_token(std::uint64_t key, std::uint64_t page)
{
    const auto free = std::find_if(flights_.begin(), flights_.end(), [](const flight& f) { return !f.used; });
    *free = {true, key, page, asked_++};
    tokens_in_use_.set(++flights_used_);
    return *free;
}

void tbu::give_back(flight& f)
{
    f.used = false;
    tokens_in_use_.set(--flights_used_);
    flight_landed_.notify(sc_core::SC_ZERO_TIME);
}

tbu::step tbu::ask(const request& r, std::uint64_t key, latency_record* latency, sc_time& delay)
{
    pmu(pmu_event::tlb_miss, r);
    catch_up(delay);
    const auto waited = [latency, &delay] {
        if (latency)
            latency->until(local_ps(delay), stage::tbu_wait);
    };

    // Hazard: somebody already asks for this page. Its answer may serve us; if not, we ask ourselves, and at once: all
    // who waited for it would otherwise go one after another.
    const std::uint64_t page = r.address >> 12;
    const auto end = flights_.begin() + parameters_.hazards;
    const auto same =
        std::find_if(flights_.begin(), end, [&](const flight& f) { return f.used && f.key == key && f.page == page; });
    if (same != end) {
        const std::uint64_t number = same->number;
        while (same->used && same->number == number)
            wait(flight_landed_);
        waited();
        step s;
        if (serve_hit(look_up::of(r, key), true, latency, delay, s)) {
            ++statistics_.merged;
            return s;
        }
    }

    pmu(pmu_event::out_of_tokens, r, flights_used_ == tokens_);
    while (flights_used_ == tokens_)
        wait(flight_landed_);
    waited();
    flight& mine = take_token(key, page);
    ++statistics_.requests;

    const std::uint64_t invalidations_before = invalidations_;
    dti::translation_request question;
    question.translation_id = translation_id(mine);
    question.what = r;
    question.latency = latency;
    dti::translation_response answer;
    dti->translate(link_, question, answer, delay);
    wait(delay);
    delay = sc_core::SC_ZERO_TIME;

    give_back(mine);

    if (answer.stalled) {
        step s;
        s.stalled = answer.stalled;
        return s;
    }
    // 3.21.3: a result that an invalidation has overtaken may serve this transaction, which the sync waits for, but
    // nothing later.
    if (!answer.do_not_cache && invalidations_ == invalidations_before) {
        if (const auto* t = std::get_if<translated>(&answer.result)) {
            streams_.insert(key, t->context);
            const tlb_line line = tlb_line::from(t->context.tag, t->entry);
            main_tlb_.insert(line);
            micro_tlb_.insert(line);
            if (prefetcher_.on())
                follow(key, r, *t);
        } else if (const auto* b = std::get_if<bypassed>(&answer.result)) {
            streams_.insert(key, b->context);
        }
    }
    return step_of(answer.result);
}

// Disabled bytes keep what the initiator has there.
static void read_as_zero(tlm::tlm_generic_payload& trans)
{
    const unsigned char* const enables = trans.get_byte_enable_ptr();
    for (unsigned i = 0; i < trans.get_data_length(); ++i)
        if (!enables || enables[i % trans.get_byte_enable_length()] != TLM_BYTE_DISABLED)
            trans.get_data_ptr()[i] = 0;
}

// What does not go downstream ends here.
void tbu::complete(tlm::tlm_generic_payload& trans, const step& s) const
{
    if (latency_record* const latency = attributes::of(trans).latency)
        latency->aborted = !s.raz_wi;
    if (s.raz_wi && trans.is_read())
        read_as_zero(trans);
    trans.set_response_status(s.raz_wi ? tlm::TLM_OK_RESPONSE : tlm::TLM_GENERIC_ERROR_RESPONSE);
}

void tbu::describe(latency_record& record, const step& s) const
{
    record.pa = s.out.pa;
    record.page_size_log2 = s.page_size_log2;
    if (s.has_ipa)
        record.ipa = s.out.ipa;
}

inline void tbu::send(tlm::tlm_generic_payload& trans, attributes& a, const step& s, sc_time& delay)
{
    if (a.latency)
        describe(*a.latency, s);
    outgoing changed;
    changed.change(trans, a, s.out);
    downstream->b_transport(trans, delay);
    changed.put_back(trans, a);
    if (!dmi_possible())
        trans.set_dmi_allowed(false);
}

void tbu::forward(tlm::tlm_generic_payload& trans, attributes& a, const step& s, sc_time& delay)
{
    if (s.forward) {
        send(trans, a, s, delay);
    } else {
        ++statistics_.terminated;
        complete(trans, s);
    }
}

void tbu::b_transport(tlm::tlm_generic_payload& trans, sc_time& delay)
{
    attributes* const a = trans.get_extension<attributes>();
    if (!a) {
        transport_with_defaults(trans, delay);
        return;
    }
    const passage p = arrive(trans, *a, delay);
    if (straight(p)) {
        send(trans, *a, p.step, delay);
        finished(p.group, delay);
    } else {
        transport_held_up(p, delay);
    }
}

// Downstream it needs some.
void tbu::transport_with_defaults(tlm::tlm_generic_payload& trans, sc_time& delay)
{
    attributes lent;
    trans.set_extension(&lent);
    b_transport(trans, delay);
    trans.clear_extension(&lent);
}

// By value: what stands in registers while nothing holds it up need not stand in memory.
void tbu::transport_held_up(passage p, sc_time& delay)
{
    held_up places;
    hold_up(p, places);
    get_in(p, delay);
    translate_first(p, delay);
    transport_split(p, delay);
    depart(p);
    finished(p.group, delay); // not always that of its arrival
}

outcome tbu::translate(const transaction_attributes& a, std::uint64_t address, bool write)
{
    request r = request::from(a, address, write);
    if (!a.stream)
        r.stream = parameters_.default_stream;
    return dti->translate_functional(r);
}

unsigned tbu::transport_dbg(tlm::tlm_generic_payload& trans)
{
    const std::uint64_t start = trans.get_address();
    const unsigned length = trans.get_data_length();
    unsigned done = 0;
    tlm::tlm_generic_payload part;
    part.set_command(trans.get_command());
    attributes a(attributes::of(trans));
    part.set_extension(&a);
    while (done < length) {
        const request r = request_of(trans, start + done);
        const step s = step_of(dti->translate_functional(r));
        if (!s.forward)
            break;
        const auto size =
            static_cast<unsigned>(std::min<std::uint64_t>(length - done, room(r.address, s.page_size_log2)));
        part.set_address(s.out.pa.value());
        part.set_data_ptr(trans.get_data_ptr() + done);
        part.set_data_length(size);
        part.set_streaming_width(size);
        const unsigned moved = downstream->transport_dbg(part);
        done += moved;
        if (moved != size)
            break;
    }
    part.clear_extension(&a);
    if (done == length)
        trans.set_response_status(tlm::TLM_OK_RESPONSE);
    return done;
}

void tbu::invalidate(const dti::invalidate_request& r)
{
    ++invalidations_;
    if (dti::is_configuration(r.what)) {
        streams_.invalidate(r);
    } else {
        micro_tlb_.invalidate(r);
        main_tlb_.invalidate(r);
    }
    grants_.invalidate(r);
    dti->invalidate_acknowledge(link_);
}

void tbu::release(const dti::stall_release& r)
{
    releases_.push_back(r);
    for (const auto& [ticket, wake] : held_)
        if (ticket == r.ticket)
            wake->notify();
}

void tbu::sync()
{
    sync_requested_.notify(sc_core::SC_ZERO_TIME);
}

void tbu::sync_thread()
{
    for (;;) {
        wait(sync_requested_);
        const unsigned before = syncs_ & 1;
        ++syncs_;
        draining_ = true;
        while (under_way_[before] != 0)
            wait(drained_);
        draining_ = false;
        if (last_completion_[before] > sc_core::sc_time_stamp())
            wait(last_completion_[before] - sc_core::sc_time_stamp());
        dti->sync_acknowledge(link_);
    }
}

} // namespace iovp::smmu
