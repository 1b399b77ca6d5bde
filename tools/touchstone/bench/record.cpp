#include <bench/record.hpp>
#include <command_line/output_file.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

namespace touchstone::tool {

namespace fs = std::filesystem;

namespace {

Printed git(Processes& processes, const fs::path& folder, std::vector<std::string> arguments) {
  Command command;
  command.program = find_program("git");
  command.arguments = std::move(arguments);
  command.directory = folder.string();
  return run_program(processes, std::move(command));
}

bool ends_in_a_line(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary | std::ios::ate);
  if (!stream || stream.tellg() == std::streampos(0)) return true;
  stream.seekg(-1, std::ios::end);
  return stream.get() == '\n';
}

}  // namespace

Origin origin_of(Processes& processes, const fs::path& folder) {
  Origin origin;
  const Printed head = git(processes, folder, {"rev-parse", "--verify", "--quiet", "HEAD"});
  if (!head.ending.is_success() || head.lines.size() != 1) return origin;
  origin.commit = head.lines.front();
  origin.dirty = !git(processes, folder, {"status", "--porcelain", "--untracked-files=no"}).lines.empty();
  return origin;
}

std::string record_line(const BenchReport& report, const Origin& origin) {
  nlohmann::json json = bench_json(report);
  for (const char* const derived : {"touchstone_bench", "rows", "goals"}) json.erase(derived);
  json["touchstone_record"] = 1;
  json["commit"] = origin.commit;
  json["dirty"] = origin.dirty;
  json["label"] = origin.label;
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string append_record(const fs::path& file, std::string line) {
  if (!ends_in_a_line(file)) line.insert(0, "\n");
  return LineFile(file, LineFile::Start::as_it_is).add(std::move(line));
}

}  // namespace touchstone::tool
