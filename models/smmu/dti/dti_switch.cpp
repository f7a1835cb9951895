#include "smmu/dti/dti_switch.h"

#include "common/latency_record.h"
#include "common/systemc/time.h"
#include "smmu/dti/message_size.h"

#include <utility>

namespace iovp::smmu {

using namespace dti;
using sc_core::sc_time;

class dti_switch::branch : public to_tbu {
public:
    branch(dti_switch& owner, to_tbu& tbu, unsigned index, unsigned input)
        : owner_(owner)
        , tbu_(tbu)
        , index_(index)
        , input_(input)
    {
    }

    void attach(unsigned link) override
    {
        owner_.first_ = link - index_; // the TCU numbers the ends of a link in order
        tbu_.attach(link);
    }
    const link_parameters& link() const override { return tbu_.link(); }
    void invalidate(const invalidate_request& r) override
    {
        owner_.towards_tbu(input_, message_size::inv_req, [this, r] { tbu_.invalidate(r); });
    }
    void sync() override
    {
        owner_.towards_tbu(input_, message_size::sync_req, [this] { tbu_.sync(); });
    }
    void release(const stall_release& r) override
    {
        owner_.towards_tbu(input_, message_size::stall_release, [this, r] { tbu_.release(r); });
    }

private:
    dti_switch& owner_;
    to_tbu& tbu_;
    const unsigned index_;
    const unsigned input_;
};

dti_switch::dti_switch(sc_core::sc_module_name name, const parameters& p)
    : sc_module(name)
    , tbus("tbus")
    , dti("dti")
    , parameters_((p.check(this->name()), p))
    , courier_("courier")
    , arbiter_("arbiter")
{
    tbus.bind(static_cast<to_tcu&>(*this));
    dti.bind(static_cast<to_tbu&>(*this));
}

dti_switch::~dti_switch() = default;

std::vector<to_tbu*> dti_switch::ends()
{
    std::vector<to_tbu*> all;
    arbiter_.inputs(static_cast<unsigned>(tbus.size()));
    for (int i = 0; i < tbus.size(); ++i) {
        const auto input = static_cast<unsigned>(i);
        links_.push_back(std::make_unique<dti::link>(tbus[i]->link()));
        for (to_tbu* end : tbus[i]->ends()) {
            branches_.push_back(std::make_unique<branch>(*this, *end, static_cast<unsigned>(branches_.size()), input));
            inputs_.push_back(input);
            all.push_back(branches_.back().get());
        }
    }
    return all;
}

void dti_switch::towards_tcu(unsigned tbu, unsigned bytes, std::function<void()> send)
{
    sc_time delay;
    link_of(tbu).send(direction::to_tcu, bytes, delay);
    courier_.after(delay + crossing(), [this, tbu, bytes, send = std::move(send)] {
        arbiter_.request(input_of(tbu), parameters_.link.occupation(bytes), send);
    });
}

void dti_switch::towards_tbu(unsigned input, unsigned bytes, std::function<void()> arrive)
{
    sc_time delay = crossing();
    links_[input]->send(direction::to_tbu, bytes, delay);
    courier_.after(delay, std::move(arrive));
}

connect_acknowledge dti_switch::connect(unsigned tbu, const connect_request& r)
{
    return dti->connect(tbu, r);
}

void dti_switch::disconnect(unsigned tbu)
{
    dti->disconnect(tbu);
}

void dti_switch::translate(unsigned tbu, const translation_request& r, translation_response& response, sc_time& delay)
{
    wait(delay);
    delay = sc_core::SC_ZERO_TIME;
    bool sent = false;
    sc_core::sc_event sending;
    towards_tcu(tbu, message_size::trans_req, [&] {
        sent = true;
        sending.notify();
    });
    while (!sent)
        wait(sending);
    dti->translate(tbu, r, response, delay);
    delay += crossing();
    link_of(tbu).send(direction::to_tbu, response.bytes(), delay);
    if (r.latency)
        r.latency->until(local_ps(delay), stage::dti_response);
}

void dti_switch::invalidate_acknowledge(unsigned tbu)
{
    towards_tcu(tbu, message_size::inv_ack, [this, tbu] { dti->invalidate_acknowledge(tbu); });
}

void dti_switch::sync_acknowledge(unsigned tbu)
{
    towards_tcu(tbu, message_size::sync_ack, [this, tbu] { dti->sync_acknowledge(tbu); });
}

outcome dti_switch::translate_functional(const request& r)
{
    return dti->translate_functional(r);
}

} // namespace iovp::smmu
