#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <regex>
#include <specification/suite_tests.hpp>
#include <specification/tokens.hpp>
#include <sstream>

namespace touchstone::tool {

namespace fs = std::filesystem;

namespace {

/// The members of TestCase, in their order.
constexpr std::array<std::string_view, 6> members = {"name", "requirement", "shows", "needs", "body", "hang_means"};

/// Reads `{.name = "...", .requirement = verifies("..."), .shows = "...", ...}`, or the same without the names,
/// wherever one stands.
class TableParser {
 public:
  TableParser(std::string_view source, std::string shown) : tokens_(tokens_of(source)), shown_(std::move(shown)) {}

  std::vector<SuiteTest> run() {
    while (at_ < tokens_.size()) {
      if (is("{") && is(".", 1) && is("name", 2)) {
        read_case(true);
      } else if (is("{") && is_text(1) && is(",", 2) && is("verifies", 3)) {
        read_case(false);
      } else if (is("verifies") && is("(", 1) && !is("string_view", -1)) {
        fail_here("verifies",
                  "stands outside a test case; write {.name = \"Topic.case\", .requirement = verifies(\"ABC-001\"), "
                  ".shows = \"...\", .body = ...}");
      } else {
        ++at_;
      }
    }
    return std::move(tests_);
  }

 private:
  bool is(std::string_view value, int ahead = 0) const {
    const auto index = static_cast<std::ptrdiff_t>(at_) + ahead;
    if (index < 0 || index >= static_cast<std::ptrdiff_t>(tokens_.size())) return false;
    const Token& token = tokens_[static_cast<std::size_t>(index)];
    return token.kind != Token::Kind::text && token.value == value;
  }

  bool is_text(std::size_t ahead) const {
    return at_ + ahead < tokens_.size() && tokens_[at_ + ahead].kind == Token::Kind::text;
  }

  [[noreturn]] void fail_here(std::string_view key, std::string_view message) const {
    const int line = tokens_.empty() ? 1 : tokens_[std::min(at_, tokens_.size() - 1)].line;
    fail({shown_, line}, key, message);
  }

  void expect(std::string_view sign, std::string_view key) {
    if (!is(sign)) fail_here(key, fmt::format("expected {} here", sign));
    ++at_;
  }

  std::string expect_text(std::string_view key) {
    if (at_ >= tokens_.size() || tokens_[at_].kind != Token::Kind::text) {
      fail_here(key, "must be a string literal here: the tables are also read as text");
    }
    return tokens_[at_++].value;
  }

  void read_case(bool with_names) {
    SuiteTest test;
    test.place = {shown_, tokens_[at_].line};
    std::vector<std::string> seen;
    expect("{", "");
    while (!is("}")) {
      const std::string key = with_names ? read_key() : std::string(nth_member(seen.size()));
      if (std::find(seen.begin(), seen.end(), key) != seen.end()) fail_here(key, "occurs twice in one test case");
      seen.push_back(key);
      read_member(test, key);
      if (is(",")) ++at_;
    }
    ++at_;
    for (const char* key : {"name", "requirement", "shows", "body"}) {
      if (std::find(seen.begin(), seen.end(), key) == seen.end()) {
        fail(test.place, key, fmt::format("missing in the test case {}", test.name));
      }
    }
    tests_.push_back(std::move(test));
  }

  std::string read_key() {
    expect(".", "a test case");
    if (at_ >= tokens_.size()) fail_here("a test case", "ends in the middle");
    std::string key = tokens_[at_++].value;
    expect("=", key);
    return key;
  }

  std::string_view nth_member(std::size_t index) const {
    if (index >= members.size()) fail_here("a test case", "has more members than TestCase");
    return members[index];
  }

  void read_member(SuiteTest& test, const std::string& key) {
    if (key == "name") {
      test.name = expect_text(key);
      static const std::regex form("[A-Z][A-Za-z0-9]*\\.[a-z][a-z0-9_]*");
      if (!std::regex_match(test.name, form)) {
        --at_;
        fail_here(key, fmt::format("\"{}\" is not a test name; write Topic.what_it_shows, without a dash", test.name));
      }
    } else if (key == "requirement") {
      if (!is("verifies")) fail_here(key, "must be written verifies(\"ABC-001\")");
      ++at_;
      expect("(", key);
      test.requirement = expect_text("verifies");
      expect(")", key);
    } else if (key == "shows") {
      test.shows = expect_text(key);
    } else if (key == "needs") {
      expect("{", key);
      while (!is("}")) {
        test.needs.push_back(expect_text(key));
        if (is(",")) ++at_;
      }
      ++at_;
    } else if (key == "body" || key == "hang_means") {
      skip_expression(key);
    } else {
      --at_;
      fail_here(key, "unknown member of TestCase; there are name, requirement, shows, needs, body and hang_means");
    }
  }

  /// To the comma or brace that ends the member; a lambda or a call may hold both in its own brackets.
  void skip_expression(std::string_view key) {
    int depth = 0;
    while (depth > 0 || (!is(",") && !is("}"))) {
      if (at_ >= tokens_.size()) fail_here(key, "its value never ends");
      if (is("(") || is("{") || is("[")) ++depth;
      if (is(")") || is("}") || is("]")) --depth;
      ++at_;
    }
  }

  std::vector<Token> tokens_;
  std::string shown_;
  std::size_t at_ = 0;
  std::vector<SuiteTest> tests_;
};

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

std::vector<SuiteTest> parse_test_table(std::string_view source, const std::string& shown) {
  return TableParser(source, shown).run();
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
    std::stringstream source;
    source << stream.rdbuf();
    for (SuiteTest& test : parse_test_table(source.str(), fs::relative(file, tree))) {
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
