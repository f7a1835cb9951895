// Two devices behind an SMMU under load, in one style: how long accesses take and what the simulation costs. One line
// of numbers on stdout. tools/accuracy runs it for every style and makes the table.
//     accuracy at|lt QUANTUM_NS OUTSTANDING ACCESSES PAGES
#include "unit/smmu/bench.h"

#include "interconnect/interconnect.h"
#include "memory/sparse_memory.h"

#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <string>

using namespace iovp;
using sc_core::sc_time;

namespace {

constexpr std::uint64_t va = 0x12000000, ram_base = 0x80000000;
constexpr unsigned size = 64;

struct options {
    bool at = false;
    sc_time quantum;
    unsigned outstanding = 1;
    unsigned accesses = 0; ///< of each device
    unsigned pages = 1;    ///< of 4 KiB, among which it chooses
};

struct figures {
    std::uint64_t accesses = 0;
    std::uint64_t latency_ps = 0;
    sc_time last;
    void add(const sc_time& begin, const sc_time& end)
    {
        ++accesses;
        latency_ps += to_ps(end - begin);
        last = std::max(last, end);
    }
};

/// Random reads (3 of 4) and writes of 64 bytes, `outstanding` at a time. Each of those in flight has its part of the
/// accesses: with one account for all, a caller that runs ahead by a quantum takes the others' work, and at the end
/// most have none for as long as that, which no caller of a longer run would see.
class device : public sc_core::sc_module, private tlm::tlm_mm_interface {
public:
    tlm_utils::simple_initiator_socket<device, 64> socket{"socket"};
    figures result;
    sc_core::sc_event done;

    SC_HAS_PROCESS(device);
    device(sc_core::sc_module_name name, const options& o, std::uint32_t stream, std::uint64_t seed)
        : sc_module(name)
        , options_(o)
        , random_(seed)
    {
        socket.register_nb_transport_bw(this, &device::nb_bw);
        SC_METHOD(send);
        sensitive << may_send_;
        dont_initialize();
        for (unsigned i = 0; i < o.outstanding; ++i) {
            slots_.push_back(std::make_unique<slot>(*this));
            slots_.back()->with.stream = stream_id(stream);
            slots_.back()->left = o.accesses / o.outstanding + (i < o.accesses % o.outstanding ? 1 : 0);
        }
    }
    ~device() override
    {
        for (const auto& s : slots_)
            s->payload.clear_extension(&s->with);
    }
    bool finished() const { return result.accesses == options_.accesses; }

    void start()
    {
        for (const auto& s : slots_) {
            if (options_.at)
                again(*s);
            else
                sc_core::sc_spawn([this, &s = *s] { loosely(s); });
        }
    }

private:
    struct slot : tlm::tlm_extension<slot> {
        explicit slot(device& d)
            : payload(&d.manager())
        {
            payload.set_extension(&with);
            payload.set_extension(this);
            payload.set_data_ptr(data.data());
            payload.set_data_length(size);
            payload.set_streaming_width(size);
        }
        tlm::tlm_extension_base* clone() const override { return nullptr; }
        void copy_from(const tlm::tlm_extension_base&) override {}
        ~slot() override { payload.clear_extension(this); }
        tlm::tlm_generic_payload payload;
        attributes with;
        std::array<unsigned char, size> data{};
        sc_time begin;
        unsigned left = 0; ///< accesses
    };
    tlm::tlm_mm_interface& manager() { return *this; }
    void free(tlm::tlm_generic_payload*) override {}

