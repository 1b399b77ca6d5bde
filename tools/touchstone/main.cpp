// The command `touchstone`.

#include <CLI/CLI.hpp>
#include <commands.hpp>
#include <cstdio>
#include <exception>
#include <iostream>
#include <results/exit_code.hpp>
#include <specification/specification.hpp>

namespace {

using namespace touchstone::tool;

constexpr auto commands = {
    add_run_command,  add_list_command,  add_explain_command,  add_doctor_command,  add_diff_command,
    add_soak_command, add_check_command, add_generate_command, add_mutants_command, add_bench_command,
};

int run(int argc, char** argv) {
  CLI::App application("Touchstone: which promises of concurrent.futures does an executor keep?", "touchstone");
  application.set_version_flag("--version", TOUCHSTONE_VERSION);
  application.require_subcommand(1);
  application.footer(
      "Exit codes: 0 as expected, 1 not, 2 only inconclusive, 3 harness error, 4 not comparable, 64 usage, 130 "
      "interrupted");
  for (const auto add : commands) add(application);
  try {
    application.parse(argc, argv);
  } catch (const CLI::RuntimeError& error) {
    return error.get_exit_code();
  } catch (const CLI::RequiredError& error) {
    const bool names_none = application.get_subcommands().empty() && argc > 1 && argv[1][0] != '-';
    if (!names_none) return application.exit(error) == 0 ? exit_expected : exit_usage;
    std::fprintf(stderr, "touchstone: there is no command %s; `touchstone --help` lists them all\n", argv[1]);
    return exit_usage;
  } catch (const CLI::ParseError& error) {
    return application.exit(error) == 0 ? exit_expected : exit_usage;
  }
  return exit_expected;
}

// What was printed is what a caller relies on: where it got lost, the run is worth nothing.
int with_output_written(int code) {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0 && std::cout.flush()) return code;
  std::fprintf(stderr, "touchstone: what was found cannot be written to the standard output\n");
  return exit_harness_error;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return with_output_written(run(argc, argv));
  } catch (const SpecificationError& error) {
    std::fprintf(stderr, "%s\n", error.what());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "touchstone: %s\n", error.what());
  }
  return exit_harness_error;
}
