#pragma once

#include "common/latency_record.h"
#include "common/set_associative.h"
#include "common/systemc/attributes.h"
#include "smmu/dti/ats.h"

#include <cstdint>
#include <optional>
#include <set>
#include <systemc>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

namespace iovp::dma {

/// A device's Address Translation Cache (PCIe ATS): asks the TCU for translations, keeps them, and sends Translated
/// transactions to the TBU. Fully associative, least recently used. Loosely timed; its own look-up takes no time.
/// Requests for one page are not merged; PRI is not used: what has no permission ends with an error.
class translation_cache : public sc_core::sc_module, private smmu::dti::ats_to_root_complex {
public:
    struct parameters {
        unsigned entries = 64;           ///< 1..65536; assumed
        smmu::dti::link_parameters link; ///< to the TCU
    };
    struct statistics {
        std::uint64_t lookups = 0; ///< one for each page of a transaction
        std::uint64_t hits = 0;
        std::uint64_t requests = 0;      ///< Translation Requests
        std::uint64_t invalidations = 0; ///< Invalidate Requests
    };

    tlm_utils::simple_target_socket<translation_cache, 64> device;        ///< untranslated, with iovp::attributes; LT
    tlm_utils::simple_initiator_socket<translation_cache, 64> downstream; ///< to a TBU: Translated
    smmu::dti::ats_manager_socket ats;                                    ///< to the TCU

    translation_cache(const sc_core::sc_module_name& name, const parameters& p);

    /// Every Translation Request begun from now on gets a record of kind ats here; null: none. Not owned.
    void set_latency_log(latency_log* log) { log_ = log; }
    const statistics& counts() const { return statistics_; }

private:
    struct entry {
        bool valid = false;
        stream_id stream;
        std::optional<substream_id> substream;
        std::uint64_t address = 0; ///< untranslated, of the range
        std::uint64_t output = 0;
        std::uint8_t size_log2 = 0;
        bool read = false;
        bool write = false;

        bool serves(const transaction_attributes& a, std::uint64_t at, bool writing) const;
        std::uint64_t last() const { return address + (std::uint64_t(1) << size_log2) - 1; }
    };

    void b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay);
    std::optional<entry> translate(const transaction_attributes& a, std::uint64_t address, bool write,
                                   sc_core::sc_time& delay);
    smmu::ats_completion ask(const smmu::ats_request& r, sc_core::sc_time& delay);

    // smmu::dti::ats_to_root_complex
    const smmu::dti::link_parameters& link() const override { return parameters_.link; }
    bool serves(stream_id stream) const override { return streams_.count(stream.value()) != 0; }
    void invalidate(const smmu::dti::ats_invalidate_request& r) override;
    void respond(const smmu::page_response&) override {}

    const parameters parameters_;
    set_associative<entry, least_recently_used> entries_;
    std::set<std::uint32_t> streams_; ///< whose transactions have come
    statistics statistics_;
    latency_log* log_ = nullptr;
};

} // namespace iovp::dma
