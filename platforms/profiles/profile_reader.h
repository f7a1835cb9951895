#pragma once

#include "configuration/json_fields.h"

#include <string>

namespace iovp::profiles {

/// Visitor that fills a description from a profile: each key is {"value": ..., "source": "..."}, none may be missing.
class profile_reader {
public:
    using json = configuration::json;

    profile_reader(const json& object, std::string path)
        : object_(object)
        , path_(std::move(path))
    {
        if (!object_.is_object())
            throw configuration::error(path_ + ": expected an object, found " + object_.dump());
    }

    template <class T>
    void field(const char* key, T& value, const configuration::allowed& a)
    {
        const json one = take(key);
        if (!one[key].is_number())
            throw configuration::error(path_ + ": key \"" + key + "\" = " + one[key].dump() + "; allowed: " + a.text());
        configuration::json_reader(one, path_).field(key, value, a);
    }
    void field(const char* key, bool& value)
    {
        const json one = take(key);
        configuration::json_reader(one, path_).field(key, value);
    }
    void time_ns(const char* key, sc_core::sc_time& value, const configuration::allowed& a)
    {
        const json one = take(key);
        configuration::json_reader(one, path_).time_ns(key, value, a);
    }
    template <class Enumeration>
    void choice(const char* key, Enumeration& value, const configuration::choices<Enumeration>& words)
    {
        const json one = take(key);
        configuration::json_reader(one, path_).choice(key, value, words);
    }

    template <class Describe>
    void section(const char* key, Describe&& describe)
    {
        profile_reader inner(find(key), path_ + "." + key);
        describe(inner);
        inner.finish();
    }

    void finish() const
    {
        for (const auto& item : object_.items())
            if (!known_.contains(item.key())) {
                std::string list;
                for (const auto& k : known_.items())
                    list += (list.empty() ? "" : ", ") + k.key();
                throw configuration::error(path_ + ": unknown key \"" + item.key() + "\" = " + item.value().dump() +
                                           "; allowed: " + list);
            }
    }

private:
    const json& find(const char* key)
    {
        known_[key] = true;
        const auto it = object_.find(key);
        if (it == object_.end())
            throw configuration::error(path_ + ": key \"" + key + "\" is missing; a profile has every key");
        return *it;
    }

    /// {key: value}, for json_reader.
    json take(const char* key)
    {
        const json& entry = find(key);
        const bool good = entry.is_object() && entry.size() == 2 && entry.contains("value") &&
                          entry.contains("source") && entry["source"].is_string() &&
                          !entry["source"].get<std::string>().empty();
        if (!good)
            throw configuration::error(
                path_ + ": key \"" + key + "\" = " + entry.dump() +
                R"(; allowed: {"value": ..., "source": "where the value comes from, or assumed"})");
        return json{{key, entry["value"]}};
    }

    const json& object_;
    std::string path_;
    json known_ = json::object();
};

} // namespace iovp::profiles
