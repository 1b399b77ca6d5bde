// touchstone list: what there is.

#include <fmt/format.h>

#include <algorithm>
#include <command_line/places.hpp>
#include <command_line/streams.hpp>
#include <command_line/terminal.hpp>
#include <commands.hpp>
#include <map>
#include <specification/suite_tests.hpp>

namespace touchstone::tool {

namespace {

void row(const Terminal& terminal, std::string_view id, std::size_t width, std::string_view text) {
  const std::size_t indent = width + 2;
  print_result("{}  {}\n", columns(id) > width ? std::string(id) : fit(id, width),
               wrap_indented(text, static_cast<std::size_t>(terminal.width), indent));
}

void list_requirements(const Specification& specification, const Terminal& terminal) {
  for (const Chapter& chapter : specification.chapters) {
    print_result("{}\n", terminal.bold(chapter.title));
    for (const Requirement& requirement : specification.requirements) {
      if (requirement.chapter != chapter.id) continue;
      print_result("{} {:6} {:9}  {}\n", requirement.id, requirement.level, requirement.profile, requirement.title);
    }
    print_result("\n");
  }
  print_result("{}; `touchstone explain ID` tells all of one\n",
               counted(specification.requirements.size(), "requirement"));
}

void list_tests(const Specification& specification) {
  const std::vector<SuiteTest> tests = read_suite_tests(tree_of(specification));
  for (const SuiteTest& test : tests) {
    const Requirement* requirement = specification.find(test.requirement);
    print_result("{} {:6} {}\n", test.requirement, requirement ? requirement->level : "?", test.name);
  }
  if (tests.empty()) usage_error("the tests are " + why_no_tests(specification));
  print_result("{}\n", counted(tests.size(), "test"));
}

void list_subjects() {
  const std::vector<std::string> names = known_subjects();
  for (const std::string& name : names) print_result("{}\n", name);
  if (names.empty()) print_result("no subject executables in {}\n", subject_places());
}

void list_capabilities(const Specification& specification, const Terminal& terminal) {
  std::map<std::string, int> uses;
  for (const Requirement& requirement : specification.requirements) {
    for (const std::string& need : requirement.needs) ++uses[need];
  }
  for (const Capability& capability : specification.capabilities) {
    row(terminal, capability.id, 24,
        fmt::format("{} ({}; needed by {})", capability.text,
                    capability.found == "declared" ? "the adapter declares it" : "seen in the adapter",
                    counted(static_cast<std::size_t>(uses[capability.id]), "requirement")));
  }
}

void list_profiles(const Specification& specification, const Terminal& terminal) {
  for (const Profile& profile : specification.profiles) {
    const auto& all = specification.requirements;
    const auto count = std::count_if(all.begin(), all.end(),
                                     [&](const Requirement& requirement) { return requirement.profile == profile.id; });
    row(terminal, profile.id, 10,
        fmt::format("{} ({})", profile.text, counted(static_cast<std::size_t>(count), "requirement")));
  }
}

void list(const std::string& what, const std::filesystem::path& spec_folder) {
  if (what == "subjects") return list_subjects();
  const Specification specification = load_specification_or_default(spec_folder);
  const Terminal terminal = Terminal::of(stdout);
  if (what == "tests") return list_tests(specification);
  if (what == "capabilities") return list_capabilities(specification, terminal);
  if (what == "profiles") return list_profiles(specification, terminal);
  list_requirements(specification, terminal);
}

}  // namespace

void add_list_command(CLI::App& application) {
  CLI::App* command =
      application.add_subcommand("list", "List requirements, tests, subjects, capabilities or profiles");
  auto what = std::make_shared<std::string>("requirements");
  auto spec_folder = std::make_shared<std::filesystem::path>();
  command->add_option("what", *what, "requirements (default), tests, subjects, capabilities or profiles")
      ->check(CLI::IsMember({"requirements", "tests", "subjects", "capabilities", "profiles"}))
      ->type_name("WHAT");
  add_spec_option(*command, *spec_folder);
  command->callback([what, spec_folder] { list(*what, *spec_folder); });
}

}  // namespace touchstone::tool
