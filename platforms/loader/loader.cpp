#include "loader/loader.h"

#include "common/bit_field.h"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

namespace iovp::loader {

namespace {

using bytes = std::vector<std::uint8_t>;

/// Checks and messages of one file.
class reader {
public:
    reader(const std::string& file, const bytes& content, const ram& where)
        : file_(file)
        , content_(content)
        , ram_(where)
    {
    }

    [[noreturn]] void refuse(const std::string& what) const { throw error(file_ + ": " + what); }

    template <class T>
    T at(std::uint64_t offset, const char* what) const
    {
        T value;
        if (offset > content_.size() || sizeof value > content_.size() - offset)
            refuse(fmt::format("the file ends before its {}", what));
        std::memcpy(&value, content_.data() + offset, sizeof value);
        return value;
    }

    bytes part(std::uint64_t offset, std::uint64_t size) const
    {
        const auto begin = content_.begin() + static_cast<std::ptrdiff_t>(offset);
        return bytes(begin, begin + static_cast<std::ptrdiff_t>(size));
    }

    void must_fit(std::uint64_t address, std::uint64_t size) const
    {
        if (address < ram_.base || size > ram_.size || address - ram_.base > ram_.size - size)
            refuse(fmt::format("{:#x}..{:#x} does not fit into RAM, which is {:#x}..{:#x}", address, address + size - 1,
                               ram_.base, ram_.base + ram_.size - 1));
    }

    const bytes& content() const { return content_; }
    const ram& where() const { return ram_; }

private:
    const std::string& file_;
    const bytes& content_;
    const ram& ram_;
};

void check_header(const reader& r, const Elf64_Ehdr& h)
{
    if (h.e_ident[EI_CLASS] != ELFCLASS64)
        r.refuse("an ELF file of 32 bits; needed are 64");
    if (h.e_ident[EI_DATA] != ELFDATA2LSB)
        r.refuse("a big-endian ELF file; needed is little-endian");
    if (h.e_machine != EM_AARCH64)
        r.refuse(fmt::format("not for AArch64: its machine is {}, needed is {}", h.e_machine, EM_AARCH64));
    if (h.e_type != ET_EXEC && h.e_type != ET_DYN)
        r.refuse("not a program: it has not been linked, or is a core dump");
    if (h.e_phnum == 0 || h.e_phentsize != sizeof(Elf64_Phdr))
        r.refuse("no program headers: nothing to load");
}

segment load_segment(const reader& r, const Elf64_Phdr& p)
{
    if (p.p_filesz > p.p_memsz)
        r.refuse("a segment has more bytes in the file than in memory");
    if (p.p_offset > r.content().size() || p.p_filesz > r.content().size() - p.p_offset)
        r.refuse("a segment lies behind the end of the file");
    r.must_fit(p.p_paddr, p.p_memsz);
    return {p.p_paddr, r.part(p.p_offset, p.p_filesz), p.p_memsz};
}

void check_overlap(const reader& r, std::vector<segment> segments)
{
    std::sort(segments.begin(), segments.end(),
              [](const segment& a, const segment& b) { return a.address < b.address; });
    for (std::size_t i = 1; i < segments.size(); ++i)
        if (segments[i].address - segments[i - 1].address < segments[i - 1].memory_size)
            r.refuse(fmt::format("two segments overlap at {:#x}", segments[i].address));
}

program load_elf(const reader& r)
{
    const auto h = r.at<Elf64_Ehdr>(0, "ELF header");
    check_header(r, h);
    program out{};
    std::optional<std::uint64_t> entry;
    for (unsigned i = 0; i < h.e_phnum; ++i) {
        if (h.e_phoff > r.content().size())
            r.refuse("the file ends before its program headers");
        const auto p = r.at<Elf64_Phdr>(h.e_phoff + i * sizeof(Elf64_Phdr), "program headers");
        if (p.p_type == PT_INTERP)
            r.refuse("dynamically linked; needed is a static program without an operating system");
        if (p.p_type != PT_LOAD || p.p_memsz == 0)
            continue;
        out.segments.push_back(load_segment(r, p));
        if (p.p_flags & PF_X && h.e_entry - p.p_vaddr < p.p_memsz)
            entry = h.e_entry - p.p_vaddr + p.p_paddr;
    }
    if (out.segments.empty())
        r.refuse("no segment to load");
    check_overlap(r, out.segments);
    if (!entry || !is_aligned(*entry, 4))
        r.refuse(fmt::format("no entry: {:#x} is not an instruction's address in an executable segment", h.e_entry));
    out.entry = *entry;
    return out;
}

// Linux, Documentation/arch/arm64/booting: all fields little-endian.
struct image_header {
    std::uint32_t code[2];
    std::uint64_t text_offset;
    std::uint64_t image_size;
    std::uint64_t flags;
    std::uint64_t reserved[3];
    std::uint32_t magic;
    std::uint32_t reserved5;
};
static_assert(sizeof(image_header) == 64);
constexpr std::uint32_t image_magic = 0x644d5241; // "ARM\x64"
constexpr std::uint64_t image_alignment = 0x200000;
constexpr std::uint64_t old_text_offset = 0x80000; // of images without a size, before Linux 3.17

bool is_image(const bytes& content)
{
    image_header h{};
    if (content.size() < sizeof h)
        return false;
    std::memcpy(&h, content.data(), sizeof h);
    return h.magic == image_magic;
}

program load_image(const reader& r)
{
    const auto h = r.at<image_header>(0, "Image header");
    if (bit(h.flags, 0))
        r.refuse("a big-endian Image; needed is little-endian");
    const std::uint64_t offset = h.image_size == 0 ? old_text_offset : h.text_offset;
    const std::uint64_t start = align_down(r.where().base + image_alignment - 1, image_alignment);
    if (offset > ~start)
        r.refuse(fmt::format("the Image's text_offset {:#x} leads out of RAM", offset));
    const std::uint64_t size = std::max<std::uint64_t>(h.image_size, r.content().size());
    r.must_fit(start + offset, size);
    program out{};
    out.is_image = true;
    out.entry = start + offset;
    out.segments.push_back({start + offset, r.content(), size});
    return out;
}

} // namespace

std::uint64_t program::end() const
{
    std::uint64_t last = 0;
    for (const segment& s : segments)
        last = std::max(last, s.address + s.memory_size);
    return last;
}

std::vector<std::uint8_t> read_file(const std::string& file)
{
    // A directory opens like a file.
    std::error_code ignored;
    if (std::filesystem::is_directory(file, ignored))
        throw error(file + ": cannot be read: it is a directory");
    std::ifstream in(file, std::ios::binary);
    if (!in)
        throw error(file + ": cannot be read: " + std::strerror(errno));
    bytes content{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    return content;
}

program load(const std::string& file, const ram& where)
{
    const bytes content = read_file(file);
    const reader r(file, content, where);
    if (content.size() >= SELFMAG && std::memcmp(content.data(), ELFMAG, SELFMAG) == 0)
        return load_elf(r);
    if (is_image(content))
        return load_image(r);
    r.refuse("neither an ELF file nor an arm64 Image");
}

} // namespace iovp::loader
