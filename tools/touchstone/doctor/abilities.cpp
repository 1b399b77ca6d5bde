// What the executor can do: what is declared and not so, what is so and not declared, and what it does wrong.

#include <fmt/format.h>

#include <algorithm>
#include <doctor/examination.hpp>
#include <map>
#include <set>

namespace touchstone::tool {

namespace {

// One test may fail by a fault of the executor's; that so many do means more.
constexpr std::size_t tests_of_an_ability = 12;
constexpr std::size_t simplest_tests = 4;

/// What the test itself found, whatever else was seen meanwhile.
Verdict own_verdict(const TestResult& result) {
  return result.own_requirement.empty() ? result.verdict : result.own_verdict;
}

bool shows_ability(const TestResult& result) {
  const Verdict verdict = own_verdict(result);
  return verdict == Verdict::pass || verdict == Verdict::deviation;
}

const Capability& capability_of(const Specification& specification, const std::string& id) {
  static const Capability unknown;
  const auto found = std::find_if(specification.capabilities.begin(), specification.capabilities.end(),
                                  [&](const Capability& one) { return one.id == id; });
  return found == specification.capabilities.end() ? unknown : *found;
}

bool is_declared(const Specification& specification, const std::string& capability) {
  return capability_of(specification, capability).found == "declared";
}

/// When a failure is none of the executor's: where it never promised what the adapter declares.
std::string unless_not_promised(const Specification& specification, const Requirement& requirement) {
  std::vector<std::string> declared;
  for (const std::string& need : requirement.needs) {
    if (is_declared(specification, need)) declared.push_back(need);
  }
  if (declared.empty()) return "";
  return fmt::format("Unless it does not promise {}: then the adapter must not declare that.", list_of(declared, "or"));
}

/// Tests that were run, and what came out.
class Probes {
 public:
  Probes(ExaminedSubject& subject, std::map<std::string, KnownTests> tests) : tests_(std::move(tests)) {
    KnownTests all;
    for (const auto& [ability, of_it] : tests_) {
      for (const KnownTest* test : of_it) {
        if (std::find(all.begin(), all.end(), test) == all.end()) all.push_back(test);
      }
    }
    if (all.empty()) return;
    for (TestResult& result : subject.run(all)) results_.emplace(result.test, std::move(result));
  }

  /// The results of an ability's tests.
  [[nodiscard]] std::vector<const TestResult*> of(const std::string& ability) const {
    std::vector<const TestResult*> found;
    for (const KnownTest* test : tests_.at(ability)) {
      const auto result = results_.find(test->listed.test);
      if (result != results_.end()) found.push_back(&result->second);
    }
    return found;
  }

  [[nodiscard]] const std::map<std::string, TestResult>& all() const { return results_; }

 private:
  std::map<std::string, KnownTests> tests_;
  std::map<std::string, TestResult> results_;
};

/// What was found of an ability: whether it is there, and the failures that make one doubt it.
struct Ability {
  bool is_there = false;
  std::vector<const TestResult*> doubts;
  std::size_t passes = 0;

