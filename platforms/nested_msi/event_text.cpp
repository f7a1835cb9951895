#include "event_text.h"

#include <fmt/format.h>

#include <utility>

namespace iovp::nested_msi {

namespace {

constexpr std::pair<unsigned, const char*> names[] = {
    {0x01, "F_UUT"},          {0x02, "C_BAD_STREAMID"},    {0x03, "F_STE_FETCH"},        {0x04, "C_BAD_STE"},
    {0x05, "F_BAD_ATS_TREQ"}, {0x06, "F_STREAM_DISABLED"}, {0x07, "F_TRANSL_FORBIDDEN"}, {0x08, "C_BAD_SUBSTREAMID"},
    {0x09, "F_CD_FETCH"},     {0x0a, "C_BAD_CD"},          {0x0b, "F_WALK_EABT"},        {0x10, "F_TRANSLATION"},
    {0x11, "F_ADDR_SIZE"},    {0x12, "F_ACCESS"},          {0x13, "F_PERMISSION"},       {0x20, "F_TLB_CONFLICT"},
    {0x21, "F_CFG_CONFLICT"}, {0x24, "E_PAGE_REQUEST"},    {0x25, "F_VMS_FETCH"}};

unsigned number(const event_words& w)
{
    return static_cast<unsigned>(w[0] & 0xff);
}

bool has_class(const event_words& w)
{
    return number(w) >= 0x0b && number(w) <= 0x13;
}

} // namespace

std::string event_name(const event_words& words)
{
    for (const auto& [n, name] : names)
        if (n == number(words))
            return name;
    return fmt::format("event {:#04x}", number(words));
}

std::string event_text(const event_words& words)
{
    std::string text = fmt::format("{} StreamID {:#x}", event_name(words), words[0] >> 32);
    if (!has_class(words))
        return text;
    static constexpr const char* classes[] = {"CD", "TTD", "IN", "reserved"};
    const bool stage2 = (words[1] >> 39 & 1) != 0;
    text += fmt::format(" S2={} CLASS={} {} InputAddr={:#x}", stage2 ? 1 : 0, classes[words[1] >> 40 & 3],
                        (words[1] >> 35 & 1) != 0 ? "read" : "write", words[2]);
    if (number(words) == 0x0b)
        text += fmt::format(" FetchAddr={:#x}", words[3]);
    else if (stage2)
        text += fmt::format(" IPA={:#x}", words[3]);
    return text;
}

} // namespace iovp::nested_msi
