// touchstone explain ID: all that is known of one requirement.

#include <fmt/format.h>

#include <algorithm>
#include <command_line/places.hpp>
#include <command_line/streams.hpp>
#include <command_line/terminal.hpp>
#include <commands.hpp>
#include <specification/suite_tests.hpp>

namespace touchstone::tool {

namespace {

class Explanation {
 public:
  explicit Explanation(const Specification& specification)
      : specification_(specification), terminal_(Terminal::of(stdout)) {}

  void print(const Requirement& requirement) const {
    const Chapter* chapter = specification_.find_chapter(requirement.chapter);
    print_result("{}  {}\n", terminal_.bold(requirement.id), terminal_.bold(requirement.title));
    print_result("{}  profile {}  chapter {}{}\n\n", requirement.level, requirement.profile,
                 chapter ? chapter->title : requirement.chapter,
                 requirement.revision > 1 ? fmt::format("  revision {}", requirement.revision) : "");
    paragraph("", requirement.text);
    paragraph("Why: ", requirement.intent);
    fact("applies to", requirement.applies == "both" ? "thread and process pools"
                                                     : fmt::format("{} pools only", requirement.applies));
    for (const std::string& need : requirement.needs) fact("needs", need + ": " + meaning_of(need));
    for (const std::string& alternative : requirement.alternatives) fact("permits", alternative);
    if (!requirement.cpython.empty()) fact("CPython", requirement.cpython);
    if (!requirement.difference.empty()) fact("difference", requirement.difference + ": " + difference(requirement));
    if (!requirement.since.empty()) fact("since", "Python " + requirement.since);
    for (const std::string& source : requirement.sources) fact("source", source);
    if (!requirement.untestable_because.empty()) fact("untestable", requirement.untestable_because);
    fact("stands at", requirement.place.to_string());
    tests(requirement);
  }

 private:
  void paragraph(std::string_view lead, const std::string& text) const {
    for (const std::string& line : wrap(std::string(lead) + text, static_cast<std::size_t>(terminal_.width))) {
      print_result("{}\n", line);
    }
    print_result("\n");
  }

  void fact(std::string_view name, const std::string& text) const {
    print_result("{:11}  {}\n", name, wrap_indented(text, static_cast<std::size_t>(terminal_.width), 13));
  }

  std::string meaning_of(const std::string& need) const {
    for (const Capability& capability : specification_.capabilities) {
      if (capability.id == need) return capability.text;
    }
    return "";
  }

  std::string difference(const Requirement& requirement) const {
    const auto found = specification_.differences.find(requirement.difference);
    return found == specification_.differences.end() ? "see spec/differences.md" : found->second;
  }

  void tests(const Requirement& requirement) const {
    std::string first;
    for (const SuiteTest& test : read_suite_tests(tree_of(specification_))) {
      if (test.requirement != requirement.id) continue;
      if (first.empty()) print_result("\n");
      if (first.empty()) first = test.name;
      fact("test", fmt::format("{}\n{}", test.name, test.shows));
    }
    for (const Remark& untested : specification_.untested) {
      if (untested.id == requirement.id) fact("untested", untested.reason);
    }
    if (first.empty()) return;
    print_result("\nrun it:     touchstone run SUBJECT --filter {}\nby itself:  {}/SUBJECT --run {}\n", requirement.id,
                 (command_folder() / "subjects").lexically_proximate(std::filesystem::current_path()).string(), first);
  }

  const Specification& specification_;
  Terminal terminal_;
};

/// Ids that were once or never requirements deserve an answer, too.
std::string why_missing(const Specification& specification, const std::string& id) {
  for (const Remark& row : specification.not_adopted) {
    if (row.id == id) return fmt::format("{} was not adopted: {}", id, row.reason);
  }
  for (const Remark& row : specification.retired) {
    if (row.id == id) return fmt::format("{} was retired: {}", id, row.reason);
  }
  std::vector<std::string> prefixes;
  for (const Chapter& chapter : specification.chapters) {
    prefixes.insert(prefixes.end(), chapter.prefixes.begin(), chapter.prefixes.end());
  }
  return fmt::format("there is no requirement {}; ids start with {}; `touchstone list` shows them all", id,
                     list_of(prefixes));
}

void explain(std::string id, const std::filesystem::path& spec_folder) {
  const Specification specification = load_specification_or_default(spec_folder);
  std::transform(id.begin(), id.end(), id.begin(), [](unsigned char c) { return std::toupper(c); });
  const Requirement* requirement = specification.find(id);
  if (!requirement) usage_error(why_missing(specification, id));
  Explanation(specification).print(*requirement);
}

}  // namespace

void add_explain_command(CLI::App& application) {
  CLI::App* command = application.add_subcommand("explain", "Explain a requirement: what, why, where from, how tested");
  auto id = std::make_shared<std::string>();
  auto spec_folder = std::make_shared<std::filesystem::path>();
  command->add_option("id", *id, "Such as FUT-010")->required()->type_name("ID");
  add_spec_option(*command, *spec_folder);
  command->callback([id, spec_folder] { explain(*id, *spec_folder); });
}

}  // namespace touchstone::tool
