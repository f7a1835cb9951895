#include "common/systemc/time.h"
#include "smmu/tbu/tbu.h"

// The TBU in the approximately timed style: a hit goes through in the calls of the protocol, whatever may wait gets a
// thread, which runs the code of the loosely timed style.
namespace iovp::smmu {

using sc_core::sc_time;

// Downstream a payload needs attributes: those of the defaults where it has none.
void tbu::lend(bridge::hop& h)
{
    h.data.with = h.trans->get_extension<attributes>();
    if (h.data.with)
        return;
    h.data.lent.copy_from(attributes());
    h.trans->set_extension(&h.data.lent);
    h.data.with = &h.data.lent;
}

void tbu::take_back(bridge::hop& h)
{
    if (h.data.with == &h.data.lent)
        h.trans->clear_extension(&h.data.lent);
}

void tbu::arrived(bridge::hop& h, const sc_time& arrival)
{
    sc_time delay = arrival;
    lend(h);
    passage& p = h.data.way = begin(*h.trans, delay);
    if (straight(p)) {
        at_.forward(h, 0, delay);
        return;
    }
    hold_up(p, h.data.places);
    h.data.delay = sc_core::sc_time_stamp() + delay;
    workers_.run(h);
}

void tbu::work(bridge::hop& h)
{
    passage& p = h.data.way;
    sc_time delay = h.data.delay - sc_core::sc_time_stamp();
    get_in(p, delay);
    at_.accept(h);
    translate_first(p, delay);
    const unsigned footprint = std::min(h.trans->get_data_length(), h.trans->get_streaming_width());
    if (p.step.forward && footprint <= room(h.trans->get_address(), p.step.page_size_log2)) {
        at_.forward(h, 0, delay);
        return;
    }
    transport_split(p, delay, true);
    depart(p);
    finished(p.group, delay);
    take_back(h);
    at_.respond(h, delay);
}

// Until its response.
void tbu::transact(burst_piece& piece, const step& s, sc_time& delay)
{
    piece.step = s;
    bridge::hop& h = at_.own(piece.payload);
    h.data.piece = &piece;
    piece.under_way = true;
    at_.forward(h, 0, delay); // its response comes later, or in this call
    while (piece.under_way)
        wait(piece.ended);
    delay = piece.end > sc_core::sc_time_stamp() ? piece.end - sc_core::sc_time_stamp() : sc_core::SC_ZERO_TIME;
}

void tbu::departing(bridge::hop& h, const sc_time& delay)
{
    burst_piece* const piece = h.data.piece;
    passage& p = piece ? *piece->way : h.data.way;
    const step& s = piece ? piece->step : p.step;
    if (!piece || piece->last)
        depart(p);
    if (p.latency) {
        p.latency->until(local_ps(delay), stage::tbu_wait); // for the link downstream
        describe(*p.latency, s);
    }
    h.data.changed.change(*h.trans, piece ? piece->with : *h.data.with, s.out);
}

void tbu::returned(bridge::hop& h, const sc_time& delay)
{
    if (burst_piece* const piece = std::exchange(h.data.piece, nullptr)) {
        h.data.changed.put_back(*h.trans, piece->with);
        piece->end = sc_core::sc_time_stamp() + delay;
        piece->under_way = false;
        piece->ended.notify();
        return;
    }
    h.data.changed.put_back(*h.trans, *h.data.with);
    take_back(h);
    if (!dmi_possible())
        h.trans->set_dmi_allowed(false);
    finished(h.data.way.group, delay);
}

} // namespace iovp::smmu
