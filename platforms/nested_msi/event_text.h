#pragma once

#include "expectation.h"

#include <string>

namespace iovp::nested_msi {

/// "F_TRANSLATION StreamID 0x1100 S2=1 CLASS=IN write InputAddr=0x8000040 IPA=0x8000000": an event record for people,
/// by the layouts of IHI 0070 7.3. An event number that is not in 7.3 is given as a number.
std::string event_text(const event_words& words);

/// The record's name alone.
std::string event_name(const event_words& words);

} // namespace iovp::nested_msi
