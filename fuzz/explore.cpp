// explore: runs scenarios under many schedules, or one schedule again.
//
// Each scenario is explored in a child process: whatever a failing schedule leaves behind, a crash included, touches no
// other, and the parent can still tell which schedule it was.

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <explorer.hpp>
#include <functional>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace touchstone::fuzz {
namespace {

constexpr int as_expected = 0;
constexpr int failed = 1;
constexpr int harness_error = 3;
constexpr int wrong_usage = 64;

constexpr const char* usage =
    "explore [--scenario NAME]... [--strategy NAME] [--schedules N] [--seed S]\n"
    "explore --replay TOKEN\n"
    "explore --list\n"
    "\n"
    "  --scenario NAME    explore this one; default: all\n"
    "  --strategy NAME    random, pct, pos or mixed; default: mixed, which takes turns\n"
    "  --schedules N      how many schedules of each scenario; default: 10000\n"
    "  --seed S           of the first schedule, default: 1; each further one has the next\n"
    "  --replay TOKEN     run one schedule again and print its table\n"
    "  --list             print the scenarios\n";

struct Options {
  std::vector<std::string> scenarios;
  ExplorationOptions exploration;
  std::string replay;
  bool list = false;
  bool help = false;
};

std::uint64_t number_of(std::string_view option, std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw std::invalid_argument(std::string(option) + ": '" + std::string(text) + "' is no number");
  }
  return number;
}

Options parse(std::span<char* const> arguments) {
  Options options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view option = arguments[i];
    if (option == "--list") {
      options.list = true;
      continue;
    }
    if (option == "--help") {
      options.help = true;
      continue;
    }
    if (option != "--scenario" && option != "--strategy" && option != "--schedules" && option != "--seed" &&
        option != "--replay") {
      throw std::invalid_argument("there is no option '" + std::string(option) + "'");
    }
    if (i + 1 == arguments.size()) throw std::invalid_argument(std::string(option) + " needs a value");
    const std::string value = arguments[++i];
    if (option == "--scenario") options.scenarios.push_back(value);
    if (option == "--strategy") options.exploration.strategy = value;
    if (option == "--schedules") options.exploration.schedules = number_of(option, value);
    if (option == "--seed") options.exploration.seed = number_of(option, value);
    if (option == "--replay") options.replay = value;
  }
  const std::string& strategy = options.exploration.strategy;
  if (strategy != "mixed" && strategy != "pct") (void)make_strategy(strategy);
  return options;
}

const Scenario& scenario_named(const std::vector<Scenario>& scenarios, std::string_view name) {
  for (const Scenario& scenario : scenarios) {
    if (scenario.name == name) return scenario;
  }
  throw std::invalid_argument("there is no scenario '" + std::string(name) + "'; --list prints them");
}

/// Runs `work` in a child; returns its exit code, or minus the signal that killed it.
int in_child(const std::function<int()>& work) {
  std::fflush(nullptr);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) {
    std::perror("explore: fork");
    return harness_error;
  }
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(harness_error);
    const int code = work();
    std::fflush(nullptr);
    std::_Exit(code);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

Progress* shared_progress() {
  void* const memory = mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  return new (memory) Progress;
}

void print_finding(const std::string& failure, const std::string& table, const Token& token) {
  std::printf("%s\n%s\nreplay: explore --replay %s\n", table.c_str(), failure.c_str(), to_string(token).c_str());
}

int explore_here(const Scenario& scenario, const ExplorationOptions& options) {
  const Exploration result = explore(scenario, options);
  std::printf("%-4s  %-34s  %9llu schedules  %7.0f schedules/s  %6.1f million decisions/s\n",
              result.finding ? "FAIL" : "ok", scenario.name.c_str(), static_cast<unsigned long long>(result.schedules),
              static_cast<double>(result.schedules) / result.seconds,
              static_cast<double>(result.decisions) / result.seconds / 1e6);
  if (!result.finding) return as_expected;
  print_finding(result.finding->failure, result.finding->table, result.finding->token);
  return failed;
}

int explore_in_child(const Scenario& scenario, ExplorationOptions options) {
  Progress* const progress = shared_progress();
  options.progress = progress;
  const int code = in_child([&] { return explore_here(scenario, options); });
  if (code >= 0 && code <= failed) return code;
  const Token token{scenario.name, progress->strategy, progress->seed};
  std::printf("FAIL  %s: the process ended with %s %d\nreplay: explore --replay %s\n", scenario.name.c_str(),
              code < 0 ? "signal" : "exit code", code < 0 ? -code : code, to_string(token).c_str());
  return failed;
}

int replay_token(const std::vector<Scenario>& scenarios, const std::string& text) {
  const Token token = parse_token(text);
  const Scenario& scenario = scenario_named(scenarios, token.scenario);
  (void)make_strategy(token.strategy);
  const int code = in_child([&] {
    const Replay result = replay(scenario, token);
    print_finding(result.failure.value_or("the schedule passed"), result.table, token);
    return result.failure ? failed : as_expected;
  });
  if (code < 0) std::printf("the process ended with signal %d\n", -code);
  return code == as_expected ? as_expected : failed;
}

int run(const Options& options) {
  count_log_records();
  const std::vector<Scenario> scenarios = all_scenarios();
  if (options.help) {
    std::fputs(usage, stdout);
    return as_expected;
  }
  if (options.list) {
    for (const Scenario& scenario : scenarios)
      std::printf("%-34s  %s\n", scenario.name.c_str(), scenario.shows.c_str());
    return as_expected;
  }
  if (!options.replay.empty()) return replay_token(scenarios, options.replay);
  std::vector<const Scenario*> chosen;
  for (const std::string& name : options.scenarios) chosen.push_back(&scenario_named(scenarios, name));
  if (chosen.empty()) {
    for (const Scenario& scenario : scenarios) chosen.push_back(&scenario);
  }
  int code = as_expected;
  for (const Scenario* scenario : chosen) {
    if (explore_in_child(*scenario, options.exploration) != as_expected) code = failed;
  }
  return code;
}

}  // namespace
}  // namespace touchstone::fuzz

int main(int count, char** arguments) {
  using namespace touchstone::fuzz;
  try {
    return run(parse(std::span(arguments + 1, static_cast<std::size_t>(count - 1))));
  } catch (const std::invalid_argument& error) {
    std::fprintf(stderr, "explore: %s\n\n%s", error.what(), usage);
    return wrong_usage;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "explore: %s\n", error.what());
    return harness_error;
  }
}
