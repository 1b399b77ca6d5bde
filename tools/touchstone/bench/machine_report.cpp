#include <fmt/format.h>

#include <bench/machine_report.hpp>
#include <command_line/terminal.hpp>
#include <nlohmann/json.hpp>

namespace touchstone::tool {

namespace {

/// More than that many threads a core that already want to run is a busy machine.
constexpr double busy_load = 0.5;

}  // namespace

std::string machine_text(const Machine& machine, double load_before, double load_after) {
  std::string text = fmt::format("{}, {}, {}, load {:.2f} before and {:.2f} after{}", machine.processor,
                                 counted(static_cast<std::size_t>(machine.cores), "core"), machine.system, load_before,
                                 load_after, machine.governor.empty() ? "" : ", governor " + machine.governor);
  if (load_before > busy_load * machine.cores) {
    text +=
        "\nThe machine was busy with other things before this began: look at the ranges, and measure again when it is "
        "quiet.";
  }
  return text;
}

nlohmann::json machine_json(const Machine& machine, double load_before, double load_after) {
  return {{"processor", machine.processor}, {"cores", machine.cores},     {"system", machine.system},
          {"governor", machine.governor},   {"load_before", load_before}, {"load_after", load_after}};
}

}  // namespace touchstone::tool
