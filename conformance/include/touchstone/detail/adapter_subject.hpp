// From an adapter to a touchstone::Subject: executors, iterators, and what it can do.

#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <touchstone/detail/adapter_futures.hpp>
#include <touchstone/detail/adapter_shape.hpp>
#include <touchstone/subject.hpp>
#include <utility>
#include <vector>

namespace touchstone::detail {

/// The executor's own futures inside handles of the suite.
template <typename A>
Futures<A> native_futures(std::span<const FuturePointer> handles) {
  Futures<A> futures;
  futures.reserve(handles.size());
  for (const FuturePointer& handle : handles) {
    const auto* future = dynamic_cast<const AdapterFuture<A, Submitted<A>>*>(handle.get());
    if (future == nullptr) throw std::logic_error("a future of another subject was given in");
    futures.push_back(future->native());
  }
  return futures;
}

/// The handle among those given in that stands for the future; a new one if there is none.
template <typename A>
FuturePointer handle_of(const Submitted<A>& future, std::span<const FuturePointer> handles) {
  using F = Submitted<A>;
  for (const FuturePointer& handle : handles) {
    const auto* candidate = dynamic_cast<const AdapterFuture<A, F>*>(handle.get());
    if (candidate != nullptr && future_traits<F>::same(candidate->native(), future)) return handle;
  }
  return std::make_shared<AdapterFuture<A, F>>(future);
}

template <typename A, typename Iterator>
class AdapterMapIterator final : public MapIterator {
 public:
  template <typename Maker>
  explicit AdapterMapIterator(Maker make) : iterator_(make()) {}

  std::optional<Answer> next() override {
    const InCall call("the next element of map");
    try {
      auto element = pointee(iterator_).next();
      if (!element) return std::nullopt;
      return good_answer(std::move(*element));
    } catch (...) {
      return failed_answer<A>(std::current_exception());
    }
  }

 private:
  Iterator iterator_;
};

template <typename A>
class AdapterCompletionIterator final : public CompletionIterator {
 public:
  AdapterCompletionIterator(std::span<const FuturePointer> handles, Timeout timeout)
      : handles_(handles.begin(), handles.end()), iterator_(A::as_completed(native_futures<A>(handles_), timeout)) {}

  FuturePointer next() override {
    const InCall call("the next future of as_completed");
    return or_refuse<A>([&]() -> FuturePointer {
      auto future = pointee(iterator_).next();
      if (!future) return nullptr;
      FuturePointer handle = handle_of<A>(*future, handles_);
      // Nothing may be kept of a future that was handed out.
      std::erase_if(handles_, [&](const FuturePointer& other) { return other->same_as(*handle); });
      return handle;
    });
  }

 private:
  std::vector<FuturePointer> handles_;
  std::remove_cv_t<Completions<A>> iterator_;
};

template <typename A>
class AdapterExecutor final : public Executor {
 public:
  explicit AdapterExecutor(const Configuration& configuration) : holder_(A::make(configuration)) {}
  ~AdapterExecutor() override { destruction_.emplace(executors_destructor); }

  FuturePointer submit(Task task) override {
    const InCall call("submit");
    if constexpr (GivesNothing<A>) {
      Delivery delivery = delivering(std::move(task));
      or_refuse<A>([&] { A::submit(pool(), std::move(delivery.task)); });
      return delivery.future;
    } else {
      return or_refuse<A>([&]() -> FuturePointer {
        return std::make_shared<AdapterFuture<A, Submitted<A>>>(A::submit(pool(), std::move(task)));
      });
    }
  }

  void shutdown(ShutdownOptions options) override {
    const InCall call("shutdown");
    or_refuse<A>([&] {
      if constexpr (ShutsDownWith<A, ShutdownOptions>) {
        A::shutdown(pool(), options);
      } else if constexpr (ShutsDownWith<A, bool>) {
        A::shutdown(pool(), options.wait);
      } else if constexpr (ShutsDownWith<A>) {
        A::shutdown(pool());
      } else {
        Executor::shutdown(options);
      }
    });
  }

