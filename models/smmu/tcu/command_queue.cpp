#include "smmu/tcu/command_queue.h"

#include "common/systemc/time.h"
#include "smmu/arch/queue.h"

#include <algorithm>
#include <utility>

namespace iovp::smmu {

static constexpr unsigned command_bytes = 16;
static constexpr unsigned cmdq_err = 0;
static constexpr std::size_t most_doorbells = 1024; // that nothing consumes: later commands begin when they are read
static constexpr unsigned msi_cmdq_abt_err = 4;

std::optional<dti::invalidate_request> invalidation_of(const command& c, bool e2h)
{
    dti::invalidate_request r;
    switch (c.code) {
    case opcode::cfgi_ste: r.what = dti::invalidation::config_stream; break;
    case opcode::cfgi_ste_range:
        r.what = c.range >= 31 ? dti::invalidation::config_all : dti::invalidation::config_range;
        break;
    case opcode::cfgi_cd: r.what = dti::invalidation::config_substream; break;
    case opcode::cfgi_cd_all: r.what = dti::invalidation::config_stream; break; // the STE too: permitted by 4.3
    case opcode::tlbi_nh_all: r.what = dti::invalidation::nh_all; break;
    case opcode::tlbi_nh_asid: r.what = dti::invalidation::nh_asid; break;
    case opcode::tlbi_nh_va: r.what = dti::invalidation::nh_va; break;
    case opcode::tlbi_nh_vaa: r.what = dti::invalidation::nh_vaa; break;
    case opcode::tlbi_el2_all: r.what = dti::invalidation::el2_all; break;
    case opcode::tlbi_el2_asid: r.what = dti::invalidation::el2_asid; break;
    case opcode::tlbi_el2_va: r.what = dti::invalidation::el2_va; break;
    case opcode::tlbi_el2_vaa: r.what = dti::invalidation::el2_vaa; break;
    case opcode::tlbi_s12_vmall: r.what = dti::invalidation::s12_vmall; break;
    case opcode::tlbi_s2_ipa: r.what = dti::invalidation::s2_ipa; break;
    case opcode::tlbi_nsnh_all: r.what = dti::invalidation::nsnh_all; break;
    case opcode::tlbi_el3_all: r.what = dti::invalidation::el3_all; break;
    case opcode::tlbi_el3_va: r.what = dti::invalidation::el3_va; break;
    case opcode::tlbi_s_el2_all: r.what = dti::invalidation::el2_all; break;
    case opcode::tlbi_s_el2_asid: r.what = dti::invalidation::el2_asid; break;
    case opcode::tlbi_s_el2_va: r.what = dti::invalidation::el2_va; break;
    case opcode::tlbi_s_el2_vaa: r.what = dti::invalidation::el2_vaa; break;
    case opcode::tlbi_s_s12_vmall: r.what = dti::invalidation::s12_vmall; break;
    case opcode::tlbi_s_s2_ipa: r.what = dti::invalidation::s2_ipa; break;
    case opcode::tlbi_snh_all: r.what = dti::invalidation::nsnh_all; break;
    default: return std::nullopt;
    }
    r.stream = c.stream;
    r.substream = c.substream;
    r.range = c.range;
    r.vm = c.vm;
    r.space = c.space;
    r.address = c.address;
    r.span = c.span();
    r.leaf = c.leaf;
    r.e2h = e2h;
    r.secure = c.secure;
    r.non_secure_ipa = c.non_secure_ipa;
    return r;
}

command_queue::command_queue(sc_core::sc_module_name name, const features& f, register_frame& frame,
                             memory_master& memory, executor& e, wired_interrupt& sync_wire,
                             sc_core::sc_time command_time, unsigned commands_per_fetch,
                             std::function<void(unsigned)> raise_error)
    : sc_module(name)
    , feature_(f)
    , frame_(frame)
    , memory_(memory)
    , executor_(e)
    , sync_wire_(sync_wire)
    , command_time_(command_time)
    , commands_per_fetch_(commands_per_fetch)
    , raise_error_(std::move(raise_error))
    , waiting_("waiting", 0)
{
    SC_HAS_PROCESS(command_queue);
    SC_THREAD(run);
}

// 4.1.2
bool command_queue::runnable() const
{
    if (!frame_.cr0_enabled<cr0::cmdqen>() || frame_.error_active(cmdq_err))
        return false;
    const queue_arithmetic q(frame_.queue_log2(reg::cmdq_base));
    const std::uint32_t prod = frame_.get32(reg::cmdq_prod);
    const std::uint32_t cons = frame_.get32(reg::cmdq_cons);
    // 3.5.1: nothing is consumed while indexes are inconsistent.
    return !q.empty(prod, cons) && q.used(prod, cons) <= q.entries();
}

void command_queue::run()
{
    for (;;) {
        while (!runnable()) {
            fetched_.clear(); // software may change what was not consumed (7.1)
            level();
            wait(kicked_);
        }
        busy_ = true;
        consume();
        busy_ = false;
        consumed_.notify();
    }
}

void command_queue::fail(command_error why)
{
    // 7.1: the reason is visible before the error; RD stays.
    std::uint64_t cons = frame_.get(reg::cmdq_cons);
    cmdq_cons::err::set(cons, static_cast<std::uint64_t>(why));
    frame_.set(reg::cmdq_cons, cons);
    raise_error_(cmdq_err);
    if (latency_) {
        latency_->aborted = true;
        latency_->close();
    }
}

// The 16-byte entries from CONS up to PROD or the queue's end, as many as one read takes.
bool command_queue::fetch(raw_command& raw, sc_core::sc_time& delay)
{
    if (next_fetched_ >= fetched_.size()) {
        const queue_arithmetic q(frame_.queue_log2(reg::cmdq_base));
        const std::uint32_t cons = frame_.get32(reg::cmdq_cons);
        const std::uint64_t offset = q.offset(cons, command_bytes);
        const std::uint64_t to_end = q.entries() - offset / command_bytes;
        const std::uint64_t used = q.used(frame_.get32(reg::cmdq_prod), cons);
        const auto read = [&](std::uint64_t count) {
            next_fetched_ = 0;
            fetched_.resize(count);
            return memory_.read(frame_.queue_address(reg::cmdq_base, command_bytes) + offset, fetched_.data(),
                                static_cast<unsigned>(count) * command_bytes, queue_attributes(frame_.get32(reg::cr1)),
                                frame_.non_secure(), delay);
        };
        const auto count = std::min<std::uint64_t>({commands_per_fetch_, used, to_end});
        // An abort is that of the first command alone.
        if (!read(count) && (count == 1 || !read(1))) {
            fetched_.clear();
            return false;
        }
    }
    raw = fetched_[next_fetched_++];
    return true;
}

void command_queue::consume()
{
    const queue_arithmetic q(frame_.queue_log2(reg::cmdq_base));
    const std::uint32_t cons = frame_.get32(reg::cmdq_cons);
    level();
    begin_record(cons);
    raw_command raw;
    sc_core::sc_time delay;
    const bool ok = fetch(raw, delay);
    wait(delay);
    spent(stage::command_fetch);
    wait(command_time_);
    spent(stage::command_execution);
    if (!ok)
        return fail(command_error::abort);
    const auto decoded = decode(raw, feature_, frame_.state(), executor_.nsstalld());
    if (const auto* illegal = std::get_if<illegal_command>(&decoded))
        return fail(illegal->error);
    const auto& c = std::get<command>(decoded);
    if (latency_) {
        latency_->opcode = static_cast<std::uint8_t>(c.code);
        latency_->stream = c.stream;
    }
    // 4.7.3: ATC invalidations are the Non-secure queue's
    if (c.code == opcode::sync && frame_.non_secure() && !executor_.atc_invalidations_complete()) {
        spent(stage::sync_wait);
        return fail(command_error::atc_inv_sync);
    }
    execute(c);
    ++count_;
    const bool was_full = q.used(frame_.get32(reg::cmdq_prod), cons) == q.entries();
    frame_.set(reg::cmdq_cons, (frame_.get(reg::cmdq_cons) & cmdq_cons::err::mask) | q.next(cons));
    level();
    if (was_full && feature_.wake_events) // 4.1.2
        executor_.wake();
    if (c.code == opcode::sync)
        signal(c);
    spent(stage::completion_signal);
    if (latency_)
        latency_->close();
}

void command_queue::execute(const command& c)
{
    // Prefetches fetch nothing, which 4.2 permits.
    const security_state state = c.secure ? security_state::secure : security_state::non_secure;
    if (auto r = invalidation_of(c, executor_.e2h(state))) {
        r->wildcard = executor_.vmid_wildcard(state);
        executor_.invalidate(*r);
        return spent(stage::invalidation);
    }
    switch (c.code) {
    case opcode::sync: executor_.synchronise(frame_.state()); return spent(stage::sync_wait);
    case opcode::atc_inv: executor_.atc_invalidate(c); break;
    case opcode::pri_resp: executor_.page_response_command(c); break;
    case opcode::resume: executor_.resume(c); break;
    case opcode::stall_term: executor_.terminate_stalled(c); break;
    default: break;
    }
    spent(stage::command_execution);
}

void command_queue::submitted(std::uint32_t prod, const sc_core::sc_time& delay)
{
    if (log_ && doorbells_.size() < most_doorbells)
        doorbells_.push_back({prod, local_ps(delay)});
}

// A command's time begins with the write of PROD that submitted it.
void command_queue::begin_record(std::uint32_t cons)
{
    latency_ = nullptr;
    if (!log_)
        return;
    const queue_arithmetic q(frame_.queue_log2(reg::cmdq_base));
    while (!doorbells_.empty() && q.empty(doorbells_.front().prod, cons))
        doorbells_.pop_front();
    const time_ps now = local_ps(sc_core::SC_ZERO_TIME);
    const time_ps submitted = doorbells_.empty() ? now : std::min(now, doorbells_.front().when);
    latency_ = log_->begin(latency_record::kind::command, submitted);
    spent(stage::command_wait);
}

void command_queue::spent(stage s)
{
    if (latency_)
        latency_->until(local_ps(sc_core::SC_ZERO_TIME), s);
}

void command_queue::level()
{
    const queue_arithmetic q(frame_.queue_log2(reg::cmdq_base));
    waiting_.set(q.used(frame_.get32(reg::cmdq_prod), frame_.get32(reg::cmdq_cons)));
}

// 4.7.3: after consumption is observable. An MSI is complete before the next command begins.
void command_queue::signal(const command& c)
{
    if (c.signal == sync_signal::sev && feature_.wake_events) // without IDR0.SEV it is SIG_NONE
        executor_.wake();
    if (c.signal != sync_signal::irq)
        return;
    sync_wire_.trigger();
    const std::uint64_t address = c.msi_address.value();
    if (!feature_.msi || address == 0)
        return;
    sc_core::sc_time delay;
    const std::uint64_t in_range = address & bit_mask(feature_.output_bits - 1, 0); // 3.4.3
    const bool ok = memory_.send_msi(in_range, c.msi_data, c.msi_attr, c.msi_sh, delay, frame_.non_secure());
    wait(delay);
    if (!ok)
        raise_error_(msi_cmdq_abt_err);
}

} // namespace iovp::smmu
