// A strict reader of the little TOML that a deviations file needs, and what its entries do to verdicts.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <supervisor/child/child.hpp>
#include <supervisor/verdicts/deviations.hpp>
#include <tuple>

namespace touchstone::supervisor {

namespace {

/// Reads one line after the other, and knows where it is.
class Parser {
 public:
  Parser(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  std::vector<Deviation> parse() {
    while (!text_.empty()) {
      const std::size_t end = text_.find('\n');
      std::string_view line = text_.substr(0, end);
      text_.remove_prefix(end == std::string_view::npos ? text_.size() : end + 1);
      ++line_;
      if (line.ends_with('\r')) line.remove_suffix(1);
      parse_line(line);
    }
    finish_entry();
    return std::move(entries_);
  }

 private:
  [[noreturn]] void fail(const std::string& what, int line) const {
    throw DeviationError(name_ + ":" + std::to_string(line) + ": " + what);
  }

  void parse_line(std::string_view line) {
    skip_blanks(line);
    if (line.empty() || line.starts_with('#')) return;
    if (line.starts_with('[')) {
      parse_header(line);
    } else {
      parse_assignment(line);
    }
  }

  static void skip_blanks(std::string_view& line) {
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  }

  void expect_end(std::string_view rest) const {
    skip_blanks(rest);
    if (!rest.empty() && !rest.starts_with('#')) {
      fail("unexpected \"" + std::string(rest) + "\" at the end of the line; take it away", line_);
    }
  }

  void parse_header(std::string_view line) {
    constexpr std::string_view header = "[[deviation]]";
    if (!line.starts_with(header)) fail("unknown table " + std::string(line) + "; only [[deviation]] is known", line_);
    expect_end(line.substr(header.size()));
    finish_entry();
    entries_.emplace_back().line = line_;
    seen_.clear();
  }

  void parse_assignment(std::string_view line) {
    const std::size_t end = line.find_first_of(" \t=");
    const std::string key(line.substr(0, end));
    if (entries_.empty()) fail(key + ": stands before the first [[deviation]]; write that line above it", line_);
    std::string* const target = find_target(key);
    if (target == nullptr) {
      fail(key + ": unknown key; known are requirement, test, fingerprint, reason, link, reproduces", line_);
    }
    if (std::find(seen_.begin(), seen_.end(), key) != seen_.end()) fail(key + ": stands twice in this entry", line_);
    seen_.push_back(key);
    line.remove_prefix(std::min(end, line.size()));
    skip_blanks(line);
    if (!line.starts_with('=')) fail(key + ": no \"=\" after the key", line_);
    line.remove_prefix(1);
    skip_blanks(line);
    *target = parse_string(key, line);
    expect_end(line);
  }

  std::string* find_target(const std::string& key) {
    Deviation& entry = entries_.back();
    if (key == "requirement") return &entry.requirement;
    if (key == "test") return &entry.test;
    if (key == "fingerprint") return &entry.fingerprint;
    if (key == "reason") return &entry.reason;
    if (key == "link") return &entry.link;
    if (key == "reproduces") return &entry.reproduces;
    return nullptr;
  }

  /// Takes a basic or a literal string from the beginning of `line`.
  std::string parse_string(const std::string& key, std::string_view& line) const {
    if (!line.starts_with('"') && !line.starts_with('\'')) fail(key + ": the value must be a string in quotes", line_);
    const char quote = line.front();
    if (line.starts_with(std::string(3, quote))) fail(key + ": strings of several lines are not known here", line_);
    std::string value;
    for (std::size_t position = 1; position < line.size(); ++position) {
      const char character = line[position];
      if (character == quote) {
        line.remove_prefix(position + 1);
        return value;
      }
      if (character == '\\' && quote == '"') {
        if (++position == line.size()) break;
        value += unescape(key, line[position]);
      } else {
        value += character;
      }
    }
    fail(key + ": the string has no closing quote on this line", line_);
  }

  char unescape(const std::string& key, char escaped) const {
    switch (escaped) {
      case '"':
      case '\\':
        return escaped;
      case 'n':
        return '\n';
      case 't':
        return '\t';
      default:
        fail(key + ": unknown escape \\" + escaped + "; known are \\\" \\\\ \\n \\t", line_);
    }
  }

  void finish_entry() const {
    if (entries_.empty()) return;
    const Deviation& entry = entries_.back();
    const auto demand = [&](const std::string& value, const char* key, const char* cure) {
      if (value.find_first_not_of(" \t\n") == std::string::npos) {
        fail(std::string(key) + ": is missing or empty in this [[deviation]]; " + cure, entry.line);
      }
    };
    demand(entry.requirement, "requirement", "name the requirement that the subject breaks");
    demand(entry.fingerprint, "fingerprint", "copy it, or a part of it, from the verdict");
    demand(entry.reason, "reason", "say why the subject deviates");
    if (!entry.reproduces.empty() && entry.reproduces != "sometimes") {
      fail("reproduces: only \"sometimes\" is known, for faults that need luck; leave it out for others", entry.line);
    }
  }

  std::string_view text_;
  const std::string& name_;
  int line_ = 0;
  std::vector<Deviation> entries_;
  std::vector<std::string> seen_;
};

}  // namespace

bool Deviation::concerns(const Verdict& verdict) const {
  return requirement == verdict.about() && (test.empty() || test == verdict.test->name);
}

std::vector<Deviation> parse_deviations(std::string_view text, const std::string& name) {
  return Parser(text, name).parse();
}

std::vector<Deviation> load_deviations(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  // An empty file has nothing to copy, which the stream takes for a fault.
  if (!file.is_open() || std::filesystem::is_directory(path) || (!(text << file.rdbuf()) && file.bad()))
    throw DeviationError(path + ": cannot be read; name an existing file, or leave --deviations out");
  std::vector<Deviation> deviations = parse_deviations(text.str(), path);
  std::set<std::tuple<std::string, std::string, std::string>> known;
  for (const Deviation& entry : deviations) {
    const std::string place = path + ":" + std::to_string(entry.line) + ": ";
    if (!known.emplace(entry.requirement, entry.test, entry.fingerprint).second) {
      throw DeviationError(place + "an earlier entry says the same: take one of them out");
    }
    if (find_requirement(entry.requirement) == nullptr) {
      throw DeviationError(place + "requirement: there is no " + entry.requirement + " in the specification");
    }
    if (entry.test.empty()) continue;
    const TestCase* const test = find_test(entry.test);
    if (test == nullptr) throw DeviationError(place + "test: the suite has no test " + entry.test);
    if (test->requirement != entry.requirement && entry.requirement != end_of_executors) {
      throw DeviationError(place + "test: " + entry.test + " verifies " + std::string(test->requirement) + ", not " +
                           entry.requirement);
    }
  }
  return deviations;
}

void explain_fault(Verdict& verdict, const std::vector<Deviation>& deviations) {
  const bool inconclusive = verdict.kind == VerdictKind::inconclusive;
  if (!verdict.is_fault() && !inconclusive) return;
  // What never came up leaves nothing else to recognize it by.
  if (inconclusive) verdict.fingerprint = "inconclusive";
  for (const Deviation& entry : deviations) {
    if (!entry.concerns(verdict) || verdict.fingerprint.find(entry.fingerprint) == std::string::npos) continue;
    verdict.kind = VerdictKind::deviation;
    verdict.deviation = entry.reason;
    verdict.link = entry.link;
    return;
  }
}

void flag_unexpected_passes(const std::vector<Verdict*>& verdicts, bool complete,
                            const std::vector<Deviation>& deviations) {
  const auto passed = [](const Verdict* verdict) {
    return verdict->kind == VerdictKind::pass || verdict->kind == VerdictKind::unexpected_pass;
  };
  for (const Deviation& entry : deviations) {
    if (!entry.reproduces.empty()) continue;
    std::vector<Verdict*> concerned;
    std::copy_if(verdicts.begin(), verdicts.end(), std::back_inserter(concerned),
                 [&entry](const Verdict* verdict) { return entry.concerns(*verdict); });
    if (concerned.empty() || (entry.test.empty() && !complete)) continue;
    if (!std::all_of(concerned.begin(), concerned.end(), passed)) continue;
    for (Verdict* const verdict : concerned) {
      verdict->kind = VerdictKind::unexpected_pass;
      verdict->deviation = entry.reason;
      verdict->link = entry.link;
      verdict->reason = "it passes, although the deviations have an entry in line " + std::to_string(entry.line) +
                        " that says it does not: take the entry out";
    }
  }
}

}  // namespace touchstone::supervisor
