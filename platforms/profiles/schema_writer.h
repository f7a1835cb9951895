#pragma once

#include "configuration/json_fields.h"

#include <type_traits>

namespace iovp::profiles {

/// Visitor that makes a JSON Schema (draft 7) of a description.
class schema_writer {
public:
    using json = configuration::json;

    template <class T>
    void field(const char* key, T&, const configuration::allowed& a)
    {
        add(key, number(std::is_floating_point_v<T> ? "number" : "integer", a));
    }
    void field(const char* key, bool&) { add(key, {{"type", "boolean"}}); }
    void time_ns(const char* key, sc_core::sc_time&, const configuration::allowed& a) { add(key, number("number", a)); }
    template <class Enumeration>
    void choice(const char* key, Enumeration&, const configuration::choices<Enumeration>& words)
    {
        json list = json::array();
        for (const auto& word : words)
            list.push_back(word.first);
        add(key, {{"enum", list}});
    }
    template <class Describe>
    void section(const char* key, Describe&& describe)
    {
        schema_writer inner;
        describe(inner);
        properties_[key] = inner.object();
    }

    json object() const
    {
        json required = json::array();
        for (const auto& p : properties_.items())
            required.push_back(p.key());
        return {
            {"type", "object"}, {"properties", properties_}, {"required", required}, {"additionalProperties", false}};
    }

    /// A property that is not a parameter.
    void plain(const char* key, const json& type) { properties_[key] = type; }

private:
    static json number(const char* type, const configuration::allowed& a)
    {
        json s = {{"type", type}};
        const auto bound = [&](const char* key, double v) {
            if (v == static_cast<double>(static_cast<std::int64_t>(v)))
                s[key] = static_cast<std::int64_t>(v);
            else
                s[key] = v;
        };
        if (!a.values.empty()) {
            s["enum"] = a.values;
        } else {
            bound(a.above_low ? "exclusiveMinimum" : "minimum", a.low);
            bound("maximum", a.high);
        }
        return s;
    }

    void add(const char* key, const json& value)
    {
        properties_[key] = {{"type", "object"},
                            {"properties", {{"value", value}, {"source", {{"$ref", "#/definitions/source"}}}}},
                            {"required", json::array({"value", "source"})},
                            {"additionalProperties", false}};
    }

    json properties_ = json::object();
};

} // namespace iovp::profiles
