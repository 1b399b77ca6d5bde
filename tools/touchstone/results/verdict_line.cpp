#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <results/verdict_line.hpp>
#include <sstream>

namespace touchstone::tool {

namespace {

using Json = nlohmann::json;

std::string text_of(const Json& line, const char* key) {
  const auto found = line.find(key);
  return found != line.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::vector<std::string> texts_of(const Json& line, const char* key) {
  std::vector<std::string> texts;
  const auto found = line.find(key);
  if (found == line.end() || !found->is_array()) return texts;
  for (const Json& element : *found) {
    if (element.is_string()) texts.push_back(element.get<std::string>());
  }
  return texts;
}

template <typename Number>
Number number_of(const Json& line, const char* key, Number otherwise) {
  const auto found = line.find(key);
  return found != line.end() && found->is_number() ? found->get<Number>() : otherwise;
}

bool flag_of(const Json& line, const char* key) {
  const auto found = line.find(key);
  return found != line.end() && found->is_boolean() && found->get<bool>();
}

/// Discarded where the line is not one JSON object.
Json parse_object(std::string_view line) {
  Json parsed = Json::parse(line, nullptr, false);
  return parsed.is_object() ? parsed : Json(Json::value_t::discarded);
}

}  // namespace

std::string parse_description(std::string_view line, SubjectResult& subject) {
  const Json parsed = parse_object(line);
  if (parsed.is_discarded())
    return fmt::format("--describe must print one JSON object, not \"{}\"", line.substr(0, 80));
  if (number_of(parsed, "touchstone", 0) != 1) {
    return "--describe speaks another protocol: its line has no \"touchstone\": 1; build it against this suite";
  }
  subject.subject = text_of(parsed, "subject");
  if (subject.subject.empty()) return "--describe gives no \"subject\": the adapter has no name";
  subject.version = text_of(parsed, "version");
  subject.home = text_of(parsed, "home");
  subject.profiles = texts_of(parsed, "profiles");
  if (std::find(subject.profiles.begin(), subject.profiles.end(), "core") == subject.profiles.end()) {
    subject.profiles.insert(subject.profiles.begin(), "core");
  }
  subject.capabilities = texts_of(parsed, "capabilities");
  std::sort(subject.capabilities.begin(), subject.capabilities.end());
  subject.compiler = text_of(parsed, "compiler");
  subject.flags = text_of(parsed, "flags");
  subject.sanitizer = text_of(parsed, "sanitizer");
  subject.suite_version = text_of(parsed, "suite_version");
  return "";
}

std::optional<ListedTest> parse_listed_test(std::string_view line) {
  const Json parsed = parse_object(line);
  if (parsed.is_discarded()) return std::nullopt;
  ListedTest listed{text_of(parsed, "test"), text_of(parsed, "requirement"), flag_of(parsed, "applicable"),
                    text_of(parsed, "reason")};
  std::istringstream needs(text_of(parsed, "needs"));
  for (std::string need; needs >> need;) listed.needs.push_back(need);
  if (listed.test.empty() || listed.requirement.empty()) return std::nullopt;
  return listed;
}

std::optional<TestResult> parse_verdict_line(std::string_view line) {
  const Json parsed = parse_object(line);
  if (parsed.is_discarded() || number_of(parsed, "touchstone", 0) != 1) return std::nullopt;
  TestResult result;
  result.test = text_of(parsed, "test");
  result.requirement = text_of(parsed, "requirement");
  const std::optional<Verdict> verdict = verdict_of(text_of(parsed, "verdict"));
  if (result.test.empty() || !verdict || *verdict == Verdict::not_run) return std::nullopt;
  result.verdict = *verdict;
  result.revision = number_of(parsed, "revision", 1);
  result.level = text_of(parsed, "level");
  result.profile = text_of(parsed, "profile");
  result.source = text_of(parsed, "source");
  result.hang_class = text_of(parsed, "class");
  result.proved = flag_of(parsed, "proved");
  result.choice = text_of(parsed, "choice");
  result.witness = text_of(parsed, "witness");
  result.reason = text_of(parsed, "reason");
  result.evidence = text_of(parsed, "evidence");
  result.fingerprint = text_of(parsed, "fingerprint");
  result.deviation = text_of(parsed, "deviation");
  result.link = text_of(parsed, "link");
  result.seed = number_of<std::uint64_t>(parsed, "seed", 0);
  result.seconds = number_of(parsed, "seconds", 0.0);
  if (const auto proof = parsed.find("proof_ms"); proof != parsed.end() && proof->is_number()) {
    result.proof_ms = proof->get<double>();
  }
  result.replay = text_of(parsed, "replay");
  result.own_requirement = text_of(parsed, "own_requirement");
  result.own_verdict = verdict_of(text_of(parsed, "own_verdict")).value_or(Verdict::not_run);
  return result;
}

}  // namespace touchstone::tool
