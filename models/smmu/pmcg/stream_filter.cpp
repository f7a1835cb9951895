#include "smmu/pmcg/stream_filter.h"

#include "smmu/pmcg/registers.h"

namespace iovp::smmu {

stream_filter::stream_filter(std::uint32_t evtyper, std::uint32_t smr, const pmcg_features& f, bool secure_observation)
    : wanted_(smr & f.stream_id_mask())
    , implemented_(f.stream_id_mask())
{
    const bool span = pmcg_evtyper::filter_sid_span::get(evtyper);
    const bool observes_secure = f.secure_impl && secure_observation;
    if (span && wanted_ == implemented_) {
        // AllSIDManySECSID
        ignored_ = implemented_;
        non_secure_ = true;
        secure_ = observes_secure;
        return;
    }
    // PartialSID: the lowest zero and the ones below it. With the zero in the highest bit it is AllSIDOneSECSID.
    if (span)
        ignored_ = wanted_ ^ (wanted_ + 1);
    secure_ = observes_secure && pmcg_evtyper::filter_sec_sid::get(evtyper);
    non_secure_ = !secure_;
}

bool stream_filter::matches(const pmu_origin& from) const
{
    if (!(from.sec_sid == security_state::secure ? secure_ : non_secure_))
        return false;
    return ((from.stream.value() ^ wanted_) & implemented_ & ~ignored_) == 0;
}

} // namespace iovp::smmu
