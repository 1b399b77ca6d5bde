// Places: where the specification, the suite and the subjects are.

#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <specification/specification.hpp>
#include <string>
#include <vector>

namespace touchstone::tool {

/// Adds `--spec DIR` to a subcommand.
void add_spec_option(CLI::App& command, std::filesystem::path& spec_folder);

/// Reads the specification from `spec_folder`, or where that is empty from what was installed with this command, or
/// from the source tree that it was built from.
[[nodiscard]] Specification load_specification_or_default(const std::filesystem::path& spec_folder);

/// The folder that holds spec/, conformance/ and, in a source tree, everything else.
[[nodiscard]] std::filesystem::path tree_of(const Specification& specification);

/// For who finds no test there.
[[nodiscard]] std::string why_no_tests(const Specification& specification);

/// Ends the command with a usage error where only the specification is there, and not what is made from it.
void require_sources(const Specification& specification);

/// The folder that the tests' places are relative to ("suite/wait_test.cpp:12"), beside that specification; it need not
/// be there.
[[nodiscard]] std::filesystem::path suite_folder();

/// The folder of this executable.
[[nodiscard]] std::filesystem::path command_folder();

/// Where subjects are looked for, in words: in `subjects/` beside the command, and in `bin/subjects` below the folder
/// from which it was called, as in a user's build tree.
[[nodiscard]] std::string subject_places();

/// The names of the subjects that are there.
[[nodiscard]] std::vector<std::string> known_subjects();

/// The executable of a subject that is given by name or by path. Exits with 64 and the names that exist if
/// there is none.
[[nodiscard]] std::filesystem::path find_subject(const std::string& name);

/// Ends the command with "wrong usage" (64) after printing the message to stderr.
[[noreturn]] void usage_error(const std::string& message);

}  // namespace touchstone::tool
