// Finds the line that tells most.

#include <algorithm>
#include <array>
#include <map>
#include <sstream>
#include <supervisor/verdicts/cause.hpp>

namespace touchstone::supervisor {

namespace {

constexpr std::size_t longest = 240;
constexpr int most_alike = 2;

std::string place_of(const Failure& failure) {
  return failure.file.empty() ? "" : failure.file + ":" + std::to_string(failure.line) + ": ";
}

std::string trimmed(const std::string& line) {
  const std::size_t begin = line.find_first_not_of(' ');
  return begin == std::string::npos ? std::string() : line.substr(begin);
}

/// GoogleTest's part begins in the first line, and is indented below it; what follows at the margin is the test's own.
std::string in_one_line(const std::string& message) {
  std::istringstream lines(message);
  std::string framework, own;
  for (std::string line; std::getline(lines, line);) {
    const bool is_framework = framework.empty() || line.starts_with("  ") || line.starts_with("Expected: ");
    std::string& part = is_framework && own.empty() ? framework : own;
    if (line == "Failed") continue;
    part += (part.empty() ? "" : " ") + trimmed(line);
  }
  return own.empty() ? framework : own + " (" + framework + ")";
}

}  // namespace

std::string cause_of(const std::vector<Failure>& failures) {
  if (failures.empty()) return {};
  std::string text = place_of(failures.front()) + in_one_line(failures.front().text);
  if (text.size() > longest) text = text.substr(0, longest) + " ...";
  if (failures.size() > 1) text += "; and " + std::to_string(failures.size() - 1) + " more";
  return text;
}

std::string describe_failures(const std::vector<Failure>& failures) {
  std::map<std::string, int> seen;
  std::string text;
  for (const Failure& failure : failures) {
    const std::string place = place_of(failure);
    if (++seen[place] > most_alike) continue;
    text += place + failure.text + (failure.text.ends_with('\n') ? "" : "\n");
  }
  for (const auto& [place, count] : seen) {
    if (count > most_alike) text += place + std::to_string(count - most_alike) + " more failures here\n";
  }
  return text;
}

std::string last_words(const std::string& output) {
  constexpr std::array telling = {"SUMMARY: ", "terminate called", "libc++abi: terminating", "Assertion "};
  std::istringstream lines(output);
  std::string words;
  for (std::string line; std::getline(lines, line);) {
    const bool tells = std::any_of(telling.begin(), telling.end(), [&line](const char* beginning) {
      return line.find(beginning) != std::string::npos;
    });
    if (tells) words = line;
  }
  return words.size() > longest ? words.substr(0, longest) + " ..." : words;
}

}  // namespace touchstone::supervisor
