// Command lines as a shell reads them; the names are those of Python's shlex.

#pragma once

#include <string>
#include <vector>

namespace touchstone::tool {

/// The text as one word of a command line, quoted only where it must be. The subjects do the same in their lines.
[[nodiscard]] std::string shell_quote(const std::string& text);

/// The words of a command line, without any expansion.
[[nodiscard]] std::vector<std::string> shell_split(const std::string& line);

}  // namespace touchstone::tool
