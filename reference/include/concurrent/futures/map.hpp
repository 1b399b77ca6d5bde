// MapResults: what Executor::map returns (MAP-*).

#pragma once

#include <concepts>
#include <concurrent/futures/count.hpp>
#include <concurrent/futures/detail/waiter.hpp>
#include <concurrent/futures/future.hpp>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <iterator>
#include <optional>
#include <ranges>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

CONCURRENT_FUTURES_BEGIN

/// How to map. Python's names; without a value, as if it were not given.
struct MapOptions {
  Timeout timeout = {};          // for all results together, counted from the call (MAP-010)
  std::ptrdiff_t chunksize = 1;  // without effect on threads, whatever it is (MAP-020)
  Count buffersize = {};         // at most so many calls submitted and not yet handed out
};

namespace detail {
void check_buffersize(const MapOptions& options);
[[nodiscard]] Timeout time_left(const Deadline& deadline);

/// What a call of a map is given of its input: what the input shows, but the value where that is a proxy of it, which
/// may not outlive the map, as in std::vector<bool>.
template <typename Input, typename Shown = std::ranges::range_reference_t<Input>,
          typename Value = std::ranges::range_value_t<Input>>
using ElementOf = std::conditional_t<std::same_as<std::remove_cvref_t<Shown>, Value>, Shown, Value>;

template <typename F, typename... Inputs>
concept CallableWithElements = sizeof...(Inputs) > 0 && std::invocable<F, std::decay_t<ElementOf<Inputs>>...>;

template <typename T>
struct MapElement {
  using Type = T;
};
template <typename T>
struct MapElement<T&> {
  using Type = std::reference_wrapper<T>;
};
template <>
struct MapElement<void> {
  using Type = std::monostate;
};
}  // namespace detail

/// The results of a map, in the order of the inputs: an input range that can be walked once.
///
/// An element is what its call returned: the value, a std::reference_wrapper where it returned a
/// reference, std::monostate where it returned nothing. It is moved out: the range keeps none (MAP-016).
///
/// What call i threw is thrown when element i is asked for; then the range ends, and calls that have
/// not started are cancelled (MAP-006, MAP-007). So it is with TimeoutError when the time is up and the
/// next result is not there (MAP-011, MAP-013).
///
/// Destroying it cancels what has not started, if it was advanced at least once; before that, nothing
/// is cancelled, and all calls run (MAP-014, MAP-015). It may outlive the executor.
///
/// Thread safety: none; one thread at a time.
template <typename T>
class MapResults {
 public:
  using Element = typename detail::MapElement<T>::Type;

  class iterator {
   public:
    using value_type = Element;
    using difference_type = std::ptrdiff_t;

    iterator() = default;
    Element& operator*() const { return *results_->current_; }
    iterator& operator++() {
      results_->advance();
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const iterator& self, std::default_sentinel_t) { return self.at_end(); }

   private:
    friend class MapResults;
    [[nodiscard]] bool at_end() const { return !results_->current_; }
    explicit iterator(MapResults& results) : results_(&results) {}
    MapResults* results_ = nullptr;
  };

  MapResults(MapResults&&) noexcept = default;
  MapResults& operator=(MapResults&& other) noexcept {
    std::swap(futures_, other.futures_);
    std::swap(submit_next_, other.submit_next_);
    std::swap(refused_, other.refused_);
    std::swap(current_, other.current_);
    std::swap(deadline_, other.deadline_);
    std::swap(advanced_, other.advanced_);
    return *this;
  }
  ~MapResults() {
    if (advanced_) cancel_all();
  }

  /// Blocks until the next result is there and hands it out; nothing at the end. Throws as above.
  std::optional<Element> next() {
    advanced_ = true;
    if (futures_.empty()) {
      if (refused_) std::rethrow_exception(std::exchange(refused_, nullptr));
      return std::nullopt;
    }
    Future<T> head = std::move(futures_.front());
    futures_.pop_front();
    try {
      std::optional<Element> element = take(std::move(head));
      submit_one();  // not before: at no time are more than buffersize calls not handed out (MAP-034)
      return element;
    } catch (...) {
      head.cancel();
      cancel_all();
      throw;
    }
  }

