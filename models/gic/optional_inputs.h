#pragma once

#include <memory>
#include <systemc>

namespace iovp::gic {

/// Interrupt wires that nobody needs to bind: an unbound input reads low. Call bind_unused() in
/// before_end_of_elaboration().
class optional_inputs {
public:
    void bind_unused(sc_core::sc_vector<sc_core::sc_in<bool>>& inputs)
    {
        for (auto& input : inputs) {
            if (input.bind_count() != 0)
                continue;
            if (!low_)
                low_ = std::make_unique<sc_core::sc_signal<bool>>(sc_core::sc_gen_unique_name("unused"));
            input.bind(*low_);
        }
    }

private:
    std::unique_ptr<sc_core::sc_signal<bool>> low_;
};

} // namespace iovp::gic
