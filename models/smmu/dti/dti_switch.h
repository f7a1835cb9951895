#pragma once

#include "smmu/dti/courier.h"
#include "smmu/dti/link.h"
#include "smmu/dti/round_robin.h"
#include "smmu/dti/sockets.h"
#include "smmu/dti/switch_parameters.h"

#include <functional>
#include <memory>
#include <systemc>
#include <vector>

namespace iovp::smmu {

/// Several TBUs (or switches) on one link to the TCU. Stores nothing: a message waits where it comes from until the
/// next link takes it. See models/smmu/README.md.
class dti_switch : public sc_core::sc_module, private dti::to_tcu, private dti::to_tbu {
public:
    using parameters = dti::switch_parameters;

    dti::subordinate_socket tbus; ///< 1 to 62 TBUs or switches
    dti::manager_socket dti;      ///< to a TCU or another switch

    dti_switch(sc_core::sc_module_name name, const parameters& p);
    ~dti_switch() override;

    const parameters& configuration() const { return parameters_; }

private:
    class branch; ///< a TBU as the TCU sees it

    unsigned input_of(unsigned tbu) const { return inputs_[tbu - first_]; }
    dti::link& link_of(unsigned tbu) { return *links_[input_of(tbu)]; }
    sc_core::sc_time crossing() const { return parameters_.clock_period * parameters_.cycles; }
    /// From a TBU, leaving it now: `send` is called when the link towards the TCU takes the message.
    void towards_tcu(unsigned tbu, unsigned bytes, std::function<void()> send);
    /// To a TBU, arriving in the switch now: `arrive` is called when the message is there.
    void towards_tbu(unsigned input, unsigned bytes, std::function<void()> arrive);

    // dti::to_tcu, by the TCU's numbers of the TBUs
    dti::connect_acknowledge connect(unsigned tbu, const dti::connect_request& r) override;
    void disconnect(unsigned tbu) override;
    void translate(unsigned tbu, const dti::translation_request& r, dti::translation_response& response,
                   sc_core::sc_time& delay) override;
    void invalidate_acknowledge(unsigned tbu) override;
    void sync_acknowledge(unsigned tbu) override;
    outcome translate_functional(const request& r) override;

    // dti::to_tbu: the switch itself is nobody; its branches are
    void attach(unsigned) override {}
    const dti::link_parameters& link() const override { return parameters_.link; }
    std::vector<dti::to_tbu*> ends() override;
    void invalidate(const dti::invalidate_request&) override {}
    void sync() override {}
    void release(const dti::stall_release&) override {}

    const parameters parameters_;
    dti::courier courier_;
    dti::round_robin arbiter_;                      ///< of the link towards the TCU
    std::vector<std::unique_ptr<dti::link>> links_; ///< by socket index
    std::vector<std::unique_ptr<branch>> branches_; ///< by TBU, from first_ on
    std::vector<unsigned> inputs_;                  ///< each one's socket index
    unsigned first_ = 0;                            ///< the TCU's number of the first TBU
};

} // namespace iovp::smmu
