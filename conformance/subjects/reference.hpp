// What the adapters of the reference have in common, whichever its pool: all but make, submit and what it declares.

#pragma once

#include <concurrent/futures/await.hpp>
#include <concurrent/futures/promise.hpp>
#include <concurrent/futures/wait.hpp>
#include <cstddef>
#include <exception>
#include <functional>
#include <iterator>
#include <optional>
#include <ranges>
#include <stdexcept>
#include <string>
#include <touchstone/adapter.hpp>
#include <utility>
#include <vector>

namespace cf = concurrent::futures;
using touchstone::Fault;
using touchstone::Function;
using touchstone::Source;
using touchstone::Value;

/// A Source as an input range. It is asked for an element when that is looked at, and not before:
/// requirements say how much of its inputs a map may take in advance.
class SourceRange : public std::ranges::view_base {
 public:
  class Iterator {
   public:
    using value_type = Value;
    using difference_type = std::ptrdiff_t;

    Iterator() = default;
    explicit Iterator(SourceRange& range) : range_(&range) {}
    Value operator*() const { return *range_->element(); }
    Iterator& operator++() {
      range_->element_.reset();
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const Iterator& self, std::default_sentinel_t) { return self.at_end(); }

   private:
    [[nodiscard]] bool at_end() const { return !range_->element(); }

    SourceRange* range_ = nullptr;
  };

  explicit SourceRange(Source source) : source_(std::move(source)) {}

  Iterator begin() { return Iterator(*this); }
  [[nodiscard]] std::default_sentinel_t end() const { return {}; }

 private:
  std::optional<Value>& element() {
    if (!element_ && !ended_) {
      element_ = source_();
      ended_ = !element_;
    }
    return element_;
  }

  Source source_;
  std::optional<Value> element_;
  bool ended_ = false;
};

/// A function of the suite as a callable of so many arguments as it is given. Where calls travel, it does.
struct Applying {
  template <typename... Values>
  Value operator()(Values... values) const {
    return function({values...});
  }
  template <typename Archive>
  void serialize(Archive& archive) {
    archive(function);
  }

  Function function;
};

template <typename Executor>
struct ReferenceAdapter {
  using Pool = Executor;
  using Future = cf::Future<Value>;

  // Where an option has Python's default it is left out: that it has is tested, too.

  static void shutdown(Pool& pool, touchstone::ShutdownOptions options) {
    if (options.wait && !options.cancel_futures) return pool.shutdown();
    if (options.wait) return pool.shutdown({.cancel_futures = true});
    if (!options.cancel_futures) return pool.shutdown({.wait = false});
    pool.shutdown({.wait = false, .cancel_futures = true});
  }

  static int max_workers(Pool& pool) { return static_cast<int>(pool.max_workers()); }

  static cf::MapResults<Value> map(Pool& pool, touchstone::MapOptions given, Function function,
                                   std::vector<Source> inputs) {
    const cf::MapOptions options{
        .timeout = to_timeout(given.timeout), .chunksize = given.chunksize.value_or(1), .buffersize = given.buffersize};
    const Applying call{std::move(function)};
    const auto input = [&](std::size_t index) { return SourceRange(std::move(inputs[index])); };
    switch (inputs.size()) {
      case 1:
        return pool.map(options, call, input(0));
      case 2:
        return pool.map(options, call, input(0), input(1));
      case 3:
        return pool.map(options, call, input(0), input(1), input(2));
      default:
        throw std::logic_error("this adapter maps over one to three inputs");
    }
  }

  static auto wait(const std::vector<Future>& futures, touchstone::Timeout timeout,
                   touchstone::ReturnWhen return_when) {
    if (return_when == touchstone::ReturnWhen::all_completed) {
      return timeout ? cf::wait(futures, {.timeout = to_timeout(timeout)}) : cf::wait(futures);
    }
    return cf::wait(futures, {.timeout = to_timeout(timeout), .return_when = to_return_when(return_when)});
  }

  static auto as_completed(std::vector<Future> futures, touchstone::Timeout timeout) {
    return cf::as_completed(std::move(futures), to_timeout(timeout));
  }

  static auto make_promise() { return cf::Promise<Value>(); }

  static void raise(Fault fault) {
    if (fault == Fault::cancelled) throw cf::CancelledError();
    if (fault == Fault::timeout) throw cf::TimeoutError();
  }

  static std::optional<Fault> fault_of(const std::exception_ptr& error) {
    try {
      std::rethrow_exception(error);
    } catch (const cf::CancelledError&) {
      return Fault::cancelled;
    } catch (const cf::TimeoutError&) {
      return Fault::timeout;
    } catch (const cf::InvalidStateError&) {
      return Fault::invalid_state;
    } catch (const cf::ShutdownError&) {
      return Fault::shut_down;
    } catch (const cf::DeadlockError&) {
      return Fault::deadlock;
    } catch (const cf::BrokenExecutor&) {
      return Fault::broken;
    } catch (...) {
      return {};
    }
  }

  static void observe_log(std::function<void(touchstone::LogRecord)> observer) {
    cf::set_log_handler([observer = std::move(observer)](const cf::LogRecord& record) {
      observer({.severity = to_text(record.severity),
                .text = record.message + ": " + cf::describe(record.exception),
                .error = record.exception});
    });
  }

 private:
  static cf::Timeout to_timeout(touchstone::Timeout timeout) { return timeout ? cf::Timeout(*timeout) : cf::Timeout(); }

  static cf::ReturnWhen to_return_when(touchstone::ReturnWhen return_when) {
    switch (return_when) {
      case touchstone::ReturnWhen::first_completed:
        return cf::ReturnWhen::first_completed;
      case touchstone::ReturnWhen::first_exception:
        return cf::ReturnWhen::first_exception;
      case touchstone::ReturnWhen::all_completed:
        return cf::ReturnWhen::all_completed;
    }
    throw std::logic_error("there are three values of ReturnWhen");
  }

  static std::string to_text(cf::Severity severity) {
    switch (severity) {
      case cf::Severity::warning:
        return "warning";
      case cf::Severity::error:
        return "error";
      case cf::Severity::critical:
        return "critical";
    }
    throw std::logic_error("there are three values of Severity");
  }
};