  std::unique_ptr<MapIterator> map(MapOptions options, Function function, std::vector<Source> inputs) override {
    return or_refuse<A>([&]() -> std::unique_ptr<MapIterator> {
      if constexpr (CanMapWithOptions<A>) {
        return std::make_unique<AdapterMapIterator<A, MappedWithOptions<A>>>(
            [&] { return A::map(pool(), options, std::move(function), std::move(inputs)); });
      } else if constexpr (CanMap<A>) {
        return std::make_unique<AdapterMapIterator<A, Mapped<A>>>(
            [&] { return A::map(pool(), std::move(function), std::move(inputs)); });
      } else {
        return Executor::map(options, std::move(function), std::move(inputs));
      }
    });
  }

  void terminate_workers() override {
    if constexpr (CanEndWorkers<A>) {
      or_refuse<A>([&] { A::terminate_workers(pool()); });
    } else {
      Executor::terminate_workers();
    }
  }

  void kill_workers() override {
    if constexpr (CanEndWorkers<A>) {
      or_refuse<A>([&] { A::kill_workers(pool()); });
    } else {
      Executor::kill_workers();
    }
  }

  int max_workers() override {
    if constexpr (CanTellWorkers<A>) {
      return or_refuse<A>([&] { return static_cast<int>(A::max_workers(pool())); });
    } else {
      return Executor::max_workers();
    }
  }

 private:
  Pool<A>& pool() { return pointee(holder_); }

  std::optional<InCall>
      destruction_;  // begins in the destructor, and ends, since it is declared first, after the holder's
  Holder<A> holder_;
};

/// What the adapter's futures can do.
template <typename F>
void add_future_capabilities(std::set<std::string>& capabilities) {
  const auto add = [&](bool has, const char* capability) {
    if (has) capabilities.insert(capability);
  };
  add(true, "future");
  add(FutureTimeout<F>, "future.timeout");
  add(FutureException<F>, "future.exception");
  add(FutureDone<F>, "future.done");
  add(FutureRunning<F>, "future.running");
  add(FutureCancel<F>, "future.cancel");
  add(FutureCallbacks<F>, "future.callbacks");
  add(FutureShared<F>, "future.shared");
  add(FutureIdentity<F>, "future.identity");
  add(FutureText<F>, "future.text");
  add(FutureRvalue<F>, "future.rvalue");
  add(FutureAwaitable<F>, "coroutines");
}

/// What the adapter and its executor can do: what the functions show, what it declares, and not
/// what it withholds.
template <typename A>
std::set<std::string> capabilities_of() {
  std::set<std::string> capabilities = {"callable.throws",       "closures",       "queue.some", "queue.unbounded",
                                        "submit.beside_threads", "workers.streams"};
  const auto add = [&](bool has, const char* capability) {
    if (has) capabilities.insert(capability);
  };
  if constexpr (GivesFuture<A>) add_future_capabilities<Submitted<A>>(capabilities);
  add(CanPromise<A>, "promise");
  add(CanWait<A>, "wait");
  add(CanIterateCompleted<A>, "as_completed");
  add(CanMap<A>, "map");
  add(CanMapWithOptions<A>, "map.timeout");
  add(CanMapWithOptions<A>, "map.chunksize");
  add(CanMapWithOptions<A>, "map.buffersize");
  add(CanShutDown<A>, "shutdown");
  add(ShutsDownWith<A, ShutdownOptions> || ShutsDownWith<A, bool>, "shutdown.no_wait");
  add(ShutsDownWith<A, ShutdownOptions>, "shutdown.cancel_futures");
  add(CanTellWorkers<A>, "workers.default");
  add(CanEndWorkers<A>, "workers.termination");
  add(CanObserveLog<A>, "log");
  add(SubmitsAnything<A>, "callable.any");
  if constexpr (DeclaresCapabilities<A>) {
    for (const auto& capability : A::capabilities) capabilities.emplace(capability);
  }
  if constexpr (DeclaresWithout<A>) {
    for (const auto& capability : A::without) capabilities.erase(std::string(capability));
  }
  return capabilities;
}

/// The profiles in a text like "futures,pool", which the build passes.
inline std::set<std::string> split_profiles(std::string_view text) {
  std::set<std::string> profiles;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(",;"), text.size());
    const std::string_view profile = text.substr(0, end);
    if (std::find(profile_names.begin(), profile_names.end(), profile) == profile_names.end()) {
      throw std::invalid_argument("TOUCHSTONE_PROFILES: there is no profile '" + std::string(profile) +
                                  "'; spec/profiles.toml has them all, and a comma stands between two");
    }
    profiles.emplace(profile);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return profiles;
}

