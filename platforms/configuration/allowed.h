#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace iovp::configuration {

/// What a number may be: in a description of parameters, for readers and for schemas.
struct allowed {
    double low = 0;
    double high = 0;
    bool above_low = false;            ///< low itself is not allowed
    std::vector<std::uint64_t> values; ///< not empty: these and no others

    bool holds(double v) const
    {
        if (!values.empty()) {
            for (const std::uint64_t each : values)
                if (v == static_cast<double>(each))
                    return true;
            return false;
        }
        return (above_low ? v > low : v >= low) && v <= high;
    }

    std::string text() const
    {
        if (values.empty())
            return (above_low ? "above " + number(low) + " up to " : number(low) + "..") + number(high);
        std::string list;
        for (const std::uint64_t v : values)
            list += (list.empty() ? "" : ", ") + std::to_string(v);
        return list;
    }

private:
    static std::string number(double v)
    {
        std::string s = std::to_string(v);
        s.erase(s.find_last_not_of('0') + 1);
        if (s.back() == '.')
            s.pop_back();
        return s;
    }
};

inline allowed range(double low, double high)
{
    return {low, high, false, {}};
}
/// Above `low`, up to `high`.
inline allowed above(double low, double high)
{
    return {low, high, true, {}};
}
inline allowed one_of(std::vector<std::uint64_t> values)
{
    return {0, 0, false, std::move(values)};
}
inline allowed power_of_two(std::uint64_t low, std::uint64_t high)
{
    allowed a;
    for (std::uint64_t v = low; v <= high; v *= 2)
        a.values.push_back(v);
    return a;
}
/// 0, which means "none", or one of the values.
inline allowed zero_or(allowed a)
{
    a.values.insert(a.values.begin(), 0);
    return a;
}

} // namespace iovp::configuration
