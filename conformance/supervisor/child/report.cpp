// Reports as lines of tab-separated fields.

#include <algorithm>
#include <cstdlib>
#include <supervisor/child/report.hpp>
#include <utility>

namespace touchstone::supervisor {

namespace {

// One line a fact: its name, and its values, separated by tabs. Line breaks and tabs in values are escaped.

constexpr std::string_view last_line = "end\n";
constexpr std::string_view last_line_of_body = "end of the body\n";
constexpr std::string_view begin_of_early = "early failure\t";
constexpr std::size_t longest_early = 3'000;  // a pipe takes it whole, whatever other threads write

void append_escaped(std::string& line, std::string_view value) {
  for (const char character : value) {
    if (character == '\\') {
      line += "\\\\";
    } else if (character == '\n') {
      line += "\\n";
    } else if (character == '\t') {
      line += "\\t";
    } else {
      line += character;
    }
  }
}

void append_line(std::string& text, std::string_view name, const std::vector<std::string>& values) {
  text += name;
  for (const std::string& value : values) {
    text += '\t';
    append_escaped(text, value);
  }
  text += '\n';
}

std::string unescaped(std::string_view value) {
  std::string result;
  for (std::size_t position = 0; position < value.size(); ++position) {
    if (value[position] != '\\' || position + 1 == value.size()) {
      result += value[position];
      continue;
    }
    const char escaped = value[++position];
    result += escaped == 'n' ? '\n' : escaped == 't' ? '\t' : escaped;
  }
  return result;
}

std::vector<std::string> split_fields(std::string_view line) {
  std::vector<std::string> fields;
  for (;;) {
    const std::size_t tab = line.find('\t');
    fields.push_back(unescaped(line.substr(0, tab)));
    if (tab == std::string_view::npos) return fields;
    line.remove_prefix(tab + 1);
  }
}

/// The lines of a whole text, each as its fields; nothing for a text that is cut off.
std::optional<std::vector<std::vector<std::string>>> split_lines(std::string_view text) {
  if (!text.ends_with(last_line)) return {};
  text.remove_suffix(last_line.size());
  std::vector<std::vector<std::string>> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    lines.push_back(split_fields(text.substr(0, end)));
    lines.back().resize(4);
    text.remove_prefix(end + 1);
  }
  return lines;
}

}  // namespace

std::string encode(const TestReport& report) {
  std::string text;
  if (!report.error.empty()) append_line(text, "error", {report.error});
  for (const Failure& failure : report.failures) {
    append_line(text, "failure", {failure.file, std::to_string(failure.line), failure.text});
  }
  for (const Witness& witness : report.witnesses) {
    append_line(text, "witness", {witness.seen ? "seen" : "unseen", witness.sentence});
  }
  append_line(text, "choice", {report.choice});
  append_line(text, "seconds", {std::to_string(report.seconds)});
  text += last_line;
  return text;
}

std::string encode_body(const TestReport& report) {
  std::string text = encode(report);
  text.resize(text.size() - last_line.size());
  return text.append(last_line_of_body);
}

std::string encode_early(const Failure& failure) {
  std::string text;
  append_line(text, "early failure",
              {failure.file, std::to_string(failure.line), failure.text.substr(0, longest_early)});
  return text;
}

namespace {

/// Takes the early failures out of what was sent.
std::string take_early(std::string_view sent, std::vector<Failure>& early) {
  std::string rest;
  while (!sent.empty()) {
    const std::size_t end = std::min(sent.find('\n'), sent.size() - 1) + 1;
    const std::string_view line = sent.substr(0, end);
    if (line.starts_with(begin_of_early) && line.ends_with('\n')) {
      std::vector<std::string> fields = split_fields(line.substr(0, line.size() - 1));
      fields.resize(4);
      early.push_back({fields[1], std::atoi(fields[2].c_str()), fields[3]});
    } else {
      rest += line;
    }
    sent.remove_prefix(end);
  }
  return rest;
}

}  // namespace

SentReports split_reports(std::string_view sent) {
  SentReports reports;
  const std::string rest = take_early(sent, reports.early);
  std::string_view text = rest;
  if (const std::size_t end = text.find(last_line_of_body); end != std::string_view::npos) {
    reports.body = std::string(text.substr(0, end)).append(last_line);
    text.remove_prefix(end + last_line_of_body.size());
  }
  if (text.ends_with(last_line)) reports.end = text;
  return reports;
}

std::optional<TestReport> decode_report(std::string_view text) {
  const auto lines = split_lines(text);
  if (!lines) return {};
  TestReport report;
  for (const std::vector<std::string>& line : *lines) {
    if (line[0] == "error") report.error = line[1];
    if (line[0] == "failure") report.failures.push_back({line[1], std::atoi(line[2].c_str()), line[3]});
    if (line[0] == "witness") report.witnesses.push_back({line[1] == "seen", line[2]});
    if (line[0] == "choice") report.choice = line[1];
    if (line[0] == "seconds") report.seconds = std::strtod(line[1].c_str(), nullptr);
  }
  return report;
}

std::string encode(const Description& description) {
  std::string text;
  if (!description.error.empty()) append_line(text, "error", {description.error});
  append_line(text, "name", {description.name});
  append_line(text, "version", {description.version});
  append_line(text, "home", {description.home});
  for (const std::string& capability : description.capabilities) append_line(text, "capability", {capability});
  for (const std::string& profile : description.profiles) append_line(text, "profile", {profile});
  text += last_line;
  return text;
}

std::optional<Description> decode_description(std::string_view text) {
  const auto lines = split_lines(text);
  if (!lines) return {};
  Description description;
  for (const std::vector<std::string>& line : *lines) {
    if (line[0] == "error") description.error = line[1];
    if (line[0] == "name") description.name = line[1];
    if (line[0] == "version") description.version = line[1];
    if (line[0] == "home") description.home = line[1];
    if (line[0] == "capability") description.capabilities.push_back(line[1]);
    if (line[0] == "profile") description.profiles.push_back(line[1]);
  }
  return description;
}

}  // namespace touchstone::supervisor
