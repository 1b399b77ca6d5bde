// What a subject says about itself.

#include <fmt/format.h>

#include <algorithm>
#include <doctor/examination.hpp>
#include <run/session.hpp>
#include <set>

namespace touchstone::tool {

namespace {

// A subject that is judged by fewer requirements than this says little about its executor.
constexpr std::size_t few = 25;

bool has_ended_well(const ExaminedSubject& subject, const Printed& printed, const std::string& option,
                    Findings& findings) {
  if (printed.ending.is_success()) return true;
  findings.bad(fmt::format("asked with {}, it {}", option, printed.ending.to_string()),
               fmt::format("{}{}An adapter must start no thread and make no executor before it is asked to; run "
                           "`{} {}` by hand.",
                           printed.ending.error_text, printed.ending.error_text.empty() ? "" : "\n",
                           subject.executable().string(), option));
  return false;
}

}  // namespace

bool describes_itself(ExaminedSubject& subject, Findings& findings) {
  const Printed printed = subject.ask("--describe");
  if (!has_ended_well(subject, printed, "--describe", findings)) return false;
  SubjectResult description;
  const std::string wrong = printed.lines.size() == 1
                                ? parse_description(printed.lines.front(), description)
                                : fmt::format("--describe must print one line, not {}", printed.lines.size());
  if (!wrong.empty()) {
    findings.bad(wrong,
                 "Its main function must be that of the suite (TOUCHSTONE_SUBJECT), and nothing else may print.");
    return false;
  }
  findings.good(fmt::format("it starts and calls itself {}{}{}, profiles {}", description.subject,
                            description.version.empty() ? "" : " ", description.version,
                            fmt::join(description.profiles, ", ")));
  for (const std::string& profile : description.profiles) {
    if (!subject.specification().has_profile(profile)) {
      findings.bad("it claims the profile " + profile + ", which does not exist",
                   "`touchstone list profiles` shows those that do.");
    }
  }
  for (const std::string& capability : description.capabilities) {
    if (!subject.specification().has_capability(capability)) {
      findings.bad("it declares the capability " + capability + ", which does not exist",
                   "`touchstone list capabilities` shows those that do.");
    }
  }
  subject.set_description(std::move(description));
  return true;
}

bool lists_its_tests(ExaminedSubject& subject, Findings& findings) {
  const Printed printed = subject.ask("--list");
  if (!has_ended_well(subject, printed, "--list", findings)) return false;
  std::vector<KnownTest> tests;
  for (const std::string& line : printed.lines) {
    const std::optional<ListedTest> test = parse_listed_test(line);
    const Requirement* requirement = test ? subject.specification().find(test->requirement) : nullptr;
    if (!requirement) {
      findings.bad(fmt::format("--list prints a line that this specification does not understand: {}", excerpt(line)),
                   "It was built against another version of the suite: build it again.");
      return false;
    }
    tests.push_back({*test, requirement});
  }
  subject.set_tests(std::move(tests));
  return true;
}

void judge_reach(const ExaminedSubject& subject, Findings& findings) {
  std::set<std::string> requirements;
  std::size_t applicable = 0;
  for (const KnownTest& test : subject.tests()) {
    if (!test.listed.applicable) continue;
    ++applicable;
    requirements.insert(test.requirement->id);
  }
  const std::string sentence = fmt::format("{} of {} tests are applicable, for {} requirements", applicable,
                                           subject.tests().size(), requirements.size());
  if (requirements.size() >= few) return findings.good(sentence);
  const bool has_futures = subject.description().has("future");
  findings.hint(sentence + ", which is little",
                (has_futures ? ""
                             : "Its submit returns no future; that is fine where the executor has none, and more can "
                               "then hardly be tested. If it has futures, let submit return the executor's own. ") +
                    std::string("Declare what else the executor can do, and claim the profiles that it wants to keep "
                                "(see below)."));
}

}  // namespace touchstone::tool
