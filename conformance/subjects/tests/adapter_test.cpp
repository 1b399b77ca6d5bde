// What adapter.hpp makes of adapters: capabilities, answers, refusals, and futures found again.

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <exception>
#include <future>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <touchstone/adapter.hpp>
#include <utility>
#include <vector>

namespace touchstone {
namespace {

using Names = std::set<std::string>;

struct Pool {
  bool cancelled = false;
};

struct Standard {
  static constexpr auto name = "standard";
  static Pool make(const Configuration&) { return {}; }
  static std::future<Value> submit(Pool&, Task task) {
    std::packaged_task<Value()> call(std::move(task));
    call();
    return call.get_future();
  }
};

TEST(Adapter, FindsWhatAStandardFutureCan) {
  const auto subject = make_subject<Standard>();
  EXPECT_EQ(subject->name(), "standard");
  EXPECT_EQ(subject->version(), "");
  EXPECT_EQ(subject->profiles(), Names());
  EXPECT_EQ(subject->capabilities(),
            (Names{"callable.throws", "closures", "queue.some", "queue.unbounded", "submit.beside_threads",
                   "workers.streams", "future", "future.timeout", "future.done"}));
}

TEST(Adapter, DeliversValuesAndTellsErrorsApart) {
  const auto executor = make_subject<Standard>()->make({});
  const auto answer_of = [&](Task task) { return executor->submit(std::move(task))->result(); };

  EXPECT_EQ(answer_of(Script{Return{42}}).value, Value(42));
  const Answer thrown = answer_of(Script{Throw{"text"}});
  EXPECT_EQ(thrown.fault, Fault::task);
  EXPECT_EQ(thrown.text, "text");
  EXPECT_THROW(std::rethrow_exception(thrown.error), TaskError);
  const Answer number = answer_of(Task([]() -> Value { throw 1; }));
  EXPECT_EQ(number.fault, Fault::other);
  EXPECT_EQ(number.text, "int");
}

TEST(Adapter, WaitsAndAsksWithStandardWords) {
  std::promise<Value> promise;
  detail::AdapterFuture<Standard, std::future<Value>> future(promise.get_future());
  EXPECT_FALSE(future.done());
  EXPECT_EQ(future.result(std::chrono::nanoseconds::zero()).fault, Fault::timeout);
  promise.set_value(1);
  EXPECT_TRUE(future.done());
  EXPECT_EQ(future.result(std::chrono::nanoseconds::zero()).value, Value(1));
  EXPECT_THROW(future.cancel(), std::logic_error);
}

struct Bare {
  static constexpr auto name = "bare";
  static inline bool drops = false;
  static auto make(const Configuration&) { return std::make_unique<Pool>(); }
  static void submit(Pool&, const Task& task) {
    if (!drops) task();
  }
};

TEST(Adapter, GivesAHandleOfItsOwnWhereThereIsNone) {
  const auto subject = make_subject<Bare>();
  EXPECT_EQ(subject->capabilities(), (Names{"callable.throws", "closures", "queue.some", "queue.unbounded",
                                            "submit.beside_threads", "workers.streams"}));
  const auto executor = subject->make({});
  EXPECT_EQ(executor->submit(Script{Return{42}})->result().value, Value(42));
  EXPECT_EQ(executor->submit(Script{Throw{"text"}})->result().fault, Fault::task);
  Bare::drops = true;
  EXPECT_EQ(executor->submit(Script{Return{42}})->result().fault, Fault::broken);
}

struct Refusing {
  static constexpr auto name = "refusing";
  struct Full : std::runtime_error {
    using std::runtime_error::runtime_error;
  };
  static std::shared_ptr<Pool> make(const Configuration& configuration) {
    if (configuration.max_workers < 1) throw std::invalid_argument("too few");
    return std::make_shared<Pool>();
  }
  static void submit(Pool&, const Task&) { throw Full("full"); }
  static std::optional<Fault> fault_of(const std::exception_ptr& error) {
    try {
      std::rethrow_exception(error);
    } catch (const Full&) {
      return Fault::shut_down;
    } catch (...) {
      return {};
    }
  }
};

TEST(Adapter, TurnsExceptionsIntoRefusals) {
  const auto subject = make_subject<Refusing>();
  try {
    subject->make({.max_workers = 0});
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Refusal& refusal) {
    EXPECT_EQ(refusal.fault, Fault::invalid_argument);
    EXPECT_STREQ(refusal.what(), "too few");
  }
  const auto executor = subject->make({});
  try {
    executor->submit(Script{});
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Refusal& refusal) {
    EXPECT_EQ(refusal.fault, Fault::shut_down);
    EXPECT_THROW(std::rethrow_exception(refusal.error), Refusing::Full);
  }
}

/// A future that speaks as Python's. It is always done.
struct Handle {
  int number = 0;

  [[nodiscard]] Value result(Timeout = {}) const { return number; }
  [[nodiscard]] std::exception_ptr exception(Timeout = {}) const { return nullptr; }
  [[nodiscard]] bool done() const { return true; }
  [[nodiscard]] bool running() const { return false; }
  [[nodiscard]] bool cancel() const { return false; }
  [[nodiscard]] bool cancelled() const { return false; }
  template <typename Callback>
  void add_done_callback(Callback callback) const {
    callback(*this);
  }
  friend bool operator==(const Handle&, const Handle&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Handle& handle) { return out << "handle " << handle.number; }
};

}  // namespace
}  // namespace touchstone

template <>
struct std::hash<touchstone::Handle> {
  std::size_t operator()(const touchstone::Handle& handle) const { return std::hash<int>()(handle.number); }
};

