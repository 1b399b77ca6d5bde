// Boost.Thread's basic_thread_pool, with boost::async and boost::future.

#define BOOST_THREAD_VERSION 5
#define BOOST_THREAD_PROVIDES_EXECUTORS
#include <array>
#include <boost/thread/executors/basic_thread_pool.hpp>
#include <boost/thread/future.hpp>
#include <boost/version.hpp>
#include <memory>
#include <optional>
#include <string>
#include <touchstone/adapter.hpp>
#include <utility>

struct BoostThread {
  static constexpr auto name = "Boost.Thread basic_thread_pool";
  static constexpr auto home = "https://www.boost.org/libs/thread";
  static auto version() {
    return std::to_string(BOOST_VERSION / 100000) + "." + std::to_string(BOOST_VERSION / 100 % 1000);
  }
  // Not destruction.runs_all: the destructor interrupts the workers, which may lose queued tasks.
  static constexpr std::array capabilities = {"order.fifo", "workers.limit", "workers.threads", "callable.move_only",
                                              "callable.mutable"};

  static auto make(const touchstone::Configuration& c) {
    return std::make_unique<boost::basic_thread_pool>(static_cast<unsigned>(*c.max_workers));
  }
  static auto submit(boost::basic_thread_pool& pool, touchstone::Task task) {
    return boost::async(pool, std::move(task));
  }
  static void shutdown(boost::basic_thread_pool& pool) {
    pool.close();
    pool.join();
  }
  static std::optional<touchstone::Fault> fault_of(const std::exception_ptr& error) {
    try {
      std::rethrow_exception(error);
    } catch (const boost::sync_queue_is_closed&) {
      return touchstone::Fault::shut_down;
    } catch (const boost::broken_promise&) {
      return touchstone::Fault::broken;
    } catch (...) {
      return {};
    }
  }
};

TOUCHSTONE_SUBJECT(BoostThread);
