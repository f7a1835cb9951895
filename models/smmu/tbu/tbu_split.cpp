#include "smmu/tbu/tbu.h"

#include <algorithm>

// Bursts that are cut, at the pages that they translate to or at 4 KiB.
namespace iovp::smmu {

using sc_core::sc_time;

// A burst within its page goes down as it is.
void tbu::transport_split(passage& p, sc_time& delay, bool approximately)
{
    tlm::tlm_generic_payload& trans = *p.trans;
    const unsigned footprint = std::min(trans.get_data_length(), trans.get_streaming_width());
    if (footprint <= room(trans.get_address(), p.step.page_size_log2)) {
        depart(p);
        forward(trans, *trans.get_extension<attributes>(), p.step, delay);
    } else if (trans.get_streaming_width() < trans.get_data_length()) {
        trans.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE); // data for one address cannot be split
    } else {
        transport_pieces(p, delay, approximately);
    }
}

// One transaction per page, in address order, in the style of the burst; the first that fails ends it.
void tbu::transport_pieces(passage& p, sc_time& delay, bool approximately)
{
    request r = p.waits->what;
    step s = p.step;
    const unsigned length = p.trans->get_data_length();
    tlm::tlm_response_status status = tlm::TLM_OK_RESPONSE;
    for (unsigned done = 0;;) {
        const auto size =
            static_cast<unsigned>(std::min<std::uint64_t>(length - done, room(r.address, s.page_size_log2)));
        burst_piece& piece = pieces_.take();
        piece.cut(*p.trans, done, size);
        done += size;
        piece.way = &p;
        piece.last = done == length;
        if (approximately && s.forward) {
            transact(piece, s, delay);
        } else {
            if (piece.last)
                depart(p);
            forward(piece.payload, piece.with, s, delay);
        }
        status = piece.payload.get_response_status();
        burst_pieces::release(piece);
        if (status != tlm::TLM_OK_RESPONSE || done == length)
            break;
        r.address = p.trans->get_address() + done;
        s = find(p, r, delay);
    }
    p.trans->set_response_status(status);
}

} // namespace iovp::smmu