namespace touchstone {
namespace {

/// Yields the elements of a list, last first.
template <typename T>
struct Backwards {
  std::vector<T> elements;

  std::optional<T> next() {
    if (elements.empty()) return std::nullopt;
    T element = std::move(elements.back());
    elements.pop_back();
    return element;
  }
};

struct Everything {
  static constexpr auto name = "everything";
  static std::string version() { return "1.2"; }
  static constexpr std::array capabilities = {"order.fifo"};
  static constexpr std::array without = {"map.buffersize"};
  static constexpr std::array profiles = {"core", "futures"};

  static Pool make(const Configuration&) { return {}; }
  static Handle submit(Pool&, Task task) { return {static_cast<int>(task().number())}; }
  static void shutdown(Pool& pool, ShutdownOptions options) { pool.cancelled = options.cancel_futures; }
  static int max_workers(Pool&) { return 3; }
  static Backwards<Value> map(Pool&, const MapOptions&, const Function& function, std::vector<Source> inputs) {
    std::vector<Value> results;
    while (auto element = inputs.at(0)()) results.push_back(function({*element}));
    return {std::move(results)};
  }
  struct Split {
    std::vector<Handle> done, not_done;
  };
  static Split wait(std::vector<Handle> futures, Timeout, ReturnWhen) {
    return {.done = {futures.at(1)}, .not_done = {futures.at(0), Handle{99}}};
  }
  static auto as_completed(std::vector<Handle> futures, Timeout) {
    return std::make_unique<Backwards<Handle>>(Backwards<Handle>{std::move(futures)});
  }
  static void raise(Fault fault) {
    if (fault == Fault::cancelled) throw TaskError("cancelled");
  }
};

TEST(Adapter, FindsAllThatIsThere) {
  const auto subject = make_subject<Everything>();
  EXPECT_EQ(subject->version(), "1.2");
  EXPECT_EQ(subject->profiles(), Names{"futures"});
  EXPECT_EQ(subject->capabilities(), (Names{"callable.throws",
                                            "closures",
                                            "queue.some",
                                            "queue.unbounded",
                                            "submit.beside_threads",
                                            "workers.streams",
                                            "future",
                                            "future.timeout",
                                            "future.exception",
                                            "future.done",
                                            "future.running",
                                            "future.cancel",
                                            "future.callbacks",
                                            "future.shared",
                                            "future.identity",
                                            "future.text",
                                            "wait",
                                            "as_completed",
                                            "map",
                                            "map.timeout",
                                            "map.chunksize",
                                            "shutdown",
                                            "shutdown.no_wait",
                                            "shutdown.cancel_futures",
                                            "workers.default",
                                            "order.fifo"}));
  EXPECT_EQ(subject->make({})->max_workers(), 3);
  EXPECT_THROW(subject->raise(Fault::cancelled), TaskError);
  EXPECT_THROW(subject->raise(Fault::timeout), std::logic_error);
}

TEST(Adapter, FindsHandlesAgain) {
  const auto subject = make_subject<Everything>();
  const auto executor = subject->make({});
  const std::vector<FuturePointer> handles = {executor->submit(Script{Return{0}}), executor->submit(Script{Return{1}})};
  EXPECT_FALSE(handles[0]->same_as(*handles[1]));
  EXPECT_TRUE(handles[0]->same_as(*handles[0]->copy()));
  EXPECT_EQ(handles[0]->hash(), handles[0]->copy()->hash());
  EXPECT_EQ(handles[1]->text(), "handle 1");

  const WaitResult result = subject->wait(handles, {}, ReturnWhen::all_completed);
  EXPECT_EQ(result.done, std::vector<FuturePointer>{handles[1]});
  ASSERT_EQ(result.not_done.size(), 2U);
  EXPECT_EQ(result.not_done[0], handles[0]);
  EXPECT_EQ(result.not_done[1]->result().value, Value(99));  // one that was not given in comes as it is

  const auto completions = subject->as_completed(handles, {});
  EXPECT_EQ(completions->next(), handles[1]);
  EXPECT_EQ(completions->next(), handles[0]);
  EXPECT_EQ(completions->next(), nullptr);
}

TEST(Adapter, KeepsNoFutureThatAsCompletedHandedOut) {
  const auto subject = make_subject<Everything>();
  const auto executor = subject->make({});
  std::vector<FuturePointer> handles = {executor->submit(Script{Return{0}})};
  const auto completions = subject->as_completed(handles, {});
  const std::weak_ptr<Future> handed_out = completions->next();
  handles.clear();
  EXPECT_TRUE(handed_out.expired());
}

TEST(Adapter, YieldsTheResultsOfMap) {
  const auto executor = make_subject<Everything>()->make({});
  Source numbers = [n = 0]() mutable { return n < 2 ? std::optional<Value>(n++) : std::nullopt; };
  const auto iterator = executor->map({}, [](const std::vector<Value>& row) { return row.at(0); }, {numbers});
  EXPECT_EQ(iterator->next()->value, Value(1));
  EXPECT_EQ(iterator->next()->value, Value(0));
  EXPECT_FALSE(iterator->next().has_value());
}

TEST(Adapter, CallsBackWithAHandle) {
  const auto executor = make_subject<Everything>()->make({});
  const FuturePointer future = executor->submit(Script{Return{7}});
  FuturePointer given;
  future->add_done_callback([&](FuturePointer handle) { given = std::move(handle); });
  ASSERT_NE(given, nullptr);
  EXPECT_TRUE(given->same_as(*future));
}

}  // namespace
}  // namespace touchstone
