// The subcommands of `touchstone`. Each adds itself to the application; its callback throws CLI::RuntimeError with
// the exit code where that is not 0 (exit_code.hpp).

#pragma once

#include <CLI/CLI.hpp>

namespace touchstone::tool {

void add_run_command(CLI::App& application);
void add_list_command(CLI::App& application);
void add_explain_command(CLI::App& application);
void add_doctor_command(CLI::App& application);
void add_diff_command(CLI::App& application);
void add_soak_command(CLI::App& application);
void add_check_command(CLI::App& application);
void add_generate_command(CLI::App& application);
void add_mutants_command(CLI::App& application);
void add_bench_command(CLI::App& application);
void add_bench_compare_command(CLI::App& bench);
void add_bench_record_command(CLI::App& bench);
void add_bench_history_command(CLI::App& bench);

}  // namespace touchstone::tool
