// Boost.Asio's thread_pool, asked for futures.

#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/version.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <touchstone/adapter.hpp>
#include <utility>

struct Asio {
  static constexpr auto name = "Boost.Asio thread_pool";
  static constexpr auto home = "https://think-async.com/Asio";
  static auto version() {
    return std::to_string(BOOST_VERSION / 100000) + "." + std::to_string(BOOST_VERSION / 100 % 1000);
  }
  static constexpr std::array capabilities = {"workers.limit", "workers.threads", "callable.move_only",
                                              "callable.mutable"};

  static auto make(const touchstone::Configuration& c) {
    return std::make_unique<boost::asio::thread_pool>(static_cast<std::size_t>(*c.max_workers));
  }
  static auto submit(boost::asio::thread_pool& pool, touchstone::Task task) {
    return boost::asio::post(pool, boost::asio::use_future(std::move(task)));
  }
  static void shutdown(boost::asio::thread_pool& pool) { pool.join(); }
};

TOUCHSTONE_SUBJECT(Asio);