    void prepare(slot& s)
    {
        random_ = random_ * 6364136223846793005ULL + 1442695040888963407ULL;
        const std::uint64_t r = random_ >> 33;
        s.payload.set_command(r % 4 == 0 ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
        s.payload.set_address(va + (r >> 2) % (std::uint64_t(options_.pages) * 64) * 64);
        s.payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
        s.payload.set_dmi_allowed(false);
    }
    void ended(slot& s, const sc_time& end)
    {
        if (!s.payload.is_response_ok()) {
            std::fprintf(stderr, "an access failed\n");
            std::exit(1);
        }
        result.add(s.begin, end);
        if (finished())
            done.notify();
    }

    void loosely(slot& s)
    {
        sc_time delay;
        while (s.left != 0) {
            --s.left;
            prepare(s);
            s.begin = sc_core::sc_time_stamp() + delay;
            socket->b_transport(s.payload, delay);
            ended(s, sc_core::sc_time_stamp() + delay);
            if (delay >= options_.quantum) {
                sc_core::wait(delay);
                delay = sc_core::SC_ZERO_TIME;
            }
        }
    }

    void again(slot& s)
    {
        if (s.left == 0)
            return;
        --s.left;
        prepare(s);
        s.begin = sc_core::sc_time_stamp();
        s.payload.acquire();
        waiting_.push_back(&s);
        may_send_.notify(sc_core::SC_ZERO_TIME);
    }
    void send()
    {
        while (!request_ && !waiting_.empty()) {
            if (sc_core::sc_time_stamp() < free_) {
                may_send_.notify(free_ - sc_core::sc_time_stamp());
                return;
            }
            slot& s = *waiting_.front();
            waiting_.pop_front();
            request_ = &s;
            tlm::tlm_phase phase = tlm::BEGIN_REQ;
            sc_time delay;
            const auto status = socket->nb_transport_fw(s.payload, phase, delay);
            if (status == tlm::TLM_UPDATED && phase == tlm::END_REQ)
                accepted(s, delay);
            else if (status != tlm::TLM_ACCEPTED)
                std::abort(); // no target here answers so early
        }
    }
    void accepted(slot& s, const sc_time& delay)
    {
        if (request_ != &s)
            return;
        request_ = nullptr;
        free_ = sc_core::sc_time_stamp() + delay;
        if (!waiting_.empty())
            may_send_.notify(delay);
    }
    tlm::tlm_sync_enum nb_bw(tlm::tlm_generic_payload& p, tlm::tlm_phase& phase, sc_time& delay)
    {
        slot& s = *p.get_extension<slot>();
        accepted(s, delay);
        if (phase == tlm::END_REQ)
            return tlm::TLM_ACCEPTED;
        ended(s, sc_core::sc_time_stamp() + delay);
        p.release();
        again(s);
        return tlm::TLM_COMPLETED;
    }

    const options options_;
    std::uint64_t random_;
    std::vector<std::unique_ptr<slot>> slots_;
    std::deque<slot*> waiting_;
    slot* request_ = nullptr;
    sc_time free_;
    sc_core::sc_event may_send_;
};

smmu::tcu::parameters many_tokens()
{
    smmu::tcu::parameters p;
    p.slots = 1024;
    return p;
}

/// bench's TCU, tables and driver, with two more TBUs on an interconnect and memory.
struct load : test::bench, sc_core::sc_module {
    SC_HAS_PROCESS(load);
    load(sc_core::sc_module_name name, const options& o)
        : bench(many_tokens())
        , sc_module(name)
        , pages(o.pages)
        , devices{{{"d0", o, 5, 11}, {"d1", o, 6, 23}}}
    {
        for (std::size_t i = 0; i < 2; ++i) {
            devices[i].socket.bind(tbus[i].upstream);
            tbus[i].downstream.bind(bus.upstream);
            tbus[i].dti.bind(tcu.dti);
        }
        bus.downstream.bind(ram.socket);
        bus.map("ram", ram_base, ram.configuration().size, 0);
        SC_THREAD(run);
    }
    void run()
    {
        const std::uint64_t root2 = new_table();
        for (const std::uint32_t sid : {5U, 6U}) {
            const std::uint64_t root1 = new_table();
            for (std::uint64_t i = 0; i < pages; ++i)
                map1(root1, va + i * 0x1000, 0x40000000 + i * 0x1000);
            nested_stream(sid, root1, static_cast<std::uint16_t>(sid), root2, 3);
        }
        for (std::uint64_t i = 0; i < pages; ++i)
            map2(root2, 0x40000000 + i * 0x1000, ram_base + i * 0x1000);
        for (int again = 0; again < 2; ++again)
            for (std::uint64_t table = 0x100000; table < pool; table += 0x1000)
                map2(root2, table, table);
        memory.latency = sc_time(95, sc_core::SC_NS);
        enable();
        begin = sc_core::sc_time_stamp();
        getrusage(RUSAGE_SELF, &before);
        for (device& d : devices)
            d.start();
        for (device& d : devices)
            while (!d.finished())
                wait(d.done);
        getrusage(RUSAGE_SELF, &after);
        finished = true;
        sc_core::sc_stop();
    }
    static double seconds(const rusage& u) { return double(u.ru_utime.tv_sec) + double(u.ru_utime.tv_usec) * 1e-6; }

    const std::uint64_t pages;
    std::array<device, 2> devices;
    std::array<smmu::tbu, 2> tbus{{{"t0", {}}, {"t1", {}}}};
    interconnect bus{"bus", {}};
    sparse_memory ram{"ram", {}};
    sc_time begin;
    rusage before{}, after{};
    bool finished = false;
};

} // namespace

int sc_main(int argc, char** argv)
{
    if (argc != 6) {
        std::fprintf(stderr, "accuracy at|lt QUANTUM_NS OUTSTANDING ACCESSES PAGES\n");
        return 2;
    }
    options o;
    o.at = std::string(argv[1]) == "at";
    o.quantum = sc_time(std::atof(argv[2]), sc_core::SC_NS);
    o.outstanding = static_cast<unsigned>(std::atoi(argv[3]));
    o.accesses = static_cast<unsigned>(std::atoi(argv[4]));
    o.pages = static_cast<unsigned>(std::atoi(argv[5]));
    load l("load", o);
    sc_core::sc_start();
    if (!l.finished)
        return 1;
    figures all;
    for (const device& d : l.devices) {
        all.accesses += d.result.accesses;
        all.latency_ps += d.result.latency_ps;
        all.last = std::max(all.last, d.result.last);
    }
    const double mean = double(all.latency_ps) / 1000 / double(all.accesses);
    const double rate = double(all.accesses) * size / ((all.last - l.begin).to_seconds() * 1e9);
    // mean latency in ns, bytes per ns, host microseconds per access
    std::printf("%.2f %.3f %.4f\n", mean, rate,
                (load::seconds(l.after) - load::seconds(l.before)) * 1e6 / double(all.accesses));
    return 0;
}
