// What can be given to a pool of processes, and to any executor, as portable().

#include <gtest/gtest.h>

#include <concurrent/futures/thread_pool_executor.hpp>
#include <memory>
#include <process_testing.hpp>
#include <string>

namespace concurrent::futures {
namespace {

struct Counter {
  int count = 0;
  int operator()() { return ++count; }

  template <typename Archive>
  void serialize(Archive& archive) {
    archive(count);
  }
};

int taken(std::unique_ptr<int> number) { return *number; }
int taken_with(std::unique_ptr<int> number, int more) { return *number + more; }
std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

void test_with(Executor& executor) {
  EXPECT_EQ(executor.submit(portable(Counter{41})).result(), 42);
  EXPECT_EQ(executor.submit(portable<&taken>(std::make_unique<int>(7))).result(), 7);
  EXPECT_EQ(executor.submit(portable<&taken_with>(std::make_unique<int>(7)), 1).result(), 8);
  EXPECT_EQ(executor.submit(portable<&repeated>("text"), 2).result(), "texttext");
  EXPECT_EQ(executor.submit(portable(repeated, std::string_view("x")), 3).result(), "xxx");
}

TEST(Portable, CallsOnceWhatMayChangeAndTakesWhatIsBound) {
  ThreadPoolExecutor threads(1);
  test_with(threads);
  ProcessPoolExecutor processes(1);
  test_with(processes);
  EXPECT_EQ(processes.submit(Counter{1}).result(), 2);
}

int loaded = 0;
void load(std::unique_ptr<int> number, const std::string& text) { loaded += *number + static_cast<int>(text.size()); }
int what_was_loaded() { return loaded; }

TEST(ProcessPoolOptions, CanBeUsedForOnePoolAfterTheOther) {
  const ProcessPoolOptions options{.max_workers = 1, .initializer = portable<&load>(std::make_unique<int>(4), "abc")};
  for (int i = 0; i < 2; ++i) {
    ProcessPoolExecutor pool(options);
    EXPECT_EQ(pool.submit(what_was_loaded).result(), 7);
  }
}

}  // namespace
}  // namespace concurrent::futures
