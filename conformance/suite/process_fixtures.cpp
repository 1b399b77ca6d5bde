// What the tests of process pools share: see process_fixtures.hpp.

#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <process_fixtures.hpp>

namespace touchstone {

namespace {

std::size_t entries_of(const char* folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

}  // namespace

std::size_t open_descriptors() { return entries_of("/proc/self/fd"); }

std::size_t thread_count() { return entries_of("/proc/self/task"); }

void PrintTo(const Belongings& belongings, std::ostream* out) {
  *out << belongings.descriptors << " descriptors, " << belongings.threads << " threads, " << belongings.children
       << " children";
}

bool has_ended(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string line;
  if (!std::getline(file, line)) return true;
  return line.compare(line.rfind(')'), 3, ") Z") == 0;
}

bool comes_about(World& world, const std::function<bool()>& condition) {
  constexpr int looks = 500;
  for (int look = 0; look < looks && !condition(); ++look) world.let_settle();
  return condition();
}

Task tells_process() { return Script{ReturnProcess{}}; }

pid_t process_of(const FuturePointer& future) {
  const Answer answer = future->result();
  EXPECT_TRUE(answer.has_value()) << answer.to_string();
  return answer.has_value() ? static_cast<pid_t>(answer.value.number()) : 0;
}

HeldChildren::HeldChildren(World& world, int count, Configuration configuration)
    : executor(world.make((configuration.max_workers = count, configuration))), gate(world.gate("every child")) {
  running = submit_all(executor, Script{Pass{gate}, ReturnProcess{}}, count);
  gate->await_arrivals(count);
}

std::set<pid_t> HeldChildren::release() const {
  gate->open();
  std::set<pid_t> processes;
  for (const FuturePointer& future : running) processes.insert(process_of(future));
  return processes;
}

testing::AssertionResult is_usable(Executor& executor) { return gives(executor.submit(returns(7))->result(), 7); }

testing::AssertionResult is_broken(Executor& executor) {
  return refused_as(refusal_of([&] { (void)executor.submit(returns(7)); }), Fault::broken);
}

void expect_to_break(World& world, const Task& deadly) {
  const HeldChildren pool(world, 1);
  const FuturePointer doomed = pool.executor.submit(deadly);
  (void)pool.release();
  EXPECT_TRUE(is_fault(doomed->result(), Fault::broken));
  EXPECT_TRUE(is_broken(pool.executor));
  world.witness(true, "the pool had one child, which had run a task before");
}

bool comes_to_refuse(World& world, Executor& executor) {
  return comes_about(world, [&] { return refusal_of([&] { (void)executor.submit(returns(7)); }).has_value(); });
}

testing::AssertionResult fails_alone(const Answer& answer) {
  if (answer.fault && *answer.fault != Fault::broken && *answer.fault != Fault::cancelled) {
    return testing::AssertionSuccess();
  }
  return testing::AssertionFailure() << "expected an error of this call alone, got " << answer.to_string();
}

std::string full_text(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& exception) {
    std::string text = exception.what();
    try {
      std::rethrow_if_nested(exception);
    } catch (...) {
      text += "; " + full_text(std::current_exception());
    }
    return text;
  } catch (...) {
    return "no std::exception";
  }
}

CapturedErrors::CapturedErrors() : memory_(memfd_create("captured", MFD_CLOEXEC)), original_(dup(STDERR_FILENO)) {
  std::fflush(stderr);
  dup2(memory_, STDERR_FILENO);
}

CapturedErrors::~CapturedErrors() {
  std::fflush(stderr);
  dup2(original_, STDERR_FILENO);
  close(original_);
  close(memory_);
}

std::string CapturedErrors::text() const {
  std::string text(static_cast<std::size_t>(lseek(memory_, 0, SEEK_END)), '\0');
  const ssize_t length = pread(memory_, text.data(), text.size(), 0);
  text.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
  return text;
}

}  // namespace touchstone
