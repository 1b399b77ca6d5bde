// Takes what is constant out of GoogleTest's messages.

#include <algorithm>
#include <cctype>
#include <supervisor/verdicts/fingerprint.hpp>

namespace touchstone::supervisor {

namespace {

constexpr std::size_t longest = 160;
constexpr std::size_t most_failures = 4;

/// Numbers differ from run to run where people write them into messages.
std::string without_numbers(const std::string& text) {
  std::string result;
  for (const char character : text) {
    if (std::isdigit(static_cast<unsigned char>(character)) == 0) {
      result += character;
    } else if (!result.ends_with('#')) {
      result += '#';
    }
  }
  return result;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

std::string trimmed(const std::string& line) {
  const std::size_t begin = line.find_first_not_of(' ');
  return begin == std::string::npos ? std::string() : line.substr(begin);
}

/// Takes the expressions out of GoogleTest's message: they stand in its first line, or indented below it;
/// what follows at the margin is the test's own text, with values in it.
std::string expression_of(const std::string& message) {
  const std::vector<std::string> lines = lines_of(message);
  if (lines.empty()) return {};
  if (lines.front() == "Failed") return lines.size() > 1 ? without_numbers(lines[1]) : lines.front();
  const std::string& head = lines.front();
  std::string expression = head.substr(0, head.find(", actual: "));
  for (std::size_t index = 1; index < lines.size() && lines[index].starts_with("  "); ++index) {
    const std::string line = trimmed(lines[index]);
    if (line.starts_with("Which is:") || line.starts_with("Actual:")) continue;
    expression += (index == 1 ? " " : ", ") + line;
  }
  return expression;
}

}  // namespace

std::string fingerprint_of(const std::vector<Failure>& failures) {
  std::vector<std::string> prints;
  for (const Failure& failure : failures) {
    std::string print = (failure.file.empty() ? "" : failure.file + ": ") + expression_of(failure.text);
    if (print.size() > longest) print.resize(longest);
    if (std::find(prints.begin(), prints.end(), print) == prints.end()) prints.push_back(std::move(print));
  }
  if (prints.size() > most_failures) prints.resize(most_failures);
  std::string joined;
  for (const std::string& print : prints) joined += (joined.empty() ? "" : "; ") + print;
  return joined;
}

}  // namespace touchstone::supervisor
