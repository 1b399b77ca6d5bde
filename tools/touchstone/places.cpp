#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <exit_code.hpp>
#include <places.hpp>

namespace touchstone::tool {

namespace fs = std::filesystem;

namespace {

bool is_executable_file(const fs::path& path) { return fs::is_regular_file(path) && access(path.c_str(), X_OK) == 0; }

}  // namespace

void usage_error(const std::string& message) {
  fmt::print(stderr, "touchstone: {}\n", message);
  throw CLI::RuntimeError(exit_usage);
}

void add_spec_option(CLI::App& command, fs::path& spec_folder) {
  command.add_option("--spec", spec_folder, "The folder of the specification, if it is not the built-in one")
      ->type_name("DIR");
}

fs::path command_folder() { return fs::read_symlink("/proc/self/exe").parent_path(); }

Specification load_specification_or_default(const fs::path& spec_folder) {
  if (!spec_folder.empty()) return load_specification(fs::weakly_canonical(spec_folder));
  const fs::path built_from = TOUCHSTONE_SOURCE_FOLDER;
  if (fs::is_directory(built_from / "spec")) return load_specification(built_from / "spec");
  return load_specification(command_folder().parent_path() / "share/touchstone/spec");
}

fs::path tree_of(const Specification& specification) { return specification.folder.parent_path(); }

std::vector<std::string> known_subjects() {
  std::vector<std::string> names;
  const fs::path folder = command_folder() / "subjects";
  if (fs::is_directory(folder)) {
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
      if (is_executable_file(entry.path())) names.push_back(entry.path().filename());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

fs::path find_subject(const std::string& name) {
  const bool is_path = name.find('/') != std::string::npos;
  const fs::path path = is_path ? fs::path(name) : command_folder() / "subjects" / name;
  if (is_executable_file(path)) return path;
  const std::vector<std::string> names = known_subjects();
  const std::string exist = names.empty() ? "none was built" : "there are " + list_of(names, "and");
  if (is_path) usage_error(fmt::format("{} is not an executable file; subjects by name: {}", name, exist));
  usage_error(fmt::format("unknown subject {}; {}; or give the path of a subject executable", name, exist));
}

}  // namespace touchstone::tool
