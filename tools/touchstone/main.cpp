// The command `touchstone`.

#include <CLI/CLI.hpp>
#include <command_line/streams.hpp>
#include <commands.hpp>
#include <exception>
#include <filesystem>
#include <results/exit_code.hpp>
#include <results/verdict.hpp>
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
    print_remark("touchstone: there is no command {}; `touchstone --help` lists them all\n", argv[1]);
    return exit_usage;
  } catch (const CLI::ParseError& error) {
    return application.exit(error) == 0 ? exit_expected : exit_usage;
  }
  return exit_expected;
}

/// Turns what is thrown into a message and an exit code.
int run_with_messages(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const SpecificationError& error) {
    print_remark("{}\n", error.what());
  } catch (const std::filesystem::filesystem_error& error) {
    print_remark("touchstone: {}: {}\n", error.path1().string(), error.code().message());
  } catch (const std::exception& error) {
    print_remark("touchstone: {}\n", error.what());
  }
  return exit_harness_error;
}

/// What was printed is what a caller relies on: where it got lost, the run is worth less.
int with_output_written(int code) {
  const std::error_code why = flush_results();
  // Who has closed the other end of a pipe, as `head` does, has seen enough.
  if (!why || why == std::errc::broken_pipe) return code;
  print_remark("touchstone: what was found cannot be written to the standard output ({})\n", why.message());
  return worse_exit_code(code, exit_harness_error);
}

}  // namespace

int main(int argc, char** argv) {
  prepare_streams();
  return with_output_written(run_with_messages(argc, argv));
}
