#include <fmt/format.h>

#include <command_line/terminal.hpp>
#include <mutants/job.hpp>
#include <results/verdict_line.hpp>

namespace touchstone::tool {

void MutantJob::next_build_step() {
  if (step_ == build_.size()) return run_tests();
  Command command = build_[step_++];
  command.on_end = [this](const Ending& ending) {
    if (ending.is_success()) return next_build_step();
    problem_ = fmt::format("cannot be built: {}", ending.error_text.empty() ? ending.to_string() : ending.error_text);
    ended_ = true;
  };
  processes_.start(std::move(command));
}

void MutantJob::run_tests() {
  Command command;
  command.program = executable_;
  command.arguments = {"--lines", "--tests", "-", "--seed", "1"};
  if (repeat_ > 1) command.arguments.insert(command.arguments.end(), {"--repeat", std::to_string(repeat_)});
  for (const std::string& test : tests_) command.input += test + "\n";
  command.runner_pipe = true;
  command.silence = std::chrono::seconds(120);
  command.on_line = [this](const std::string& line) {
    if (std::optional<TestResult> result = parse_verdict_line(line)) results_.push_back(std::move(*result));
  };
  command.on_end = [this](const Ending& ending) { judge(ending); };
  processes_.start(std::move(command));
}

void MutantJob::judge(const Ending& ending) {
  ended_ = true;
  kills_ = kills_of(mutant_, results_, specification_);
  if (kills_.empty() && results_.size() < tests_.size()) {
    problem_ = fmt::format("{} of {} tests gave a verdict: the subject {}", results_.size(), tests_.size(),
                           ending.to_string());
  }
  for (const TestResult& result : results_) {
    if (result.verdict != Verdict::pass && otherwise_.empty()) {
      otherwise_ = fmt::format("{} {}{}: {}", result.test, to_string(result.verdict),
                               result.verdict == Verdict::hung ? " (unproved)" : "", telling_line(result));
    }
  }
  if (otherwise_.empty()) otherwise_ = fmt::format("all of {} pass", counted(tests_.size(), "test"));
  std::error_code ignored;
  std::filesystem::remove_all(executable_.parent_path(), ignored);
}

}  // namespace touchstone::tool
