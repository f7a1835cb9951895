#include "a64_system.h"

#include <dynarmic/interface/A64/a64.h>
#include <dynarmic/interface/A64/config.h>
#include <dynarmic/interface/exclusive_monitor.h>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <sys/mman.h>
#include <tlm_utils/simple_target_socket.h>
#include <vector>

namespace iovp::bench {

namespace {

constexpr std::uint64_t ram = 0x8000'0000;
constexpr std::uint64_t ram_size = 16u << 20;
constexpr std::uint64_t stack = ram + 0x80'0000;
constexpr std::uint64_t device_base = 0x1000'0000;
constexpr std::uint64_t turns_per_call = 1000;
constexpr std::uint64_t polls_per_interrupt = 1000;

// A64_PROGRAM: the program as it lies in memory; the addresses of its functions are those of A64_SYMBOLS, one
// "address name" per line.
std::vector<char> program_image()
{
    std::ifstream file(A64_PROGRAM, std::ios::binary);
    if (!file)
        throw std::runtime_error("no " A64_PROGRAM);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::uint64_t symbol(const std::string& name)
{
    std::ifstream file(A64_SYMBOLS);
    std::string address, kind, found;
    while (file >> address >> kind >> found)
        if (found == name)
            return std::stoull(address, nullptr, 16);
    throw std::runtime_error("no function " + name);
}

} // namespace

/// Registers what, times, poll and done.
class a64_system::device : public sc_core::sc_module {
public:
    tlm_utils::simple_target_socket<device, 64> socket;
    sc_core::sc_out<bool> line;
    sc_core::sc_event done;
    std::uint64_t registers[4] = {};

