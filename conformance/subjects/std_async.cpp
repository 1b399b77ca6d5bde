// std::async with a thread for each task: what the standard library has instead of a pool.

#include <array>
#include <future>
#include <touchstone/adapter.hpp>
#include <utility>

struct StdAsync {
  static constexpr auto name = "std::async";
  static constexpr auto home = "https://en.cppreference.com/w/cpp/thread/async";
  static constexpr std::array capabilities = {"workers.threads", "callable.move_only", "callable.mutable"};

  static int make(const touchstone::Configuration&) { return 0; }  // there is no executor to make
  static auto submit(int, touchstone::Task task) { return std::async(std::launch::async, std::move(task)); }
};

TOUCHSTONE_SUBJECT(StdAsync);
