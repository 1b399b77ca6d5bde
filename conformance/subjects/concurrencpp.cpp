// concurrencpp's thread_pool_executor and result.

#include <concurrencpp/concurrencpp.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <touchstone/adapter.hpp>
#include <utility>

template <>
struct touchstone::future_traits<concurrencpp::result<touchstone::Value>> {
  using F = concurrencpp::result<touchstone::Value>;

  static touchstone::Value result(F& future) { return future.get(); }
  static bool wait_for(F& future, std::chrono::nanoseconds limit) {
    return future.wait_for(limit) != concurrencpp::result_status::idle;
  }
  static bool done(F& future) { return future.status() != concurrencpp::result_status::idle; }
  static constexpr bool shared = false;
};

/// An executor of this library must be shut down before it is destroyed.
struct ConcurrencppPool {
  explicit ConcurrencppPool(std::size_t workers)
      : executor(std::make_shared<concurrencpp::thread_pool_executor>("suite", workers, std::chrono::hours(24))) {}
  ConcurrencppPool(const ConcurrencppPool&) = delete;
  ConcurrencppPool& operator=(const ConcurrencppPool&) = delete;
  ~ConcurrencppPool() { executor->shutdown(); }

  const std::shared_ptr<concurrencpp::thread_pool_executor> executor;
};

struct Concurrencpp {
  static constexpr auto name = "concurrencpp thread_pool_executor";
  static constexpr auto home = "https://github.com/David-Haim/concurrencpp";
  static constexpr std::array capabilities = {"workers.limit", "workers.threads", "callable.move_only",
                                              "callable.mutable"};

  static auto make(const touchstone::Configuration& c) {
    return std::make_unique<ConcurrencppPool>(static_cast<std::size_t>(*c.max_workers));
  }
  static auto submit(ConcurrencppPool& pool, touchstone::Task task) { return pool.executor->submit(std::move(task)); }
  static std::optional<touchstone::Fault> fault_of(const std::exception_ptr& error) {
    try {
      std::rethrow_exception(error);
    } catch (const concurrencpp::errors::broken_task&) {
      return touchstone::Fault::broken;
    } catch (const concurrencpp::errors::runtime_shutdown&) {
      return touchstone::Fault::shut_down;
    } catch (...) {
      return {};
    }
  }
};

TOUCHSTONE_SUBJECT(Concurrencpp);
