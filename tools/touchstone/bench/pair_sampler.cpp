#include <fmt/format.h>

#include <bench/measurement.hpp>
#include <bench/pair_sampler.hpp>
#include <random>

namespace touchstone::tool {

std::vector<std::string> PairSampler::run(std::vector<std::string> arguments) {
  Command command;
  command.program = program_.string();
  command.arguments = std::move(arguments);
  command.silence = options_.silence;
  const Printed printed = run_program(processes_, std::move(command));
  if (!printed.ending.is_success()) {
    std::string text = printed.ending.error_text;
    text.erase(text.find_last_not_of('\n') + 1);
    throw BenchOutputError(fmt::format("{} {}{}{}", program_.filename().string(), printed.ending.to_string(),
                                       text.empty() ? "" : ": ", text));
  }
  return printed.lines;
}

BenchModule PairSampler::module(const std::filesystem::path& path) { return read_module(run({"list", path.string()})); }

PairedRun PairSampler::measure(const std::string& workload, int number, const std::filesystem::path& a,
                               const std::filesystem::path& b) {
  std::mt19937_64 seeds(options_.seed);
  seeds.discard(static_cast<std::uint64_t>(number));
  const std::uint64_t seed = seeds() % 1'000'000'007;
  return read_pairs(run({"run", workload, std::to_string(options_.rounds), std::to_string(seed), options_.placement,
                         std::to_string(number), a.string(), b.string(), a.string()}));
}

}  // namespace touchstone::tool
