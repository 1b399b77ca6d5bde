// Record: a run of the benchmarks as one line of a history.

#pragma once

#include <bench/report.hpp>
#include <filesystem>
#include <processes/processes.hpp>
#include <string>

namespace touchstone::tool {

/// What was measured, as far as the working tree tells.
struct Origin {
  std::string commit;  // its hash; empty where there is no repository
  bool dirty = false;  // files that git knows differ from it
  std::string label;   // what the user calls it
};

/// Asks git in that folder.
[[nodiscard]] Origin origin_of(Processes& processes, const std::filesystem::path& folder);

/// JSON without a line break: all figures of all processes, and what is needed to know what they are of.
[[nodiscard]] std::string record_line(const BenchReport& report, const Origin& origin);

/// Appends a line to a history. Returns why that failed, or nothing; then the file is as it was. A piece of a line at
/// its end, left by whoever was killed in the middle, stays a line of its own.
[[nodiscard]] std::string append_record(const std::filesystem::path& file, std::string line);

}  // namespace touchstone::tool
