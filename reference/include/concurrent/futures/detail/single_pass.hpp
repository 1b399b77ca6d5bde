// SinglePass: makes a range that can be walked once out of a class that can fetch its next element.

#pragma once

#include <concurrent/futures/detail/sync.hpp>
#include <cstddef>
#include <iterator>
#include <optional>
#include <utility>

CONCURRENT_FUTURES_BEGIN
namespace detail {

/// Base of a `Range` that has `std::optional<Element> fetch()`: the next element, or nothing at the end and ever after.
/// What fetch() throws comes through, and is to leave the range at its end.
///
/// It is as lazy as a Python generator: only `*`, a comparison with the end and next() fetch. An element is handed out
/// by `*` or by next(), and is gone once the range is advanced: nothing of it is kept while the next one is fetched.
/// Loops and next() may be mixed; each goes on behind what was handed out, where a comparison hands out nothing.
///
/// Elements must be movable, and need not be assignable. Thread safety: none.
template <typename Range, typename Element>
class SinglePass {
 public:
  /// An input iterator. All those of a range are at the same place.
  class iterator {
   public:
    using value_type = Element;
    using difference_type = std::ptrdiff_t;

    iterator() = default;
    Element& operator*() const { return range_->show(); }
    iterator& operator++() {
      range_->pass();
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const iterator& self, std::default_sentinel_t) { return self.at_end(); }

   private:
    friend class SinglePass;
    explicit iterator(SinglePass& range) : range_(&range) {}
    [[nodiscard]] bool at_end() const { return !range_->look(); }
    SinglePass* range_ = nullptr;
  };

  iterator begin() {
    leave_shown();
    return iterator(*this);
  }
  [[nodiscard]] std::default_sentinel_t end() const { return {}; }

  /// The next element, or nothing at the end.
  std::optional<Element> next() {
    leave_shown();
    fetch_passed();
    if (!current_) return fetch();
    std::optional<Element> element(std::move(current_));
    current_.reset();
    return element;
  }

 protected:
  SinglePass() = default;
  SinglePass(SinglePass&&) noexcept = default;
  SinglePass& operator=(SinglePass&& other) noexcept {
    current_.reset();
    if (other.current_) current_.emplace(*std::move(other.current_));
    shown_ = other.shown_;
    passed_ = other.passed_;
    return *this;
  }
  ~SinglePass() = default;

 private:
  std::optional<Element> fetch() { return static_cast<Range&>(*this).fetch(); }

  void fetch_passed() {
    while (passed_ != 0) {
      --passed_;
      (void)fetch();
    }
  }

  [[nodiscard]] bool look() {
    fetch_passed();
    if (!current_) {
      if (std::optional<Element> element = fetch()) current_.emplace(*std::move(element));
    }
    return current_.has_value();
  }

  Element& show() {
    shown_ = look();
    return *current_;
  }

  void pass() {
    if (!current_) ++passed_;
    shown_ = false;
    current_.reset();
  }

  void leave_shown() {
    if (std::exchange(shown_, false)) current_.reset();
  }

  std::optional<Element> current_;  // what was looked at and not yet passed
  bool shown_ = false;              // it was handed out, by *
  std::size_t passed_ = 0;          // how many were passed that nobody has looked at
};

}  // namespace detail
CONCURRENT_FUTURES_END
