#pragma once

#include "oracle.h"

namespace iovp::oracle {

/// A PCIe ATS Translation Request, full ATS of one stream (3.9.1, 13.7).
struct ats_question {
    access what; ///< StreamID, PASID, address, Priv
    bool no_write = false, execute = false;
};

struct ats_answer {
    enum class status : std::uint8_t { success, unsupported, abort };
    status end = status::abort;
    bool bad_request = false; ///< F_BAD_ATS_TREQ is recorded
    bool r = false, w = false, x = false, privileged = false;
    bool w_free = false; ///< NW: W may be granted, or not
    bool anything = false;
    std::uint64_t address = 0; ///< of the byte asked for
    unsigned page_log2 = 64;   ///< the most that the completion may cover
    unsigned stu_log2 = 12;
};

std::string describe(const ats_answer& t);

/// From what ordinary transactions with the same properties would meet; `m` changes where hardware updates descriptors.
ats_answer ats_translate(const machine& hw, memory& m, const ats_question& q);

/// 3.9.1.3: a transaction marked Translated, its address a PA. `atschk`: CR0.ATSCHK.
verdict translated_transaction(const machine& hw, const memory& m, access a, bool atschk);

} // namespace iovp::oracle
