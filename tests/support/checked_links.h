#pragma once

#include "support/protocol_checker.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace iovp::test {

/// Binds initiators to targets with a protocol_checker on each link.
class checked_links {
public:
    /// Returns what stands between the two.
    template <class Initiator, class Target>
    protocol_checker& bind(Initiator& initiator, Target& target)
    {
        const std::string name = std::string("checked_") + initiator.basename();
        checkers_.push_back(std::make_unique<protocol_checker>(sc_core::sc_gen_unique_name(name.c_str())));
        protocol_checker& checker = *checkers_.back();
        initiator.bind(checker.target);
        checker.initiator.bind(target);
        return checker;
    }

    /// What was found and not yet taken, which then does not fail the test.
    std::vector<std::string> take_violations()
    {
        std::vector<std::string> all;
        for (const auto& checker : checkers_)
            for (std::string& v : checker->take_violations())
                all.push_back(std::move(v));
        return all;
    }

private:
    std::vector<std::unique_ptr<protocol_checker>> checkers_;
};

} // namespace iovp::test
