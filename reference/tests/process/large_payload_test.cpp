// Arguments and results of more than 2 and 4 GiB, whose lengths do not fit into 32 bits. A program of its own, for it
// takes three times as much memory: tools/test runs it in a part that is not run for every change.

#include <gtest/gtest.h>

#include <concurrent/futures/process_pool_executor.hpp>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>
#include <utility>

namespace concurrent::futures {
namespace {

constexpr std::size_t gib = std::size_t{1} << 30;

/// In bytes, as the system estimates it.
std::size_t available_memory() {
  std::ifstream file("/proc/meminfo");
  std::string word;
  while (file >> word) {
    if (word != "MemAvailable:") continue;
    std::size_t kib = 0;
    file >> kib;
    return kib * 1024;
  }
  return 0;
}

/// Not all of one kind, without taking long.
char byte_at(std::size_t place) { return static_cast<char>('a' + place / gib); }

std::string made(std::uint64_t size) {
  std::string text(size, '\0');
  for (std::size_t place = 0; place < size; place += gib / 8) text[place] = byte_at(place);
  text.back() = '!';
  return text;
}

bool is_as_made(const std::string& text, std::uint64_t size) {
  if (text.size() != size || text.back() != '!') return false;
  for (std::size_t place = 0; place < size; place += gib / 8) {
    if (text[place] != byte_at(place)) return false;
  }
  return true;
}

bool arrives(std::string text, std::uint64_t size) { return is_as_made(text, size); }

class LargePayload : public testing::TestWithParam<std::uint64_t> {
 protected:
  void SetUp() override {
    const std::size_t needed = 3 * GetParam() + 2 * gib;
    const std::size_t available = available_memory();
    if (available < needed) {
      GTEST_SKIP() << "needs " << needed / gib << " GiB of memory, and there are " << available / gib;
    }
  }

  ProcessPoolExecutor pool_{1};
};

TEST_P(LargePayload, TravelsAsAnArgument) { EXPECT_TRUE(pool_.submit(arrives, made(GetParam()), GetParam()).result()); }

TEST_P(LargePayload, TravelsAsAResult) { EXPECT_TRUE(is_as_made(pool_.submit(made, GetParam()).result(), GetParam())); }

INSTANTIATE_TEST_SUITE_P(MoreThan, LargePayload, testing::Values(21 * gib / 10, 41 * gib / 10),
                         [](const auto& test) { return std::to_string(test.param / gib) + "GiB"; });

}  // namespace
}  // namespace concurrent::futures
