#include <fmt/format.h>

#include <bench/measurement.hpp>
#include <bench/pairs.hpp>
#include <cmath>
#include <sstream>

namespace touchstone::tool {

BenchModule read_module(const std::vector<std::string>& lines) {
  BenchModule module;
  for (const std::string& line : lines) {
    const std::size_t blank = line.find(' ');
    const std::string word = line.substr(0, blank);
    const std::string rest = blank == std::string::npos ? "" : line.substr(blank + 1);
    if (word == "name") module.name = rest;
    if (word == "version") module.version = rest;
    if (word == "compiler") module.compiler = rest;
    if (word == "flags") module.flags = rest;
    if (word == "optimized") module.optimized = rest == "yes";
    if (word == "workload") module.workloads.push_back(rest);
  }
  if (module.name.empty()) throw BenchOutputError("a module told no name; build modules and measure_pairs again");
  return module;
}

PairedRun read_pairs(const std::vector<std::string>& lines) {
  PairedRun run;
  bool complete = false;
  for (const std::string& line : lines) {
    std::istringstream words(line);
    std::string word;
    words >> word;
    if (word == "round") {
      PairedRound round;
      words >> round.a >> round.b >> round.again;
      // Not greater than 0: a time that cannot be, and also what is no number.
      if (!words || !(round.a > 0) || !(round.b > 0) || !(round.again > 0)) {
        throw BenchOutputError(fmt::format("\"{}\" has no three times", line));
      }
      run.rounds.push_back(round);
    } else if (word == "processor") {
      words >> run.processor >> word >> run.wall >> word >> run.displaced;
      complete = static_cast<bool>(words);
    }
  }
  if (!complete || run.rounds.empty()) throw BenchOutputError("the times of a process are not complete");
  return run;
}

}  // namespace touchstone::tool
