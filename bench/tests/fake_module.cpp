// A module whose times are made up: TIME nanoseconds, compiled "with" FLAGS.

#include <array>
#include <random>
#include <touchstone/bench/module.hpp>

namespace {

enum Kind : std::size_t { steady, noisy, wrong };
constexpr std::array<const char*, 3> names = {"steady", "noisy", "wrong"};

std::mt19937& random_numbers() {
  static std::mt19937 numbers(std::random_device{}());  // each module has its own
  return numbers;
}

std::int64_t run(void* workload) {
  switch (*static_cast<Kind*>(workload)) {
    case noisy:
      return std::uniform_int_distribution<std::int64_t>(TIME / 10, TIME * 10)(random_numbers());
    case wrong:
      return -1;
    case steady:
      break;
  }
  // A thousandth more or less.
  return TIME + std::uniform_int_distribution<std::int64_t>(-TIME / 1000, TIME / 1000)(random_numbers());
}

}  // namespace

extern "C" [[gnu::visibility("default")]] const TouchstoneBenchModule1* touchstone_bench_module_1() {
  static const TouchstoneBenchModule1 module{
      .name = "made up",
      .version = "1",
      .compiler = "no compiler",
      .flags = FLAGS,
      .optimized = 1,
      .workloads = names.size(),
      .workload_name = [](std::size_t index) { return names[index]; },
      .make = [](std::size_t index) -> void* { return new Kind(static_cast<Kind>(index)); },
      .run = run,
      .units = [](const void*) { return std::int64_t{1000}; },
      .destroy = [](void* workload) { delete static_cast<Kind*>(workload); },
      .error = [] { return "a result was wrong"; }};
  return &module;
}
