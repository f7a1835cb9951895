#include "smmu/tbu/tbu.h"

// Prefetch: a translation is asked for before the transaction that needs it comes. The request is a speculative read
// (3.14). Whatever goes wrong with it ends here: a transaction that needs the page asks for itself.
namespace iovp::smmu {

using sc_core::sc_time;

/// What a prefetch brought is looked up for the first time.
void tbu::use_prefetched(const tlb_line& line, std::uint64_t key, const sc_time& delay)
{
    line.prefetched = false;
    ++statistics_.prefetches_used;
    if (auto* const s = prefetcher_.used(key, line.page, line.size_log2))
        begin_prefetch(*s, delay);
}

/// A transaction has got its translation from the TCU.
void tbu::follow(std::uint64_t key, const request& r, const translated& t)
{
    const std::uint64_t input = t.context.lookup_address(r.address);
    if (auto* const s = prefetcher_.missed(key, r, input, t.entry.page_size_log2))
        begin_prefetch(*s, sc_core::SC_ZERO_TIME);
}

void tbu::begin_prefetch(prefetcher::sequence& s, const sc_time& delay)
{
    s.under_way = true;
    s.begins = sc_core::sc_time_stamp() + delay;
    prefetch_workers_.run(s);
}

/// Not what is known or asked for already; of streams that translate.
bool tbu::worth_prefetching(const prefetcher::sequence& s) const
{
    const stream_context* const context = streams_.peek(s.key);
    if (!context || !context->translates || main_tlb_.peek(packed_tag::of(context->tag_of(s.what)), s.input))
        return false;
    const std::uint64_t page = s.what.address >> 12;
    return std::none_of(flights_.begin(), flights_.end(),
                        [&](const flight& f) { return f.used && f.key == s.key && f.page == page; });
}

void tbu::prefetch(prefetcher::sequence& s)
{
    if (s.begins > sc_core::sc_time_stamp())
        wait(s.begins - sc_core::sc_time_stamp());
    if (worth_prefetching(s)) {
        // The last token is for a transaction.
        if (flights_used_ + 1 < tokens_)
            ask_ahead(s);
        else
            ++statistics_.prefetches_withheld;
    }
    s.under_way = false;
}

void tbu::ask_ahead(const prefetcher::sequence& s)
{
    ++statistics_.prefetches;
    unsigned group = 0;
    enter(group); // 3.21.1: an invalidation is complete when the walks that it may have met are, prefetches too
    flight& mine = take_token(s.key, s.what.address >> 12);
    const std::uint64_t invalidations_before = invalidations_;
    dti::translation_request question;
    question.translation_id = translation_id(mine);
    question.what = s.what;
    question.speculative = true;
    dti::translation_response answer;
    sc_time delay;
    dti->translate(link_, question, answer, delay);
    wait(delay);
    give_back(mine);
    leave(group);

    const auto* const t = std::get_if<translated>(&answer.result);
    if (!t || answer.do_not_cache || invalidations_ != invalidations_before || !worth_prefetching(s)) {
        ++statistics_.prefetches_dropped;
        return;
    }
    // Not in the micro-TLB: the first look-up must come here to be seen.
    tlb_line line = tlb_line::from(t->context.tag, t->entry);
    line.prefetched = true;
    main_tlb_.insert(line);
}

} // namespace iovp::smmu
