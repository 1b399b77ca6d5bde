// OutcomeOf<T>: an outcome with its result. Call<T, ...>: one block with task, state and result.

#pragma once

#include <concurrent/futures/detail/caught.hpp>
#include <concurrent/futures/detail/deadlock.hpp>
#include <concurrent/futures/detail/outcome.hpp>
#include <concurrent/futures/detail/result_kind.hpp>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <new>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

CONCURRENT_FUTURES_BEGIN
namespace detail {

struct Nothing {};

/// How a result of type T is kept: references as pointers, void as nothing.
template <typename T>
struct Storage {
  using Type = T;
  static const T& show(const T& stored) { return stored; }
};
template <typename T>
struct Storage<T&> {
  using Type = T*;
  static T& show(T* stored) { return *stored; }
};
template <>
struct Storage<void> {
  using Type = Nothing;
  static void show(Nothing) {}
};

/// What a call that returns `Result` makes a Future of: const and rvalue references are dropped.
template <typename Result>
using ResultType = std::conditional_t<std::is_lvalue_reference_v<Result>, Result, std::remove_cvref_t<Result>>;

/// An outcome with room for its result. When that is destroyed, a derived class decides.
template <typename T>
class TypedOutcome : public Outcome {
 public:
  using Stored = typename Storage<T>::Type;

  explicit TypedOutcome(const Crew* crew, bool has_callable = true)
      : Outcome(crew != nullptr ? crew->vertex() : nullptr, has_callable) {}

  /// What the call returned. Only once the state is `returned`.
  [[nodiscard]] Stored& value() { return value_; }

  [[nodiscard]] std::exception_ptr error() const final { return error_; }
  [[nodiscard]] const ResultKind& result_kind() const final { return kind_of<T>; }
  [[nodiscard]] bool result_is_trivial() const final {
    return state() == State::returned ? std::is_trivially_destructible_v<Stored> : state() != State::threw;
  }

  /// Between a successful start() or claim() and publish(State::returned). What the constructor throws comes through.
  template <typename... Arguments>
  void store_value(Arguments&&... arguments) {
    std::construct_at(std::addressof(value_), std::forward<Arguments>(arguments)...);
  }
  /// As store_value, with what `make` returns, which need not be movable.
  template <typename F>
  void store_value_of(F make) {
    ::new (static_cast<void*>(std::addressof(value_))) Stored(make());
  }
  void store_error(std::exception_ptr error) noexcept final { std::construct_at(&error_, std::move(error)); }

 protected:
  ~TypedOutcome() override {}

  /// Does what execute() promises, where `invoke` calls the callable and returns what that returns.
  template <typename Invoke>
  [[nodiscard]] State execute_with(Invoke invoke) {
    const Running running(*this);
    // Where the thread is ended inside the callable, this is how it is left.
    struct Ended {
      TypedOutcome* call;
      ~Ended() {
        if (call == nullptr) return;
        call->discard();
        call->store_error(thread_ended());
      }
    } ended{this};
    std::exception_ptr error = exception_of([&] { store_result_of(invoke); });
    ended.call = nullptr;
    // Before the outcome is published: who sees the result knows that the task has let go of its arguments (SUB-018).
    this->discard();
    if (!error) return State::returned;
    store_error(std::move(error));
    return State::threw;
  }

  void destroy_result() noexcept {
    if (state() == State::returned) std::destroy_at(std::addressof(value_));
    if (state() == State::threw) std::destroy_at(&error_);
  }

 private:
  template <typename Invoke>
  void store_result_of(Invoke& invoke) {
    if constexpr (std::is_void_v<T>) {
      invoke();
      store_value();
    } else if constexpr (std::is_reference_v<T>) {
      store_value(std::addressof(invoke()));
    } else {
      store_value_of([&]() -> decltype(auto) { return invoke(); });
    }
  }

