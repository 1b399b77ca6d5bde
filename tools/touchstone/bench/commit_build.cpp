#include <fmt/format.h>

#include <algorithm>
#include <bench/commit_build.hpp>
#include <command_line/streams.hpp>
#include <stdexcept>

namespace touchstone::tool {

namespace fs = std::filesystem;

namespace {

constexpr std::ptrdiff_t told_lines = 20;

}  // namespace

std::optional<std::string> CommitBuild::commit_named(const std::string& word) const {
  if (word.starts_with('-') || !fs::exists(sources_ / ".git")) return std::nullopt;
  Command command;
  command.program = find_program("git");
  command.arguments = {"rev-parse", "--verify", "--quiet", word + "^{commit}"};
  command.directory = sources_.string();
  const Printed printed = run_program(processes_, std::move(command));
  if (!printed.ending.is_success() || printed.lines.size() != 1) return std::nullopt;
  return printed.lines.front();
}

fs::path CommitBuild::module(const std::string& commit, const std::string& subject) const {
  const fs::path tree = fs::absolute(folder_ / commit.substr(0, hash_length));
  fs::path module = tree / "build/release/bin/bench/modules" / (subject + ".so");
  if (fs::is_regular_file(module)) return module;
  print_remark("touchstone: building bench_{}_module of {} in {}\n", subject, commit.substr(0, hash_length),
               tree.string());
  if (!fs::exists(tree / ".git")) {
    fs::create_directories(folder_);
    step("git", {"worktree", "prune"}, sources_);
    step("git", {"worktree", "add", "--detach", tree.string(), commit}, sources_);
  }
  step("cmake", {"--preset", "release"}, tree);
  step("cmake", {"--build", "--preset", "release", "--target", fmt::format("bench_{}_module", subject)}, tree);
  if (!fs::is_regular_file(module)) throw std::runtime_error(fmt::format("{} was not made", module.string()));
  return module;
}

void CommitBuild::step(const std::string& program, std::vector<std::string> arguments,
                       const fs::path& directory) const {
  Command command;
  command.program = find_program(program);
  command.arguments = std::move(arguments);
  command.directory = directory.string();
  const std::string line = fmt::format("{} {}", program, fmt::join(command.arguments, " "));
  const Printed printed = run_program(processes_, std::move(command));
  if (printed.ending.is_success()) return;
  const auto most = static_cast<std::ptrdiff_t>(printed.lines.size());
  const auto begin = printed.lines.end() - std::min(told_lines, most);
  throw std::runtime_error(fmt::format("in {}, {} {}\n{}\n{}", directory.string(), line, printed.ending.to_string(),
                                       fmt::join(begin, printed.lines.end(), "\n"), printed.ending.error_text));
}

}  // namespace touchstone::tool
