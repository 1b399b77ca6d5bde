// The futures of Boost.Thread. Included by touchstone/adapter.hpp when Boost's header came before it.

#pragma once

#include <boost/chrono/duration.hpp>
#include <boost/thread/future.hpp>
#include <touchstone/detail/future_traits.hpp>

namespace touchstone {
namespace detail {

template <typename F>
struct BoostFutureTraits {
  static Value result(F& future) { return future.get(); }

  static bool wait_for(F& future, std::chrono::nanoseconds limit) {
    return future.wait_for(boost::chrono::nanoseconds(limit.count())) == boost::future_status::ready;
  }

  static bool done(F& future) { return future.is_ready(); }

  static std::exception_ptr exception(F& future) {
    auto error = future.get_exception_ptr();  // waits; of Boost's own type
    if (!error) return nullptr;
    try {
      boost::rethrow_exception(error);
    } catch (...) {
      return std::current_exception();
    }
  }
};

}  // namespace detail

template <typename T>
struct future_traits<boost::BOOST_THREAD_FUTURE<T>> : detail::BoostFutureTraits<boost::BOOST_THREAD_FUTURE<T>> {
  static constexpr bool shared = false;
};

template <typename T>
struct future_traits<boost::shared_future<T>> : detail::BoostFutureTraits<boost::shared_future<T>> {
  static constexpr bool shared = true;
};

}  // namespace touchstone
