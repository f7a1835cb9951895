#include "experiment.h"

#include "common/bit_field.h"
#include "common/systemc/configuration_error.h"
#include "common/systemc/occupancy_probe.h"
#include "common/systemc/time.h"
#include "configuration/json_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <sysc/kernel/sc_dynamic_processes.h>
#include <sysc/tracing/sc_tracing_ids.h>

namespace iovp::profile {

namespace {

constexpr std::uint64_t first_iova = std::uint64_t(1) << 32;
constexpr std::uint64_t first_ipa = std::uint64_t(1) << 38; // above memory: tables stand there 1:1
constexpr std::uint64_t data_reach = std::uint64_t(64)
                                     << 20; // a larger window repeats: the host's memory is not the matter

std::uint64_t align_up(std::uint64_t value, std::uint64_t power_of_two)
{
    return align_down(value + power_of_two - 1, power_of_two);
}

unsigned bits_for(std::uint64_t count)
{
    unsigned bits = 1;
    while ((std::uint64_t(1) << bits) < count)
        ++bits;
    return bits;
}

dma::system_parameters system_of(const profiles::profile& models, const workload& w)
{
    dma::system_parameters p;
    p.models = models;
    p.tbus = w.tbus;
    p.pcie = w.pcie;
    p.ats = w.ats;
    p.atc.entries = w.atc_entries;
    p.atc.link = models.tbu.link; // a link as the TBUs' is assumed
    p.models.tcu.feature.ats |= w.ats;
    p.streams.two_level = w.two_level_tables;
    if (w.substreams != 0) {
        p.streams.substream_bits = bits_for(w.substreams + 1);
        p.streams.two_level_cd = w.two_level_tables;
    }
    if (w.range_invalidation && !models.tcu.feature.range_invalidation)
        throw configuration::error("workload: key \"range_invalidation\" = true; allowed: false where "
                                   "tcu.features.range_invalidation is false");
    return p;
}

void each_signal(const std::vector<sc_core::sc_object*>& objects,
                 const std::function<void(const sc_core::sc_signal<bool>&)>& visit)
{
    for (sc_core::sc_object* o : objects) {
        if (const auto* s = dynamic_cast<const sc_core::sc_signal<bool>*>(o))
            visit(*s);
        each_signal(o->get_child_objects(), visit);
    }
}

} // namespace

// A probe has one listener, and two want to know.
class experiment::recorder : public occupancy_listener {
public:
    recorder(occupancy_probe& p, perfetto_trace* trace)
        : probe(p)
        , level(to_ps(sc_core::sc_time_stamp()), p.level())
        , trace_(trace)
    {
        probe.listen(this);
        if (trace_)
            trace_->level(probe.name(), to_ps(sc_core::sc_time_stamp()), probe.level());
    }
    ~recorder() override { probe.listen(nullptr); }
    recorder(const recorder&) = delete;
    recorder& operator=(const recorder&) = delete;

    void changed(time_ps now, unsigned units) override
    {
        level.changed(now, units);
        if (trace_)
            trace_->level(probe.name(), now, units);
    }

