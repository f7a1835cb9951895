#include "traffic/traffic_generator.h"

#include "common/systemc/attributes.h"
#include "common/systemc/configuration_error.h"
#include "common/systemc/time.h"

#include <algorithm>
#include <cmath>
#include <sysc/kernel/sc_dynamic_processes.h>

namespace iovp::traffic {

traffic_generator::traffic_generator(const sc_core::sc_module_name& name)
    : sc_module(name)
    , socket("socket")
    , finished_("finished")
    , at_("send", *this)
{
    socket.register_nb_transport_bw(this, &traffic_generator::nb_transport_bw);
}

traffic_generator::~traffic_generator() = default;

void traffic_generator::start(const workload& w)
{
    w.check(name());
    if (busy())
        configuration_error(name(), "start", "while a workload is under way", "after its end");
    workload_ = w;
    sequence_ = std::make_unique<request_sequence>(workload_);
    statistics_ = {};
    started_ = false;
    next_issue_ = 0;
    interval_ = w.requests_per_second > 0 ? static_cast<time_ps>(std::llround(1e12 / w.requests_per_second)) : 0;
    lanes_ = static_cast<unsigned>(std::min<std::uint64_t>(w.outstanding, std::max<std::uint64_t>(w.count, 1)));
    if (w.coding == style::loosely_timed)
        for (unsigned i = 0; i < lanes_; ++i)
            sc_core::sc_spawn([this] { lane(); }, sc_core::sc_gen_unique_name("lane"));
    else
        start_at();
}

void traffic_generator::run(const workload& w)
{
    start(w);
    while (busy())
        wait(finished_);
}

// Requests leave one after another with `interval_` between them.
time_ps traffic_generator::issue_time(time_ps earliest)
{
    if (interval_ == 0)
        return earliest;
    const time_ps at = std::max(earliest, next_issue_);
    next_issue_ = at + interval_;
    return at;
}

// One thread per outstanding request: b_transport returns at a request's end.
void traffic_generator::lane()
{
    std::vector<unsigned char> data(workload_.request_size);
    sc_core::sc_time delay;
    for (request r; sequence_->next(r);) {
        const time_ps local = local_ps(delay);
        delay += sc_core::sc_time::from_value(issue_time(local) - local);
        if (delay > workload_.quantum) {
            wait(delay);
            delay = sc_core::SC_ZERO_TIME;
        }
        perform(r, delay, data);
    }
    if (delay != sc_core::SC_ZERO_TIME)
        wait(delay);
    one_less();
}

void traffic_generator::one_less()
{
    if (--lanes_ == 0)
        finished_.notify();
}

// What travels with a request that begins now.
attributes traffic_generator::attributes_of(const request& r, time_ps begin)
{
    if (!started_)
        statistics_.begin = begin;
    started_ = true;
    attributes with;
    if (r.from) {
        with.stream = r.from->stream;
        with.substream = r.from->substream;
    }
    if (workload_.tags != 0) {
        with.requester = workload_.requester;
        with.transaction = static_cast<std::uint32_t>(1 + r.number % workload_.tags);
    }
    if (log_) {
        with.latency = log_->begin(r.write ? latency_record::kind::dma_write : latency_record::kind::dma_read, begin);
        with.latency->iova = virtual_address(r.address);
        with.latency->size = r.size;
        if (r.from) {
            with.latency->stream = r.from->stream;
            with.latency->substream = r.from->substream;
        }
    }
    return with;
}

void traffic_generator::set_up(tlm::tlm_generic_payload& payload, const request& r, std::vector<unsigned char>& data)
{
    if (data.size() < r.size)
        data.resize(r.size);
    payload.set_command(r.write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    payload.set_address(r.address);
    payload.set_data_ptr(data.data());
    payload.set_data_length(r.size);
    payload.set_streaming_width(r.size);
    payload.set_dmi_allowed(false);
    payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
}

void traffic_generator::perform(const request& r, sc_core::sc_time& delay, std::vector<unsigned char>& data)
{
    const time_ps begin = local_ps(delay);
    attributes with = attributes_of(r, begin);
    tlm::tlm_generic_payload payload;
    set_up(payload, r, data);
    payload.set_extension(&with);
    socket->b_transport(payload, delay);
    payload.clear_extension(&with);
    if (delay > workload_.quantum) {
        wait(delay);
        delay = sc_core::SC_ZERO_TIME;
    }
    count(r, begin, local_ps(delay), payload.get_response_status(), with.latency);
}

void traffic_generator::count(const request& r, time_ps begin, time_ps end, tlm::tlm_response_status status,
                              latency_record* record)
{
    ++(r.write ? statistics_.writes : statistics_.reads);
    if (status == tlm::TLM_OK_RESPONSE)
        statistics_.bytes += r.size;
    else
        ++statistics_.errors;
    statistics_.end = std::max(statistics_.end, end);
    statistics_.latency_ps += end - begin;
    statistics_.longest = std::max(statistics_.longest, end - begin);
    // A posted write ends here before it has its effect: whoever takes it on closes its record.
    const bool posted = record && r.write && record->end() > end;
    if (record && !posted)
        record->until(end, stage::return_path);
    if (observer_)
        observer_({r, begin, end, status, record});
    if (record && !posted)
        record->close();
}

/// A request in flight of the approximately timed style.
struct traffic_generator::slot : at_requester::transaction {
    using transaction::transaction;
    request what;
    attributes with;
    std::vector<unsigned char> data;
    time_ps end = 0;
};

void traffic_generator::start_at()
{
    while (slots_.size() < lanes_)
        slots_.push_back(std::make_unique<slot>(at_));
    const time_ps now = to_ps(sc_core::sc_time_stamp());
    for (unsigned i = 0; i < lanes_; ++i)
        next(*slots_[i], now);
}

void traffic_generator::next(slot& s, time_ps earliest)
{
    if (!sequence_->next(s.what)) {
        one_less();
        return;
    }
    set_up(s.payload, s.what, s.data);
    at_.send(s, issue_time(earliest));
}

// It begins when the link takes it.
void traffic_generator::leaving(at_requester::transaction& t)
{
    slot& s = static_cast<slot&>(t);
    s.with = attributes_of(s.what, s.begin);
    s.payload.set_extension(&s.with);
}

void traffic_generator::ended(at_requester::transaction& t, time_ps end)
{
    slot& s = static_cast<slot&>(t);
    s.end = end;
    count(s.what, s.begin, end, s.payload.get_response_status(), s.with.latency);
}

void traffic_generator::idle(at_requester::transaction& t)
{
    slot& s = static_cast<slot&>(t);
    s.payload.clear_extension(&s.with);
    next(s, s.end);
}

} // namespace iovp::traffic
