#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <command_line/places.hpp>
#include <command_line/streams.hpp>
#include <results/exit_code.hpp>
#include <set>

namespace touchstone::tool {

namespace fs = std::filesystem;

namespace {

bool is_executable_file(const fs::path& path) { return fs::is_regular_file(path) && access(path.c_str(), X_OK) == 0; }

// Beside the command, where it was built; and where a user's build tree has them.
std::array<fs::path, 2> subject_folders() { return {command_folder() / "subjects", "bin/subjects"}; }

// What was installed with this command, or the source tree that it was built from: that may be gone, or another one
// now.
fs::path own_tree() {
  std::error_code unreachable;
  fs::path installed = command_folder().parent_path() / "share/touchstone";
  if (fs::is_directory(installed / "spec", unreachable)) return installed;
  fs::path built_from = TOUCHSTONE_SOURCE_FOLDER;
  if (fs::is_directory(built_from / "spec", unreachable)) return built_from;
  throw SpecificationError(fmt::format(
      "touchstone: the specification is neither in {} nor in {}; name the folder spec of Touchstone's sources with "
      "--spec",
      (installed / "spec").string(), (built_from / "spec").string()));
}

}  // namespace

void usage_error(const std::string& message) {
  print_remark("touchstone: {}\n", message);
  throw CLI::RuntimeError(exit_usage);
}

void add_spec_option(CLI::App& command, fs::path& spec_folder) {
  command.add_option("--spec", spec_folder, "The folder of the specification, if it is not the built-in one")
      ->type_name("DIR");
}

fs::path command_folder() { return fs::read_symlink("/proc/self/exe").parent_path(); }

Specification load_specification_or_default(const fs::path& spec_folder) {
  if (!spec_folder.empty()) return load_specification(fs::weakly_canonical(spec_folder));
  return load_specification(own_tree() / "spec");
}

fs::path suite_folder() { return own_tree() / "conformance"; }

fs::path tree_of(const Specification& specification) { return specification.folder.parent_path(); }

std::string why_no_tests(const Specification& specification) {
  return fmt::format(
      "not known here: {} does not hold the suite's sources, which are installed with TOUCHSTONE_CONFORMANCE=ON",
      (tree_of(specification) / "conformance/suite").string());
}

void require_sources(const Specification& specification) {
  if (fs::is_directory(tree_of(specification) / "conformance/suite")) return;
  usage_error(
      fmt::format("this works on Touchstone's sources, and {} has no conformance/suite; name the folder spec of the "
                  "sources with --spec",
                  tree_of(specification).string()));
}

std::string subject_places() {
  const auto folders = subject_folders();
  return folders.front().string() + " or " + folders.back().string();
}

std::vector<std::string> known_subjects() {
  std::set<std::string> names;
  for (const fs::path& folder : subject_folders()) {
    if (!fs::is_directory(folder)) continue;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
      if (is_executable_file(entry.path())) names.insert(entry.path().filename());
    }
  }
  return {names.begin(), names.end()};
}

fs::path find_subject(const std::string& name) {
  const bool is_path = name.find('/') != std::string::npos;
  if (is_path && is_executable_file(name)) return name;
  for (const fs::path& folder : subject_folders()) {
    if (!is_path && is_executable_file(folder / name)) return folder / name;
  }
  const std::vector<std::string> names = known_subjects();
  const std::string exist =
      names.empty() ? "there is none in " + subject_places() : "there are " + list_of(names, "and");
  if (is_path) usage_error(fmt::format("{} is not an executable file; subjects by name: {}", name, exist));
  usage_error(fmt::format("unknown subject {}; {}; or give the path of a subject executable", name, exist));
}

}  // namespace touchstone::tool