  [[nodiscard]] bool is_open() const { return !is_there && doubts.empty(); }
};

/// What a compiler has seen is there; that one test of it fails is no reason to doubt it, that all do, is. What is only
/// declared has to be seen: tests of what an executor must not do pass on one that can do nothing.
Ability judge(const std::vector<const TestResult*>& results, bool declared) {
  Ability ability;
  for (const TestResult* result : results) {
    if (shows_ability(*result)) ++ability.passes;
    // Which accuses another requirement met a fault on its way to this one.
    if (is_trouble(result->verdict) && result->own_requirement.empty()) ability.doubts.push_back(result);
  }
  const bool is_doubted = declared ? !ability.doubts.empty() && ability.doubts.size() >= ability.passes
                                   : ability.passes == 0 && ability.doubts.size() > 1;
  ability.is_there = !is_doubted && ability.passes + ability.doubts.size() > 0;
  if (!is_doubted) ability.doubts.clear();
  return ability;
}

/// Says that an ability was not seen, and how to find out whose fault that is.
void doubt(const std::string& name, const Ability& ability, const ExaminedSubject& subject, Findings& findings) {
  const TestResult& first = *ability.doubts.front();
  const std::size_t tests = ability.passes + ability.doubts.size();
  const std::string which = tests == 1 ? "the one test that looks at it does not pass"
                                       : fmt::format("{} of {} tests of it do not pass", ability.doubts.size(), tests);
  const bool declared = is_declared(subject.specification(), name);
  const bool assumed =
      !declared && capability_of(subject.specification(), name).text.find("assumed") != std::string::npos;
  findings.doubtful(
      fmt::format("{} {}, and {}: {} ({}) ends with {}",
                  declared  ? "the adapter declares"
                  : assumed ? "the adapter does not withhold"
                            : "in the adapter is",
                  name, which, first.test, first.verified(), to_string(first.verdict)),
      fmt::format(
          "{}\n{}", why_and_replay(first),
          declared  ? "If the executor does not promise that, do not declare it. If it does, the adapter is right, "
                      "and the fault is the executor's."
          : assumed ? "If the executor does not promise that, name it in the adapter's `without`. If it does, the "
                      "adapter is right, and the fault is the executor's."
                    : "Look at the adapter's function first (touchstone/adapter.hpp says what it must do). If it "
                      "is right, the fault is the executor's."));
}

/// One of each requirement that was broken, but for what is doubted.
std::vector<ExecutorFault> faults_but_for(const std::set<std::string>& doubted,
                                          const std::map<std::string, TestResult>& results,
                                          const Specification& specification) {
  std::vector<ExecutorFault> faults;
  std::set<std::string> told;
  for (const auto& [name, result] : results) {
    if (!is_trouble(result.verdict) || doubted.contains(name) || !told.insert(result.requirement).second) continue;
    const Requirement* const broken = specification.find(result.requirement);
    const Requirement* const verified = specification.find(result.verified());
    faults.push_back({.result = &result,
                      .title = broken != nullptr ? broken->title : "",
                      .unless = verified != nullptr ? unless_not_promised(specification, *verified) : ""});
  }
  return faults;
}

}  // namespace

bool runs_a_task(ExaminedSubject& subject, Findings& findings) {
  const KnownTests tests = subject.simplest(
      [](const KnownTest& one) { return one.requirement->profile == "core" && one.requirement->is_must(); },
      simplest_tests);
  if (tests.empty()) {
    findings.bad("no test of the core profile is applicable",
                 "Every executor must have make and submit: see touchstone/adapter.hpp.");
    return false;
  }
  const std::vector<TestResult> results = subject.run(tests);
  const auto good = std::find_if(results.begin(), results.end(), shows_ability);
  if (good != results.end()) {
    findings.good(fmt::format("it runs a task ({}, {})", good->test, good->verified()));
    return true;
  }
  const std::string advice =
      "\nUntil one passes, no other verdict says anything. Look at make and submit of the adapter; if they are right, "
      "the executor does not do what every executor must.";
  if (results.empty()) {
    findings.bad(fmt::format("{} gave no verdict: it {}", tests.front()->listed.test, subject.ending().to_string()),
                 subject.ending().error_text + advice);
  } else {
    findings.bad(fmt::format("none of its {} simplest tests passes; {} ({}) ends with {}", results.size(),
                             results.front().test, results.front().verified(), to_string(results.front().verdict)),
                 why_and_replay(results.front()) + advice);
  }
  return false;
}

void examine_abilities(ExaminedSubject& subject, Findings& findings) {
  std::map<std::string, KnownTests> tests;
  for (const std::string& ability : subject.description().capabilities) {
    tests[ability] =
        subject.simplest([&](const KnownTest& one) { return one.requirement->level != "DOC" && one.needs(ability); },
                         tests_of_an_ability);
  }
  const Probes probes(subject, std::move(tests));
  std::size_t good = 0, looked_at = 0;
  std::vector<std::string> open;
  std::set<std::string> doubted;  // tests of which it is not known whose fault they show
  for (const std::string& name : subject.description().capabilities) {
    const Ability ability = judge(probes.of(name), is_declared(subject.specification(), name));
    if (ability.is_open()) {
      open.push_back(name);
      continue;
    }
    ++looked_at;
    good += ability.is_there ? 1 : 0;
    if (ability.is_there) continue;
    doubt(name, ability, subject, findings);
    for (const TestResult* result : ability.doubts) doubted.insert(result->test);
  }
  findings.good(fmt::format("{} of {} abilities that tests look at were seen to work", good, looked_at));
  findings.faults_of_executor(faults_but_for(doubted, probes.all(), subject.specification()));
  if (!open.empty()) findings.hint(fmt::format("no applicable test looks at {}", list_of(open, "and")));
}

namespace {

/// Runs, as if it were declared, the tests that only this capability keeps from being applicable. What must be
/// compiled into the adapter cannot be tried; neither can what a subject does not let us assume.
bool seems_able(ExaminedSubject& subject, const std::string& capability) {
  static const std::set<std::string> triable = {"order.fifo",          "workers.limit",        "workers.threads",
                                                "workers.lazy",        "workers.names",        "workers.validated",
                                                "workers.initializer", "destruction.runs_all", "deadlock.detection"};
  if (!triable.contains(capability)) return false;
  const KnownTests tests = subject.switched_on_by(capability);
  const std::vector<TestResult> results = subject.run(tests, {"--assume", capability});
  const auto fits = [](const TestResult& result) {
    return result.verdict == Verdict::pass || result.verdict == Verdict::not_applicable;
  };
  return results.size() == tests.size() && std::all_of(results.begin(), results.end(), fits) &&
         std::any_of(results.begin(), results.end(), shows_ability);
}

}  // namespace

void look_for_hidden_abilities(ExaminedSubject& subject, Findings& findings) {
  std::vector<std::string> unseen, undeclared;
  for (const Capability& capability : subject.specification().capabilities) {
    if (subject.description().has(capability.id)) continue;
    const std::size_t count = subject.switched_on_by(capability.id).size();
    if (count == 0) continue;
    const std::string with_count = fmt::format("{} ({})", capability.id, count);
    if (capability.found == "concept") {
      unseen.push_back(with_count);
    } else if (seems_able(subject, capability.id)) {
      findings.hint(fmt::format("it seems to have {}, and does not declare it", capability.id),
                    fmt::format("{} All tests that only this keeps from being applicable pass. If it is promised, "
                                "declare it: {} would be applicable.",
                                capability.text, counted(count, "more test")));
    } else {
      undeclared.push_back(with_count);
    }
  }
  if (!undeclared.empty()) {
    findings.hint(
        fmt::format("not declared: {}", list_of(undeclared, "and")),
        "Where the executor promises it, declare it (`touchstone list capabilities` says what each means); in "
        "parentheses is how many more tests would be applicable.");
  }
  if (!unseen.empty()) {
    findings.hint(
        fmt::format("not seen in the adapter: {}", list_of(unseen, "and")),
        "Where the executor can do it, give the adapter the function (touchstone/adapter.hpp); in parentheses "
        "is how many more tests would be applicable.");
  }
}

void look_for_unclaimed_profiles(const ExaminedSubject& subject, Findings& findings) {
  for (const Profile& profile : subject.specification().profiles) {
    if (subject.description().claims(profile.id) || profile.id == "processes") continue;
    const auto& requirements = subject.specification().requirements;
    const auto musts = std::count_if(requirements.begin(), requirements.end(), [&](const Requirement& one) {
      return one.profile == profile.id && one.is_must() && subject.why_not_applicable_if_claimed(one).empty();
    });
    if (musts == 0) continue;
    findings.hint(fmt::format("not claimed: the profile {}", profile.id),
                  fmt::format("{} It has the abilities that {} of this profile ask for. Claim it to have them judged.",
                              profile.text, counted(static_cast<std::size_t>(musts), "MUST")));
  }
}

}  // namespace touchstone::tool