    occupancy_probe& probe;
    occupancy_statistics level;

private:
    perfetto_trace* trace_;
};

experiment::experiment(const profiles::profile& models, const workload& w, const outputs& o)
    : models_(models)
    , workload_(w)
    , trace_(w.pattern == "trace" ? read_trace(w.trace) : std::vector<traffic::list_entry>())
    , perfetto_(o.perfetto_file.empty() ? nullptr : std::make_unique<perfetto_trace>(o.perfetto_file))
    , system_("system", system_of(models, w))
    , msi_(w.kind == "msi" ? std::make_unique<msi_system>("msi", system_, w) : nullptr)
{
    make_streams();
    if (!o.vcd_file.empty())
        open_vcd(o.vcd_file);
}

experiment::~experiment()
{
    if (vcd_)
        sc_core::sc_close_vcd_trace_file(vcd_);
}

void experiment::open_vcd(const std::string& file)
{
    vcd_ = sc_core::sc_create_vcd_trace_file(file.substr(0, file.size() - 4).c_str()); // SystemC appends the rest
    sc_core::sc_report_handler::set_actions(sc_core::SC_ID_TRACING_TIMESCALE_UNIT_, sc_core::SC_INFO,
                                            sc_core::SC_DO_NOTHING);
    vcd_->set_time_unit(1, sc_core::SC_PS);
    for (const occupancy_probe* p : occupancy_probe::all())
        sc_core::sc_trace(vcd_, p->level(), p->name());
    each_signal(sc_core::sc_get_top_level_objects(),
                [this](const sc_core::sc_signal<bool>& s) { sc_core::sc_trace(vcd_, s, s.name()); });
}

dma::mapping experiment::mapping_of(std::uint64_t iova, std::uint64_t offset, std::uint64_t size) const
{
    dma::mapping m;
    m.iova = iova;
    m.pa = align_up(system_.data_base(), workload_.page_size) + offset;
    m.size = size;
    m.page_size = workload_.page_size;
    m.stage2_page_size = workload_.stage2_page_size;
    if (workload_.stages == "nested")
        m.ipa = first_ipa + iova - first_iova;
    return m;
}

void experiment::map_window(dma::address_space& space, std::uint64_t iova, std::uint64_t size)
{
    const std::uint64_t largest = std::max(workload_.page_size, workload_.stage2_page_size);
    const std::uint64_t reach = std::max(largest, data_reach);
    const std::uint64_t all = align_up(size, largest);
    for (std::uint64_t done = 0; done < all; done += reach)
        space.map(mapping_of(iova + done, 0, std::min(reach, all - done)));
}

// The pages that the trace touches, each with memory of its own until that is used up.
void experiment::map_trace(dma::address_space& space)
{
    const std::uint64_t size = std::max(workload_.page_size, workload_.stage2_page_size);
    std::set<std::uint64_t> pages;
    for (const traffic::list_entry& e : trace_)
        for (std::uint64_t page = align_down(e.address, size); page < e.address + e.size; page += size)
            pages.insert(page);
    const std::uint64_t places = std::max<std::uint64_t>(1, data_reach / size);
    std::uint64_t number = 0;
    for (const std::uint64_t page : pages) {
        dma::mapping m = mapping_of(page, number % places * size, size);
        if (workload_.stages == "nested")
            m.ipa = first_ipa + number * size;
        space.map(m);
        ++number;
    }
}

// 1:1, in pages of the granule.
void experiment::map_doorbell(dma::address_space& space)
{
    dma::mapping m;
    m.iova = m.pa = m.ipa = msi_system::doorbell_frame;
    m.size = 0x10000;
    m.page_size = std::uint64_t(1) << workload_.granule_log2();
    space.map(m);
}

void experiment::make_streams()
{
    const workload& w = workload_;
    dma::space_shape shape;
    shape.stage1 = w.stage1();
    shape.stage2 = w.stage2();
    shape.granule_log2 = w.granule_log2();
    shape.va_bits = w.va_bits;
    shape.ipa_bits = w.ipa_bits;
    const auto fill = [this, &w](dma::address_space& space) {
        if (w.kind == "msi")
            map_doorbell(space);
        else if (w.pattern == "trace")
            map_trace(space);
        else if (w.kind != "churn")
            map_window(space, first_iova, w.window);
    };
    for (unsigned s = 0; s < w.streams; ++s) {
        const stream_id id(s);
        if (w.stages == "bypass") {
            system_.streams.bypass(id);
            continue;
        }
        // CD 0 serves what has no SubstreamID, and then alone that (5.2, S1DSS).
        dma::address_space& first = system_.add_stream(id, shape);
        if (w.substreams == 0)
            fill(first);
        for (unsigned sub = 1; sub <= w.substreams; ++sub) {
            dma::address_space& space = system_.make_space(shape, w.stage2() ? &first : nullptr);
            fill(space);
            system_.streams.attach(id, space, substream_id(sub));
        }
    }
}

traffic::workload experiment::traffic_of(unsigned device, std::uint64_t count) const
{
    const workload& w = workload_;
    traffic::workload t;
    t.order = w.pattern == "random"       ? traffic::pattern::random
              : w.pattern == "sequential" ? traffic::pattern::sequential
                                          : traffic::pattern::list;
    t.list = trace_;
    t.window_base = w.stages == "bypass" ? system_.data_base() : first_iova;
    t.window_size = w.window;
    t.request_size = w.request_size;
    t.read_share = w.read_share;
    t.outstanding = w.outstanding;
    t.count = count;
    t.requests_per_second = w.requests_per_second != 0 ? w.requests_per_second : models_.requests_per_second;
    t.seed = w.seed + device;
    t.coding = w.style == "at" ? traffic::style::approximately_timed : traffic::style::loosely_timed;
    t.tags = w.tags;
    t.requester = w.tags != 0 ? static_cast<std::uint16_t>(device) : std::uint16_t(0);
    for (unsigned s = device; s < w.streams; s += w.tbus) {
        if (w.substreams == 0)
            t.sources.push_back({stream_id(s), {}});
        for (unsigned sub = 1; sub <= w.substreams; ++sub)
            t.sources.push_back({stream_id(s), substream_id(sub)});
    }
    return t;
}

// The devices share the requests.
void experiment::run_devices(std::uint64_t count)
{
    const unsigned devices = workload_.tbus;
    for (unsigned d = 0; d < devices; ++d)
        if (const std::uint64_t mine = count / devices + (d < count % devices ? 1 : 0))
            system_.generators[d].start(traffic_of(d, mine));
    for (auto& g : system_.generators)
        while (g.busy())
            sc_core::wait(g.finished());
}

std::vector<const smmu::tbu*> experiment::tbus() const
{
    if (msi_)
        return {&msi_->tbu};
    std::vector<const smmu::tbu*> all;
    for (const smmu::tbu& t : system_.tbus)
        all.push_back(&t);
    return all;
}

std::vector<cache_counts> experiment::caches() const
{
    std::vector<cache_counts> out;
    const std::vector<const smmu::tbu*> all = tbus();
    for (std::size_t i = 0; i < all.size(); ++i) {
        const smmu::tbu::statistics& s = all[i]->counts();
        out.push_back({fmt::format("tbu{} micro TLB", i), s.micro_lookups, s.micro_lookups - s.micro_misses});
        out.push_back({fmt::format("tbu{} main TLB", i), s.main_lookups, s.main_lookups - s.main_misses});
    }
    for (std::size_t i = 0; i < system_.atcs.size(); ++i)
        out.push_back(
            {fmt::format("device{} ATC", i), system_.atcs[i].counts().lookups, system_.atcs[i].counts().hits});
    const smmu::tcu::statistics& t = system_.tcu.counts();
    out.push_back({"configuration cache", t.configuration_lookups, t.configuration_lookups - t.configuration_misses});
    for (unsigned stage = 1; stage <= 2; ++stage)
        for (unsigned level = 0; level < 4; ++level) {
            const auto& c = system_.tcu.walks().counts(stage, level);
            out.push_back({fmt::format("walk cache S{}L{}", stage, level), c.lookups, c.hits});
        }
    const system_cache::statistics& lines = system_.memory.cache_counts();
    out.push_back({"system cache", lines.lookups, lines.hits});
    return out;
}

std::vector<named_count> experiment::counts() const
{
    const smmu::tcu::statistics& t = system_.tcu.counts();
    std::uint64_t transactions = 0, merged = 0, asked = 0, terminated = 0;
    for (const smmu::tbu* b : tbus()) {
        transactions += b->counts().transactions;
        asked += b->counts().requests;
        merged += b->counts().merged;
        terminated += b->counts().terminated;
    }
    return {{"transactions of the TBUs", transactions},     {"translation requests", asked},
            {"merged with a request in flight", merged},    {"terminated", terminated},
            {"translations of the TCU", t.translations},    {"descriptor reads", t.table_reads},
            {"configuration reads", t.configuration_reads}, {"commands consumed", system_.tcu.commands().count()}};
}

void experiment::begin(measurement& m)
{
    m.begin = to_ps(sc_core::sc_time_stamp());
    m.caches = caches();
    m.counts = counts();
    commands_before_ = system_.tcu.commands().count();
    for (occupancy_probe* p : occupancy_probe::all())
        recorders_.push_back(std::make_unique<recorder>(*p, perfetto_.get()));
    system_.latencies.listen(m.latencies);
    if (perfetto_)
        system_.latencies.listen(*perfetto_);
    // A PCIe link goes on with a posted write whose generator has ended: its record must stay.
    // The GIC goes on with an MSI's after its end.
    if (!workload_.pcie && !msi_)
        system_.latencies.recycle();
    system_.listen(true);
    system_.tcu.record(&system_.latencies);
}

void experiment::end(measurement& m)
{
    using kind = latency_record::kind;
    const auto recorded = [&m] {
        return m.latencies.count(kind::dma_read) + m.latencies.count(kind::dma_write) + m.latencies.count(kind::msi);
    };
    const std::uint64_t commands = system_.tcu.commands().count() - commands_before_;
    for (unsigned us = 0; us < 1000 && (recorded() < m.requests || m.latencies.count(kind::command) < commands); ++us)
        sc_core::wait(1, sc_core::SC_US); // posted writes, the signal of a CMD_SYNC
    if (recorded() != m.requests)
        throw std::logic_error(fmt::format("{} requests have {} complete records", m.requests, recorded()));
    if (m.latencies.count(kind::command) != commands)
        throw std::logic_error(
            fmt::format("{} commands have {} complete records", commands, m.latencies.count(kind::command)));
    const std::vector<cache_counts> caches_now = caches();
    for (std::size_t i = 0; i < caches_now.size(); ++i) {
        m.caches[i].lookups = caches_now[i].lookups - m.caches[i].lookups;
        m.caches[i].hits = caches_now[i].hits - m.caches[i].hits;
    }
    const std::vector<named_count> counts_now = counts();
    for (std::size_t i = 0; i < counts_now.size(); ++i)
        m.counts[i].value = counts_now[i].value - m.counts[i].value;
    for (const auto& r : recorders_) {
        r->level.until(to_ps(sc_core::sc_time_stamp()));
        m.resources.push_back({r->probe.name(), r->probe.capacity(), r->level});
    }
    recorders_.clear();
}

void experiment::measure_traffic(measurement& m)
{
    run_devices(workload_.count);
    m.end = m.begin;
    for (const auto& g : system_.generators) {
        m.requests += g.counts().requests();
        m.errors += g.counts().errors;
        m.bytes += g.counts().bytes;
        m.end = std::max(m.end, g.counts().end);
    }
}

// A buffer is mapped, read or written once from its beginning to its end, unmapped and invalidated, and so on.
void experiment::measure_churn(measurement& m)
{
    const workload& w = workload_;
    const std::uint64_t size = w.buffer_pages * w.page_size;
    dma::address_space& space = system_.space_of(stream_id(0));
    traffic::traffic_generator& device = system_.generators[0];
    traffic::workload t = traffic_of(0, std::max<std::uint64_t>(1, size / w.request_size));
    t.window_size = std::max<std::uint64_t>(size, w.request_size);
    for (std::uint64_t n = 0; n < w.count; ++n) {
        map_window(space, first_iova, size);
        t.seed = w.seed + n;
        device.run(t);
        m.requests += device.counts().requests();
        m.errors += device.counts().errors;
        m.bytes += device.counts().bytes;
        space.unmap(first_iova, size, w.page_size);
        const time_ps start = to_ps(sc_core::sc_time_stamp());
        system_.control.invalidate(space, first_iova, size, w.page_size, w.range_invalidation);
        system_.control.sync();
        m.invalidations.add(to_ps(sc_core::sc_time_stamp()) - start);
    }
    m.end = to_ps(sc_core::sc_time_stamp());
}

void experiment::measure_msi(measurement& m, const std::function<void()>& step)
{
    const gic::its::statistics before = msi_->gic.gits.stats();
    msi_->run(workload_.count, &system_.latencies, step);
    const gic::its::statistics& after = msi_->gic.gits.stats();
    const msi_system::statistics& s = msi_->counts();
    m.requests = s.sent;
    m.errors = s.errors;
    m.bytes = 4 * (s.sent - s.errors);
    m.end = std::max(m.begin, s.last_end);
    m.counts.push_back({"interrupts acknowledged", s.acknowledged});
    m.counts.push_back({"table reads of the ITS", after.table_reads - before.table_reads});
    static constexpr const char* names[] = {"ITS device cache", "ITS event cache", "ITS collection cache"};
    for (unsigned i = 0; i < 3; ++i) {
        const std::uint64_t hits = after.hits[i] - before.hits[i];
        m.caches.push_back({names[i], hits + after.misses[i] - before.misses[i], hits});
    }
}

void experiment::drive(measurement& m, const progress& tell)
{
    const workload& w = workload_;
    const bool churn = w.kind == "churn";
    const std::uint64_t each = churn ? std::max<std::uint64_t>(1, w.buffer_pages * w.page_size / w.request_size) : 1;
    const std::uint64_t total = (churn ? 0 : w.warm_up) + w.count * each;
    const auto step = [this, &tell, total] {
        if (++done_ % std::max<std::uint64_t>(1, total / 50) == 0)
            tell(done_, total);
    };
    for (auto& g : system_.generators)
        g.set_observer([&step](const traffic::traffic_generator::completion&) { step(); });
    system_.control.enable();
    if (msi_) {
        msi_->start();
        if (w.warm_up != 0)
            msi_->run(w.warm_up, nullptr, step);
    } else if (w.warm_up != 0 && !churn) {
        run_devices(w.warm_up);
    }
    begin(m);
    if (msi_)
        measure_msi(m, step);
    else if (churn)
        measure_churn(m);
    else
        measure_traffic(m);
    end(m);
    finished_ = true;
}

measurement experiment::run(const progress& tell)
{
    measurement m;
    std::string failure;
    sc_core::sc_spawn([&] {
        try {
            drive(m, tell);
        } catch (const std::exception& e) {
            failure = e.what(); // through SystemC's kernel it would lose its type
        }
        sc_core::sc_stop();
    });
    sc_core::sc_report_handler::set_actions("/OSCI/SystemC", sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
    sc_core::sc_start();
    if (!failure.empty())
        throw std::runtime_error(failure);
    if (!finished_)
        throw std::runtime_error("the simulation ran out of events before the workload ended");
    if (perfetto_)
        perfetto_->finish();
    return m;
}

} // namespace iovp::profile
