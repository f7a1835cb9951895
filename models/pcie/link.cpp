#include "pcie/link.h"

#include "common/systemc/configuration_error.h"
#include "common/systemc/time.h"
#include "pcie/endpoint.h"
#include "pcie/root_complex.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace iovp::pcie {

void link::parameters::check(const std::string& object) const
{
    if (!(std::isfinite(raw_gbps) && raw_gbps > 0))
        configuration_error(object, "raw_gbps", std::to_string(raw_gbps), "above 0");
    if (!(link_layer_share >= 0 && link_layer_share < 1))
        configuration_error(object, "link_layer_share", std::to_string(link_layer_share), "0 or more, below 1");
    require_range(object, "max_payload", max_payload, 128, 4096);
    require_power_of_two(object, "max_payload", max_payload);
    require_range(object, "max_read_request", max_read_request, 128, 4096);
    require_power_of_two(object, "max_read_request", max_read_request);
    if (read_completion_boundary != 64 && read_completion_boundary != 128)
        configuration_error(object, "read_completion_boundary", std::to_string(read_completion_boundary), "64 or 128");
    require_range(object, "posted_credits", posted_credits, 1, 65536);
    require_range(object, "relaxed_writes", relaxed_writes, 1, 256);
    if (completion_timeout == sc_core::SC_ZERO_TIME)
        configuration_error(object, "completion_timeout", "0", "above 0");
}

static const link::parameters& checked(const link::parameters& p, const char* object)
{
    p.check(object);
    return p;
}

/// A posted write on its way: the requester has long gone on.
struct link::posted_write {
    posted_write(const tlm::tlm_generic_payload& from, time_ps arrives)
        : data(from.get_data_ptr(), from.get_data_ptr() + from.get_data_length())
        , with(attributes::of(from))
        , packet(tlp::of(from))
        , arrival(arrives)
    {
        payload.set_write();
        payload.set_address(from.get_address());
        payload.set_data_ptr(data.data());
        payload.set_data_length(from.get_data_length());
        payload.set_streaming_width(from.get_data_length());
        payload.set_extension(&with);
        payload.set_extension(&packet);
    }
    ~posted_write()
    {
        payload.clear_extension(&with);
        payload.clear_extension(&packet);
    }
    posted_write(const posted_write&) = delete;
    posted_write& operator=(const posted_write&) = delete;

    std::vector<std::uint8_t> data;
    attributes with;
    tlp packet;
    time_ps arrival;
    bool delivered = false;
    tlm::tlm_generic_payload payload;
};

link::link(const sc_core::sc_module_name& name, const parameters& p)
    : sc_module(name)
    , from_root("from_root")
    , to_device("to_device")
    , from_device("from_device")
    , to_root("to_root")
    , parameters_(checked(p, this->name()))
    , ps_per_byte_(8000.0 / (p.raw_gbps * (1 - p.link_layer_share)))
    , propagation_ps_(to_ps(p.propagation))
    , posted_event_("posted")
    , delivered_event_("delivered")
    , relaxed_event_("relaxed")
{
    from_root.register_b_transport(this, &link::downstream);
    from_device.register_b_transport(this, &link::upstream);
    SC_HAS_PROCESS(link);
    SC_THREAD(deliver);
    for (unsigned i = 0; i < p.relaxed_writes; ++i)
        sc_core::sc_spawn([this] { deliver_relaxed(); }, ("relaxed" + std::to_string(i)).c_str());
}

link::~link() = default;

void link::connect(root_complex& root, unsigned port, endpoint& device)
{
    root.link_out[port].bind(from_root);
    to_device.bind(device.link_in);
    device.link_out.bind(from_device);
    to_root.bind(root.link_in[port]);
}

time_ps link::duration(unsigned bytes) const
{
    return static_cast<time_ps>(std::llround(ps_per_byte_ * bytes));
}

// Calls `visit` with address and length of each request that an access becomes: `limit` bytes at most, and none crosses
// a 4 KiB boundary.
template <class Visit>
static void for_each_request(std::uint64_t address, unsigned length, unsigned limit, Visit visit)
{
    for (unsigned done = 0; done < length;) {
        const std::uint64_t at = address + done;
        const unsigned size = std::min({length - done, limit, static_cast<unsigned>(4096 - (at & 4095))});
        visit(at, size);
        done += size;
    }
}

// One read request's: each but the last ends at a read completion boundary and is as long as MPS lets it be.
unsigned link::completions(std::uint64_t address, unsigned length) const
{
    const auto skewed = static_cast<unsigned>(address & (parameters_.read_completion_boundary - 1)) + length;
    return (skewed + parameters_.max_payload - 1) / parameters_.max_payload;
}

static sc_core::sc_time until(time_ps absolute)
{
    const time_ps now = to_ps(sc_core::sc_time_stamp());
    return sc_core::sc_time::from_value(absolute > now ? absolute - now : 0);
}

// False: not within completion_timeout. Then the write ahead may wait, by way of memory or SMMU, for this very request.
bool link::wait_for_posted()
{
    const std::uint64_t before = posted_count_;
    const sc_core::sc_time end = sc_core::sc_time_stamp() + parameters_.completion_timeout;
    while (delivered_count_ < before) {
        if (sc_core::sc_time_stamp() >= end)
            return false;
        wait(end - sc_core::sc_time_stamp(), delivered_event_);
    }
    return true;
}

