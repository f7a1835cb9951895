#include "profile_program.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <vector>

namespace iovp::test {
namespace {

struct waves {
    std::string timescale;
    std::map<std::string, std::string> names;                                          ///< by identifier code
    std::map<std::string, std::vector<std::pair<std::uint64_t, std::string>>> changes; ///< by name
};

// IEEE 1364 18.2: scopes, variables, then times and changes.
waves parse(const std::string& text)
{
    waves w;
    std::istringstream in(text);
    std::vector<std::string> scopes;
    std::uint64_t now = 0;
    bool body = false;
    for (std::string word; in >> word;) {
        if (word == "$timescale") {
            for (std::string part; in >> part && part != "$end";)
                w.timescale += part;
        } else if (word == "$scope") {
            std::string type, name;
            in >> type >> name;
            scopes.push_back(name);
        } else if (word == "$upscope") {
            scopes.pop_back();
        } else if (word == "$var") {
            std::string type, width, code, name;
            in >> type >> width >> code >> name;
            std::string path;
            for (const std::string& s : scopes)
                path += s + ".";
            w.names[code] = path + name;
        } else if (word == "$comment") {
            while (in >> word && word != "$end") {
            }
        } else if (word == "$enddefinitions") {
            body = true;
        } else if (body && word[0] == '#') {
            const std::uint64_t next = std::stoull(word.substr(1));
            EXPECT_GE(next, now) << "time goes back";
            now = next;
        } else if (body && word[0] == 'b') {
            std::string code;
            in >> code;
            EXPECT_TRUE(w.names.count(code)) << code;
            w.changes[w.names[code]].emplace_back(now, word.substr(1));
        } else if (body && (word[0] == '0' || word[0] == '1') && word.size() > 1) {
            EXPECT_TRUE(w.names.count(word.substr(1))) << word;
            w.changes[w.names[word.substr(1)]].emplace_back(now, word.substr(0, 1));
        }
    }
    EXPECT_TRUE(scopes.empty());
    return w;
}

TEST(Vcd, HasTheInterruptWiresAndParses)
{
    const scratch files;
    const auto r = run_profile("--quiet --set kind=churn --set count=2 --vcd " + files.path("w.vcd"));
    ASSERT_EQ(r.exit_code, 0) << r.output;
    const waves w = parse(files.read("w.vcd"));
    EXPECT_EQ(w.timescale, "1ps");
    unsigned wires = 0;
    for (const auto& [code, name] : w.names)
        wires += name.find("_irq") != std::string::npos ? 1 : 0;
    EXPECT_GE(wires, 4u);
    // Binary numbers: the slots in use go up to some and end at none.
    const auto& slots = w.changes.at("SystemC.system.tcu.translation_slots");
    ASSERT_GT(slots.size(), 2u);
    std::uint64_t most = 0;
    for (const auto& [when, level] : slots)
        most = std::max<std::uint64_t>(most, std::stoull(level, nullptr, 2));
    EXPECT_GE(most, 1u);
    EXPECT_LE(most, 32u); // requests outstanding
    EXPECT_EQ(std::stoull(slots.back().second, nullptr, 2), 0u);
}

} // namespace
} // namespace iovp::test
