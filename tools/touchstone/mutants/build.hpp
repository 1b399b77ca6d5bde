// MutantBuild: how a subject of the reference is compiled, and which commands make a mutant of it.
//
// A mutant differs from the reference in one file. Only what depends on that file is compiled again, by the
// commands of the build directory with small changes, and linked with all that does not. The suite is never
// compiled: it does not include the reference.

#pragma once

#include <filesystem>
#include <mutants/mutant_list.hpp>
#include <processes/processes.hpp>
#include <string>
#include <vector>

namespace touchstone::tool {

/// One translation unit of the subject.
struct Unit {
  std::filesystem::path source;
  std::filesystem::path directory;             // where its command is run
  std::vector<std::string> arguments;          // compiler and options, without source and output
  std::vector<std::filesystem::path> headers;  // include folders, in their order
};

class MutantBuild {
 public:
  /// `subject` is "reference", or "reference_..." for one of its pools of processes.
  /// Reads compile_commands.json. Throws std::runtime_error with what to do where something is missing.
  /// `extra_link` are the arguments after the suite's library.
  MutantBuild(const std::filesystem::path& tree, const std::filesystem::path& build_folder, std::string subject,
              std::vector<std::string> extra_link);

  /// The commands that compile all units of the reference itself, those whose objects are fresh left out.
  [[nodiscard]] std::vector<Command> base_commands();
  [[nodiscard]] Command base_link() const;
  [[nodiscard]] std::filesystem::path base_executable() const { return folder_ / "base" / subject_; }

  /// Writes the changed file, and returns the commands that make the mutant, to be run in order.
  /// Throws SpecificationError where the mutant cannot be built so.
  [[nodiscard]] std::vector<Command> commands(const Mutant& mutant) const;
  [[nodiscard]] std::filesystem::path executable(const Mutant& mutant) const;

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

 private:
  [[nodiscard]] Command compile(const Unit& unit, const std::filesystem::path& source,
                                const std::vector<std::string>& first, const std::filesystem::path& object) const;
  [[nodiscard]] Command link(const std::vector<std::filesystem::path>& objects,
                             const std::filesystem::path& executable) const;
  [[nodiscard]] std::filesystem::path base_object(const Unit& unit) const;
  [[nodiscard]] bool is_fresh(const Unit& unit) const;
  [[nodiscard]] bool depends_on(const Unit& unit, const std::filesystem::path& file) const;
  [[nodiscard]] std::string include_name(const Mutant& mutant) const;

  std::filesystem::path tree_;
  std::filesystem::path folder_;  // <build>/mutants
  std::string subject_;
  std::filesystem::path suite_library_;
  std::vector<std::string> extra_link_;
  std::vector<Unit> units_;
};

/// The files that a make-style dependency file names after its target.
[[nodiscard]] std::vector<std::string> dependencies_in(const std::string& text);

}  // namespace touchstone::tool
