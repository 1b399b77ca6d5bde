#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <mutants/build.hpp>
#include <nlohmann/json.hpp>
#include <processes/shell.hpp>
#include <set>
#include <sstream>
#include <stdexcept>

namespace touchstone::tool {

namespace fs = std::filesystem;

namespace {

std::string content_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::stringstream content;
  content << stream.rdbuf();
  return content.str();
}

void write(const fs::path& file, const std::string& content) {
  fs::create_directories(file.parent_path());
  std::ofstream stream(file, std::ios::binary);
  stream << content;
  stream.close();
  if (!stream) throw std::runtime_error(file.string() + " cannot be written");
}

bool is_inside(const fs::path& file, const fs::path& folder) {
  const fs::path relative = file.lexically_relative(folder);
  return !relative.empty() && *relative.begin() != "..";
}

/// The options of a compile command that make neither source nor object, without what a mutant cannot use:
/// warnings as errors, dependency files of the build, and precompiled headers, which hold the file unchanged.
Unit unit_of(const nlohmann::json& entry, const fs::path& source) {
  Unit unit{source, entry.at("directory").get<std::string>(), {}, {}};
  const std::vector<std::string> words = shell_split(entry.at("command").get<std::string>());
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    const bool with_next = word == "-o" || word == "-MF" || word == "-MT" || word == "-MQ";
    const bool precompiled =
        word == "-include" && i + 1 < words.size() && words[i + 1].find("cmake_pch") != std::string::npos;
    if (with_next || precompiled) {
      ++i;
    } else if (word != "-c" && word != "-MD" && word != "-MMD" && !word.starts_with("-Werror") &&
               fs::path(word) != source && word != "-Winvalid-pch") {
      unit.arguments.push_back(word);
    }
    const bool names_folder = word == "-I" || word == "-isystem" || word == "-iquote";
    if (names_folder && i + 1 < words.size()) unit.headers.emplace_back(words[i + 1]);
    if (word.starts_with("-I") && word.size() > 2) unit.headers.emplace_back(word.substr(2));
  }
  // A launcher such as ccache stands before the compiler; mutants are unique, so that it would only cost time.
  if (unit.arguments.size() > 1 &&
      fs::path(unit.arguments.front()).filename().string().find("cache") != std::string::npos) {
    unit.arguments.erase(unit.arguments.begin());
  }
  if (!unit.arguments.empty()) unit.arguments.front() = find_program(unit.arguments.front());
  return unit;
}

fs::path find_library(const fs::path& build_folder) {
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(build_folder)) {
    if (entry.path().filename() == "libtouchstone_suite.a") return entry.path();
  }
  throw std::runtime_error(fmt::format("there is no libtouchstone_suite.a in {}: build it first (cmake --build {})",
                                       build_folder.string(), build_folder.string()));
}

}  // namespace

std::vector<std::string> dependencies_in(const std::string& text) {
  const std::size_t colon = text.find(": ");
  std::string rest = colon == std::string::npos ? "" : text.substr(colon + 2);
  for (std::size_t at = 0; (at = rest.find("\\\n", at)) != std::string::npos;) rest.replace(at, 2, " ");
  return shell_split(rest);
}

MutantBuild::MutantBuild(const fs::path& tree, const fs::path& build_folder, std::string subject,
                         std::vector<std::string> extra_link)
    : tree_(tree), folder_(build_folder / "mutants"), subject_(std::move(subject)), extra_link_(std::move(extra_link)) {
  const fs::path file = build_folder / "compile_commands.json";
  const nlohmann::json entries = nlohmann::json::parse(content_of(file), nullptr, false);
  if (!entries.is_array()) {
    throw std::runtime_error(fmt::format(
        "there is no {} that could be read: --build-dir must name a folder in which Touchstone was configured, with "
        "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON (as all presets do), and built",
        file.string()));
  }
  const fs::path adapter = tree_ / "conformance/subjects" / (subject_ + ".cpp");
  const bool with_processes = subject_ != "reference";
  // By its build a callable is named to another process.
  if (with_processes) extra_link_.emplace_back("-Wl,--build-id=sha1");
  std::set<fs::path> seen;
  for (const nlohmann::json& entry : entries) {
    const fs::path source = entry.at("file").get<std::string>();
    const std::string output = entry.value("output", "");
    const bool of_processes =
        is_inside(source, tree_ / "reference/src/process") || is_inside(source, tree_ / "reference/sync/native");
    const bool of_library = of_processes ? with_processes : is_inside(source, tree_ / "reference/src");
    const bool is_adapter = source == adapter;
    // The same sources are compiled a second time, for the scheduled seam, elsewhere.
    if (of_library && !output.empty() && !output.starts_with("reference/")) continue;
    if ((of_library || is_adapter) && seen.insert(source).second) units_.push_back(unit_of(entry, source));
  }
  const bool has_adapter =
      std::any_of(units_.begin(), units_.end(), [&](const Unit& unit) { return unit.source == adapter; });
  if (!has_adapter || units_.size() < 2) {
    throw std::runtime_error(fmt::format("{} does not build the reference and its subject {}; configure with both",
                                         file.string(), subject_));
  }
  suite_library_ = find_library(build_folder);
}

