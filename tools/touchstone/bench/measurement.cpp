#include <fmt/format.h>

#include <bench/measurement.hpp>
#include <nlohmann/json.hpp>
#include <optional>

namespace touchstone::tool {

namespace {

using Json = nlohmann::json;

template <typename T>
T value_at(const Json& object, const std::string& key, const std::string& place) {
  const auto found = object.find(key);
  if (found == object.end()) {
    throw BenchOutputError(
        fmt::format("{}: there is no \"{}\"; is this a benchmark of Touchstone? build it again", place, key));
  }
  try {
    return found->get<T>();
  } catch (const Json::exception&) {
    throw BenchOutputError(fmt::format("{}: \"{}\" is {}, which is no value of this kind; build the benchmark again",
                                       place, key, found->dump()));
  }
}

double nanoseconds_in(const std::string& unit, const std::string& place) {
  if (unit == "ns") return 1;
  if (unit == "us") return 1e3;
  if (unit == "ms") return 1e6;
  if (unit == "s") return 1e9;
  throw BenchOutputError(fmt::format("{}: unknown \"time_unit\" \"{}\"; there are ns, us, ms and s", place, unit));
}

BenchBuild read_build(const Json& context) {
  const auto text = [&](const char* key) { return value_at<std::string>(context, key, "context"); };
  return {.subject = text("touchstone_subject"),
          .version = text("touchstone_version"),
          .compiler = text("touchstone_compiler"),
          .flags = text("touchstone_flags"),
          .optimized = text("touchstone_optimized") == "yes",
          .gives_future = text("touchstone_future") == "yes",
          .has_map = text("touchstone_map") == "yes"};
}

/// What only some workloads have; the median of acts, or an amount of memory, goes before the mean of the times.
void read_counters(const Json& benchmark, const std::string& name, Measurement& measurement) {
  const auto counter = [&](const char* key) -> std::optional<double> {
    if (!benchmark.contains(key)) return std::nullopt;
    return value_at<double>(benchmark, key, name);
  };
  for (const char* const quantity : quantity_names) {
    if (const auto value = counter(quantity)) measurement.quantities[quantity] = *value;
  }
  if (const auto median = counter("median")) measurement.figure = *median;
  if (const auto bytes = counter("bytes")) {
    measurement.unit = Unit::bytes;
    measurement.figure = *bytes;
  }
}

Measurement read_measurement(const Json& benchmark) {
  const auto name = value_at<std::string>(benchmark, "name", "benchmarks");
  Measurement measurement;
  measurement.workload = workload_of(name);
  if (benchmark.value("error_occurred", false)) {
    measurement.error = benchmark.value("error_message", "it says no reason");
    return measurement;
  }
  const double unit = nanoseconds_in(value_at<std::string>(benchmark, "time_unit", name), name);
  measurement.figure = unit * value_at<double>(benchmark, "real_time", name);
  measurement.processor_nanoseconds = unit * value_at<double>(benchmark, "cpu_time", name);
  measurement.on_caller = value_at<double>(benchmark, "on_caller", name);
  measurement.calls = static_cast<std::int64_t>(value_at<double>(benchmark, "calls", name));
  if (!(measurement.figure > 0)) throw BenchOutputError(fmt::format("{}: \"real_time\" must be more than 0", name));
  read_counters(benchmark, name, measurement);
  return measurement;
}

}  // namespace

std::string workload_of(const std::string& benchmark_name) {
  std::string name = benchmark_name;
  for (const std::string suffix : {"/real_time", "/manual_time", "/process_time"}) {
    if (name.ends_with(suffix)) name.erase(name.size() - suffix.size());
  }
  if (const std::size_t runs = name.rfind("/iterations:"); runs != std::string::npos) name.erase(runs);
  return name;
}

BenchOutput read_bench_output(const std::string& text) {
  Json json;
  try {
    json = Json::parse(text);
  } catch (const Json::parse_error& error) {
    throw BenchOutputError(fmt::format("byte {}: this is no JSON; did something else print to stdout?", error.byte));
  }
  BenchOutput output;
  output.build = read_build(value_at<Json>(json, "context", "output"));
  for (const Json& benchmark : value_at<std::vector<Json>>(json, "benchmarks", "output")) {
    // With repetitions there are means and medians of them, too.
    if (benchmark.value("run_type", "iteration") == "iteration") {
      output.measurements.push_back(read_measurement(benchmark));
    }
  }
  return output;
}

}  // namespace touchstone::tool
