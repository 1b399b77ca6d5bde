#include <fmt/format.h>

#include <algorithm>
#include <bench/sampler.hpp>

namespace touchstone::tool {

namespace {

std::string last_line_of(const std::string& text) {
  const std::size_t end = text.find_last_not_of('\n');
  if (end == std::string::npos) return "";
  const std::size_t begin = text.rfind('\n', end);
  return text.substr(begin == std::string::npos ? 0 : begin + 1,
                     end - (begin == std::string::npos ? 0 : begin + 1) + 1);
}

}  // namespace

Printed Sampler::run(const std::string& subject, std::vector<std::string> arguments) {
  if (options_.quick) arguments.push_back("--quick");
  Command command;
  command.program = executables_.at(subject);
  command.arguments = std::move(arguments);
  command.silence = options_.silence;
  return run_program(processes_, std::move(command));
}

std::vector<std::string> Sampler::workloads_of(const std::string& subject) {
  const Printed printed = run(subject, {"--benchmark_list_tests=true"});
  if (!printed.ending.is_success()) {
    problems_.push_back(fmt::format(
        "{}: asked for its benchmarks, it {}: {}\nAn executable that tests an executor is none that measures one: "
        "those are in bin/bench, and bench/README.md of Touchstone's sources says how one is made.",
        subject, printed.ending.to_string(), last_line_of(printed.ending.error_text)));
    return {};
  }
  std::vector<std::string> workloads;
  for (const std::string& name : printed.lines) {
    workloads.push_back(workload_of(name));
    benchmark_names_[subject][workloads.back()] = name;
  }
  return workloads;
}

bool Sampler::failed_before(const BenchStep& step) const {
  return std::any_of(samples_.begin(), samples_.end(), [&](const Sample& sample) {
    return sample.subject == step.subject && sample.measurement.workload == step.workload &&
           !sample.measurement.error.empty();
  });
}

void Sampler::measure(const BenchStep& step) {
  if (failed_before(step)) return;
  const Printed printed =
      run(step.subject, {fmt::format("--benchmark_filter=^{}$", benchmark_names_[step.subject][step.workload]),
                         "--benchmark_format=json", fmt::format("--benchmark_min_time={}", options_.seconds)});
  if (processes_.interrupted()) return;
  if (!printed.ending.not_started.empty()) {
    problems_.push_back(fmt::format("{}: {}", step.subject, printed.ending.to_string()));
    return;
  }
  keep(step, printed);
}

void Sampler::keep(const BenchStep& step, const Printed& printed) {
  Sample sample{step.round, step.subject, {}};
  sample.measurement.workload = step.workload;
  if (!printed.ending.is_success()) {
    // Warnings that Google Benchmark prints to stderr are seen in this case only.
    sample.measurement.error =
        fmt::format("{} {}", printed.ending.to_string(), last_line_of(printed.ending.error_text));
    samples_.push_back(std::move(sample));
    return;
  }
  try {
    BenchOutput output = read_bench_output(fmt::format("{}", fmt::join(printed.lines, "\n")));
    if (output.measurements.size() != 1 || output.measurements.front().workload != step.workload) {
      throw BenchOutputError(fmt::format("{} results instead of one; build it again", output.measurements.size()));
    }
    builds_[step.subject] = std::move(output.build);
    sample.measurement = std::move(output.measurements.front());
    samples_.push_back(std::move(sample));
  } catch (const BenchOutputError& error) {
    problems_.push_back(fmt::format("{} {}: {}", step.subject, step.workload, error.what()));
  }
}

}  // namespace touchstone::tool