  /// Fetches the first element, so this counts as advancing.
  iterator begin() {
    advance();
    return iterator(*this);
  }
  [[nodiscard]] std::default_sentinel_t end() const { return {}; }

 private:
  friend class Executor;
  using SubmitNext = std::function<std::optional<Future<T>>()>;

  explicit MapResults(const Timeout& timeout) : deadline_(timeout.deadline()) {}
  MapResults(const Timeout& timeout, SubmitNext submit_next, std::ptrdiff_t buffersize) : MapResults(timeout) {
    submit_next_ = std::move(submit_next);
    for (std::ptrdiff_t i = 0; i < buffersize && submit_next_; ++i) submit_first();
  }

  void advance() {
    current_.reset();  // if the next one throws, this is the end
    current_ = next();
  }

  void append(Future<T> future) { futures_.push_back(std::move(future)); }

  void submit_first() {
    if (auto future = submit_next_()) {
      append(*std::move(future));
    } else {
      submit_next_ = nullptr;
    }
  }

  // What refuses a call, such as a shutdown, is reported after the results that are there (MAP-036).
  void submit_one() {
    if (!submit_next_) return;
    try {
      submit_first();
    } catch (...) {
      refused_ = std::current_exception();
      submit_next_ = nullptr;
    }
  }

  std::optional<Element> take(Future<T>&& head) {
    if constexpr (std::is_void_v<T>) {
      head.result(detail::time_left(deadline_));
      return std::monostate();
    } else {
      return std::optional<Element>(std::move(head).result(detail::time_left(deadline_)));
    }
  }

  void cancel_all() {
    submit_next_ = nullptr;
    while (!futures_.empty()) {
      futures_.back().cancel();
      futures_.pop_back();
    }
  }

  std::deque<Future<T>> futures_;
  SubmitNext submit_next_;      // empty: all inputs are consumed
  std::exception_ptr refused_;  // what ended the submitting, to be thrown behind the results
  std::optional<Element> current_;
  detail::Deadline deadline_;
  bool advanced_ = false;
};

namespace detail {

/// How a map keeps an input: a view as its copy, another range as it was given, by reference or by value.
template <typename Input>
using Kept = std::conditional_t<std::ranges::view<std::remove_cvref_t<Input>> &&
                                    std::copy_constructible<std::remove_cvref_t<Input>>,
                                std::remove_cvref_t<Input>, Input>;

/// An input with the place that was reached in it.
template <typename Input>
class Cursor {
 public:
  explicit Cursor(Input input)
      : input_(std::forward<Input>(input)), place_(std::ranges::begin(input_)), end_(std::ranges::end(input_)) {}
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;

  /// Goes to the next element, if there is one. Only when it is needed: this may take it from the input (MAP-030).
  [[nodiscard]] bool advance() {
    if (std::exchange(started_, true)) ++place_;
    return place_ != end_;
  }

  [[nodiscard]] ElementOf<Input> element() const { return static_cast<ElementOf<Input>>(*place_); }

 private:
  Input input_;
  std::ranges::iterator_t<Input> place_;
  std::ranges::sentinel_t<Input> end_;
  bool started_ = false;
};

/// Several inputs, taken in parallel until the shortest ends.
template <typename... Inputs>
class Rows {
 public:
  explicit Rows(Inputs... inputs) : cursors_(std::forward<Inputs>(inputs)...) {}

  /// Goes to the next row, if there is one. As Python's zip, it takes nothing from the inputs behind the one that ends.
  [[nodiscard]] bool advance() {
    return std::apply([](auto&... cursors) { return (... && cursors.advance()); }, cursors_);
  }

  template <typename F>
  auto read(F use) const {
    return std::apply([&](const auto&... cursors) { return use(cursors.element()...); }, cursors_);
  }

 private:
  std::tuple<Cursor<Inputs>...> cursors_;
};

}  // namespace detail
CONCURRENT_FUTURES_END
