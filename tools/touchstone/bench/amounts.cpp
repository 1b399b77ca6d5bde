#include <fmt/format.h>

#include <bench/amounts.hpp>

namespace touchstone::tool {

std::string short_number(double number) {
  if (number < 0.0995) return fmt::format("{:.3f}", number);
  if (number < 9.995) return fmt::format("{:.2f}", number);
  if (number < 99.95) return fmt::format("{:.1f}", number);
  std::string digits = fmt::format("{:.0f}", number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string range_text(double least, double most) {
  return fmt::format("[{}, {}]", short_number(least), short_number(most));
}

Scale scale_for(double figure, Unit unit, const Terminal& terminal) {
  if (unit == Unit::bytes) {
    if (figure < (1 << 12)) return {1, "bytes"};
    return figure < (1 << 20) ? Scale{1 << 10, "KiB"} : Scale{1 << 20, "MiB"};
  }
  if (figure < 1e4) return {1, "ns"};
  if (figure < 1e6) return {1e3, terminal.unicode ? "µs" : "us"};
  return {1e6, "ms"};
}

std::string rate_text(double nanoseconds) {
  const double rate = 1e9 / nanoseconds;
  if (rate < 1e3) return short_number(rate) + " /s";
  if (rate < 1e6) return short_number(rate / 1e3) + " k/s";
  return short_number(rate / 1e6) + " M/s";
}

}  // namespace touchstone::tool
