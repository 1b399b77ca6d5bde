#include <fmt/format.h>

#include <algorithm>
#include <processes/shell.hpp>
#include <results/exit_code.hpp>
#include <run/session.hpp>

namespace touchstone::tool {

namespace {

constexpr std::size_t kept_error_lines = 12;

/// The last lines of what an executable wrote to stderr, for people.
std::string last_lines(const std::string& text) {
  std::size_t begin = text.size();
  for (std::size_t lines = 0; begin > 0; --begin) {
    if (text[begin - 1] == '\n' && begin != text.size() && ++lines == kept_error_lines) break;
  }
  return text.substr(begin);
}

/// The executable as somebody would call it from here.
std::string callable_path(const std::filesystem::path& executable) {
  const std::filesystem::path near = executable.lexically_proximate(std::filesystem::current_path());
  const bool below = !near.empty() && near.is_relative() && *near.begin() != "..";
  if (!below) return executable;
  return near.has_parent_path() ? near.string() : "./" + near.string();
}

std::string with_errors(std::string sentence, const Ending& ending) {
  const std::string errors = last_lines(ending.error_text);
  return errors.empty() ? sentence : fmt::format("{}; the last it wrote to stderr:\n{}", sentence, errors);
}

/// Whether the verdicts explain the exit code: 3 must have a harness error among them, and beyond 3 is none of ours.
bool explains(int code, const SubjectResult& result) {
  return code < exit_harness_error ||
         (code == exit_harness_error && std::any_of(result.tests.begin(), result.tests.end(), [](const auto& test) {
            return test.verdict == Verdict::harness_error;
          }));
}

}  // namespace

std::string excerpt(std::string_view text, std::size_t length) {
  std::string safe;
  for (const char c : text.substr(0, length)) safe += static_cast<unsigned char>(c) < 32 || c == 127 ? ' ' : c;
  return text.size() > length ? safe + "..." : safe;
}

SubjectSession::SubjectSession(Processes& processes, const Specification& specification, const Selection& selection,
                               const SessionOptions& options, SessionObserver observer,
                               std::filesystem::path executable)
    : processes_(processes),
      specification_(specification),
      selection_(selection),
      options_(options),
      observer_(std::move(observer)),
      executable_(std::move(executable)) {
  result_.name = executable_.filename();
}

void SubjectSession::launch(std::vector<std::string> arguments, std::string input,
                            std::function<void(const Ending&)> on_end) {
  Command command;
  command.program = executable_;
  command.arguments = std::move(arguments);
  command.input = std::move(input);
  command.silence = options_.silence;
  command.on_end = std::move(on_end);
  command.cpu = options_.cpu;
  if (knows_tests_) {
    command.runner_pipe = true;
    command.on_line = [this](const std::string& line) { take_verdict(line); };
  } else {
    lines_.clear();
    command.on_line = [this](const std::string& line) { lines_.push_back(line); };
  }
  processes_.start(std::move(command));
}

void SubjectSession::start() {
  launch({"--describe"}, "", [this](const Ending& ending) { described(ending); });
}

void SubjectSession::described(const Ending& ending) {
  result_.seconds += ending.seconds;
  if (ending.stopped) return end("");
  if (!ending.is_success()) return end(with_errors("asked with --describe, it " + ending.to_string(), ending));
  const std::string wrong = lines_.size() == 1 ? parse_description(lines_.front(), result_)
                                               : fmt::format("--describe must print one line, not {}", lines_.size());
  if (!wrong.empty()) {
    return end(wrong + "; is it an executable that touchstone_add_subject() makes (conformance/README.md)?");
  }
  for (const std::string& profile : result_.profiles) {
    if (!specification_.has_profile(profile)) return end(fmt::format("claims a profile that is unknown: {}", profile));
  }
  for (const std::string& capability : result_.capabilities) {
    if (!specification_.has_capability(capability)) {
      return end(fmt::format("declares a capability that spec/capabilities.toml does not have: {}", capability));
    }
  }
  launch({"--list"}, "", [this](const Ending& next) { listed(next); });
}

void SubjectSession::listed(const Ending& ending) {
  result_.seconds += ending.seconds;
  if (ending.stopped) return end("");
  if (!ending.is_success()) return end(with_errors("asked with --list, it " + ending.to_string(), ending));
  std::vector<ListedTest> all;
  for (const std::string& line : lines_) {
    std::optional<ListedTest> test = parse_listed_test(line);
    if (!test) return end(fmt::format("--list printed a line that describes no test: \"{}\"", excerpt(line)));
    const Requirement* requirement = specification_.find(test->requirement);
    if (!requirement) {
      warn_once(
          fmt::format("has tests of requirements that the specification does not have, {} among them: "
                      "it was built against another version",
                      test->requirement));
    }
    all.push_back(std::move(*test));
  }
  chosen_ = selection_.choose(all, specification_);
  choose_tests();
}

TestResult SubjectSession::empty_result(const ListedTest& test) const {
  TestResult result;
  result.test = test.test;
  result.requirement = test.requirement;
  if (const Requirement* requirement = specification_.find(test.requirement)) {
    result.revision = requirement->revision;
    result.level = requirement->level;
    result.profile = requirement->profile;
  }
  result.seed = options_.seed;
  result.reason = test.reason;
  result.replay =
      fmt::format("{} --run {} --seed {}", shell_quote(callable_path(executable_)), test.test, options_.seed);
  return result;
}

void SubjectSession::choose_tests() {
  std::string names;
  std::size_t applicable = 0;
  for (const ListedTest& test : chosen_) {
    TestResult result = empty_result(test);
    result.verdict = test.applicable ? Verdict::not_run : Verdict::not_applicable;
    if (test.applicable) {
      names += test.test + "\n";
      ++applicable;
      asked_.emplace(test.test, result_.tests.size());
    }
    result_.tests.push_back(std::move(result));
  }
  matched_ = chosen_.size();
  knows_tests_ = true;
  if (observer_.on_tests) observer_.on_tests(result_, applicable);
  if (applicable == 0) return end("");
  std::vector<std::string> arguments = {"--lines", "--tests", "-"};
  arguments.insert(arguments.end(), options_.arguments.begin(), options_.arguments.end());
  launch(std::move(arguments), std::move(names), [this](const Ending& ending) { tested(ending); });
}

void SubjectSession::take_verdict(const std::string& line) {
  std::optional<TestResult> verdict = parse_verdict_line(line);
  const auto asked = verdict ? asked_.find(verdict->test) : asked_.end();
  if (asked == asked_.end()) {
    if (nonsense_++ == 0) first_nonsense_ = excerpt(line);
    return;
  }
  TestResult& known = result_.tests[asked->second];
  // A verdict may be about another requirement than the test's, and then names this one, too.
  const std::string& verified = verdict->own_requirement.empty() ? verdict->requirement : verdict->own_requirement;
  if (verified != known.verified()) {
    warn_once(fmt::format("says of {} first {} and then {}", known.test, known.verified(), verified));
    verdict->requirement = known.verified();
    verdict->own_requirement.clear();
  }
  const Requirement* requirement = specification_.find(verdict->requirement);
  if (requirement && requirement->revision != verdict->revision) {
    warn_once(fmt::format("tests revision {} of {}, the specification has {}: build it again", verdict->revision,
                          requirement->id, requirement->revision));
  }
  if (observer_.on_verdict) observer_.on_verdict(result_, *verdict, line);
  known.add_repetition(std::move(*verdict));
}

void SubjectSession::fill_in(Verdict verdict, const std::string& reason) {
  for (TestResult& test : result_.tests) {
    if (test.verdict != Verdict::not_run) continue;
    test.verdict = verdict;
    test.reason = reason;
    if (observer_.on_verdict && verdict != Verdict::not_run) observer_.on_verdict(result_, test, "");
  }
}

void SubjectSession::tested(const Ending& ending) {
  result_.seconds += ending.seconds;
  if (ending.stopped) return end("");
  const auto missing =
      static_cast<std::size_t>(std::count_if(result_.tests.begin(), result_.tests.end(),
                                             [](const TestResult& test) { return test.verdict == Verdict::not_run; }));
  std::string problem;
  if (missing > 0) {
    problem = with_errors(fmt::format("it {} before it had given a verdict on {} of {} tests", ending.to_string(),
                                      missing, asked_.size()),
                          ending);
    fill_in(Verdict::harness_error, "the subject's executable " + ending.to_string());
  } else if (ending.signal || ending.silent || !explains(ending.exit_code.value_or(0), result_)) {
    problem = with_errors(fmt::format("it {} after its last verdict", ending.to_string()), ending);
  }
  if (nonsense_ > 0) {
    if (!problem.empty()) problem += "\n";
    problem += fmt::format("it printed {} among the verdicts that {}: \"{}\"; stdout belongs to the verdict lines",
                           nonsense_ == 1 ? "a line" : fmt::format("{} lines", nonsense_),
                           nonsense_ == 1 ? "is none" : "are none, the first", first_nonsense_);
  }
  end(problem);
}

void SubjectSession::warn_once(const std::string& warning) {
  auto& warnings = result_.warnings;
  if (warnings.size() < 10 && std::find(warnings.begin(), warnings.end(), warning) == warnings.end()) {
    warnings.push_back(warning);
  }
}

void SubjectSession::give_up() {
  if (!ended_) end("");
}

void SubjectSession::end(const std::string& problem) {
  result_.problem = problem;
  ended_ = true;
  if (observer_.on_end) observer_.on_end(result_);
}

}  // namespace touchstone::tool
