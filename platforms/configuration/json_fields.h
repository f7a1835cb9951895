#pragma once

#include "configuration/allowed.h"

#include <nlohmann/json.hpp>
#include <systemc>

#include <algorithm>
#include <charconv>
#include <limits>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace iovp::configuration {

/// A configuration file that cannot be taken: names the object, the key, the value and what is allowed.
class error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

using json = nlohmann::ordered_json;

/// The words of an enumeration.
template <class Enumeration>
using choices = std::vector<std::pair<const char*, Enumeration>>;

/// A parameter structure is described once, by a function that names its members to a visitor:
///     template <class V> void describe(V& v, memory_parameters& p)
///     {
///         v.field("size", p.size);
///         v.time_ns("read_latency_ns", p.read_latency);
///         v.section("cache", [&](V& s) { s.field("ways", p.ways); });
///     }
/// `field` and `time_ns` take what is allowed as a third argument, where the description knows it; `choice` is an
/// enumeration with its words.
/// json_reader fills the structure from a JSON object and refuses keys that were not named; json_writer gives the JSON
/// object of what the structure holds.
class json_reader {
public:
    /// `path`: the object's place in the file, for messages; empty for the whole file.
    json_reader(const json& object, std::string path)
        : object_(object)
        , path_(std::move(path))
    {
        if (!object_.is_object())
            throw error(where() + ": expected an object, found " + object_.dump());
    }

    template <class T>
    void field(const char* key, T& value)
    {
        if (const json* found = find(key))
            convert(key, *found, value);
    }

    void time_ns(const char* key, sc_core::sc_time& value)
    {
        const json* found = find(key);
        if (!found)
            return;
        if (!found->is_number() || found->get<double>() < 0)
            refuse(key, *found, "a time in nanoseconds, 0 or more");
        value = sc_core::sc_time(found->get<double>(), sc_core::SC_NS);
    }

    template <class T>
    void field(const char* key, T& value, const allowed& a)
    {
        T taken = value;
        field(key, taken);
        check(key, static_cast<double>(taken), a);
        value = taken;
    }

    void time_ns(const char* key, sc_core::sc_time& value, const allowed& a)
    {
        time_ns(key, value);
        check(key, value / sc_core::sc_time(1, sc_core::SC_NS), a);
    }

    template <class Enumeration>
    void choice(const char* key, Enumeration& value, const choices<Enumeration>& words)
    {
        const json* found = find(key);
        if (!found)
            return;
        std::string list;
        for (const auto& [word, meaning] : words) {
            if (*found == word) {
                value = meaning;
                return;
            }
            list += std::string(list.empty() ? "\"" : ", \"") + word + "\"";
        }
        refuse(key, *found, list);
    }

    template <class Describe>
    void section(const char* key, Describe&& describe)
    {
        static const json empty = json::object();
        const json* found = find(key);
        json_reader inner(found ? *found : empty, path_.empty() ? key : path_ + "." + key);
        describe(inner);
        inner.finish();
    }

    /// Refuses keys that nobody asked for; called when the whole object has been described.
    void finish() const
    {
        for (const auto& item : object_.items())
            if (std::find(known_.begin(), known_.end(), item.key()) == known_.end()) {
                std::string list;
                for (const std::string& k : known_)
                    list += (list.empty() ? "" : ", ") + k;
                throw error(where() + ": unknown key \"" + item.key() + "\"; allowed: " + list);
            }
    }

private:
    const json* find(const char* key)
    {
        known_.emplace_back(key);
        const auto it = object_.find(key);
        return it == object_.end() ? nullptr : &*it;
    }

    std::string where() const { return path_.empty() ? "configuration" : path_; }

    [[noreturn]] void refuse(const char* key, const json& value, const std::string& allowed) const
    {
        throw error(where() + ": key \"" + key + "\" = " + value.dump() + "; allowed: " + allowed);
    }

    /// Only what the file says: defaults are the module's own concern.
    void check(const char* key, double value, const allowed& a) const
    {
        const auto it = object_.find(key);
        if (it != object_.end() && !a.holds(value))
            refuse(key, *it, a.text());
    }

    template <class T>
    void convert(const char* key, const json& from, T& to) const
    {
        if constexpr (std::is_same_v<T, bool>) {
            if (!from.is_boolean())
                refuse(key, from, "true or false");
            to = from.template get<bool>();
        } else if constexpr (std::is_integral_v<T>) {
            to = static_cast<T>(integer(key, from, std::numeric_limits<T>::max()));
        } else if constexpr (std::is_floating_point_v<T>) {
            if (!from.is_number() || from.template get<double>() < 0)
                refuse(key, from, "a number, 0 or more");
            to = from.template get<T>();
        } else {
            static_assert(std::is_same_v<T, std::string>);
            if (!from.is_string())
                refuse(key, from, "a string");
            to = from.template get<std::string>();
        }
    }

    /// Addresses read better in hexadecimal, which JSON lacks: "0x8000000" is taken as well.
    std::uint64_t integer(const char* key, const json& from, std::uint64_t largest) const
    {
        const std::string allowed = "an integer 0.." + std::to_string(largest) + ", or a string such as \"0x1000\"";
        std::uint64_t value = 0;
        if (from.is_number_unsigned()) {
            value = from.get<std::uint64_t>();
        } else if (from.is_string()) {
            const auto text = from.get<std::string>();
            const bool hexadecimal = text.rfind("0x", 0) == 0;
            const char* first = text.data() + (hexadecimal ? 2 : 0);
            const char* last = text.data() + text.size();
            const auto parsed = std::from_chars(first, last, value, hexadecimal ? 16 : 10);
            if (parsed.ec != std::errc() || parsed.ptr != last)
                refuse(key, from, allowed);
        } else {
            refuse(key, from, allowed);
        }
        if (value > largest)
            refuse(key, from, allowed);
        return value;
    }

    const json& object_;
    std::string path_;
    std::vector<std::string> known_;
};

class json_writer {
public:
    template <class T>
    void field(const char* key, T& value)
    {
        object_[key] = value;
    }
    void time_ns(const char* key, sc_core::sc_time& value)
    {
        object_[key] = value / sc_core::sc_time(1, sc_core::SC_NS);
    }
    template <class T>
    void field(const char* key, T& value, const allowed&)
    {
        field(key, value);
    }
    void time_ns(const char* key, sc_core::sc_time& value, const allowed&) { time_ns(key, value); }
    template <class Enumeration>
    void choice(const char* key, Enumeration& value, const choices<Enumeration>& words)
    {
        for (const auto& [word, meaning] : words)
            if (value == meaning)
                object_[key] = word;
    }
    template <class Describe>
    void section(const char* key, Describe&& describe)
    {
        json_writer inner;
        describe(inner);
        object_[key] = inner.object_;
    }

    const json& object() const { return object_; }

private:
    json object_ = json::object();
};

} // namespace iovp::configuration