fs::path MutantBuild::base_object(const Unit& unit) const {
  std::string name = unit.source.lexically_relative(tree_).string();
  std::replace(name.begin(), name.end(), '/', '.');
  return folder_ / "base" / (name + ".o");
}

Command MutantBuild::compile(const Unit& unit, const fs::path& source, const std::vector<std::string>& first,
                             const fs::path& object) const {
  Command command;
  command.program = unit.arguments.front();
  command.directory = unit.directory;
  command.arguments = first;
  command.arguments.insert(command.arguments.end(), unit.arguments.begin() + 1, unit.arguments.end());
  command.arguments.insert(command.arguments.end(),
                           {"-w", "-MD", "-MF", object.string() + ".d", "-c", source, "-o", object});
  return command;
}

Command MutantBuild::link(const std::vector<fs::path>& objects, const fs::path& executable) const {
  const Unit& unit = units_.front();
  Command command;
  command.program = unit.arguments.front();
  command.directory = unit.directory;
  for (const std::string& word : unit.arguments) {
    // What changes the code that is linked in: sanitizers, the standard library, threads.
    if (word.starts_with("-fsanitize") || word.starts_with("-stdlib") || word.starts_with("-m") || word == "-pthread" ||
        word.starts_with("--coverage")) {
      command.arguments.push_back(word);
    }
  }
  for (const fs::path& object : objects) command.arguments.push_back(object);
  command.arguments.push_back(suite_library_);
  command.arguments.insert(command.arguments.end(), extra_link_.begin(), extra_link_.end());
  command.arguments.insert(command.arguments.end(), {"-o", executable});
  return command;
}

bool MutantBuild::is_fresh(const Unit& unit) const {
  const fs::path object = base_object(unit);
  std::error_code missing;
  const auto made = fs::last_write_time(object, missing);
  if (missing) return false;
  const std::vector<std::string> files = dependencies_in(content_of(object.string() + ".d"));
  return !files.empty() && std::all_of(files.begin(), files.end(), [&](const std::string& file) {
    const auto changed = fs::last_write_time(unit.directory / file, missing);
    return !missing && changed <= made;
  }) && content_of(object.string() + ".command") == fmt::format("{}", fmt::join(unit.arguments, " "));
}

std::vector<Command> MutantBuild::base_commands() {
  std::vector<Command> commands;
  for (const Unit& unit : units_) {
    if (is_fresh(unit)) continue;
    const fs::path object = base_object(unit);
    write(object.string() + ".command", fmt::format("{}", fmt::join(unit.arguments, " ")));
    fs::remove(object);
    commands.push_back(compile(unit, unit.source, {}, object));
  }
  return commands;
}

Command MutantBuild::base_link() const {
  std::vector<fs::path> objects;
  for (const Unit& unit : units_) objects.push_back(base_object(unit));
  return link(objects, base_executable());
}

bool MutantBuild::depends_on(const Unit& unit, const fs::path& file) const {
  const std::vector<std::string> files = dependencies_in(content_of(base_object(unit).string() + ".d"));
  return std::any_of(files.begin(), files.end(),
                     [&](const std::string& one) { return (unit.directory / one).lexically_normal() == file; });
}

/// How the mutated header is included: its path below the deepest include folder that holds it.
std::string MutantBuild::include_name(const Mutant& mutant) const {
  const fs::path file = tree_ / mutant.file;
  std::string best;
  for (const Unit& unit : units_) {
    for (const fs::path& folder : unit.headers) {
      if (!is_inside(file, folder)) continue;
      const std::string name = file.lexically_relative(folder).string();
      if (best.empty() || name.size() < best.size()) best = name;
    }
  }
  if (best.empty()) fail(mutant.place, "file", fmt::format("{} is in no include folder of the reference", mutant.file));
  return best;
}

fs::path MutantBuild::executable(const Mutant& mutant) const { return folder_ / mutant.id / subject_; }

std::vector<Command> MutantBuild::commands(const Mutant& mutant) const {
  const fs::path here = folder_ / mutant.id;
  const fs::path original = tree_ / mutant.file;
  const bool is_header = original.extension() == ".hpp";
  fs::remove_all(here);
  // A changed header takes the place of the original because its folder is searched first; a changed source file
  // lies elsewhere than its neighbours, which it may include by quotes.
  const fs::path copy = is_header ? here / "include" / include_name(mutant) : here / original.filename();
  write(copy, mutated_source(mutant, tree_));
  const std::vector<std::string> first = is_header
                                             ? std::vector<std::string>{"-I" + (here / "include").string()}
                                             : std::vector<std::string>{"-iquote", original.parent_path().string()};
  std::vector<Command> commands;
  std::vector<fs::path> objects;
  for (const Unit& unit : units_) {
    const bool affected = is_header ? depends_on(unit, original) : unit.source == original;
    if (!affected) {
      objects.push_back(base_object(unit));
      continue;
    }
    objects.push_back(here / base_object(unit).filename());
    commands.push_back(compile(unit, is_header ? unit.source : copy, first, objects.back()));
  }
  if (commands.empty()) {
    fail(mutant.place, "file", fmt::format("nothing of the reference subject depends on {}", mutant.file));
  }
  commands.push_back(link(objects, executable(mutant)));
  return commands;
}

}  // namespace touchstone::tool
