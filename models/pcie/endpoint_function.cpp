#include "pcie/endpoint_function.h"

#include "common/bit_field.h"
#include "common/systemc/attributes.h"
#include "common/systemc/byte_enables.h"
#include "common/systemc/time.h"
#include "pcie/endpoint.h"

#include <algorithm>
#include <cstring>

namespace iovp::pcie {

// Registers of the DMA engine: models/pcie/README.md.
namespace dma {
constexpr std::uint32_t id = 0x00, capability = 0x04, control = 0x08, status = 0x0c, iova = 0x10, offset = 0x18,
                        length = 0x1c, vector = 0x20, doorbell = 0x24, write_errors = 0x28, read_errors = 0x2c,
                        error_iova = 0x30, transferred = 0x38, scratch = 0x3c;
constexpr std::uint32_t frame_size = 0x1000;
constexpr std::uint32_t id_value = 0x444d4131;
using control_start = field<0, 0>;
using control_to_memory = field<1, 1>;
using control_interrupt = field<2, 2>;
constexpr std::uint32_t status_busy = 1, status_done = 2, status_error = 4;
} // namespace dma

static constexpr unsigned msix_bar = 2;

static express_description endpoint_express(unsigned max_payload)
{
    express_description d;
    d.max_payload = max_payload;
    return d;
}

endpoint_function::endpoint_function(const sc_core::sc_module_name& name, endpoint& owner, unsigned number)
    : sc_module(name)
    , owner_(owner)
    , number_(number)
    , express_(add_express_capability(space, endpoint_express(owner.parameters_.max_payload)))
    , msix_(space, owner.parameters_.vectors, msix_bar)
    , registers_(dma::frame_size)
    , buffer_(owner.parameters_.buffer_size, 0)
    , start_event_("start")
    , read_event_("read")
    , reads_done_event_("reads_done")
    , interrupt_event_("interrupt")
{
    define_configuration();
    define_registers();
    SC_HAS_PROCESS(endpoint_function);
    SC_THREAD(run_engine);
    SC_THREAD(run_interrupts);
}

void endpoint_function::define_configuration()
{
    const endpoint::parameters& p = owner_.parameters_;
    add_power_capability(space);
    space.define(reg::vendor_id, 2, p.vendor_id);
    space.define(reg::device_id, 2, p.device_id);
    space.define(reg::command, 2, 0, 0x0546);
    space.define(reg::status, 2, reg::status_capabilities, 0, reg::status_errors);
    space.define(reg::class_code, 3, 0x088000);
    space.define(reg::header_type, 1, p.functions > 1 ? 0x80 : 0x00);
    space.define(reg::subsystem_vendor_id, 2, p.vendor_id);
    space.define(reg::subsystem_id, 2, p.device_id);
    space.define(reg::interrupt_line, 1, 0, 0xff);
    // Address bits below the size read as zero: that is how software finds the size.
    space.define(reg::bar0, 4, 0, ~(2 * p.buffer_size - 1));
    space.define(reg::bar0 + 8, 4, 4, ~(msix_.bar_size() - 1)); // type 10b: 64 bits
    space.define(reg::bar0 + 12, 4, 0, ~0u);
}

void endpoint_function::define_registers()
{
    using access = register_access;
    const auto plain = [this](const char* name, std::uint32_t offset, std::uint8_t width, std::uint64_t writable) {
        registers_.add({name, offset, width, access::read_write, 0, writable});
    };
    const auto fixed = [this](const char* name, std::uint32_t offset, std::uint8_t width, std::uint64_t value) {
        registers_.add({name, offset, width, access::read_only, value, 0});
    };
    unsigned log2_size = 0;
    while ((1u << log2_size) < owner_.parameters_.buffer_size)
        ++log2_size;
    fixed("ID", dma::id, 4, dma::id_value);
    fixed("CAPABILITY", dma::capability, 4, log2_size | owner_.parameters_.vectors << 16);
    registers_.add({"CONTROL", dma::control, 4, access::read_write, 0, 0x7}, {},
                   [this](std::uint64_t, std::uint64_t value) { return start(value); });
    registers_.add({"STATUS", dma::status, 4, access::read_write, 0, dma::status_done | dma::status_error}, {},
                   [](std::uint64_t old_value, std::uint64_t value) {
                       return old_value & ~(value & (dma::status_done | dma::status_error));
                   });
    plain("IOVA", dma::iova, 8, ~std::uint64_t(0));
    plain("OFFSET", dma::offset, 4, 0xffffffff);
    plain("LENGTH", dma::length, 4, 0xffffffff);
    plain("VECTOR", dma::vector, 4, 0x7ff);
    registers_.add({"DOORBELL", dma::doorbell, 4, access::write_only, 0, 0xffffffff}, {},
                   [this](std::uint64_t, std::uint64_t value) {
                       doorbells_.push_back({local_ps(access_delay_), static_cast<unsigned>(value)});
                       interrupt_event_.notify(sc_core::SC_ZERO_TIME);
                       return std::uint64_t(0);
                   });
    fixed("WRITE_ERRORS", dma::write_errors, 4, 0);
    fixed("READ_ERRORS", dma::read_errors, 4, 0);
    fixed("ERROR_IOVA", dma::error_iova, 8, 0);
    fixed("TRANSFERRED", dma::transferred, 4, 0);
    plain("SCRATCH", dma::scratch, 4, 0xffffffff);
}

void endpoint_function::configure(tlm::tlm_generic_payload& trans, const sc_core::sc_time& delay)
{
    const auto offset = static_cast<unsigned>(trans.get_address());
    const unsigned size = trans.get_data_length();
    std::uint32_t value = 0;
    if (trans.is_read()) {
        value = space.read(offset, size);
        std::memcpy(trans.get_data_ptr(), &value, size);
    } else {
        std::memcpy(&value, trans.get_data_ptr(), size);
        space.write(offset, size, value);
        interrupt_event_.notify(delay); // an enable or a mask may have let a pending vector go
    }
    trans.set_response_status(tlm::TLM_OK_RESPONSE);
}

std::uint64_t endpoint_function::bar(unsigned index) const
{
    const unsigned at = reg::bar0 + 4 * index;
    return index == msix_bar ? std::uint64_t(space.read(at + 4, 4)) << 32 | (space.read(at, 4) & ~0xfu)
                             : space.read(at, 4) & ~0xfu;
}

bool endpoint_function::memory(tlm::tlm_generic_payload& trans, const sc_core::sc_time& delay)
{
    if (!space.memory_enabled())
        return false;
    const std::uint64_t address = trans.get_address();
    const unsigned length = trans.get_data_length();
    const auto inside = [&](unsigned index, std::uint64_t size) {
        return address >= bar(index) && address - bar(index) < size && length <= size - (address - bar(index));
    };
    access_delay_ = delay;
    const bool bar0_claims = inside(0, 2 * std::uint64_t(buffer_.size()));
    if (!bar0_claims && !inside(msix_bar, msix_.bar_size()))
        return false;
    if (refuse_partial_access(trans))
        return true;
    if (bar0_claims)
        bar0(trans, static_cast<std::uint32_t>(address - bar(0)));
    else
        bar2(trans, static_cast<std::uint32_t>(address - bar(msix_bar)));
    trans.set_response_status(tlm::TLM_OK_RESPONSE);
    return true;
}

void endpoint_function::bar0(tlm::tlm_generic_payload& trans, std::uint32_t offset)
{
    std::uint8_t* data = trans.get_data_ptr();
    const unsigned size = trans.get_data_length();
    std::uint64_t value = 0;
    if (offset >= buffer_.size()) {
        std::uint8_t* content = buffer_.data() + (offset - buffer_.size());
        if (trans.is_read())
            std::memcpy(data, content, size);
        else
            std::memcpy(content, data, size);
    } else if (trans.is_read()) {
        if (size == 4 || size == 8)
            registers_.read(offset, size, value);
        std::memset(data, 0, size);
        std::memcpy(data, &value, std::min<std::size_t>(size, sizeof(value)));
    } else if (size == 4 || size == 8) {
        std::memcpy(&value, data, size);
        registers_.write(offset, size, value);
    }
}

void endpoint_function::bar2(tlm::tlm_generic_payload& trans, std::uint32_t offset)
{
    const unsigned size = trans.get_data_length();
    std::uint64_t value = 0;
    if (trans.is_read()) {
        value = msix_.read(offset, size);
        std::memset(trans.get_data_ptr(), 0, size);
        std::memcpy(trans.get_data_ptr(), &value, std::min<std::size_t>(size, sizeof(value)));
    } else if (size == 4 || size == 8) {
        std::memcpy(&value, trans.get_data_ptr(), size);
        msix_.write(offset, size, value);
        interrupt_event_.notify(access_delay_);
    }
}

// A write to CONTROL: takes the parameters over and starts, unless the engine is busy.
std::uint64_t endpoint_function::start(std::uint64_t control)
{
    const std::uint64_t stored = control & ~dma::control_start::mask;
    if (!dma::control_start::get(control) || (registers_.get(dma::status) & dma::status_busy) != 0)
        return stored;
    current_.to_memory = dma::control_to_memory::get(control);
    current_.interrupt = dma::control_interrupt::get(control);
    current_.iova = registers_.get(dma::iova);
    current_.offset = static_cast<std::uint32_t>(registers_.get(dma::offset));
    current_.length = static_cast<std::uint32_t>(registers_.get(dma::length));
    current_.vector = static_cast<unsigned>(registers_.get(dma::vector));
    registers_.set(dma::status, dma::status_busy);
    registers_.set(dma::transferred, 0);
    registers_.set(dma::error_iova, 0);
    error_seen_ = false;
    ++transfer_;
    start_event_.notify(access_delay_);
    return stored;
}

std::uint16_t endpoint_function::requester() const
{
    return static_cast<std::uint16_t>(owner_.bus_and_device_ | number_);
}

latency_record* endpoint_function::begin_record(latency_record::kind what, std::uint64_t iova, unsigned size)
{
    if (!owner_.log_)
        return nullptr;
    latency_record* record = owner_.log_->begin(what, to_ps(sc_core::sc_time_stamp()));
    record->iova = virtual_address(iova);
    record->size = size;
    return record;
}

// ERROR_IOVA speaks of the current transfer: a late answer to a write of an earlier one only counts.
void endpoint_function::count_error(std::uint32_t counter, std::uint64_t address, std::uint32_t transfer_number)
{
    if (transfer_number == transfer_ && !error_seen_) {
        registers_.set(dma::error_iova, address);
        error_seen_ = true;
    }
    registers_.set(counter, std::min<std::uint64_t>(registers_.get(counter) + 1, 0xffffffff));
}

void endpoint_function::run_engine()
{
    for (;;) {
        wait(start_event_);
        const transfer t = current_;
        const bool ok = execute(t);
        registers_.set(dma::status, dma::status_done | (ok ? 0 : dma::status_error));
        if (t.interrupt) {
            doorbells_.push_back({to_ps(sc_core::sc_time_stamp()), t.vector});
            interrupt_event_.notify(sc_core::SC_ZERO_TIME);
        }
    }
}

bool endpoint_function::execute(const transfer& t)
{
    if (t.length > buffer_.size() || t.offset > buffer_.size() - t.length)
        return false;
    return t.to_memory ? execute_writes(t) : execute_reads(t);
}

// A request crosses no 4 KiB boundary, and carries or asks for no more than MPS or MRRS.
static unsigned request_size(std::uint64_t address, std::uint32_t left, unsigned limit)
{
    const std::uint64_t boundary = 4096 - (address & 4095);
    return static_cast<unsigned>(std::min<std::uint64_t>({left, limit, boundary}));
}

bool endpoint_function::execute_writes(const transfer& t)
{
    for (std::uint32_t done = 0; done < t.length;) {
        if (!space.bus_master())
            return false;
        const std::uint64_t address = t.iova + done;
        const unsigned size = request_size(address, t.length - done, programmed_max_payload(space, express_));
        latency_record* record = begin_record(latency_record::kind::dma_write, address, size);
        wait(owner_.parameters_.issue_latency);
        if (record)
            record->until(to_ps(sc_core::sc_time_stamp()), stage::endpoint);
        post(address, buffer_.data() + t.offset + done, size, relaxed_ordering_enabled(space, express_), record);
        done += size;
        registers_.set(dma::transferred, done);
    }
    return true;
}

void endpoint_function::post(std::uint64_t address, void* data, unsigned size, bool relaxed, latency_record* record)
{
    tlm::tlm_generic_payload payload;
    attributes with;
    with.requester = requester();
    with.latency = record;
    tlp packet;
    packet.relaxed_ordering = relaxed;
    packet.observer = this;
    packet.transfer = transfer_;
    payload.set_write();
    payload.set_address(address);
    payload.set_data_ptr(static_cast<unsigned char*>(data));
    payload.set_data_length(size);
    payload.set_streaming_width(size);
    payload.set_extension(&with);
    payload.set_extension(&packet);
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    owner_.link_out->b_transport(payload, delay);
    payload.clear_extension(&with);
    payload.clear_extension(&packet);
    wait(delay);
}

void endpoint_function::posted_done(const tlm::tlm_generic_payload& write, bool)
{
    latency_record* record = attributes::of(write).latency;
    const bool ok = write.is_response_ok();
    if (!ok)
        count_error(dma::write_errors, write.get_address(), tlp::of(write).transfer);
    if (!record)
        return;
    record->aborted = record->aborted || !ok;
    if (!ok || record->what != latency_record::kind::msi) // an MSI goes on as an interrupt
        record->close();
}

bool endpoint_function::execute_reads(const transfer& t)
{
    if (!space.bus_master())
        return t.length == 0;
    reads_failed_ = false;
    for (std::uint32_t done = 0; done < t.length;) {
        const std::uint64_t address = t.iova + done;
        const unsigned size = request_size(address, t.length - done, programmed_max_read_request(space, express_));
        reads_.push_back({address, t.offset + done, size});
        done += size;
    }
    reads_left_ = static_cast<unsigned>(reads_.size());
    if (reads_left_ == 0)
        return true;
    for (; tags_ < std::min(reads_left_, owner_.parameters_.read_tags); ++tags_)
        sc_core::sc_spawn([this] { run_read(); }, ("read_tag" + std::to_string(tags_)).c_str());
    read_event_.notify(sc_core::SC_ZERO_TIME);
    wait(reads_done_event_);
    return !reads_failed_;
}

// One tag: one read in flight.
void endpoint_function::run_read()
{
    for (;;) {
        while (reads_.empty())
            wait(read_event_);
        const chunk c = reads_.front();
        reads_.pop_front();
        if (!reads_failed_)
            read(c);
        if (--reads_left_ == 0)
            reads_done_event_.notify(sc_core::SC_ZERO_TIME);
    }
}

void endpoint_function::read(const chunk& c)
{
    latency_record* record = begin_record(latency_record::kind::dma_read, c.address, c.size);
    // The engine makes one request after another, whatever the number of tags.
    const sc_core::sc_time& now = sc_core::sc_time_stamp();
    issue_free_ = std::max(now, issue_free_) + owner_.parameters_.issue_latency;
    wait(issue_free_ - now);
    if (record)
        record->until(to_ps(sc_core::sc_time_stamp()), stage::endpoint);
    std::vector<std::uint8_t> data(c.size);
    tlm::tlm_generic_payload payload;
    attributes with;
    with.requester = requester();
    with.latency = record;
    tlp packet;
    payload.set_read();
    payload.set_address(c.address);
    payload.set_data_ptr(data.data());
    payload.set_data_length(c.size);
    payload.set_streaming_width(c.size);
    payload.set_extension(&with);
    payload.set_extension(&packet);
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    owner_.link_out->b_transport(payload, delay);
    payload.clear_extension(&with);
    payload.clear_extension(&packet);
    wait(delay);

    if (payload.is_response_ok()) {
        std::copy(data.begin(), data.end(), buffer_.begin() + c.offset);
        registers_.set(dma::transferred, registers_.get(dma::transferred) + c.size);
    } else {
        // The requester's view of the completion status.
        space.set_bits(reg::status, 2,
                       packet.unsupported ? reg::status_received_master_abort : reg::status_received_target_abort);
        reads_failed_ = true;
        count_error(dma::read_errors, c.address, transfer_);
    }
    if (record) {
        record->aborted = record->aborted || !payload.is_response_ok();
        record->close();
    }
}

void endpoint_function::run_interrupts()
{
    for (;;) {
        if (!doorbells_.empty()) {
            const doorbell d = doorbells_.front();
            doorbells_.pop_front();
            const time_ps now = to_ps(sc_core::sc_time_stamp());
            if (d.when > now)
                wait(sc_core::sc_time::from_value(d.when - now));
            msix_.raise(d.vector);
        }
        // Without Bus Master Enable a function sends no MSI; the vector stays pending.
        if (space.bus_master()) {
            if (const auto message = msix_.take()) {
                send(*message);
                continue;
            }
        }
        if (doorbells_.empty())
            wait(interrupt_event_);
    }
}

void endpoint_function::send(const msix::message& m)
{
    latency_record* record = begin_record(latency_record::kind::msi, m.address, 4);
    wait(owner_.parameters_.interrupt_latency);
    if (record)
        record->until(to_ps(sc_core::sc_time_stamp()), stage::endpoint);
    std::uint32_t data = m.data;
    post(m.address, &data, 4, false, record);
}

} // namespace iovp::pcie
