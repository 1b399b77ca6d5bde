// Streams: what is printed, results to stdout and everything else to stderr.
//
// Neither ends a command that is at work, as an exception would. What gets lost on stderr is nobody's loss; what gets
// lost on stdout, main() tells at the end, by the exit code too.

#pragma once

#include <fmt/format.h>

#include <string_view>
#include <system_error>
#include <utility>

namespace touchstone::tool {

/// To be called first of all: a stream that the caller has closed would else become the next file that is opened. And
/// what cannot be written becomes an error that is told, instead of a signal that kills.
void prepare_streams();

void write_result(std::string_view text);
void write_remark(std::string_view text);

/// To stdout, with no line break added.
template <typename... Arguments>
void print_result(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  write_result(fmt::format(format, std::forward<Arguments>(arguments)...));
}

/// To stderr, with no line break added.
template <typename... Arguments>
void print_remark(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  write_remark(fmt::format(format, std::forward<Arguments>(arguments)...));
}

/// Flushes stdout. Returns why something that was printed there did not arrive; nothing where all did.
[[nodiscard]] std::error_code flush_results();

}  // namespace touchstone::tool
