#pragma once

#include <deque>
#include <functional>
#include <systemc>
#include <utility>
#include <vector>

namespace iovp::smmu::dti {

/// An output that serves one message at a time, and the inputs that ask for it: of those that wait when it becomes free
/// the one after the last served goes next; messages of one input stay in order.
class round_robin : public sc_core::sc_module {
public:
    round_robin(sc_core::sc_module_name name);

    void inputs(unsigned count) { waiting_.resize(count); }

    /// The output is to be taken for `duration`; `granted` is called when it is, in a method process.
    void request(unsigned input, sc_core::sc_time duration, std::function<void()> granted);

private:
    void arbitrate();

    std::vector<std::deque<std::pair<sc_core::sc_time, std::function<void()>>>> waiting_;
    std::size_t next_ = 0;   ///< the input that is asked first
    sc_core::sc_time free_;  ///< when the output is free again
    bool collected_ = false; ///< all who ask at this time have asked
    sc_core::sc_event requested_;
};

} // namespace iovp::smmu::dti
