#include <fmt/format.h>

#include <run/progress.hpp>

namespace touchstone::tool {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds between_lines(10);
constexpr std::chrono::milliseconds between_frames(80);

}  // namespace

Progress::Progress(Terminal terminal, bool quiet) : terminal_(terminal), quiet_(quiet) {}

Progress::~Progress() { clear(); }

void Progress::clear() {
  if (drawn_) fmt::print(stderr, "\r\033[K");
  drawn_ = false;
  std::fflush(stderr);
}

void Progress::say(const std::string& line) {
  if (quiet_) return;
  clear();
  fmt::print(stderr, "{}\n", line);
  last_said_ = Clock::now();
}

void Progress::subject_starts(const SubjectResult& subject, std::size_t tests) {
  running_[subject.name] = {0, tests, 0, ""};
  if (tests > 0 && !terminal_.live) say(fmt::format("{}: {}", subject.name, counted(tests, "test")));
}

void Progress::verdict(const SubjectResult& subject, const TestResult& test) {
  Count& count = running_[subject.name];
  ++count.done;
  count.last = test.test;
  // What the harness itself broke is said once, at the end of the subject, and not for each test again.
  if (!is_trouble(test.verdict) || test.verdict == Verdict::harness_error) return tick();
  ++count.troubles;
  say(fmt::format("{} {} {} {}", terminal_.paint(terminal_.glyph(test.verdict), test.verdict),
                  terminal_.paint(to_string(test.verdict), test.verdict), subject.name, test.test));
  tick();
}

void Progress::subject_ends(const SubjectResult& subject) {
  const Count count = running_[subject.name];
  running_.erase(subject.name);
  if (!subject.problem.empty()) {
    say(fmt::format("{} {}: {}", terminal_.paint(terminal_.glyph(Verdict::harness_error), Verdict::harness_error),
                    subject.name, subject.problem));
    return;
  }
  if (count.of == 0) return;
  if (count.done < count.of) {
    say(fmt::format("{}: {} of {}, then interrupted", subject.name, count.done, counted(count.of, "test")));
    return;
  }
  say(fmt::format("{}: {} in {:.1f} s{}", subject.name, counted(count.of, "test"), subject.seconds,
                  count.troubles > 0 ? fmt::format(", {} not as expected", count.troubles) : ""));
}

void Progress::tick() {
  if (quiet_ || running_.empty()) return;
  const auto now = Clock::now();
  if (!terminal_.live) {
    if (now - last_said_ < between_lines) return;
    for (const auto& [name, count] : running_) say(fmt::format("{}: {} of {}", name, count.done, count.of));
    return;
  }
  if (now - last_drawn_ < between_frames) return;
  last_drawn_ = now;
  std::string line;
  for (const auto& [name, count] : running_) {
    if (!line.empty()) line += "   ";
    // With --repeat a test is done more than once.
    line += count.done <= count.of ? fmt::format("{} {}/{}", name, count.done, count.of)
                                   : fmt::format("{} {} runs", name, count.done);
    if (count.troubles > 0) line += fmt::format(" ({} not as expected)", count.troubles);
    if (running_.size() == 1 && !count.last.empty()) line += "  " + count.last;
  }
  const auto width = static_cast<std::size_t>(terminal_.width - 1);
  fmt::print(stderr, "\r{}\033[K", columns(line) > width ? fit(line, width) : line);
  std::fflush(stderr);
  drawn_ = true;
}

}  // namespace touchstone::tool
