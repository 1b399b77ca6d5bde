// touchstone explain WORD: all that is known of a requirement, or of whatever else has a name in the specification.

#include <fmt/format.h>

#include <algorithm>
#include <command_line/places.hpp>
#include <command_line/streams.hpp>
#include <command_line/terminal.hpp>
#include <commands.hpp>
#include <specification/suite_tests.hpp>

namespace touchstone::tool {

namespace {

std::string upper_case(std::string word) {
  std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) { return std::toupper(c); });
  return word;
}

/// The one of a list that has this id, or nothing.
template <typename Named>
const Named* with_id(const std::vector<Named>& all, const std::string& id) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const Named& one) { return one.id == id; });
  return found == all.end() ? nullptr : &*found;
}

class Explanation {
 public:
  explicit Explanation(const Specification& specification)
      : specification_(specification), terminal_(Terminal::of(stdout)) {}

  /// Explains what a word stands for. Returns whether it stands for anything.
  bool print(const std::string& word) const {
    const std::string id = upper_case(word);
    if (const Requirement* one = specification_.find(id)) return print(*one), true;
    if (const auto one = specification_.differences.find(id); one != specification_.differences.end()) {
      heading(id, "a difference from Python");
      paragraph("", one->second);
      return requirements([&](const Requirement& requirement) { return requirement.difference == id; }), true;
    }
    if (const Capability* one = with_id(specification_.capabilities, word)) return print(*one), true;
    if (const Profile* one = with_id(specification_.profiles, word)) {
      heading(one->id, "a profile");
      paragraph("", one->text);
      return requirements([&](const Requirement& requirement) { return requirement.profile == one->id; }), true;
    }
    for (const Chapter& chapter : specification_.chapters) {
      if (chapter.id != word && std::count(chapter.prefixes.begin(), chapter.prefixes.end(), id) == 0) continue;
      heading(fmt::format("{}", fmt::join(chapter.prefixes, ", ")), "chapter " + chapter.title);
      paragraph("", chapter.text);
      return requirements([&](const Requirement& requirement) { return requirement.chapter == chapter.id; }), true;
    }
    for (const SuiteTest& test : read_suite_tests(tree_of(specification_))) {
      if (test.name != word) continue;
      heading(test.name, "a test, of the following requirement");
      paragraph("", test.shows);
      if (const Requirement* one = specification_.find(test.requirement)) print(*one);
      return true;
    }
    return false;
  }

 private:
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

  void print(const Capability& capability) const {
    heading(capability.id, "a capability");
    paragraph("", capability.text);
    fact("found", capability.found == "declared" ? "the adapter declares it, in `capabilities`"
                                                 : "seen in the adapter or in its futures; `without` withholds it");
    print_result("\n");
    requirements([&](const Requirement& requirement) {
      return std::count(requirement.needs.begin(), requirement.needs.end(), capability.id) > 0;
    });
  }

  void heading(const std::string& name, const std::string& kind) const {
    print_result("{}  {}\n\n", terminal_.bold(name), kind);
  }

  /// Those that are meant, a line each.
  template <typename Predicate>
  void requirements(Predicate are_meant) const {
    std::size_t count = 0;
    for (const Requirement& requirement : specification_.requirements) {
      if (!are_meant(requirement)) continue;
      ++count;
      print_result("{} {:6} {:9}  {}\n", requirement.id, requirement.level, requirement.profile, requirement.title);
    }
    print_result("{}\n", counted(count, "requirement"));
  }

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
    const std::filesystem::path subjects = command_folder() / "subjects";  // beside an installed command there are none
    const std::filesystem::path place = std::filesystem::is_directory(subjects)
                                            ? subjects.lexically_proximate(std::filesystem::current_path()) / "SUBJECT"
                                            : "./SUBJECT";
    print_result("\nrun it:     touchstone run SUBJECT --filter {}\nby itself:  {} --run {}\n", requirement.id,
                 place.string(), first);
  }

  const Specification& specification_;
  Terminal terminal_;
};

/// Ids that were once or never requirements deserve an answer, too.
std::string why_missing(const Specification& specification, const std::string& word) {
  const std::string id = upper_case(word);
  if (const Remark* row = with_id(specification.not_adopted, id)) {
    return fmt::format("{} was not adopted: {}", id, row->reason);
  }
  if (const Remark* row = with_id(specification.retired, id)) return fmt::format("{} was retired: {}", id, row->reason);
  std::vector<std::string> prefixes;
  for (const Chapter& chapter : specification.chapters) {
    prefixes.insert(prefixes.end(), chapter.prefixes.begin(), chapter.prefixes.end());
  }
  return fmt::format(
      "nothing is called {}; the ids of requirements start with {}, those of differences with DIFF; `touchstone list` "
      "shows all requirements, and with a word behind it all tests, capabilities or profiles",
      word, list_of(prefixes));
}

void explain(const std::string& word, const std::filesystem::path& spec_folder) {
  const Specification specification = load_specification_or_default(spec_folder);
  if (!Explanation(specification).print(word)) usage_error(why_missing(specification, word));
}

}  // namespace

void add_explain_command(CLI::App& application) {
  CLI::App* command = application.add_subcommand("explain", "Explain a requirement: what, why, where from, how tested");
  auto word = std::make_shared<std::string>();
  auto spec_folder = std::make_shared<std::filesystem::path>();
  command
      ->add_option(
          "word", *word,
          "A requirement, such as FUT-010; or a chapter (FUT), a difference (DIFF-14), a capability, a profile, "
          "a test")
      ->required()
      ->type_name("WORD");
  add_spec_option(*command, *spec_folder);
  command->callback([word, spec_folder] { explain(*word, *spec_folder); });
}

}  // namespace touchstone::tool
