#pragma once

#include "uart/pl011_registers.h"
#include "uart/serial_line.h"

#include <cstdint>
#include <deque>
#include <memory>
#include <systemc>
#include <tlm>
#include <tlm_utils/simple_target_socket.h>

namespace iovp::uart {

/// Arm PrimeCell UART PL011 r1p5: transmitter and receiver with FIFOs of 32, interrupts, baud rate. See
/// models/uart/README.md.
class pl011 : public sc_core::sc_module {
public:
    struct parameters {
        std::uint64_t clock_frequency = 24'000'000; ///< UARTCLK, Hz
        /// Of one character on the line whatever the divisor says; zero: as UARTIBRD, UARTFBRD and UARTLCR_H say.
        sc_core::sc_time character_time = sc_core::SC_ZERO_TIME;
        sc_core::sc_time register_access{20, sc_core::SC_NS}; ///< one APB access; assumed
        /// The registers as firmware leaves them: 115200 baud (at 24 MHz), 8 bits, FIFOs on, UART enabled.
        bool prepared = false;

        /// Reports a value that is not allowed as iovp::configuration_error naming `object`.
        void check(const std::string& object) const;
    };

    tlm_utils::simple_target_socket<pl011, 64> registers; ///< 4 KiB; LT, AT, debug
    sc_core::sc_out<bool> irq;                            ///< UARTINTR, level; may stay unbound

    SC_HAS_PROCESS(pl011);
    pl011(const sc_core::sc_module_name& name, const parameters& p);

    /// What the cable leads to, before the simulation starts; without one nothing comes and what is sent is lost.
    void connect(serial_line& line);

    const parameters& configuration() const { return parameters_; }

private:
    struct received {
        std::uint8_t character;
        bool overrun; ///< characters were lost before this one
    };

    void before_end_of_elaboration() override;
    void b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay);
    unsigned transport_dbg(tlm::tlm_generic_payload& trans);

    std::uint32_t peek(std::uint32_t offset) const;
    std::uint32_t read(std::uint32_t offset);
    void write(std::uint32_t offset, std::uint32_t value);
    void write_control(std::uint32_t value);
    void write_line_control(std::uint32_t value);

    std::uint32_t flags() const;
    std::size_t depth() const;
    std::size_t level(unsigned select) const;
    bool transmitting() const { return pl011_cr::uarten::get(cr_) && pl011_cr::txe::get(cr_); }
    bool receiving() const { return pl011_cr::uarten::get(cr_) && pl011_cr::rxe::get(cr_); }
    /// Of one character; zero: the divisor is 0 and the line stands still.
    sc_core::sc_time character() const;
    sc_core::sc_time bit_time() const;

    void transmit(std::uint8_t character);
    void start_shifting();
    void shifted();
    void receive(std::uint8_t character);
    std::uint32_t take();
    void listen();
    void receive_timeout();
    void update_interrupt() { interrupt_.notify(sc_core::SC_ZERO_TIME); }
    void drive_interrupt();

    const parameters parameters_;
    serial_line* line_ = nullptr;

    std::uint32_t ilpr_ = 0, ibrd_ = 0, fbrd_ = 0, lcr_h_ = 0, cr_ = 0, ifls_ = 0, imsc_ = 0, ris_ = 0, dmacr_ = 0;
    std::uint32_t divisor_ = 0; ///< in 1/64, as the last write of LCR_H took it from IBRD and FBRD
    bool overrun_ = false;      ///< RSR.OE
    bool lost_ = false;         ///< the next character that fits has its OE bit set

    std::deque<std::uint8_t> transmit_fifo_;
    std::deque<received> receive_fifo_;
    bool shifting_ = false; ///< a character is on the line
    std::uint8_t shift_register_ = 0;

    std::unique_ptr<sc_core::sc_signal<bool>> unused_irq_; ///< of `irq` when nobody has bound it
    sc_core::sc_event shifted_, listen_, timeout_, interrupt_;
};

} // namespace iovp::uart
