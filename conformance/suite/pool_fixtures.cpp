// What the tests of executors share: see pool_fixtures.hpp.

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <pool_fixtures.hpp>
#include <system_error>

namespace touchstone {

HeldWorkers::HeldWorkers(World& world, int count)
    : executor(world.make({.max_workers = count})), gate(world.gate("every worker")) {
  while (static_cast<int>(running.size()) < count) running.push_back(executor.submit(held_at(gate, 42)));
  gate->await_arrivals(count);
}

std::vector<FuturePointer> submit_all(Executor& executor, const Task& task, int count) {
  std::vector<FuturePointer> futures;
  while (static_cast<int>(futures.size()) < count) futures.push_back(executor.submit(task));
  return futures;
}

Background<bool> shut_down_in_background(World& world, Executor& executor, ShutdownOptions options) {
  return Background<bool>(world, [&executor, options] {
    executor.shutdown(options);
    return true;
  });
}

Source Numbers::source() const {
  return [count = count_, taken = taken_]() -> std::optional<Value> {
    if (count && taken->load() >= *count) return {};
    return Value(taken->fetch_add(1));
  };
}

Source values(std::vector<Value> values) {
  return [values = std::move(values), next = std::size_t{0}]() mutable -> std::optional<Value> {
    if (next == values.size()) return {};
    return values[next++];
  };
}

std::vector<Value> numbers_below(std::int64_t count) {
  std::vector<Value> numbers;
  for (std::int64_t number = 0; number < count; ++number) numbers.emplace_back(number);
  return numbers;
}

Function counted(MarkPointer calls) { return Script{Hit{std::move(calls)}, ReturnArgument{}}; }

Function gated(GatePointer gate) { return Script{Pass{std::move(gate)}, ReturnArgument{}}; }

std::vector<Answer> results_of(MapIterator& results) {
  std::vector<Answer> answers;
  while (std::optional<Answer> answer = results.next()) {
    answers.push_back(*answer);
    if (!answer->has_value()) break;
  }
  return answers;
}

std::vector<Value> values_of(const std::vector<Answer>& answers) {
  std::vector<Value> values;
  for (const Answer& answer : answers) {
    EXPECT_TRUE(answer.has_value()) << answer.to_string();
    values.push_back(answer.value);
  }
  return values;
}

std::shared_ptr<void> tells_its_end(MarkPointer mark) {
  return {nullptr, [mark = std::move(mark)](void*) { mark->hit(); }};
}

void when_this_thread_ends(std::function<void()> action) {
  struct Actions {
    std::vector<std::function<void()>> list;
    ~Actions() {
      for (const auto& each : list) each();
    }
  };
  // Destroyed with the thread, before anybody who joins it goes on.
  thread_local Actions actions;
  actions.list.push_back(std::move(action));
}

void tell_when_this_thread_ends(const MarkPointer& mark) {
  when_this_thread_ends([mark] { mark->hit(); });
}

ThreadState state_of(std::int64_t thread) {
  std::ifstream file("/proc/self/task/" + std::to_string(thread) + "/stat");
  std::string line;
  if (!std::getline(file, line)) return ThreadState::gone;
  const std::size_t name_end = line.rfind(')');
  const bool asleep = name_end != std::string::npos && line.compare(name_end, 3, ") S") == 0;
  return asleep ? ThreadState::asleep : ThreadState::awake;
}

void Pen::write(const std::string& text) const {
  for (std::size_t written = 0; written < text.size();) {
    const ssize_t count = ::write(descriptor_, text.data() + written, text.size() - written);
    if (count > 0) written += static_cast<std::size_t>(count);
    if (count < 0 && errno != EINTR) std::abort();
  }
}

void Pen::close() const { ::close(descriptor_); }

Ending run_program(const std::function<void(Pen)>& program) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  std::fflush(nullptr);  // or the child writes out what the parent has buffered
  const pid_t child = ::fork();
  if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (child == 0) {
    ::close(ends[0]);
    [&]() noexcept { program(Pen(ends[1])); }();  // what it throws must not go on in a second copy of the test
    std::exit(0);
  }
  ::close(ends[1]);
  Ending ending{.exited = false, .status = 0, .output = {}};
  char buffer[256];
  for (ssize_t count = 1; count != 0;) {
    count = ::read(ends[0], buffer, sizeof buffer);
    if (count > 0) ending.output.append(buffer, static_cast<std::size_t>(count));
    if (count < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "read");
  }
  ::close(ends[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  ending.exited = WIFEXITED(status);
  ending.status = ending.exited ? WEXITSTATUS(status) : WTERMSIG(status);
  return ending;
}

}  // namespace touchstone
