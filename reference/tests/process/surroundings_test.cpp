// Programs that have changed what they were started with.

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <process_testing.hpp>

namespace concurrent::futures {
namespace {

class Surroundings : public ForEachStartMethod {};
CONCURRENT_FUTURES_FOR_EACH_START_METHOD(Surroundings);

int count_standard_streams() {
  int count = 0;
  for (const int number : {0, 1, 2}) count += fcntl(number, F_GETFD) != -1 ? 1 : 0;
  return count;
}

TEST_P(Surroundings, MayBeWithoutStandardStreams) {
  Program program([method = GetParam()] {
    for (const int number : {0, 1, 2}) close(number);
    ProcessPoolExecutor pool({.max_workers = 2, .start_method = method});
    const int of_child = pool.submit(count_standard_streams).result();
    return 10 * count_standard_streams() + of_child;
  });
  EXPECT_EQ(program.wait(), 0);
}

TEST_P(Surroundings, MayBeWithoutAnEnvironment) {
  Program program([method = GetParam()] {
    clearenv();
    ProcessPoolExecutor pool({.max_workers = 1, .start_method = method});
    return pool.submit(twice, 21).result();
  });
  EXPECT_EQ(program.wait(), 42);
}

}  // namespace
}  // namespace concurrent::futures
