#include <fmt/format.h>
#include <sys/utsname.h>

#include <limits>
#include <memory>
#include <results/exit_code.hpp>
#include <run/runner.hpp>
#include <thread>
#include <version.hpp>

namespace touchstone::tool {

namespace {

RunHeader header_of(const RunOptions& options, const Selection& selection) {
  RunHeader header;
  header.suite_version = suite_version;
  header.commit = suite_commit;
  header.dirty = suite_dirty;
  utsname system{};
  uname(&system);
  header.system = fmt::format("{} {} {}", system.sysname, system.release, system.machine);
  header.cpu_count = static_cast<int>(std::thread::hardware_concurrency());
  header.seed = options.seed;
  header.time_scale = options.time_scale;
  header.repeat = options.repeat.value_or(1);
  header.strict = options.strict;
  header.selection = selection.record();
  header.start = utc_text(std::chrono::system_clock::now());
  return header;
}

using Sessions = std::vector<std::unique_ptr<SubjectSession>>;

/// Runs every session once. Returns whether all came to their ends.
bool run_round(Processes& processes, Sessions& sessions, std::size_t jobs, Progress& progress) {
  std::size_t next = 0;
  const auto unfinished = [&] {
    std::size_t count = 0;
    for (std::size_t i = 0; i < next; ++i) count += sessions[i]->ended() ? 0 : 1;
    return count;
  };
  while (!processes.interrupted() && (next < sessions.size() || unfinished() > 0)) {
    while (next < sessions.size() && unfinished() < jobs) sessions[next++]->start();
    processes.wait(std::chrono::milliseconds(200));
    progress.tick();
  }
  const bool complete = next == sessions.size() && unfinished() == 0;
  if (!complete) processes.stop_all();
  for (const auto& session : sessions) {
    if (!session->ended()) session->give_up();
  }
  return complete;
}

void add_round(RunOutcome& outcome, const Sessions& sessions) {
  const bool is_first = outcome.run.subjects.empty();
  for (std::size_t i = 0; i < sessions.size(); ++i) {
    const SubjectResult& result = sessions[i]->result();
    const bool failed = !result.problem.empty();
    outcome.selected_anything |= sessions[i]->matched() > 0 || failed;
    outcome.ran_anything |= failed;
    for (const TestResult& test : result.tests) outcome.ran_anything |= test.verdict != Verdict::not_applicable;
    if (is_first) {
      outcome.run.subjects.push_back(result);
    } else {
      outcome.run.subjects[i].add_repetition(result);
    }
  }
}

}  // namespace

std::vector<std::string> RunOptions::arguments() const {
  std::vector<std::string> words = {"--seed", std::to_string(seed)};
  if (repeat && !until_fail) words.insert(words.end(), {"--repeat", std::to_string(*repeat)});
  if (strict) words.push_back("--strict");
  if (time_scale != 1) words.insert(words.end(), {"--time-scale", fmt::format("{}", time_scale)});
  return words;
}

RunOutcome run_subjects(Processes& processes, const Specification& specification, const Selection& selection,
                        const RunOptions& options, Progress& progress,
                        const std::function<void(const std::string& line)>& on_line) {
  RunOutcome outcome;
  RunHeader& header = outcome.run.header;
  header = header_of(options, selection);
  const auto start = std::chrono::steady_clock::now();
  const SessionOptions session_options{options.arguments(), options.silence, std::nullopt, options.seed};
  const SessionObserver observer{
      [&](const SubjectResult& subject, std::size_t tests) { progress.subject_starts(subject, tests); },
      [&](const SubjectResult& subject, const TestResult& test, const std::string& line) {
        progress.verdict(subject, test);
        // Rounds can be very many.
        const bool is_news = outcome.rounds == 1 || exit_code_of(test.verdict, options.strict) != exit_expected;
        if (on_line && !line.empty() && is_news) on_line(line);
      },
      [&](const SubjectResult& subject) { progress.subject_ends(subject); }};

  const int most_rounds = options.until_fail ? options.repeat.value_or(std::numeric_limits<int>::max()) : 1;
  bool goes_on = true;
  while (goes_on) {
    progress.round_starts(++outcome.rounds);
    Sessions sessions;
    for (const auto& executable : options.executables) {
      sessions.push_back(
          std::make_unique<SubjectSession>(processes, specification, selection, session_options, observer, executable));
    }
    header.complete = run_round(processes, sessions, options.jobs, progress);
    add_round(outcome, sessions);
    const int code = exit_code_of(outcome.run);
    goes_on = header.complete && outcome.ran_anything && outcome.rounds < most_rounds &&
              (code == exit_expected || code == exit_inconclusive);
  }

  header.end = utc_text(std::chrono::system_clock::now());
  header.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  header.exit_code = header.complete ? exit_code_of(outcome.run) : exit_interrupted;
  return outcome;
}

}  // namespace touchstone::tool
