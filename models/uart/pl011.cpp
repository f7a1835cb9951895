#include "uart/pl011.h"

#include "common/systemc/byte_enables.h"
#include "common/systemc/configuration_error.h"

#include <algorithm>
#include <cstring>
#include <iterator>

namespace iovp::uart {

using sc_core::sc_time;

namespace reg = pl011_reg;

// 3.3.8, 3.3.9: TXE and RXE are set out of reset; both FIFOs at half.
static constexpr std::uint32_t cr_reset = 0x300;
static constexpr std::uint32_t ifls_reset = 0x12;

// How often a line that had no character is asked again.
static const sc_time& idle_poll()
{
    static const sc_time t(1, sc_core::SC_MS);
    return t;
}

void pl011::parameters::check(const std::string& object) const
{
    require_range(object, "clock_frequency", clock_frequency, 1000, 1'000'000'000);
}

static const pl011::parameters& checked(const pl011::parameters& p, const char* object)
{
    p.check(object);
    return p;
}

pl011::pl011(const sc_core::sc_module_name& name, const parameters& p)
    : sc_module(name)
    , registers("registers")
    , irq("irq")
    , parameters_(checked(p, this->name()))
    , cr_(cr_reset)
    , ifls_(ifls_reset)
    , shifted_("shifted_event")
    , listen_("listen_event")
    , timeout_("timeout_event")
    , interrupt_("interrupt_event")
{
    registers.register_b_transport(this, &pl011::b_transport);
    registers.register_transport_dbg(this, &pl011::transport_dbg);
    SC_METHOD(shifted);
    sensitive << shifted_;
    dont_initialize();
    SC_METHOD(listen);
    sensitive << listen_;
    dont_initialize();
    SC_METHOD(receive_timeout);
    sensitive << timeout_;
    dont_initialize();
    SC_METHOD(drive_interrupt);
    sensitive << interrupt_;
    dont_initialize();
    if (p.prepared) {
        write(reg::ibrd, 13);
        write(reg::fbrd, 1);
        write(reg::lcr_h, 0x70);
        write(reg::cr, cr_reset | 1);
    }
}

void pl011::connect(serial_line& line)
{
    line_ = &line;
    if (receiving())
        listen_.notify(character());
}

void pl011::before_end_of_elaboration()
{
    if (irq.bind_count() == 0) {
        unused_irq_ = std::make_unique<sc_core::sc_signal<bool>>(sc_core::sc_gen_unique_name("unused"));
        irq.bind(*unused_irq_);
    }
}

void pl011::b_transport(tlm::tlm_generic_payload& trans, sc_time& delay)
{
    const std::uint64_t address = trans.get_address();
    const unsigned size = trans.get_data_length();
    if (address >= reg::frame_size || size > reg::frame_size - address) {
        trans.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
        return;
    }
    if (refuse_partial_access(trans))
        return;
    // FIFOs move with time: an initiator that runs ahead waits for it here.
    if (delay != sc_core::SC_ZERO_TIME)
        sc_core::wait(delay);
    delay = parameters_.register_access;
    trans.set_response_status(tlm::TLM_OK_RESPONSE);

    // Registers of up to 16 bits on a bus of 32: an access reaches the one word in which it begins.
    const auto offset = static_cast<std::uint32_t>(address & ~std::uint64_t(3));
    const unsigned shift = 8 * static_cast<unsigned>(address & 3);
    if (trans.is_read()) {
        const std::uint64_t value = read(offset) >> shift;
        std::memset(trans.get_data_ptr(), 0, size);
        std::memcpy(trans.get_data_ptr(), &value, size < sizeof value ? size : sizeof value);
    } else if (trans.is_write()) {
        std::uint32_t value = 0;
        std::memcpy(&value, trans.get_data_ptr(), size < sizeof value ? size : sizeof value);
        write(offset, value << shift);
    }
}

unsigned pl011::transport_dbg(tlm::tlm_generic_payload& trans)
{
    const std::uint64_t address = trans.get_address();
    const unsigned size = trans.get_data_length();
    if (!trans.is_read() || address >= reg::frame_size || size > reg::frame_size - address)
        return 0;
    for (unsigned i = 0; i < size; ++i) {
        const std::uint64_t at = address + i;
        trans.get_data_ptr()[i] =
            static_cast<unsigned char>(peek(static_cast<std::uint32_t>(at & ~std::uint64_t(3))) >> (8 * (at & 3)));
    }
    return size;
}

// What a read returns, without what it does.
std::uint32_t pl011::peek(std::uint32_t offset) const
{
    switch (offset) {
    case reg::dr:
        if (receive_fifo_.empty())
            return 0;
        return receive_fifo_.front().character | (receive_fifo_.front().overrun ? pl011_dr::oe : 0);
    case reg::rsr_ecr: return overrun_ ? 1u << 3 : 0;
    case reg::fr: return flags();
    case reg::ilpr: return ilpr_;
    case reg::ibrd: return ibrd_;
    case reg::fbrd: return fbrd_;
    case reg::lcr_h: return lcr_h_;
    case reg::cr: return cr_;
    case reg::ifls: return ifls_;
    case reg::imsc: return imsc_;
    case reg::ris: return ris_;
    case reg::mis: return ris_ & imsc_;
    case reg::dmacr: return dmacr_;
    default: break;
    }
    if (offset >= reg::periph_id0)
        return pl011_identification[(offset - reg::periph_id0) / 4];
    return 0;
}

std::uint32_t pl011::read(std::uint32_t offset)
{
    return offset == reg::dr ? take() : peek(offset);
}

void pl011::write(std::uint32_t offset, std::uint32_t value)
{
    switch (offset) {
    case reg::dr: transmit(static_cast<std::uint8_t>(value)); break;
    case reg::rsr_ecr: // 3.3.2: any value clears
        overrun_ = false;
        break;
    case reg::ilpr: ilpr_ = value & 0xff; break;
    case reg::ibrd: ibrd_ = value & 0xffff; break;
    case reg::fbrd: fbrd_ = value & 0x3f; break;
    case reg::lcr_h: write_line_control(value & 0xff); break;
    case reg::cr: write_control(value & 0xff87); break;
    case reg::ifls: ifls_ = value & 0x3f; break;
    case reg::imsc: imsc_ = value & pl011_int::all; break;
    case reg::icr: ris_ &= ~value; break;
    case reg::dmacr: dmacr_ = value & 7; break;
    default: break;
    }
    update_interrupt();
}

// 3.3.7: IBRD and FBRD take effect with a write of LCR_H. FEN 0 makes the FIFOs one character deep, and empties them.
void pl011::write_line_control(std::uint32_t value)
{
    if (!pl011_lcr_h::fen::get(value)) {
        transmit_fifo_.clear();
        receive_fifo_.clear();
        ris_ &= ~(pl011_int::rx | pl011_int::rt);
    }
    lcr_h_ = value;
    divisor_ = ibrd_ == 0 ? 0 : ibrd_ * 64 + fbrd_;
    start_shifting();
}

void pl011::write_control(std::uint32_t value)
{
    cr_ = value;
    start_shifting();
    if (receiving() && line_)
        listen_.notify(character());
}

std::uint32_t pl011::flags() const
{
    namespace fr = pl011_fr;
    return static_cast<std::uint32_t>(
        fr::busy::make(shifting_ || !transmit_fifo_.empty()) | fr::rxfe::make(receive_fifo_.empty()) |
        fr::txff::make(transmit_fifo_.size() >= depth()) | fr::rxff::make(receive_fifo_.size() >= depth()) |
        fr::txfe::make(transmit_fifo_.empty()));
}

std::size_t pl011::depth() const
{
    return pl011_lcr_h::fen::get(lcr_h_) ? 32 : 1;
}

// 3.3.9: eighths of the FIFO. Reserved values count as the last.
std::size_t pl011::level(unsigned select) const
{
    static constexpr std::size_t eighths[] = {1, 2, 4, 6, 7};
    return depth() * (select < std::size(eighths) ? eighths[select] : 7) / 8;
}

// 3.3.6: a bit takes 16 periods of UARTCLK times the divisor.
sc_time pl011::bit_time() const
{
    const unsigned bits = 10;
    if (parameters_.character_time != sc_core::SC_ZERO_TIME)
        return parameters_.character_time / bits;
    return sc_time(16.0 * divisor_ / 64 / static_cast<double>(parameters_.clock_frequency), sc_core::SC_SEC);
}

sc_time pl011::character() const
{
    if (parameters_.character_time != sc_core::SC_ZERO_TIME)
        return parameters_.character_time;
    namespace lcr = pl011_lcr_h;
    const unsigned start = 1, stop = lcr::stp2::get(lcr_h_) ? 2 : 1, parity = lcr::pen::get(lcr_h_) ? 1 : 0;
    return bit_time() * (start + 5 + static_cast<unsigned>(lcr::wlen::get(lcr_h_)) + parity + stop);
}

void pl011::transmit(std::uint8_t character)
{
    if (transmit_fifo_.size() >= depth())
        return; // lost: software has not looked at TXFF
    transmit_fifo_.push_back(character);
    if (depth() == 1 || transmit_fifo_.size() > level(static_cast<unsigned>(pl011_ifls::txiflsel::get(ifls_))))
        ris_ &= ~pl011_int::tx;
    start_shifting();
}

// The next character leaves the FIFO. The interrupt is the passing of the level, not the level (2.8.3).
void pl011::start_shifting()
{
    if (shifting_ || transmit_fifo_.empty() || !transmitting() || character() == sc_core::SC_ZERO_TIME)
        return;
    shift_register_ = transmit_fifo_.front();
    transmit_fifo_.pop_front();
    shifting_ = true;
    if (transmit_fifo_.size() == level(static_cast<unsigned>(pl011_ifls::txiflsel::get(ifls_)))) {
        ris_ |= pl011_int::tx;
        update_interrupt();
    }
    shifted_.notify(character());
}

void pl011::shifted()
{
    shifting_ = false;
    const unsigned bits = 5 + static_cast<unsigned>(pl011_lcr_h::wlen::get(lcr_h_));
    const auto sent = static_cast<std::uint8_t>(shift_register_ & bit_mask(bits - 1, 0));
    if (pl011_cr::lbe::get(cr_)) {
        if (receiving())
            receive(sent);
    } else if (line_) {
        line_->put(sent);
    }
    start_shifting();
}

// One character from the line, at the pace of the line. Whoever sends sees RTS and waits while the FIFO is full.
void pl011::listen()
{
    if (!receiving() || line_->ended())
        return;
    const sc_time pace = character();
    if (pace == sc_core::SC_ZERO_TIME)
        return;
    bool came = false;
    if (receive_fifo_.size() < depth() && !pl011_cr::lbe::get(cr_)) {
        const auto character = line_->get();
        came = character.has_value();
        if (came)
            receive(*character);
    }
    listen_.notify(came || receive_fifo_.size() >= depth() ? pace : std::max(pace, idle_poll()));
}

void pl011::receive(std::uint8_t character)
{
    if (receive_fifo_.size() >= depth()) {
        // 3.3.1: the FIFO stays as it is, the new character is lost.
        overrun_ = lost_ = true;
        ris_ |= pl011_int::oe;
        update_interrupt();
        return;
    }
    receive_fifo_.push_back({character, lost_});
    lost_ = false;
    if (depth() == 1 || receive_fifo_.size() >= level(static_cast<unsigned>(pl011_ifls::rxiflsel::get(ifls_))))
        ris_ |= pl011_int::rx;
    // 2.8.4: nothing more for the time of 32 bits.
    timeout_.cancel();
    timeout_.notify(bit_time() * 32);
    update_interrupt();
}

std::uint32_t pl011::take()
{
    const std::uint32_t value = peek(reg::dr);
    if (receive_fifo_.empty())
        return value;
    receive_fifo_.pop_front();
    if (depth() == 1 || receive_fifo_.size() < level(static_cast<unsigned>(pl011_ifls::rxiflsel::get(ifls_))))
        ris_ &= ~pl011_int::rx;
    if (receive_fifo_.empty()) {
        ris_ &= ~pl011_int::rt;
        timeout_.cancel();
    }
    update_interrupt();
    return value;
}

void pl011::receive_timeout()
{
    if (receive_fifo_.empty())
        return;
    ris_ |= pl011_int::rt;
    update_interrupt();
}

void pl011::drive_interrupt()
{
    irq.write((ris_ & imsc_) != 0);
}

} // namespace iovp::uart
