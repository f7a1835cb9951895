// The TCU's half of the PCIe services: 3.9.1, 4.5, chapter 8.

#include "smmu/tcu/tcu.h"

#include "common/latency_record.h"
#include "common/systemc/time.h"
#include "smmu/arch/ats.h"
#include "smmu/dti/message_size.h"
#include "smmu/tcu/walker.h"

namespace iovp::smmu {

using sc_core::sc_time;

void tcu::ats_translate(const ats_request& r, latency_record* latency, ats_completion& completion, sc_time& delay)
{
    const bool own_record = !latency && log_;
    if (own_record) {
        latency = log_->begin(latency_record::kind::ats, local_ps(delay));
        latency->stream = r.stream;
        latency->substream = r.substream;
        latency->iova = virtual_address(r.address);
    }
    const auto spent = [&](stage s) {
        if (latency)
            latency->until(local_ps(delay), s);
    };
    ats_service_.send(dti::direction::to_tcu, r.stream, dti::message_size::ats_trans_req, delay);
    spent(stage::dti_request);
    wait(delay);
    delay = sc_core::SC_ZERO_TIME;
    const std::uint64_t number = ats_service_.begin();
    slots_.acquire(delay);
    spent(stage::tcu_wait);
    {
        pmu(pmu_event::transaction, pmu_origin{r.stream});
        pmu(pmu_event::ats_request, pmu_origin{r.stream});
        walker w(*this, latency, delay, {r.stream});
        const control registers_now = frame_.translation_control();
        const translation_context context{parameters_.feature, registers_now, w, w, w};
        completion = translation_request(context, r);
        wait(delay);
        delay = sc_core::SC_ZERO_TIME;
        w.keep();
    }
    slots_.release();
    if (completion.event)
        events_.record(*completion.event, completion.mev);
    spent(stage::tcu);
    ats_service_.end(number);
    const bool fault = completion.status != ats_status::success;
    ats_service_.send(dti::direction::to_tbu, r.stream,
                      fault ? dti::message_size::ats_trans_fault : dti::message_size::ats_trans_resp, delay);
    spent(stage::dti_response);
    if (!latency)
        return;
    latency->aborted = fault;
    latency->page_size_log2 = completion.size_log2;
    if (own_record)
        latency->close();
}

void tcu::ats_invalidated(std::uint32_t id, dti::ats_invalidation_result result)
{
    ats_service_.acknowledge(id, result);
}

void tcu::page_requested(const page_request& r)
{
    sc_time delay;
    ats_service_.send(dti::direction::to_tcu, r.stream, dti::message_size::ats_page_req, delay);
    page_requests_.take(r, sc_core::sc_time_stamp() + delay);
}

// 6.3.9.6: with SMMUEN == 0 the ATS interface is not operational, the commands of 4.5 are IGNORED.
void tcu::atc_invalidate(const command& c)
{
    if (frame_.translation_control().enabled)
        ats_service_.invalidate(c);
}

void tcu::page_response_command(const command& c)
{
    if (!frame_.translation_control().enabled)
        return;
    page_response r;
    r.stream = c.stream;
    if (c.ssv)
        r.substream = c.substream;
    r.prg_index = c.prg_index;
    r.code = c.response;
    ats_service_.respond(r);
}

bool tcu::atc_invalidations_complete()
{
    return ats_service_.wait_invalidated();
}

void tcu::respond(const page_response& r)
{
    ats_service_.respond(r);
}

// 8.1: the STE of a Page Request with a PASID.
std::optional<bool> tcu::response_has_pasid(stream_id stream)
{
    sc_time delay;
    walker w(*this, nullptr, delay, {stream});
    w.pmu.not_incoming();
    const control registers_now = frame_.translation_control();
    const translation_context context{parameters_.feature, registers_now, w, w, w};
    request r;
    r.stream = stream;
    const auto found = find_ste(context, r);
    wait(delay);
    w.keep();
    if (const auto* s = std::get_if<ste>(&found))
        return ste::ppar::of(s->words) != 0;
    const auto& failed = std::get<terminated>(found);
    if (failed.event && parameters_.feature.ats_record_errors && cr2::rec_cfg_ats::get(registers_now.cr2))
        events_.record(*failed.event, failed.mev);
    return std::nullopt;
}

} // namespace iovp::smmu
