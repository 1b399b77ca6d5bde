#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <tests/report/schema.hpp>

namespace touchstone::tool {

namespace {

using Json = nlohmann::json;

bool has_type(const Json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  if (type == "null") return value.is_null();
  throw std::logic_error("a type that this validator does not know: " + type);
}

bool fits_type(const Json& value, const Json& types) {
  if (types.is_string()) return has_type(value, types);
  return std::any_of(types.begin(), types.end(), [&](const Json& type) { return has_type(value, type); });
}

void add(std::vector<std::string>& all, std::vector<std::string> more) {
  all.insert(all.end(), more.begin(), more.end());
}

}  // namespace

std::vector<std::string> violations(const Json& value, const Json& schema, const std::string& place) {
  std::vector<std::string> found;
  if (schema.contains("type") && !fits_type(value, schema["type"])) return {place + ": is no " + schema["type"].dump()};
  if (schema.contains("const") && value != schema["const"])
    found.push_back(place + ": is not " + schema["const"].dump());
  if (schema.contains("enum")) {
    const Json& allowed = schema["enum"];
    if (std::find(allowed.begin(), allowed.end(), value) == allowed.end())
      found.push_back(place + ": is " + value.dump());
  }
  if (value.is_array() && schema.contains("items")) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      add(found, violations(value[i], schema["items"], place + "[" + std::to_string(i) + "]"));
    }
  }
  if (!value.is_object()) return found;
  for (const Json& key : schema.value("required", Json::array())) {
    if (!value.contains(key.get<std::string>())) found.push_back(place + ": lacks " + key.dump());
  }
  const Json properties = schema.value("properties", Json::object());
  const Json others = schema.value("additionalProperties", Json(true));
  for (const auto& [key, element] : value.items()) {
    const std::string below = place + "." + key;
    if (properties.contains(key)) {
      add(found, violations(element, properties[key], below));
    } else if (others.is_object()) {
      add(found, violations(element, others, below));
    } else if (others == false) {
      found.push_back(below + ": is not in the schema");
    }
  }
  return found;
}

}  // namespace touchstone::tool
