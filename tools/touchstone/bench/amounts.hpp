// Amounts: figures as text.

#pragma once

#include <bench/measurement.hpp>
#include <command_line/terminal.hpp>
#include <string>

namespace touchstone::tool {

/// With as many digits as one can use, thousands apart: "0.013", "0.71", "43.5", "1,264".
[[nodiscard]] std::string short_number(double number);

/// In what a table counts.
struct Scale {
  double divisor = 1;
  std::string name;  // "ms"

  [[nodiscard]] std::string number(double figure) const { return short_number(figure / divisor); }
  [[nodiscard]] std::string amount(double figure) const { return number(figure) + " " + name; }
};

/// The one in which a figure has few digits before the point; below 10,000 they are nanoseconds.
[[nodiscard]] Scale scale_for(double figure, Unit unit, const Terminal& terminal);

/// Both ends, as short numbers: "[1.23, 4.56]".
[[nodiscard]] std::string range_text(double least, double most);

/// A time a call as calls a second: "150 k/s".
[[nodiscard]] std::string rate_text(double nanoseconds);

}  // namespace touchstone::tool
