#pragma once

#include "bench.h"

#include <deque>
#include <functional>
#include <string>

namespace iovp::test {

/// A TBU of a few lines on a DTI socket: writes down what it hears and when.
struct fake_tbu : sc_core::sc_module, smmu::dti::to_tbu {
    struct message {
        char what; ///< i, s, r
        double ns;
        bool operator==(const message& m) const { return what == m.what && ns == m.ns; }
    };

    smmu::dti::manager_socket socket{"socket"};
    smmu::dti::link_parameters parameters;
    unsigned number = 99;
    bool answers = true; ///< acknowledges invalidations and syncs at once
    std::vector<message> heard;
    smmu::dti::stall_release last_release;

    fake_tbu(sc_core::sc_module_name name, const smmu::dti::link_parameters& p = {})
        : sc_module(name)
        , parameters(p)
    {
        socket.bind(static_cast<smmu::dti::to_tbu&>(*this));
    }
    void hear(char what) { heard.push_back({what, sc_core::sc_time_stamp() / sc_core::sc_time(1, sc_core::SC_NS)}); }
    void attach(unsigned link) override { number = link; }
    const smmu::dti::link_parameters& link() const override { return parameters; }
    void invalidate(const smmu::dti::invalidate_request&) override
    {
        hear('i');
        if (answers)
            socket->invalidate_acknowledge(number);
    }
    void sync() override
    {
        hear('s');
        if (answers)
            socket->sync_acknowledge(number);
    }
    void release(const smmu::dti::stall_release& r) override
    {
        hear('r');
        last_release = r;
    }
    unsigned connect(unsigned tokens) { return socket->connect(number, {tokens}).tokens; }

    /// Asks from a thread of its own, `after` ns from now; `arrived` becomes the time of the answer, from now.
    struct question {
        double arrived = -1;
        smmu::dti::translation_response answer;
        std::unique_ptr<latency_record> record;
    };
    void ask(question& q, std::uint32_t sid, std::uint64_t address, double after = 0)
    {
        const sc_core::sc_time zero = sc_core::sc_time_stamp();
        sc_core::sc_spawn([this, &q, sid, address, after, zero] {
            sc_core::wait(after, sc_core::SC_NS);
            q.record =
                std::make_unique<latency_record>(latency_record::kind::dma_read, to_ps(sc_core::sc_time_stamp()));
            smmu::dti::translation_request r;
            r.what.stream = stream_id(sid);
            r.what.address = address;
            r.latency = q.record.get();
            sc_core::sc_time delay;
            socket->translate(number, r, q.answer, delay);
            sc_core::wait(delay);
            q.arrived = (sc_core::sc_time_stamp() - zero) / sc_core::sc_time(1, sc_core::SC_NS);
            EXPECT_EQ(q.record->end(), to_ps(sc_core::sc_time_stamp()));
        });
    }
    double ask(std::uint32_t sid, std::uint64_t address)
    {
        question q;
        ask(q, sid, address);
        sc_core::wait(2, sc_core::SC_US);
        return q.arrived;
    }
};

inline std::ostream& operator<<(std::ostream& out, const fake_tbu::message& m)
{
    return out << m.what << " at " << m.ns;
}

/// One TCU, memory with 10 ns, and TBUs of the test's own, bound by it to `tcu.dti`.
struct dti_bench : bench_base {
    explicit dti_bench(const smmu::tcu::parameters& p = {})
        : bench_base(p)
    {
    }

    /// From the write of CMDQ_PROD to the time at which the commands pushed are consumed, in ns, one by one. The write
    /// takes 4 cycles; a command's read 10 ns and its decoding 4 cycles.
    std::vector<double> run_commands(unsigned count)
    {
        const sc_core::sc_time zero = sc_core::sc_time_stamp();
        std::vector<double> at;
        ring();
        for (unsigned i = 0; i < count; ++i) {
            sc_core::wait(tcu.commands().consumed());
            at.push_back((sc_core::sc_time_stamp() - zero) / sc_core::sc_time(1, sc_core::SC_NS));
        }
        return at;
    }
    static constexpr double before_first = 4 + 10 + 4; ///< up to the execution of the first command
    static constexpr double before_next = 10 + 4;
};

} // namespace iovp::test