    explicit device(const sc_core::sc_module_name& name)
        : sc_module(name)
        , socket("socket")
        , line("line")
    {
        socket.register_b_transport(this, &device::b_transport);
    }

private:
    void b_transport(tlm::tlm_generic_payload& p, sc_core::sc_time& delay)
    {
        const std::size_t n = p.get_address() / 8 % 4;
        if (p.is_read()) {
            std::memcpy(p.get_data_ptr(), &registers[n], 8);
        } else if (n == 3) {
            line.write(false);
            done.notify(delay);
        }
        p.set_response_status(tlm::TLM_OK_RESPONSE);
    }
};

/// The translator with a page table and nothing else: what every system layer adds to.
class a64_system::floor : private Dynarmic::A64::UserCallbacks {
public:
    floor()
        : memory_(ram_size)
    {
        const std::vector<char> image = program_image();
        std::memcpy(memory_.data(), image.data(), image.size());
        pages_ = static_cast<void**>(
            mmap(nullptr, table_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
        if (pages_ == MAP_FAILED)
            throw std::bad_alloc();
        for (std::uint64_t offset = 0; offset < ram_size; offset += 4096)
            pages_[(ram + offset) >> 12] = memory_.data() + offset;
        Dynarmic::A64::UserConfig c;
        c.callbacks = this;
        c.global_monitor = &monitor_;
        c.page_table = pages_;
        c.page_table_address_space_bits = address_bits;
        c.silently_mirror_page_table = false;
        // What it leaves out merges instructions that are not translated, of which there is one: the end.
        c.optimizations = Dynarmic::all_safe_optimizations & ~Dynarmic::OptimizationFlag::MiscIROpt;
        jit_ = std::make_unique<Dynarmic::A64::Jit>(c);
        jit_->SetSP(stack);
        call(symbol("prepare"), 0);
    }
    ~floor() override { munmap(pages_, table_size); }

    bool turns(std::uint64_t count) { return call(turns_, count); }

private:
    static constexpr unsigned address_bits = 36;
    static constexpr std::size_t table_size = (std::size_t(1) << (address_bits - 12)) * sizeof(void*);
    static constexpr std::uint64_t nowhere = 0x1000; ///< where the function returns to

    bool call(std::uint64_t function, std::uint64_t argument)
    {
        ended_ = false;
        jit_->SetPC(function);
        jit_->SetRegister(0, argument);
        jit_->SetRegister(30, nowhere);
        while (!ended_)
            jit_->Run();
        return true;
    }
    template <class T>
    T read(std::uint64_t va)
    {
        T value{};
        if (va >= ram && va - ram < ram_size - sizeof value)
            std::memcpy(&value, memory_.data() + (va - ram), sizeof value);
        return value;
    }
    template <class T>
    void write(std::uint64_t va, T value)
    {
        if (va >= ram && va - ram < ram_size - sizeof value)
            std::memcpy(memory_.data() + (va - ram), &value, sizeof value);
    }
    using vector = Dynarmic::A64::Vector;
    std::uint8_t MemoryRead8(std::uint64_t va) override { return read<std::uint8_t>(va); }
    std::uint16_t MemoryRead16(std::uint64_t va) override { return read<std::uint16_t>(va); }
    std::uint32_t MemoryRead32(std::uint64_t va) override { return read<std::uint32_t>(va); }
    std::uint64_t MemoryRead64(std::uint64_t va) override { return read<std::uint64_t>(va); }
    vector MemoryRead128(std::uint64_t va) override { return read<vector>(va); }
    void MemoryWrite8(std::uint64_t va, std::uint8_t value) override { write(va, value); }
    void MemoryWrite16(std::uint64_t va, std::uint16_t value) override { write(va, value); }
    void MemoryWrite32(std::uint64_t va, std::uint32_t value) override { write(va, value); }
    void MemoryWrite64(std::uint64_t va, std::uint64_t value) override { write(va, value); }
    void MemoryWrite128(std::uint64_t va, vector value) override { write(va, value); }
    void InterpreterFallback(std::uint64_t, std::size_t) override
    {
        ended_ = true;
        jit_->HaltExecution();
    }
    void CallSVC(std::uint32_t) override {}
    void ExceptionRaised(std::uint64_t, Dynarmic::A64::Exception) override {}
    void AddTicks(std::uint64_t) override {}
    std::uint64_t GetTicksRemaining() override { return 1'000'000; }
    std::uint64_t GetCNTPCT() override { return 0; }

    std::vector<std::uint8_t> memory_;
    void** pages_;
    Dynarmic::ExclusiveMonitor monitor_{1};
    std::unique_ptr<Dynarmic::A64::Jit> jit_;
    const std::uint64_t turns_ = symbol("turns");
    bool ended_ = false;
};

static cpu::a64_cpu::parameters core()
{
    cpu::a64_cpu::parameters p;
    p.reset_address = ram;
    p.powered_on_at_reset = false;
    return p;
}

static sparse_memory::parameters memory()
{
    sparse_memory::parameters p;
    p.size = ram_size;
    return p;
}

a64_system::a64_system(const sc_core::sc_module_name& name)
    : sc_module(name)
    , bus_("bus", interconnect::parameters{})
    , memory_("memory", memory())
    , device_(std::make_unique<device>("device"))
    , cpu_("cpu", core())
    , wire_("wire")
    , floor_(std::make_unique<floor>())
{
    cpu_.bus.bind(bus_.upstream);
    bus_.downstream.bind(memory_.socket);
    bus_.downstream.bind(device_->socket);
    bus_.map("ram", ram, ram_size, 0);
    bus_.map("device", device_base, 4096, 1);
    cpu_.irq.bind(wire_);
    device_->line.bind(wire_);
}

a64_system::~a64_system() = default;

// The core is woken, does it, and sleeps again.
bool a64_system::interrupt(task what, std::uint64_t times)
{
    if (!loaded_) {
        std::vector<char> image = program_image();
        tlm::tlm_generic_payload payload;
        payload.set_write();
        payload.set_address(ram);
        payload.set_data_ptr(reinterpret_cast<unsigned char*>(image.data()));
        payload.set_data_length(static_cast<unsigned>(image.size()));
        if (cpu_.bus->transport_dbg(payload) != image.size() || !cpu_.power_on(ram, 0, 2))
            return false;
        loaded_ = true;
        sc_core::wait(sc_core::sc_time(1, sc_core::SC_MS)); // its preparations
    }
    device_->registers[0] = what;
    device_->registers[1] = times;
    device_->line.write(true);
    sc_core::wait(device_->done);
    sc_core::wait(sc_core::sc_time(1, sc_core::SC_US)); // asleep again
    return cpu_.powered_on();
}

void a64_system::add_to(rows& r)
{
    const auto nothing = [] {};
    r.add("floor_a64_mips", nothing, [this] { return floor_->turns(turns_per_call); });
    r.add("a64_mips", nothing, [this] { return interrupt(work, turns_per_call); });
    r.add("a64_mmio", nothing, [this, left = std::uint64_t(0)]() mutable {
        if (left == 0) {
            left = polls_per_interrupt;
            if (!interrupt(poll, polls_per_interrupt))
                return false;
        }
        --left;
        return true;
    });
    r.add("a64_irq", nothing, [this] { return interrupt(interrupt_only, 0); });
}

} // namespace iovp::bench