// Wires are taken in the order of simulated time, so local time is caught up with before each use: otherwise a packet
// of the far future would hold up one of now.
static void synchronise(sc_core::sc_time& delay)
{
    if (delay != sc_core::SC_ZERO_TIME)
        sc_core::wait(delay);
    delay = sc_core::SC_ZERO_TIME;
}

void link::downstream(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay)
{
    synchronise(delay);
    const bool posted = trans.is_write() && tlp::of(trans).what == tlp::kind::memory;
    const unsigned length = trans.get_data_length();
    const unsigned bytes = parameters_.request_overhead + (trans.is_write() ? length : 0);
    const time_ps sent = down_.send(local_ps(delay), duration(bytes));

    sc_core::sc_time at_device = until(sent + propagation_ps_);
    if (posted) {
        to_device->b_transport(trans, at_device);
        delay = until(sent);
        return;
    }
    synchronise(at_device);
    to_device->b_transport(trans, at_device);
    synchronise(at_device);
    const time_ps answered = to_ps(sc_core::sc_time_stamp());
    const unsigned back = parameters_.completion_overhead + (trans.is_read() ? length : 0);
    const time_ps received = up_.send(answered, duration(back)) + propagation_ps_;
    // A completion does not pass posted writes.
    if (!wait_for_posted())
        trans.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    delay = until(std::max(received, posted_end_));
}

void link::upstream(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay)
{
    if (trans.is_write())
        post(trans, delay);
    else
        request(trans, delay);
}

void link::post(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay)
{
    synchronise(delay);
    while (posted_.size() >= parameters_.posted_credits)
        wait(delivered_event_);
    unsigned bytes = trans.get_data_length();
    for_each_request(trans.get_address(), bytes, parameters_.max_payload,
                     [&](std::uint64_t, unsigned) { bytes += parameters_.request_overhead; });
    const time_ps sent = up_.send(local_ps(delay), duration(bytes));
    const time_ps arrival = sent + propagation_ps_;
    if (latency_record* record = attributes::of(trans).latency)
        record->until(arrival, stage::pcie_link);
    posted_.push_back(std::make_unique<posted_write>(trans, arrival));
    in_flight_.push_back(posted_.back().get());
    ++posted_count_;
    posted_event_.notify(sc_core::SC_ZERO_TIME);
    trans.set_response_status(tlm::TLM_OK_RESPONSE); // the requester of a posted write hears of no error
    delay = until(sent);
}

// In order: what a later write can see, the earlier ones have done. Only writes with relaxed ordering overlap, and one
// without waits for them.
void link::deliver()
{
    for (;;) {
        while (in_flight_.empty())
            wait(posted_event_);
        posted_write& write = *in_flight_.front();
        in_flight_.pop_front();
        const sc_core::sc_time flight = until(write.arrival);
        if (flight != sc_core::SC_ZERO_TIME)
            wait(flight);
        if (write.packet.relaxed_ordering) {
            while (relaxed_under_way_ == parameters_.relaxed_writes)
                wait(delivered_event_);
            ++relaxed_under_way_;
            relaxed_.push_back(&write);
            relaxed_event_.notify(sc_core::SC_ZERO_TIME);
        } else {
            while (relaxed_under_way_ != 0)
                wait(delivered_event_);
            complete(write);
        }
    }
}

void link::deliver_relaxed()
{
    for (;;) {
        while (relaxed_.empty())
            wait(relaxed_event_);
        posted_write& write = *relaxed_.front();
        relaxed_.pop_front();
        complete(write);
        --relaxed_under_way_;
    }
}

void link::complete(posted_write& write)
{
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    to_root->b_transport(write.payload, delay);
    posted_end_ = std::max(posted_end_, local_ps(delay));
    if (write.packet.observer)
        write.packet.observer->posted_done(write.payload, write.packet.unsupported);
    else if (write.with.latency)
        write.with.latency->close(); // nobody else hears of the end
    write.delivered = true;
    for (; !posted_.empty() && posted_.front()->delivered; posted_.pop_front())
        ++delivered_count_;
    delivered_event_.notify(sc_core::SC_ZERO_TIME);
}

void link::request(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay)
{
    latency_record* record = attributes::of(trans).latency;
    synchronise(delay);
    unsigned requests = 0;
    unsigned pieces = 0; // completions of all requests
    for_each_request(trans.get_address(), trans.get_data_length(), parameters_.max_read_request,
                     [&](std::uint64_t at, unsigned size) {
                         ++requests;
                         pieces += completions(at, size);
                     });
    const time_ps sent = up_.send(local_ps(delay), duration(requests * parameters_.request_overhead));
    const std::uint64_t before = posted_count_;
    const time_ps arrival = sent + propagation_ps_;
    if (record)
        record->until(arrival, stage::pcie_link);
    wait(until(arrival));
    while (delivered_count_ < before) // a read does not pass posted writes
        wait(delivered_event_);
    to_root->b_transport(trans, delay);
    synchronise(delay);

    // A request that fails is answered without data.
    const unsigned bytes = trans.is_response_ok() ? trans.get_data_length() + pieces * parameters_.completion_overhead
                                                  : requests * parameters_.completion_overhead;
    const time_ps received = down_.send(local_ps(delay), duration(bytes)) + propagation_ps_;
    if (record)
        record->until(received, stage::pcie_link);
    delay = until(received);
}

} // namespace iovp::pcie
