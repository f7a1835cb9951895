#include "msi_system.h"

#include "common/systemc/time.h"
#include "common/systemc/transport.h"

#include <algorithm>
#include <cmath>
#include <sysc/kernel/sc_dynamic_processes.h>
#include <vector>

namespace iovp::profile {

namespace {

// IHI 0069: registers and ITS commands by hand, as a driver has them.
constexpr std::uint64_t valid = std::uint64_t(1) << 63;
constexpr std::uint64_t gicd_ctlr = 0, gicr_ctlr = 0, gicr_waker = 0x14, gicr_propbaser = 0x70, gicr_pendbaser = 0x78;
constexpr std::uint64_t gits_ctlr = 0, gits_cbaser = 0x80, gits_cwriter = 0x88, gits_creadr = 0x90, gits_baser0 = 0x100,
                        gits_baser1 = 0x108, gits_translater = 0x40;
constexpr std::uint64_t queue_bytes = 4096;
constexpr iovp::system_register icc_pmr{3, 0, 4, 6, 0}, icc_iar1{3, 0, 12, 12, 0}, icc_eoir1{3, 0, 12, 12, 1},
    icc_igrpen1{3, 0, 12, 12, 7};
constexpr unsigned first_lpi = 8192;

gic::gicv3::parameters gic_of(const dma::dma_system& base)
{
    gic::gicv3::parameters p = base.configuration().models.gic;
    p.mpidr = {0x80000000};
    p.icc.interrupt_entry = base.configuration().models.cpu_interrupt_entry;
    return p;
}

unsigned bits_for(std::uint64_t count)
{
    unsigned bits = 1;
    while ((std::uint64_t(1) << bits) < count)
        ++bits;
    return bits;
}

} // namespace

msi_system::msi_system(const sc_core::sc_module_name& name, dma::dma_system& base, const workload& w)
    : sc_module(name)
    , gic("gic", gic_of(base))
    , tbu("tbu", base.configuration().models.tbu)
    , driver_("driver")
    , device_("device")
    , base_(base)
    , workload_(w)
    , interrupt_entry_(base.configuration().models.cpu_interrupt_entry)
    , irq_("irq")
    , random_(w.seed)
{
    SC_HAS_PROCESS(msi_system);
    SC_THREAD(cpu);
    device_.bind(tbu.upstream);
    tbu.dti.bind(base.tcu.dti);
    tbu.downstream.bind(base.bus.upstream);
    driver_.bind(base.bus.upstream);
    gic.gits.memory.bind(base.bus.upstream);
    gic.gicr[0]->memory.bind(base.bus.upstream);
    gic.icc[0]->irq.bind(irq_);
    const auto target = [&base](auto& socket, const char* range, std::uint64_t at, std::uint64_t size) {
        const auto index = static_cast<unsigned>(base.bus.downstream.size());
        base.bus.downstream.bind(socket);
        base.bus.map(range, at, size, index);
    };
    target(gic.gicd.registers, "gicd", gicd_base, 0x10000);
    target(gic.gits.registers, "its", its_base, 0x20000);
    target(gic.gicr[0]->registers, "gicr", gicr_base, 0x20000);
}

void msi_system::store(std::uint64_t address, std::uint64_t value, unsigned size)
{
    sc_core::sc_time delay;
    transport(driver_, tlm::TLM_WRITE_COMMAND, address, &value, size, {}, delay);
    wait(delay);
}

std::uint64_t msi_system::load(std::uint64_t address, unsigned size)
{
    sc_core::sc_time delay;
    std::uint64_t value = 0;
    transport(driver_, tlm::TLM_READ_COMMAND, address, &value, size, {}, delay);
    wait(delay);
    return value;
}

std::uint64_t msi_system::system_register(iovp::system_register which, std::uint64_t value, bool write)
{
    sc_core::sc_time delay;
    if (write)
        gic.icc[0]->registers->write_register(which, value, delay);
    else
        gic.icc[0]->registers->read_register(which, value, delay);
    wait(delay);
    return value;
}

void msi_system::its_command(std::uint64_t w0, std::uint64_t w1, std::uint64_t w2)
{
    const std::uint64_t words[4] = {w0, w1, w2, 0};
    base_.tables.write(queue_ + write_pointer_, words, sizeof words);
    write_pointer_ = (write_pointer_ + sizeof words) % queue_bytes;
    store(its_base + gits_cwriter, write_pointer_, 8);
    while (load(its_base + gits_creadr, 8) != write_pointer_)
        wait(100, sc_core::SC_NS);
}

void msi_system::start()
{
    constexpr std::uint64_t page = 65536;
    dma::table_memory& tables = base_.tables;
    const std::uint64_t properties = tables.allocate(page, page);
    const std::vector<std::uint8_t> enabled(most_lpis, 0xA1); // priority 0xA0, group 1, enabled
    tables.write(properties, enabled.data(), most_lpis);
    const std::uint64_t pending = tables.allocate(page, page);
    const std::uint64_t device_pages = (workload_.streams * 8 + page - 1) / page;
    const std::uint64_t devices = tables.allocate(device_pages * page, page);
    const std::uint64_t collections = tables.allocate(page, page);
    queue_ = tables.allocate(queue_bytes, page);

    store(gicd_base + gicd_ctlr, 2);
    store(gicr_base + gicr_waker, 0);
    while ((load(gicr_base + gicr_waker, 4) & 4) != 0)
        wait(10, sc_core::SC_NS);
    store(gicr_base + gicr_propbaser, properties | 15, 8);
    store(gicr_base + gicr_pendbaser, pending | std::uint64_t(1) << 62, 8);
    store(gicr_base + gicr_ctlr, 1);
    system_register(icc_pmr, 0xFF, true);
    system_register(icc_igrpen1, 1, true);

    constexpr std::uint64_t pages_of_64k = 2 << 8;
    store(its_base + gits_baser0, valid | devices | pages_of_64k | (device_pages - 1), 8);
    store(its_base + gits_baser1, valid | collections | pages_of_64k, 8);
    store(its_base + gits_cbaser, valid | queue_, 8);
    store(its_base + gits_cwriter, 0, 8);
    store(its_base + gits_ctlr, 1);
    its_command(0x09, 0, valid); // MAPC: collection 0 to CPU 0
    const unsigned event_bits = bits_for(workload_.vectors);
    for (std::uint64_t device = 0; device < workload_.streams; ++device) {
        const std::uint64_t itt = tables.allocate(std::uint64_t(8) << event_bits, 256);
        its_command(0x08 | device << 32, event_bits - 1, itt | valid); // MAPD
        for (std::uint64_t event = 0; event < workload_.vectors; ++event)
            its_command(0x0A | device << 32, event | (first_lpi + device * workload_.vectors + event) << 32,
                        0); // MAPTI
    }
    its_command(0x05, 0, 0); // SYNC
}

void msi_system::run(std::uint64_t count, latency_log* log, const std::function<void()>& sent)
{
    statistics_ = {};
    log_ = log;
    sent_ = sent;
    left_ = count;
    number_ = 0;
    next_issue_ = 0;
    lanes_ = static_cast<unsigned>(std::min<std::uint64_t>(workload_.outstanding, count));
    for (unsigned i = 0; i < lanes_; ++i)
        sc_core::sc_spawn([this] { lane(); }, sc_core::sc_gen_unique_name("msi_lane"));
    while (lanes_ != 0)
        wait(lanes_done_);
    // Until the ITS, the redistributor and the CPU have nothing left to do.
    for (std::uint64_t before = ~std::uint64_t(0); before != statistics_.acknowledged || irq_.read();) {
        before = statistics_.acknowledged;
        wait(20, sc_core::SC_US);
    }
}

void msi_system::lane()
{
    const workload& w = workload_;
    const time_ps interval =
        w.requests_per_second > 0 ? static_cast<time_ps>(std::llround(1e12 / w.requests_per_second)) : 0;
    while (left_ != 0) {
        --left_;
        const std::uint64_t interrupts = std::uint64_t(w.streams) * w.vectors;
        const std::uint64_t which = w.pattern == "random" ? random_() % interrupts : number_++ % interrupts;
        const time_ps now = to_ps(sc_core::sc_time_stamp());
        const time_ps at = std::max(now, next_issue_);
        next_issue_ = at + interval;
        if (at > now)
            wait(sc_core::sc_time::from_value(at - now));

        transaction_attributes a;
        a.stream = stream_id(static_cast<std::uint32_t>(which / w.vectors));
        a.device = device_id(a.stream->value());
        const std::uint64_t address = doorbell_frame + gits_translater;
        latency_record* const r =
            log_ ? log_->begin(latency_record::kind::msi, to_ps(sc_core::sc_time_stamp())) : nullptr;
        if (r) {
            r->stream = *a.stream;
            r->iova = virtual_address(address);
            r->size = 4;
        }
        a.latency = r;
        auto event = static_cast<std::uint32_t>(which % w.vectors);
        sc_core::sc_time delay;
        const bool ok = transport(device_, tlm::TLM_WRITE_COMMAND, address, &event, 4, a, delay);
        wait(delay);
        ++statistics_.sent;
        if (!ok) {
            ++statistics_.errors;
            if (r) {
                r->aborted = true;
                r->close();
            }
        }
        sent_();
    }
    if (--lanes_ == 0)
        lanes_done_.notify();
}

// Interrupt wire and exception entry, acknowledge, end of interrupt, one after another.
void msi_system::cpu()
{
    for (;;) {
        while (!irq_.read())
            wait(irq_.posedge_event());
        wait(interrupt_entry_);
        const std::uint64_t interrupt = system_register(icc_iar1, 0, false);
        if (interrupt < first_lpi)
            continue;
        ++statistics_.acknowledged;
        statistics_.last_end = to_ps(sc_core::sc_time_stamp());
        system_register(icc_eoir1, interrupt, true);
    }
}

} // namespace iovp::profile
