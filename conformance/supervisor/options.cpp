// The command line, read by a table of options.

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <supervisor/options.hpp>
#include <supervisor/verdicts/applicability.hpp>
#include <utility>

namespace touchstone::supervisor {

namespace {

template <typename Number>
Number parse_number(const std::string& option, const std::string& text, Number least) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < least) {
    throw UsageError(option + " " + text + ": not a whole number of at least " + std::to_string(least));
  }
  return number;
}

double parse_scale(const std::string& origin, const std::string& text) {
  char* end = nullptr;
  const double scale = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0' || !std::isfinite(scale) || scale <= 0) {
    throw UsageError(origin + " " + text + ": not a positive number; 2 means twice as patient");
  }
  return scale;
}

void read_names(std::istream& input, std::vector<std::string>& names) {
  for (std::string line; std::getline(input, line);) {
    const std::size_t begin = line.find_first_not_of(" \t\r");
    if (begin == std::string::npos || line[begin] == '#') continue;
    names.push_back(line.substr(begin, line.find_last_not_of(" \t\r") - begin + 1));
  }
}

void read_names_from(const std::string& path, Options& options) {
  options.selected = true;
  if (path == "-") return read_names(std::cin, options.tests);
  std::ifstream file(path);
  if (!file) throw UsageError("--tests " + path + ": cannot be read; give a file with one test name a line, or -");
  read_names(file, options.tests);
}

/// What each option does with its value, or without one.
struct Table {
  std::map<std::string, std::function<void(Options&)>> flags;
  std::map<std::string, std::function<void(Options&, const std::string&)>> values;
};

std::map<std::string, std::function<void(Options&)>> make_flags() {
  return {
      {"--list", [](Options& options) { options.mode = Mode::list; }},
      {"--describe", [](Options& options) { options.mode = Mode::describe; }},
      {"--help", [](Options& options) { options.mode = Mode::help; }},
      {"-h", [](Options& options) { options.mode = Mode::help; }},
      {"--lines", [](Options& options) { options.lines = true; }},
      {"--verbose", [](Options& options) { options.verbose = true; }},
      {"--strict", [](Options& options) { options.strict = true; }},
      {"--here", [](Options& options) { options.here = true; }},
      {"--until-fail", [](Options& options) { options.until_fail = true; }},
  };
}

std::map<std::string, std::function<void(Options&, const std::string&)>> make_values() {
  return {
      {"--run",
       [](Options& options, const std::string& value) {
         options.selected = true;
         options.tests.push_back(value);
       }},
      {"--tests", [](Options& options, const std::string& value) { read_names_from(value, options); }},
      {"--seed", [](Options& options,
                    const std::string& value) { options.seed = parse_number<std::uint64_t>("--seed", value, 0); }},
      {"--repeat",
       [](Options& options, const std::string& value) {
         options.repeat = parse_number<std::uint64_t>("--repeat", value, 1);
         options.repeat_given = true;
       }},
      {"--time-scale",
       [](Options& options, const std::string& value) { options.time_scale = parse_scale("--time-scale", value); }},
      {"--deviations", [](Options& options, const std::string& value) { options.deviations = value; }},
      {"--assume",
       [](Options& options, const std::string& value) {
         if (!is_known_capability(value)) {
           throw UsageError("--assume " + value + ": there is no such capability; spec/capabilities.toml has them all");
         }
         options.assumed.push_back(value);
       }},
      {"--runner-pipe",
       [](Options& options, const std::string& value) {
         options.runner_pipe = parse_number<int>("--runner-pipe", value, 0);
       }},
      // Only from this program to itself.
      {"--child",
       [](Options& options, const std::string& value) {
         options.mode = Mode::child;
         options.child_test = value;
       }},
      {"--child-reports",
       [](Options& options, const std::string& value) {
         options.child_reports = parse_number<int>("--child-reports", value, 0);
       }},
      {"--child-ledger",
       [](Options& options, const std::string& value) {
         options.child_ledger = parse_number<int>("--child-ledger", value, 0);
       }},
  };
}

}  // namespace

Options parse_options(int argc, char** argv) {
  static const Table table{make_flags(), make_values()};
  Options options;
  options.program = argc > 0 ? argv[0] : "subject";
  for (int index = 1; index < argc; ++index) {
    const std::string word = argv[index];
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    if (const auto flag = table.flags.find(word); flag != table.flags.end()) {
      flag->second(options);
    } else if (const auto option = table.values.find(name); option != table.values.end()) {
      const bool separate = equals == std::string::npos;
      if (separate && index + 1 == argc) throw UsageError(name + " needs a value after it");
      option->second(options, separate ? argv[++index] : word.substr(equals + 1));
    } else {
      throw UsageError(word + ": no such option; see --help");
    }
  }
  if (const char* const scale = std::getenv("TOUCHSTONE_TIME_SCALE"); scale != nullptr && !options.time_scale) {
    options.time_scale = parse_scale("TOUCHSTONE_TIME_SCALE", scale);
  }
  return options;
}

std::string usage(const std::string& program) {
  return "Runs the conformance suite on one executor, each test in a process of its own.\n\n"
         "  " +
         program +
         " [options]           runs all tests that apply\n"
         "\n"
         "  --list                 lists the tests as JSON, one a line, and says which apply\n"
         "  --describe             says as JSON what the subject is\n"
         "  --run TEST             runs this test, by its exact name; may be repeated\n"
         "  --tests FILE           runs the tests named in a file, one a line; - is standard input\n"
         "  --lines                prints verdicts as JSON, one a line\n"
         "  --verbose              prints all of each verdict; so does --run of one test\n"
         "  --seed N               the seed for tests that make random choices (1)\n"
         "  --repeat N             runs each test N times before the next one\n"
         "  --until-fail           runs all tests again and again, until a round in which one fails; with --repeat N,\n"
         "                         N rounds at most\n"
         "  --time-scale X         makes every limit X times as long; so does TOUCHSTONE_TIME_SCALE\n"
         "  --strict               counts deviations as failures\n"
         "  --deviations FILE      the known deviations of the subject\n"
         "  --assume CAPABILITY    runs and lists tests as if the adapter declared it; may be repeated\n"
         "  --here                 runs the tests in this process, unsupervised: for a debugger\n"
         "  --runner-pipe FD       ends, with all that it started, at end-of-file of this descriptor\n"
         "\n"
         "TOUCHSTONE_STACKS=1 shows all that gdb says of a process that hangs, where that is installed.\n"
         "Exit codes: 0 as expected; 1 not; 2 only inconclusive; 3 harness error; 64 usage; 130 interrupted.\n";
}

}  // namespace touchstone::supervisor
