// index.html: one file that needs nothing else. page.html is the page, with a place for the data.

#include <nlohmann/json.hpp>
#include <report/page_template.hpp>
#include <report/reports.hpp>
#include <stdexcept>

namespace touchstone::tool {

namespace {

/// Leaves out what is empty, false or null: most fields of most tests are.
nlohmann::json pruned(const nlohmann::json& value) {
  if (!value.is_structured()) return value;
  nlohmann::json kept = value.is_array() ? nlohmann::json::array() : nlohmann::json::object();
  for (const auto& [key, element] : value.items()) {
    const bool says_nothing =
        element.is_null() || element == "" || element == false || (element.is_structured() && element.empty());
    if (value.is_array()) {
      kept.push_back(pruned(element));
    } else if (!says_nothing) {
      kept[key] = pruned(element);
    }
  }
  return kept;
}

/// The report without what the page does not show.
nlohmann::json page_data(const Report& report) {
  nlohmann::json data = report_json(report);
  for (nlohmann::json& subject : data["subjects"]) {
    for (nlohmann::json& test : subject["tests"]) {
      if (test["verdict"] == "not-applicable") test.erase("replay");
      for (const char* key : {"level", "profile", "revision", "seed", "fingerprint"}) test.erase(key);
    }
  }
  return pruned(data);
}

}  // namespace

std::string report_page(const Report& report) {
  constexpr std::string_view place = "/*REPORT*/null";
  std::string page = page_template();
  const std::size_t at = page.find(place);
  if (at == std::string::npos) throw std::logic_error("page.html has no place for the data");
  std::string data = page_data(report).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  // Inside a script element nothing may look like a tag. In JSON, this sign occurs in strings only.
  for (std::size_t found = 0; (found = data.find('<', found)) != std::string::npos;) data.replace(found, 1, "\\u003c");
  return page.replace(at, place.size(), data);
}

}  // namespace touchstone::tool
