#include <fmt/format.h>

#include <run/progress.hpp>

namespace touchstone::tool {

void Progress::subject_starts(const SubjectResult& subject, std::size_t tests) {
  running_[subject.name] = {0, tests, 0, ""};
  if (tests > 0 && is_first_round() && !line_.terminal().live)
    line_.say(fmt::format("{}: {}", subject.name, counted(tests, "test")));
}

void Progress::verdict(const SubjectResult& subject, const TestResult& test) {
  Count& count = running_[subject.name];
  ++count.done;
  count.last = test.test;
  // What the harness itself broke is said once, at the end of the subject, and not for each test again.
  if (!is_trouble(test.verdict) || test.verdict == Verdict::harness_error) return tick();
  ++count.troubles;
  const Terminal& terminal = line_.terminal();
  line_.say(fmt::format("{} {} {} {}", terminal.paint(terminal.glyph(test.verdict), test.verdict),
                        terminal.paint(to_string(test.verdict), test.verdict), subject.name, test.test));
  tick();
}

void Progress::subject_ends(const SubjectResult& subject) {
  const Count count = running_[subject.name];
  running_.erase(subject.name);
  if (!subject.problem.empty()) {
    const Terminal& terminal = line_.terminal();
    line_.say(fmt::format("{} {}: {}", terminal.paint(terminal.glyph(Verdict::harness_error), Verdict::harness_error),
                          subject.name, subject.problem));
    return;
  }
  if (count.of == 0) return;
  if (count.done < count.of) {
    line_.say(fmt::format("{}: {} of {}, then interrupted", subject.name, count.done, counted(count.of, "test")));
    return;
  }
  if (!is_first_round()) return;
  line_.say(fmt::format("{}: {} in {:.1f} s{}", subject.name, counted(count.of, "test"), subject.seconds,
                        count.troubles > 0 ? fmt::format(", {} not as expected", count.troubles) : ""));
}

void Progress::tick() {
  if (running_.empty() || !line_.is_due()) return;
  std::string text = is_first_round() ? "" : fmt::format("round {}", round_);
  for (const auto& [name, count] : running_) {
    if (!text.empty()) text += "   ";
    // With --repeat a test is done more than once.
    text += count.done <= count.of ? fmt::format("{}: {} of {}", name, count.done, count.of)
                                   : fmt::format("{}: {} runs", name, count.done);
    if (count.troubles > 0) text += fmt::format(" ({} not as expected)", count.troubles);
    if (running_.size() == 1 && !count.last.empty() && line_.terminal().live) text += "  " + count.last;
  }
  line_.show(text);
}

}  // namespace touchstone::tool
