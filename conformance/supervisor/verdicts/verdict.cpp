// Judges what was observed, and writes the judgement down.

#include <sys/wait.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <supervisor/verdicts/cause.hpp>
#include <supervisor/verdicts/fingerprint.hpp>
#include <supervisor/verdicts/json.hpp>
#include <supervisor/verdicts/verdict.hpp>

namespace touchstone::supervisor {

namespace {

std::string join_witnesses(const std::vector<Witness>& witnesses) {
  std::string text;
  for (const Witness& witness : witnesses) {
    if (!text.empty()) text += "; ";
    text += (witness.seen ? "" : "did not come up: ") + witness.sentence;
  }
  return text;
}

/// Why the witnesses do not suffice for a pass, or empty.
std::string missing_witness(const std::vector<Witness>& witnesses) {
  for (const Witness& witness : witnesses) {
    if (!witness.seen) return "not decided, for the situation did not come up in which " + witness.sentence;
  }
  return witnesses.empty() ? "no witness was stated" : "";
}

Verdict begin(const TestCase& test) {
  Verdict verdict;
  verdict.test = &test;
  verdict.requirement = find_requirement(test.requirement);
  return verdict;
}

Verdict judge_hang(Verdict verdict, const Observation& observation) {
  verdict.hang_class = observation.hang.name;
  verdict.proved = observation.hang.proved;
  verdict.proof_milliseconds = observation.hang.proof_milliseconds;
  verdict.evidence = observation.evidence;
  verdict.witness = join_witnesses(observation.witnesses);
  if (!verdict.test->hang_means.empty() && (verdict.proved || verdict.hang_class == "stalled")) {
    verdict.reason = missing_witness(observation.witnesses);
    if (verdict.reason.empty() && !verdict.proved) {
      verdict.reason = "whether the wait would have ended is not known: " + observation.hang.reason;
    }
    verdict.kind = verdict.reason.empty() ? VerdictKind::pass : VerdictKind::inconclusive;
    if (verdict.proved) verdict.choice = verdict.test->hang_means;
    return verdict;
  }
  verdict.kind = VerdictKind::hung;
  verdict.reason = observation.hang.reason;
  verdict.fingerprint = "hung: " + verdict.hang_class;
  return verdict;
}

Verdict judge_crash(Verdict verdict, const Observation& observation) {
  verdict.kind = VerdictKind::crashed;
  verdict.evidence = observation.evidence;
  verdict.witness = join_witnesses(observation.witnesses);
  if (WIFSIGNALED(observation.status)) {
    const int signal = WTERMSIG(observation.status);
    verdict.fingerprint = "crashed: signal " + std::to_string(signal);
    verdict.reason = "the process was ended by signal " + std::to_string(signal) + " (" + strsignal(signal) + ")";
  } else {
    verdict.fingerprint = "crashed: exit " + std::to_string(WEXITSTATUS(observation.status));
    verdict.reason = "the process ended with exit code " + std::to_string(WEXITSTATUS(observation.status));
  }
  const std::string words = last_words(observation.evidence);
  if (!words.empty()) verdict.reason += "; " + words;
  return verdict;
}

/// Makes a verdict one about another requirement than the test's, of which it has found `own_kind`.
void accuse(std::string_view id, VerdictKind own_kind, Verdict& fault) {
  const Requirement* const accused = find_requirement(id);
  if (accused == nullptr) return;
  fault.requirement = accused;
  fault.own_kind = own_kind;
}

/// The test had said all, and then the destruction of its executors hung or crashed: that breaks another promise,
/// unless the test's own is broken, too, or is this one.
Verdict judge_destruction(const TestReport& body, Verdict fault) {
  Verdict own = judge(*fault.test, body);
  if (own.kind == VerdictKind::fail || own.kind == VerdictKind::harness_error) {
    own.evidence += "then, in the destruction of an executor: " + fault.reason + "\n" + fault.evidence;
    return own;
  }
  fault.reason = "in the destruction of an executor: " + fault.reason;
  fault.witness = own.witness;
  accuse(end_of_executors, own.kind, fault);
  return fault;
}

/// An assertion had failed before the test hung or crashed, which may be no more than what followed from it.
Verdict judge_early(const TestCase& test, const Observation& observation, const Verdict& fault) {
  TestReport found;
  found.failures = observation.reports.early;
  found.witnesses = observation.witnesses;
  Verdict verdict = judge(test, found);
  verdict.evidence += std::string("then it ") + (fault.kind == VerdictKind::hung ? "hung: " : "crashed: ") +
                      fault.reason + "\n" + fault.evidence;
  return verdict;
}

Verdict judge_end(const TestCase& test, const Observation& observation, bool tests_end_seen) {
  Verdict fault =
      observation.ending == Ending::hung ? judge_hang(begin(test), observation) : judge_crash(begin(test), observation);
  const std::optional<TestReport> body = decode_report(observation.reports.body);
  if (!body && !observation.reports.early.empty()) return judge_early(test, observation, fault);
  const bool nobody_caught = fault.kind == VerdictKind::crashed && observation.task_threw &&
                             fault.reason.find("terminat") != std::string::npos;
  if (nobody_caught) {
    fault.reason = "an exception that a task threw has ended the program";
    accuse(survival_of_exceptions, VerdictKind::inconclusive, fault);
    return fault;
  }
  if (!body && observation.in_destructor && fault.is_fault()) {
    fault.reason = "in the destruction of an executor: " + fault.reason;
    accuse(end_of_executors, VerdictKind::inconclusive, fault);
    return fault;
  }
  if (!observation.hang.breaks.empty() && fault.kind == VerdictKind::hung) {
    accuse(observation.hang.breaks, VerdictKind::inconclusive, fault);
    return fault;
  }
  const bool in_destruction = body && !tests_end_seen && fault.is_fault();
  if (in_destruction) return judge_destruction(*body, std::move(fault));
  if (fault.kind == VerdictKind::crashed) {
    fault.reason += tests_end_seen ? ", after the test was over" : ", before the test was over";
  }
  if (tests_end_seen && fault.kind == VerdictKind::crashed && WIFSIGNALED(observation.status)) {
    // The executors had been destroyed: something of theirs lives on, and meets what is gone.
    accuse(end_of_executors, judge(test, *decode_report(observation.reports.end)).kind, fault);
  }
  return fault;
}

}  // namespace

const char* to_string(VerdictKind kind) {
  switch (kind) {
    case VerdictKind::not_applicable:
      return "not-applicable";
    case VerdictKind::pass:
      return "pass";
    case VerdictKind::deviation:
      return "deviation";
    case VerdictKind::inconclusive:
      return "inconclusive";
    case VerdictKind::unexpected_pass:
      return "unexpected-pass";
    case VerdictKind::fail:
      return "fail";
    case VerdictKind::hung:
      return "hung";
    case VerdictKind::crashed:
      return "crashed";
    case VerdictKind::harness_error:
      return "harness-error";
  }
  return "harness-error";
}

bool Verdict::as_expected(bool strict) const {
  return kind == VerdictKind::pass || kind == VerdictKind::not_applicable ||
         (kind == VerdictKind::deviation && !strict);
}

bool Verdict::is_fault() const {
  return kind == VerdictKind::fail || kind == VerdictKind::hung || kind == VerdictKind::crashed;
}

std::string_view Verdict::about() const { return requirement != nullptr ? requirement->id : test->requirement; }

bool Verdict::accuses_another() const { return about() != test->requirement; }

bool Verdict::needs_confirmation() const { return is_fault() && !proved && hang_class != "slow"; }

Verdict judge(const TestCase& test, const TestReport& report) {
  Verdict verdict = begin(test);
  verdict.seconds = report.seconds;
  verdict.choice = report.choice;
  verdict.witness = join_witnesses(report.witnesses);
  if (!report.error.empty()) {
    verdict.kind = VerdictKind::harness_error;
    verdict.reason = report.error;
  } else if (!report.failures.empty()) {
    verdict.kind = VerdictKind::fail;
    verdict.reason = cause_of(report.failures);
    verdict.evidence = describe_failures(report.failures);
    verdict.fingerprint = fingerprint_of(report.failures);
  } else if (const std::string missing = missing_witness(report.witnesses); !missing.empty()) {
    verdict.kind = VerdictKind::inconclusive;
    verdict.reason = missing;
  } else {
    verdict.kind = VerdictKind::pass;
  }
  return verdict;
}

Verdict judge(const TestCase& test, const Observation& observation) {
  const std::optional<TestReport> report = decode_report(observation.reports.end);
  Verdict verdict;
  if (report && (!report->error.empty() || !report->failures.empty() || observation.ending != Ending::crashed)) {
    // What the test itself found weighs more than how its process ended after it, or that it took long to end.
    verdict = judge(test, *report);
    if (!verdict.as_expected(true)) verdict.evidence += observation.evidence;
  } else {
    verdict = judge_end(test, observation, report.has_value());
  }
  verdict.seconds = observation.seconds;
  if (observation.left_processes) {
    verdict.kind = VerdictKind::harness_error;
    verdict.reason = "the test left processes that could not be killed";
  }
  return verdict;
}

std::string title_of(const Verdict& verdict) {
  if (verdict.requirement == nullptr) return {};
  const std::string title(verdict.requirement->title);
  return verdict.requirement->level == "SHOULD" ? title + " (SHOULD)" : title;
}

std::string source_of(const TestCase& test) {
  const std::string_view file = test.requirement.source.file_name();
  const std::size_t name = file.rfind('/');
  const std::size_t folder = name == std::string_view::npos || name == 0 ? name : file.rfind('/', name - 1);
  const std::string_view shown = folder == std::string_view::npos ? file : file.substr(folder + 1);
  return std::string(shown) + ":" + std::to_string(test.requirement.source.line());
}

std::string to_line(const Verdict& verdict) {
  const Requirement* const requirement = verdict.requirement;
  JsonLine line;
  line.add("touchstone", 1)
      .add("subject", verdict.subject)
      .add("test", verdict.test->name)
      .add("requirement", verdict.about())
      .add("revision", requirement != nullptr ? requirement->revision : 0)
      .add("level", requirement != nullptr ? requirement->level : "")
      .add("profile", requirement != nullptr ? requirement->profile : "")
      .add("source", source_of(*verdict.test))
      .add("verdict", to_string(verdict.kind))
      .add("class", verdict.hang_class)
      .add("proved", verdict.proved)
      .add("choice", verdict.choice)
      .add("witness", verdict.witness)
      .add("reason", verdict.reason)
      .add("evidence", verdict.evidence)
      .add("fingerprint", verdict.fingerprint)
      .add("deviation", verdict.deviation)
      .add("link", verdict.link)
      .add("seed", verdict.seed)
      .add("seconds", std::optional(verdict.seconds))
      .add("proof_ms", verdict.proof_milliseconds)
      .add("own_requirement", verdict.accuses_another() ? std::string_view(verdict.test->requirement) : "")
      .add("own_verdict", verdict.accuses_another() ? to_string(verdict.own_kind) : "")
      .add("replay", verdict.replay);
  return line.text();
}

namespace {

std::string class_of(const Verdict& verdict) {
  if (verdict.hang_class.empty()) return "";
  return verdict.hang_class + (verdict.proved ? " (proved: nobody can wake its threads)" : " (not proved)");
}

/// What the test found of the requirement that it is about, where the verdict is about another one.
std::string of_its_own(const Verdict& verdict) {
  const std::string own(verdict.test->requirement);
  if (verdict.own_kind == VerdictKind::pass) return "the test found nothing wrong with its own requirement, " + own;
  return "of the test's own requirement, " + own + ", nothing can be said";
}

}  // namespace

std::string to_text(const Verdict& verdict) {
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%8.3f s  ", verdict.seconds);
  std::string text = to_string(verdict.kind);
  text.resize(std::max(text.size(), sizeof("unexpected-pass") - 1), ' ');
  text += seconds + std::string(verdict.about()) + "  " + std::string(verdict.test->name);
  const auto add_detail = [&text](std::string_view name, std::string_view value) {
    if (!value.empty()) text += "\n    " + std::string(name) + std::string(value);
  };
  const bool is_told = !verdict.as_expected(true) || !verdict.choice.empty();
  if (is_told) add_detail("", title_of(verdict));
  if (verdict.is_fault() || verdict.kind == VerdictKind::deviation) add_detail("class: ", class_of(verdict));
  add_detail("not judged, for it may choose: ", verdict.choice);
  add_detail("", verdict.reason);
  add_detail("deviation: ", verdict.deviation);
  add_detail("see ", verdict.link);
  if (verdict.as_expected(true)) return text + "\n";
  add_detail("requirement: ", verdict.requirement != nullptr ? verdict.requirement->text : "");
  if (verdict.accuses_another()) {
    add_detail("", of_its_own(verdict));
  }
  add_detail("the test expects: ", verdict.test->shows);
  add_detail("its situation: ", verdict.witness);
  for (std::size_t begin = 0; begin < verdict.evidence.size();) {
    const std::size_t end = verdict.evidence.find('\n', begin);
    add_detail("| ", verdict.evidence.substr(begin, end - begin));
    begin = end == std::string::npos ? end : end + 1;
  }
  add_detail("fingerprint: ", verdict.fingerprint);
  add_detail("replay: ", verdict.replay);
  return text + "\n";
}

void ExitCode::add(const Verdict& verdict) {
  if (verdict.kind == VerdictKind::harness_error) {
    harness_error_ = true;
  } else if (verdict.kind == VerdictKind::inconclusive) {
    inconclusive_ = true;
  } else if (!verdict.as_expected(strict_)) {
    fault_ = true;
  }
}

int ExitCode::value() const { return harness_error_ ? 3 : fault_ ? 1 : inconclusive_ ? 2 : 0; }

}  // namespace touchstone::supervisor