template <typename A>
std::set<std::string> profiles_of() {
  std::set<std::string> profiles;
#ifdef TOUCHSTONE_PROFILES
  profiles = split_profiles(TOUCHSTONE_PROFILES);
#else
  if constexpr (DeclaresProfiles<A>) {
    for (const auto& profile : A::profiles) profiles.emplace(profile);
  }
#endif
  profiles.erase("core");  // every subject's, and never claimed
  return profiles;
}

template <typename A>
class AdapterSubject final : public Subject {
 public:
  [[nodiscard]] std::string name() const override {
    if constexpr (HasNameFunction<A>) {
      return std::string(std::string_view(A::name()));
    } else {
      return std::string(std::string_view(A::name));
    }
  }

  [[nodiscard]] std::string version() const override {
    if constexpr (HasVersionFunction<A>) {
      return std::string(std::string_view(A::version()));
    } else if constexpr (HasVersion<A>) {
      return std::string(std::string_view(A::version));
    } else {
      return {};
    }
  }

  [[nodiscard]] std::string home() const override {
    if constexpr (HasHome<A>) {
      return std::string(std::string_view(A::home));
    } else {
      return {};
    }
  }

  [[nodiscard]] std::set<std::string> capabilities() const override { return capabilities_of<A>(); }
  [[nodiscard]] std::set<std::string> profiles() const override { return profiles_of<A>(); }

  std::unique_ptr<Executor> make(const Configuration& configuration) override {
    return or_refuse<A>([&] { return std::make_unique<AdapterExecutor<A>>(configuration); });
  }

  std::unique_ptr<Promise> make_promise() override {
    if constexpr (CanPromise<A>) {
      using P = std::remove_cv_t<Promised<A>>;
      return or_refuse<A>([] { return std::make_unique<AdapterPromise<A, P>>(A::make_promise()); });
    } else {
      return Subject::make_promise();
    }
  }

  WaitResult wait(std::span<const FuturePointer> handles, Timeout timeout, ReturnWhen return_when) override {
    if constexpr (CanWait<A>) {
      return or_refuse<A>([&] {
        const InCall call("wait");
        const auto native = A::wait(native_futures<A>(handles), timeout, return_when);
        WaitResult result;
        for (const auto& future : native.done) result.done.push_back(handle_of<A>(future, handles));
        for (const auto& future : native.not_done) result.not_done.push_back(handle_of<A>(future, handles));
        return result;
      });
    } else {
      return Subject::wait(handles, timeout, return_when);
    }
  }

  std::unique_ptr<CompletionIterator> as_completed(std::span<const FuturePointer> handles, Timeout timeout) override {
    if constexpr (CanIterateCompleted<A>) {
      return or_refuse<A>([&] { return std::make_unique<AdapterCompletionIterator<A>>(handles, timeout); });
    } else {
      return Subject::as_completed(handles, timeout);
    }
  }

  [[noreturn]] void raise(Fault fault) override {
    if constexpr (CanRaise<A>) A::raise(fault);
    Subject::raise(fault);
  }

  void before_test() override {
    if constexpr (HasBeforeTest<A>) A::before_test();
  }

  void observe_log(std::function<void(LogRecord)> observer) override {
    if constexpr (CanObserveLog<A>) {
      A::observe_log(std::move(observer));
    } else {
      Subject::observe_log(std::move(observer));
    }
  }
};

}  // namespace touchstone::detail
