#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <command_line/progress_line.hpp>
#include <command_line/streams.hpp>

namespace touchstone::tool {

namespace {

constexpr std::chrono::milliseconds between_frames(80);

}  // namespace

bool ProgressLine::is_due() const {
  return !quiet_ && Clock::now() - last_ >= (terminal_.live ? between_frames : pause_);
}

void ProgressLine::show(const std::string& line) {
  if (!is_due()) return;
  last_ = Clock::now();
  if (!terminal_.live) return print_remark("{}\n", line);
  const auto width = static_cast<std::size_t>(terminal_.width - 1);
  print_remark("\r{}\033[K", columns(line) > width ? fit(line, width) : line);
  is_drawn_ = true;
}

void ProgressLine::say(const std::string& line) {
  if (quiet_) return;
  clear();
  print_remark("{}\n", line);
  if (!terminal_.live) last_ = Clock::now();
}

void ProgressLine::clear() {
  if (is_drawn_) write_remark("\r\033[K");
  is_drawn_ = false;
}

std::string time_left(std::chrono::duration<double> elapsed, std::size_t done, std::size_t all) {
  if (done == 0 || done >= all) return "";
  const double seconds = elapsed.count() / static_cast<double>(done) * static_cast<double>(all - done);
  if (seconds < 90) return fmt::format("{:.0f} s left", std::max(1.0, std::ceil(seconds)));
  if (seconds < 90 * 60) return fmt::format("{:.0f} min left", seconds / 60);
  return fmt::format("{:.1f} h left", seconds / 3600);
}

}  // namespace touchstone::tool
