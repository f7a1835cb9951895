#pragma once

#include "smmu/arch/translate.h"

#include <cstdint>
#include <optional>

namespace iovp::smmu {

/// A PCIe ATS Translation Request of a Non-secure stream (3.9.1, 13.7).
struct ats_request {
    stream_id stream;
    std::optional<substream_id> substream; ///< PASID; without it `execute` and `privileged` count as false
    std::uint64_t address = 0;             ///< untranslated address
    bool no_write = false;                 ///< NW: the device does not ask for write permission
    bool execute = false;                  ///< Exe: it asks for execute permission
    bool privileged = false;               ///< Priv
    std::uint8_t span = 1;                 ///< STUs asked for, 1..255; the completion holds one translation
};

/// Status of a Translation Completion (3.9.1.2).
enum class ats_status : std::uint8_t {
    success,
    unsupported_request, ///< UR: ATS is disabled for the stream
    completer_abort      ///< CA: configuration error or external abort
};

/// A Translation Completion with its Data Entry. Global, N and U are always 0 (3.9.1, 13.6.2.1, 13.6.4).
struct ats_completion {
    ats_status status = ats_status::completer_abort;
    std::uint64_t address = 0;         ///< PA, or IPA of split-stage ATS; aligned to the size; 0 without access
    std::uint8_t size_log2 = 0;        ///< of the translated range; the STU where there is no access
    bool read = false;                 ///< R; R and W false: no access
    bool write = false;                ///< W
    bool execute = false;              ///< Exe
    bool privileged = false;           ///< Priv, as in the request
    std::optional<event_record> event; ///< to be recorded
    bool mev = false;                  ///< STE.MEV

    /// The Data Entry as PCIe encodes it: address and S (bit 11), N 10, Global 5, Priv 4, Exe 3, U 2, W 1, R 0.
    std::uint64_t data_entry() const;
};

/// log2 of the smallest translation unit: the smallest granule that is implemented (3.9.1 STU).
unsigned smallest_translation_unit_log2(const features& f);

/// 3.9.1.2, 13.6, 13.7.1: answers a Translation Request. Hardware updates of translation tables are made by 3.13.7.1:
/// the access flag where anything is granted, dirty state where write permission is granted and was asked for.
ats_completion translation_request(const translation_context& context, const ats_request& r);

/// 3.9.1.3: what becomes of a transaction marked Translated: F_TRANSL_FORBIDDEN, passed on with its address as a PA
/// (the alternative `bypassed`), or translated by stage 2 alone. No such outcome may serve other transactions.
outcome translated_transaction(const translation_context& context, const request& r);

} // namespace iovp::smmu