  union {
    Stored value_;
    std::exception_ptr error_;
  };
};

/// An outcome whose result lives as long as it.
template <typename T>
class OutcomeOf : public TypedOutcome<T> {
 protected:
  using TypedOutcome<T>::TypedOutcome;
  ~OutcomeOf() override { this->destroy_result(); }
};

/// The outcome of a Promise: there is nothing to execute.
template <typename T>
class PromisedOutcome final : public OutcomeOf<T> {
 public:
  PromisedOutcome() : OutcomeOf<T>(nullptr, false) {}
  [[nodiscard]] State execute() final { std::terminate(); }
  void discard() noexcept final {}
};

/// The largest callable, with its arguments, that lies in one block with its outcome: whoever keeps the future, or the
/// queue that a cancelled call still lies in, keeps that memory too. A larger one has a block of its own, which is
/// given back as soon as the call is done.
///
/// A second block costs time: with 20,000 pending calls, 64 bytes took 83 to 158 ns in one block and 216 in two, 256
/// bytes 250 and 450, 512 bytes 390 and 530, 1,024 bytes 710 and 620. So one block pays up to some 512 bytes; but
/// nobody expects that the future of an int keeps so much.
inline constexpr std::size_t largest_inline_work = 256;

/// What a call needs until it is done, a tuple: in place if it is small, or else in a block of its own.
template <typename Work>
class Held {
 public:
  template <typename... Given>
  explicit Held(Given&&... given) : work_(make(std::forward<Given>(given)...)) {}
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  ~Held() = default;

  [[nodiscard]] Work& get() {
    if constexpr (is_inline) {
      return work_;
    } else {
      return *work_;
    }
  }

 private:
  static constexpr bool is_inline = sizeof(Work) <= largest_inline_work;
  using Place = std::conditional_t<is_inline, Work, std::unique_ptr<Work>>;

  template <typename... Given>
  static Place make(Given&&... given) {
    if constexpr (is_inline) {
      return Work(std::forward<Given>(given)...);
    } else {
      return std::make_unique<Work>(std::forward<Given>(given)...);
    }
  }

  Place work_;
};

/// A callable with its arguments, decayed as std::thread does (CPP-*), and what they come to.
template <typename T, typename F, typename... Arguments>
class Call : public OutcomeOf<T> {
 public:
  template <typename G, typename... Given>
  explicit Call(const Crew* crew, G&& callable, Given&&... arguments)
      : OutcomeOf<T>(crew), work_(std::forward<G>(callable), std::forward<Given>(arguments)...) {}

  [[nodiscard]] State execute() final {
    return this->execute_with([this]() -> decltype(auto) {
      return std::apply(
          [](F& callable, Arguments&... arguments) -> decltype(auto) {
            return std::invoke(std::move(callable), std::move(arguments)...);
          },
          work_.get());
    });
  }

  void discard() noexcept override {
    if (std::exchange(this->discarded_, true)) return;
    std::destroy_at(std::addressof(work_));
  }

  [[nodiscard]] std::string_view callable() const final { return name_of_callable<F>; }

 protected:
  ~Call() override { Call::discard(); }

  /// Callable and arguments, until they are discarded.
  [[nodiscard]] std::tuple<F, Arguments...>& work() { return work_.get(); }

 private:
  union {
    Held<std::tuple<F, Arguments...>> work_;
  };
};

/// Which class makes the calls of a callable. Only portable.hpp specializes it, for types of its own: so what a
/// program means does not depend on which headers are included where.
template <typename F>
struct CallOf {
  template <typename T, typename... Arguments>
  using Type = Call<T, F, Arguments...>;
};

/// An intrusive handle: counts as one of the references that users hold.
class Handle {
 public:
  Handle() = default;
  /// Takes part in the ownership of `outcome`.
  explicit Handle(Outcome* outcome) : outcome_(outcome) {
    if (outcome_ != nullptr) outcome_->retain_handle();
  }
  Handle(const Handle& other) : Handle(other.outcome_) {}
  Handle(Handle&& other) noexcept : outcome_(std::exchange(other.outcome_, nullptr)) {}
  Handle& operator=(Handle other) noexcept {
    std::swap(outcome_, other.outcome_);
    return *this;
  }
  ~Handle() {
    if (outcome_ != nullptr) outcome_->release_handle();
  }

  /// Takes over a handle that is counted already.
  [[nodiscard]] static Handle adopt(Outcome& outcome) {
    Handle handle;
    handle.outcome_ = &outcome;
    return handle;
  }

  [[nodiscard]] Outcome* get() const { return outcome_; }
  friend bool operator==(const Handle&, const Handle&) = default;

 private:
  Outcome* outcome_ = nullptr;
};

}  // namespace detail
CONCURRENT_FUTURES_END
