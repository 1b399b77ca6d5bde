#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <regex>
#include <specification/suite_tests.hpp>
#include <sstream>

namespace touchstone::tool {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view how_to_write =
    "write it as the others are: const TestCase can_be_cancelled{.name = \"Topic.can_be_cancelled\", "
    ".requirement = verifies(\"ABC-001\"), .shows = \"...\", .needs = {...}, .body = ...}";

/// Everything up to the body; `needs` may be left out.
const std::regex& form_of_a_row() {
  static const std::regex form(
      "const TestCase (\\w+)\\{\\s*"
      "\\.name =\\s*\"([A-Z][A-Za-z0-9]*\\.[a-z][a-z0-9_]*)\",\\s*"
      "\\.requirement = verifies\\(\"([^\"]*)\"\\),\\s*"
      "\\.shows =\\s*((?:\"(?:[^\"\\\\]|\\\\.)*\"\\s*)+),\\s*"
      "(?:\\.needs = \\{([^}]*)\\},\\s*)?"
      "\\.body =");
  return form;
}

/// What stands in the string literals of a piece of source.
std::vector<std::string> literals_of(const std::string& source) {
  static const std::regex literal("\"((?:[^\"\\\\]|\\\\.)*)\"");
  static const std::regex escaped("\\\\(.)");
  std::vector<std::string> texts;
  for (std::sregex_iterator one(source.begin(), source.end(), literal); one != std::sregex_iterator(); ++one) {
    texts.push_back(std::regex_replace((*one)[1].str(), escaped, "$1"));
  }
  return texts;
}

int line_of(const std::string& source, std::size_t at) {
  return 1 + static_cast<int>(std::count(source.begin(), source.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
}

bool holds_tests(const fs::path& file) {
  const std::string name = file.filename();
  return name.ends_with("_test.cpp") || name.ends_with("_tests.hpp");
}

void collect(const fs::path& folder, std::vector<fs::path>& files) {
  if (!fs::is_directory(folder)) return;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (holds_tests(entry.path())) files.push_back(entry.path());
  }
}

}  // namespace

std::vector<SuiteTest> parse_suite_tests(const std::string& source, const std::string& shown) {
  std::map<std::ptrdiff_t, SuiteTest> tests;  // by their positions in the list
  const std::string list = source.substr(std::min(source.rfind("return {"), source.size()));
  static const std::regex start("const TestCase |verifies\\(");
  auto at = source.cbegin();
  for (std::smatch found; std::regex_search(at, source.cend(), found, start); at = found[0].second) {
    const Place place{shown, line_of(source, static_cast<std::size_t>(found[0].first - source.cbegin()))};
    const auto here = std::regex_constants::match_continuous;
    if (!std::regex_search(found[0].first, source.cend(), found, form_of_a_row(), here)) {
      fail(place, "a test", how_to_write);
    }
    std::smatch listed;
    if (!std::regex_search(list, listed, std::regex("\\b" + found[1].str() + "\\b"))) {
      fail(place, found[1].str(), "is not in the list at the end of the file, so that it would never run; add it");
    }
    const std::string shows = fmt::format("{}", fmt::join(literals_of(found[4]), ""));
    tests.emplace(listed.position(), SuiteTest{found[2], found[3], shows, literals_of(found[5]), place});
  }
  std::vector<SuiteTest> in_order;
  for (auto& [position, test] : tests) in_order.push_back(std::move(test));
  return in_order;
}

std::vector<SuiteTest> read_suite_tests(const fs::path& tree) {
  std::vector<fs::path> files;
  collect(tree / "conformance/suite", files);
  collect(tree / "conformance/include/touchstone", files);
  std::sort(files.begin(), files.end(),
            [](const fs::path& a, const fs::path& b) { return a.filename() < b.filename(); });
  std::vector<SuiteTest> tests;
  std::map<std::string, Place> places;
  for (const fs::path& file : files) {
    std::ifstream stream(file);
    if (!stream) throw SpecificationError(fmt::format("{}: cannot be read", fs::relative(file, tree).string()));
    std::stringstream source;
    source << stream.rdbuf();
    for (SuiteTest& test : parse_suite_tests(source.str(), fs::relative(file, tree))) {
      const auto [other, is_new] = places.emplace(test.name, test.place);
      if (!is_new) {
        fail(test.place, "name", fmt::format("{} is used already, at {}", test.name, other->second.to_string()));
      }
      tests.push_back(std::move(test));
    }
  }
  return tests;
}

}  // namespace touchstone::tool
