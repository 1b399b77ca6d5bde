// touchstone check: specification, suite, deviations and generated files fit together.

#include <fmt/format.h>

#include <checks.hpp>
#include <command_line/places.hpp>
#include <command_line/streams.hpp>
#include <commands.hpp>
#include <results/exit_code.hpp>

namespace touchstone::tool {

namespace {

void check(const std::filesystem::path& spec_folder) {
  CheckResult result;
  try {
    const Specification specification = load_specification_or_default(spec_folder);
    require_sources(specification);
    result = check_all(specification, read_suite_tests(tree_of(specification)));
  } catch (const SpecificationError& error) {
    result.problems.push_back(error.what());
  }
  for (const std::string& problem : result.problems) print_remark("{}\n", problem);
  for (const std::string& figure : result.figures) print_result("{}\n", figure);
  if (!result.problems.empty()) {
    print_result("{} {}\n", result.problems.size(), result.problems.size() == 1 ? "problem" : "problems");
    throw CLI::RuntimeError(exit_unexpected);
  }
  print_result("no problems\n");
}

}  // namespace

void add_check_command(CLI::App& application) {
  CLI::App* command = application.add_subcommand(
      "check", "Check that specification, suite, deviations, mutants and generated files fit together");
  auto spec_folder = std::make_shared<std::filesystem::path>();
  add_spec_option(*command, *spec_folder);
  command->callback([spec_folder] { check(*spec_folder); });
}

}  // namespace touchstone::tool
