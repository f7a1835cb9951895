// Goodput of a PCIe link x8 for every access size of 64..1500 bytes (Neugebauer et al., SIGCOMM 2018, and its
// pcie-model): what is left of the raw rate by flow control, acknowledgements and skip sets, times the share of data in
// the packets. MPS 256, MRRS 512; 24 bytes around a request, 20 around a completion. Nothing is fitted. Measured: a
// link of models/pcie under sequential traffic, one for each generation.

#include "experiments.h"

#include "common/systemc/time.h"
#include "dma_system/pcie_stub.h"
#include "pcie/link.h"
#include "simulate.h"
#include "traffic/traffic_generator.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string>

namespace iovp::validation {

namespace {

constexpr unsigned smallest = 64, largest = 1500;

struct generation {
    const char* name;
    double raw_gbps;
};
constexpr std::array<generation, 3> generations = {{{"Gen3", 63.02}, {"Gen4", 126.03}, {"Gen5", 252.06}}};

// The reference's formulas.
double transaction_layer_gbps(double raw)
{
    return raw * (1 - 8.0 / 203 - 8.0 / 203 - 4.0 / 1538);
}
unsigned pieces(unsigned size, unsigned limit)
{
    return (size + limit - 1) / limit;
}
double write_gbps(double raw, unsigned size)
{
    return transaction_layer_gbps(raw) * size / (size + 24.0 * pieces(size, 256));
}
double read_gbps(double raw, unsigned size)
{
    // Completions come down while requests of 24 bytes per MRRS go up: the slower direction decides.
    const double down = size + 20.0 * pieces(size, 256);
    const double up = 24.0 * pieces(size, 512);
    return transaction_layer_gbps(raw) * size / std::max(down, up);
}

/// The memory behind the link: takes and gives everything at once.
struct memory : sc_core::sc_module {
    tlm_utils::simple_target_socket<memory, 64> socket{"socket"};

    explicit memory(sc_core::sc_module_name name)
        : sc_module(name)
    {
        socket.register_b_transport(this, &memory::b_transport);
    }
    void b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay)
    {
        if (trans.is_write())
            ends.push_back(local_ps(delay));
        trans.set_response_status(tlm::TLM_OK_RESPONSE);
    }
    std::vector<time_ps> ends; ///< of writes
};

struct bench {
    bench(const std::string& name, const pcie::link::parameters& p)
        : generator((name + "_device").c_str())
        , link((name + "_link").c_str(), p)
        , propagation_ns(p.propagation.to_seconds() * 1e9)
        , stub((name + "_end").c_str())
        , target((name + "_memory").c_str())
    {
        generator.socket.bind(link.from_device);
        link.to_root.bind(target.socket);
        stub.root.bind(link.from_root);
        link.to_device.bind(stub.device);
        generator.set_observer([this](const traffic::traffic_generator::completion& c) {
            if (!c.what.write)
                target.ends.push_back(c.end);
        });
    }
    /// As many in flight as hide the flight and the wires of a request, and no more than `most`.
    void start(unsigned size, bool write, unsigned most, double gbps)
    {
        const double on_wire_ns = 8 * size / gbps;
        const double round_trip_ns = 2 * (propagation_ns + on_wire_ns) + 20;
        const auto outstanding = std::min(most, 4 + static_cast<unsigned>(round_trip_ns / on_wire_ns));
        traffic::workload w;
        w.order = traffic::pattern::sequential;
        w.alignment = 4096;
        w.window_size = 1 << 20;
        w.request_size = size;
        w.read_share = write ? 0 : 1;
        w.outstanding = outstanding;
        w.count = 2 * outstanding + 20;
        target.ends.clear();
        generator.start(w);
    }
    /// From the first request's end to the last one's: the flight does not count.
    double gbps(unsigned size) const
    {
        const auto [first, last] = std::minmax_element(target.ends.begin(), target.ends.end());
        return 8000.0 * size * static_cast<double>(target.ends.size() - 1) / static_cast<double>(*last - *first);
    }
    traffic::traffic_generator generator;
    pcie::link link;
    const double propagation_ns;
    dma::pcie_stub stub;
    memory target;
};

/// The size with the largest error, and the sizes that the reference writes out.
void report(rows& all, const std::string& name, const std::vector<row>& sizes)
{
    for (const unsigned size : {64U, 256U, 257U})
        all.push_back(sizes.at(size - smallest));
    row worst =
        *std::max_element(sizes.begin(), sizes.end(), [](const row& a, const row& b) { return a.error() < b.error(); });
    worst.name = name + ", worst of " + std::to_string(sizes.size()) + " sizes: " + worst.name;
    all.push_back(worst);
}

} // namespace

rows pcie_link(const context& c)
{
    const profiles::profile p = c.models("server");
    std::vector<std::unique_ptr<bench>> benches;
    for (const generation& g : generations) {
        pcie::link::parameters link = p.link;
        link.raw_gbps = g.raw_gbps;
        benches.push_back(std::make_unique<bench>(g.name, link));
    }
    rows all;
    simulate([&] {
        for (const bool write : {true, false}) {
            std::vector<std::vector<row>> sizes(generations.size());
            for (unsigned size = smallest; size <= largest; ++size) {
                const auto expected = [&](std::size_t i) {
                    const double raw = generations[i].raw_gbps;
                    return write ? write_gbps(raw, size) : read_gbps(raw, size);
                };
                for (std::size_t i = 0; i < benches.size(); ++i)
                    benches[i]->start(size, write, p.endpoint.read_tags, expected(i));
                for (auto& b : benches)
                    while (b->generator.busy())
                        sc_core::wait(b->generator.finished());
                sc_core::wait(2, sc_core::SC_US); // the last posted writes
                for (std::size_t i = 0; i < benches.size(); ++i)
                    sizes[i].push_back({"pcie_link",
                                        std::string(generations[i].name) + " x8 " + (write ? "write " : "read ") +
                                            std::to_string(size) + " B",
                                        expected(i), benches[i]->gbps(size), 0.01});
            }
            for (std::size_t i = 0; i < benches.size(); ++i)
                report(all, std::string(generations[i].name) + (write ? " write" : " read"), sizes[i]);
        }
    });
    return all;
}

} // namespace iovp::validation
