#include <fmt/format.h>
#include <sys/utsname.h>

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
  header.repeat = options.repeat;
  header.strict = options.strict;
  header.selection = selection.record();
  header.start = utc_text(std::chrono::system_clock::now());
  return header;
}

}  // namespace

std::vector<std::string> RunOptions::arguments() const {
  std::vector<std::string> words = {"--seed", std::to_string(seed)};
  if (repeat != 1) words.insert(words.end(), {"--repeat", std::to_string(repeat)});
  if (until_fail) words.push_back("--until-fail");
  if (strict) words.push_back("--strict");
  if (time_scale != 1) words.insert(words.end(), {"--time-scale", fmt::format("{}", time_scale)});
  return words;
}

RunOutcome run_subjects(const Specification& specification, const Selection& selection, const RunOptions& options,
                        Progress& progress) {
  RunOutcome outcome;
  outcome.run.header = header_of(options, selection);
  const auto start = std::chrono::steady_clock::now();
  const SessionOptions session_options{options.arguments(), options.silence, std::nullopt, options.seed};
  const SessionObserver observer{
      [&](const SubjectResult& subject, std::size_t tests) { progress.subject_starts(subject, tests); },
      [&](const SubjectResult& subject, const TestResult& test) { progress.verdict(subject, test); },
      [&](const SubjectResult& subject) { progress.subject_ends(subject); }};

  Processes processes;
  std::vector<std::unique_ptr<SubjectSession>> sessions;
  std::size_t next = 0;
  for (const auto& executable : options.executables) {
    sessions.push_back(
        std::make_unique<SubjectSession>(processes, specification, selection, session_options, observer, executable));
  }
  const auto unfinished = [&] {
    std::size_t count = 0;
    for (std::size_t i = 0; i < next; ++i) count += sessions[i]->ended() ? 0 : 1;
    return count;
  };
  while (!processes.interrupted() && (next < sessions.size() || unfinished() > 0)) {
    while (next < sessions.size() && unfinished() < options.jobs) sessions[next++]->start();
    processes.wait(std::chrono::milliseconds(200));
    progress.tick();
  }
  const bool complete = next == sessions.size() && unfinished() == 0;
  processes.stop_all();

  RunHeader& header = outcome.run.header;
  header.complete = complete;
  header.end = utc_text(std::chrono::system_clock::now());
  header.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  for (const auto& session : sessions) {
    if (!session->ended()) session->give_up();
    const bool failed = !session->result().problem.empty();
    outcome.selected_anything |= session->matched() > 0 || failed;
    for (const TestResult& test : session->result().tests) {
      outcome.ran_anything |= test.verdict != Verdict::not_applicable;
    }
    outcome.ran_anything |= failed;
    outcome.run.subjects.push_back(session->result());
  }
  header.exit_code = complete ? exit_code_of(outcome.run) : exit_interrupted;
  return outcome;
}

}  // namespace touchstone::tool
