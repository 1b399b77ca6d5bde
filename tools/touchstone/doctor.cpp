// touchstone doctor SUBJECT: is the adapter right? Step by step, each with what to do if it is not.
//
// A broken adapter shall be told so, instead of failing eighty tests; and one that is right shall not be blamed for
// what its executor does.

#include <command_line/places.hpp>
#include <commands.hpp>
#include <doctor/examination.hpp>
#include <memory>

namespace touchstone::tool {

namespace {

void examine(ExaminedSubject& subject, Findings& findings) {
  if (!describes_itself(subject, findings) || !lists_its_tests(subject, findings)) return;
  judge_reach(subject, findings);
  if (!runs_a_task(subject, findings)) return;
  examine_abilities(subject, findings);
  look_for_hidden_abilities(subject, findings);
  look_for_unclaimed_profiles(subject, findings);
}

void doctor(const std::string& name, const std::filesystem::path& spec_folder) {
  const Specification specification = load_specification_or_default(spec_folder);
  ExaminedSubject subject(specification, find_subject(name));
  Findings findings;
  examine(subject, findings);
  if (const int code = findings.conclude(name); code != 0) throw CLI::RuntimeError(code);
}

}  // namespace

void add_doctor_command(CLI::App& application) {
  CLI::App* command =
      application.add_subcommand("doctor", "Examine an adapter: does it start, run, and tell the truth about itself?");
  auto name = std::make_shared<std::string>();
  auto spec_folder = std::make_shared<std::filesystem::path>();
  command->add_option("subject", *name, "A name (see `touchstone list subjects`) or a path")
      ->required()
      ->type_name("SUBJECT");
  add_spec_option(*command, *spec_folder);
  command->footer(
      "Exit codes: 0 the adapter is well, whatever its executor does; 1 it needs mending; 2 that cannot be told");
  command->callback([name, spec_folder] { doctor(*name, *spec_folder); });
}

}  // namespace touchstone::tool
