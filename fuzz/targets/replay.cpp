// A target without libFuzzer: gives it the seeds, whole and damaged, or files; or writes the seeds for libFuzzer.

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <target.hpp>

namespace touchstone::fuzz {
namespace {

constexpr int harness_error = 3;
constexpr int wrong_usage = 64;

constexpr const char* usage =
    "replay_TARGET              gives the target its seeds, whole and damaged\n"
    "replay_TARGET FILE...      gives it these files, as libFuzzer leaves them\n"
    "replay_TARGET --write DIR  writes the seeds to files in DIR\n";

constexpr int damaged_copies = 300;  // of each seed

void damage(Data& data, RandomNumbers& random) {
  for (std::uint64_t changes = 1 + random.below(3); changes > 0 && !data.empty(); --changes) {
    const std::size_t place = random.below(data.size());
    switch (random.below(4)) {
      case 0:
        data[place] ^= static_cast<std::byte>(1U << random.below(8));
        break;
      case 1:
        data[place] = static_cast<std::byte>(random.below(256));
        break;
      case 2: {  // a length that is a lie
        const std::uint64_t length = ~std::uint64_t{0} >> random.below(64);
        std::memcpy(&data[place], &length, std::min(sizeof length, data.size() - place));
        break;
      }
      default:
        data.resize(place);
    }
  }
}

void try_seeds() {
  RandomNumbers random;
  std::size_t inputs = 0;
  for (const Data& seed : seeds()) {
    try_input(seed);
    for (int i = 0; i < damaged_copies; ++i) {
      Data copy = seed;
      damage(copy, random);
      try_input(copy);
    }
    inputs += 1 + damaged_copies;
  }
  std::printf("%zu inputs\n", inputs);
}

void write_file(const std::filesystem::path& path, std::span<const std::byte> contents) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(contents.data()), static_cast<std::streamsize>(contents.size()));
  if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
}

// And a list of them, as libFuzzer wants it.
void write_seeds(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  std::string list;
  for (const Data& seed : seeds()) {
    const auto path = folder / std::to_string(std::count(list.begin(), list.end(), ','));
    write_file(path, seed);
    list += path.string() + ",";
  }
  list.pop_back();
  write_file(folder / "all", std::as_bytes(std::span(list)));
}

void try_file(const char* name) {
  std::ifstream file(name, std::ios::binary);
  if (!file) throw std::runtime_error(std::string("cannot read ") + name);
  const std::string contents{std::istreambuf_iterator<char>(file), {}};
  try_input(std::as_bytes(std::span(contents)));
}

int run(std::span<char* const> arguments) {
  if (arguments.empty()) {
    try_seeds();
  } else if (arguments.size() == 2 && std::string_view(arguments[0]) == "--write") {
    write_seeds(arguments[1]);
  } else if (std::string_view(arguments[0]).starts_with("-")) {
    std::fputs(usage, stderr);
    return wrong_usage;
  } else {
    for (const char* const name : arguments) try_file(name);
  }
  return 0;
}

}  // namespace
}  // namespace touchstone::fuzz

int main(int argc, char** argv) {
  try {
    return touchstone::fuzz::run(std::span(argv + 1, static_cast<std::size_t>(argc) - 1));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return touchstone::fuzz::harness_error;
  }
}
