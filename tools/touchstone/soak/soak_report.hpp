// What a soak says: a line a run as they come, and in the end every verdict that differed, with its evidence.

#pragma once

#include <command_line/terminal.hpp>
#include <soak/soak_file.hpp>
#include <string>

namespace touchstone::tool {

[[nodiscard]] std::string soak_run_text(const SoakRun& run, int runs, const Terminal& terminal);
[[nodiscard]] std::string soak_summary(const SoakFile& file, const Terminal& terminal);

/// The exit code that the runs ask for.
[[nodiscard]] int soak_exit_code(const SoakFile& file);

}  // namespace touchstone::tool
