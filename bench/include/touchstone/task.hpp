// Task, as benchmarks have it: a plain callable of two words, the same for every executor.
//
// Why it stands in for the suite's header of the same name: value.hpp. It is as small as a user's lambda
// that holds a pointer, trivially copyable, and allocates nothing, so that what is measured is what the
// executor does with a callable, whether its adapter's submit is a template or takes a touchstone::Task.

#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <touchstone/value.hpp>
#include <variant>
#include <vector>

namespace touchstone {
inline namespace bare {

class Task {
 public:
  using Body = Value (*)(const void* argument);

  Task(Body body, const void* argument) : body_(body), argument_(argument) {}

  Value operator()() const { return body_(argument_); }

 private:
  Body body_;
  const void* argument_;
};

/// What an adapter's map calls for each element: a pointer to a function that takes one number.
class Function {
 public:
  using Body = std::int64_t (*)(std::int64_t);

  explicit Function(Body body) : body_(body) {}

  Value operator()(std::initializer_list<Value> values) const { return body_(values.begin()->number()); }
  Value operator()(const std::vector<Value>& values) const { return body_(values.front().number()); }

 private:
  Body body_;
};

using Initializer = std::function<void()>;

/// The input of an adapter's map: numbers that lie side by side.
class Source {
 public:
  Source(const std::int64_t* begin, const std::int64_t* end) : next_(begin), end_(end) {}

  std::optional<Value> operator()() { return next_ == end_ ? std::nullopt : std::optional<Value>(*next_++); }

 private:
  const std::int64_t* next_;
  const std::int64_t* end_;
};

}  // namespace bare
}  // namespace touchstone
