#pragma once

#include <rapidcheck.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

namespace iovp::oracle {

/// RC_PARAMS as they were given, before any property set its own.
inline const std::string& given_parameters()
{
    static const std::string given = std::getenv("RC_PARAMS") != nullptr ? std::getenv("RC_PARAMS") : "";
    return given;
}

/// Runs a property over lists of `decisions` numbers until `successes` of them held. The seed is fixed unless RC_PARAMS
/// gives one; a failure prints the seed and the shrunk list. RC_PARAMS (seed=, max_success=, noshrink=, reproduce=)
/// is honoured; IOVP_ORACLE_FACTOR multiplies the number of configurations (a long run). Shrinking ends after 30
/// seconds, or IOVP_ORACLE_SHRINK seconds.
template <class Property>
bool for_all(const std::string& name, unsigned successes, unsigned decisions, Property property)
{
    const char* factor = std::getenv("IOVP_ORACLE_FACTOR");
    if (factor != nullptr)
        successes *= static_cast<unsigned>(std::strtoul(factor, nullptr, 10));
    std::string parameters = given_parameters();
    if (parameters.find("seed=") == std::string::npos)
        parameters += " seed=70";
    if (parameters.find("max_success=") == std::string::npos)
        parameters += " max_success=" + std::to_string(successes);
    setenv("RC_PARAMS", parameters.c_str(), 1); // rapidcheck prints it as the configuration in use
    const auto configuration = rc::detail::configFromString(parameters);
    std::cout << name << ": " << parameters << std::endl;
    rc::detail::TestMetadata metadata;
    metadata.id = name;
    metadata.description = name;
    const auto numbers = rc::gen::container<std::vector<std::uint32_t>>(
        decisions, rc::gen::resize(100, rc::gen::arbitrary<std::uint32_t>()));
    using clock = std::chrono::steady_clock;
    const char* patience = std::getenv("IOVP_ORACLE_SHRINK");
    const std::chrono::seconds limit(patience != nullptr ? std::strtol(patience, nullptr, 10) : 30);
    std::vector<std::uint32_t> failed; // the last that did
    clock::time_point since;
    const auto limited = [&] {
        const auto list = *numbers.as("decisions");
        // What is left of the shrinking succeeds at once; only the report asks for the shortest failure again.
        if (!failed.empty() && list != failed && clock::now() - since > limit)
            return;
        try {
            property(list);
        } catch (...) {
            if (failed.empty())
                since = clock::now();
            failed = list;
            throw;
        }
    };
    const auto result = rc::detail::checkTestable(limited, metadata, configuration.testParams);
    rc::detail::printResultMessage(result, std::cerr);
    std::cerr << std::endl;
    return result.template is<rc::detail::SuccessResult>();
}

} // namespace iovp::oracle
