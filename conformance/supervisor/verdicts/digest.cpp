// Groups verdicts by what went wrong.

#include <algorithm>
#include <set>
#include <supervisor/verdicts/digest.hpp>

namespace touchstone::supervisor {

namespace {

constexpr std::size_t most_requirements_of_a_cause = 20;

std::string cause_of(const Verdict& verdict) {
  std::string cause = verdict.hang_class;
  if (!cause.empty()) cause += verdict.proved ? ", proved: " : ", not proved: ";
  return cause + (verdict.reason.empty() ? verdict.fingerprint : verdict.reason);
}

std::string padded(std::string word, std::size_t width) {
  word.resize(std::max(word.size(), width), ' ');
  return word;
}

}  // namespace

void Digest::add(const Verdict& verdict) {
  if (verdict.as_expected(strict_)) return;
  const std::string cause = cause_of(verdict);
  auto entry = std::find_if(entries_.begin(), entries_.end(),
                            [&](const Entry& other) { return other.kind == verdict.kind && other.cause == cause; });
  if (entry == entries_.end()) entry = entries_.insert(entry, Entry{verdict.kind, cause, {}});
  const std::string title = title_of(verdict);
  const Entry::Test test{std::string(verdict.about()), title, std::string(verdict.test->name)};
  const bool is_known = std::any_of(entry->tests.begin(), entry->tests.end(),
                                    [&test](const Entry::Test& other) { return other.name == test.name; });
  if (!is_known) entry->tests.push_back(test);
}

std::string Digest::text() const {
  std::vector<Entry> entries = entries_;
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.kind > b.kind; });
  constexpr std::size_t width = sizeof("unexpected-pass ");
  const std::string indent(width, ' ');
  std::string text;
  for (const Entry& entry : entries) {
    const std::vector<std::string> lines = lines_of(entry);
    const bool is_alone = lines.size() == 1;
    text += padded(to_string(entry.kind), width) + (is_alone ? lines.front() : entry.cause) + "\n";
    if (is_alone) text += indent + entry.cause + "\n";
    for (std::size_t index = 0; !is_alone && index < std::min(lines.size(), most_requirements_of_a_cause); ++index) {
      text += indent + lines[index] + "\n";
    }
    if (lines.size() > most_requirements_of_a_cause) {
      text += indent + std::to_string(lines.size() - most_requirements_of_a_cause) + " more requirements\n";
    }
  }
  return text;
}

std::vector<std::string> Digest::lines_of(const Entry& entry) {
  std::vector<std::string> lines;
  std::set<std::string> said;
  for (const Entry::Test& test : entry.tests) {
    if (!said.insert(test.requirement).second) continue;
    const auto others = std::count_if(entry.tests.begin(), entry.tests.end(), [&test](const Entry::Test& other) {
      return other.requirement == test.requirement && other.name != test.name;
    });
    const std::string more = others == 0 ? "" : " and " + std::to_string(others) + (others == 1 ? " other" : " others");
    lines.push_back(test.requirement + "  " + test.title + "  (" + test.name + more + ")");
  }
  return lines;
}

}  // namespace touchstone::supervisor
