// Adapters that are wrong. Each must be refused with one error, which says what the line before it
// says. check_messages.cmake compiles this file once for each case.

#include <array>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <touchstone/adapter.hpp>
#include <utility>
#include <vector>

struct Pool {};

struct Good {
  static constexpr auto name = "good";
  static auto make(const touchstone::Configuration&) { return std::make_unique<Pool>(); }
  static std::future<touchstone::Value> submit(Pool&, touchstone::Task task) {
    return std::async(std::launch::async, std::move(task));
  }
};

/// A future that can be told from others.
struct Identified {
  touchstone::Value result() const;
  bool operator==(const Identified&) const = default;
};
template <>
struct std::hash<Identified> {
  std::size_t operator()(const Identified&) const;
};

#if defined(CASE_final_adapter)
// says: an adapter is a struct that is not final
struct Adapter final : Good {};

#elif defined(CASE_no_name)
// says: the adapter says no name
struct Adapter {
  static auto make(const touchstone::Configuration&) { return std::make_unique<Pool>(); }
  static void submit(Pool&, touchstone::Task) {}
};

#elif defined(CASE_name_is_not_static)
// says: the adapter says no name
struct Adapter {
  std::string_view name = "pool";
  static auto make(const touchstone::Configuration&) { return std::make_unique<Pool>(); }
  static void submit(Pool&, touchstone::Task) {}
};

#elif defined(CASE_no_make)
// says: the adapter has no function make
struct Adapter {
  static constexpr auto name = "bad";
  static void submit(Pool&, touchstone::Task) {}
};

#elif defined(CASE_make_without_configuration)
// says: make must be static, take a const touchstone::Configuration&
struct Adapter : Good {
  static auto make() { return std::make_unique<Pool>(); }
};

#elif defined(CASE_make_is_not_static)
// says: make must be static, take a const touchstone::Configuration&
struct Adapter : Good {
  std::unique_ptr<Pool> make(const touchstone::Configuration&) { return std::make_unique<Pool>(); }
};

#elif defined(CASE_make_returns_nothing)
// says: make must be static, take a const touchstone::Configuration& and return the executor
struct Adapter : Good {
  static void make(const touchstone::Configuration&) {}
};

#elif defined(CASE_make_returns_a_pointer)
// says: make returns a pointer or a reference that nobody owns
struct Adapter : Good {
  static Pool* make(const touchstone::Configuration&) { return nullptr; }
};

#elif defined(CASE_no_submit)
// says: the adapter has no function submit
struct Adapter {
  static constexpr auto name = "bad";
  static auto make(const touchstone::Configuration&) { return std::make_unique<Pool>(); }
};

#elif defined(CASE_submit_takes_something_else)
// says: submit must be static and take what make made (without its smart pointer) and a touchstone::Task
struct Adapter : Good {
  static void submit(std::unique_ptr<Pool>&, touchstone::Task) {}
};

#elif defined(CASE_submit_is_not_static)
// says: submit must be static and take what make made
struct Adapter : Good {
  void submit(Pool&, touchstone::Task) {}
};

#elif defined(CASE_future_without_value)
// says: submit must return a future whose result() or get() gives a touchstone::Value, or nothing
struct Adapter : Good {
  static std::future<void> submit(Pool&, touchstone::Task task) {
    return std::async(std::launch::async, [task] { task(); });
  }
};

#elif defined(CASE_future_of_other_words)
// says: for a future with other names specialize touchstone::future_traits
struct Foreign {
  touchstone::Value take();
};
struct Adapter : Good {
  static Foreign submit(Pool&, touchstone::Task) { return {}; }
};

#elif defined(CASE_version_is_a_number)
// says: version must be a text
struct Adapter : Good {
  static constexpr int version = 3;
};

#elif defined(CASE_capabilities_of_no_list)
// says: capabilities must be a constant list of texts
struct Adapter : Good {
  static std::vector<const char*> capabilities() { return {"order.fifo"}; }
};

#elif defined(CASE_misspelled_capability)
// says: capabilities names one that does not exist
struct Adapter : Good {
  static constexpr std::array capabilities = {"workers.limit", "order.fito"};
};

#elif defined(CASE_declared_what_is_seen)
// says: capabilities names one that need not be declared
struct Adapter : Good {
  static constexpr std::array capabilities = {"workers.limit", "wait"};
};

#elif defined(CASE_misspelled_without)
// says: without names a capability that does not exist
struct Adapter : Good {
  static constexpr std::array without = {"map.bufersize"};
};

#elif defined(CASE_misspelled_profile)
// says: profiles names one that does not exist
struct Adapter : Good {
  static constexpr std::array profiles = {"future"};
};

#elif defined(CASE_shutdown_of_wrong_shape)
// says: shutdown must be one of
struct Adapter : Good {
  static void shutdown(Pool&, std::vector<int>) {}
};

#elif defined(CASE_max_workers_of_wrong_shape)
// says: max_workers must be
struct Adapter : Good {
  static int max_workers() { return 1; }
};

#elif defined(CASE_map_of_wrong_shape)
// says: map must be
struct Adapter : Good {
  static std::vector<touchstone::Value> map(Pool&, touchstone::Function, std::vector<touchstone::Source>) { return {}; }
};

#elif defined(CASE_wait_without_identity)
// says: needs futures that can be copied, compared with == and hashed
struct Adapter : Good {
  struct Result {
    std::vector<std::shared_future<touchstone::Value> > done, not_done;
  };
  static std::shared_future<touchstone::Value> submit(Pool&, touchstone::Task) { return {}; }
  static Result wait(std::vector<std::shared_future<touchstone::Value> >, touchstone::Timeout, touchstone::ReturnWhen) {
    return {};
  }
};

#elif defined(CASE_wait_of_wrong_shape)
// says: wait must be
struct Adapter : Good {
  static Identified submit(Pool&, touchstone::Task) { return {}; }
  static std::vector<Identified> wait(std::vector<Identified>, touchstone::Timeout, touchstone::ReturnWhen) {
    return {};
  }
};

#elif defined(CASE_as_completed_of_wrong_shape)
// says: as_completed must be
struct Adapter : Good {
  static Identified submit(Pool&, touchstone::Task) { return {}; }
  static std::vector<Identified> as_completed(std::vector<Identified>, touchstone::Timeout) { return {}; }
};

#elif defined(CASE_promise_of_wrong_shape)
// says: make_promise must be
struct Adapter : Good {
  static auto make_promise() { return std::promise<touchstone::Value>(); }
};

#elif defined(CASE_raise_of_wrong_shape)
// says: raise must be
struct Adapter : Good {
  static void raise(const char*) {}
};

#elif defined(CASE_fault_of_of_wrong_shape)
// says: fault_of must be
struct Adapter : Good {
  static std::optional<touchstone::Fault> fault_of(std::exception&) { return {}; }
};

#elif defined(CASE_observe_log_of_wrong_shape)
// says: observe_log must be
struct Adapter : Good {
  static void observe_log(void (*)(const char*)) {}
};

#elif defined(CASE_only_one_way_to_end_workers)
// says: there must be both or none of
struct Adapter : Good {
  static void kill_workers(Pool&) {}
};

#elif defined(CASE_before_main_of_wrong_shape)
// says: before_main must be
struct Adapter : Good {
  static void before_main() {}
};

#elif defined(CASE_boost_header_too_late)
// says: include <boost/thread/future.hpp> before <touchstone/adapter.hpp>
namespace boost {
template <typename T>
struct future {
  T get();
};
}  // namespace boost
struct Adapter : Good {
  static boost::future<touchstone::Value> submit(Pool&, touchstone::Task) { return {}; }
};

#else
using Adapter = Good;  // without a case the file compiles
#endif

TOUCHSTONE_SUBJECT(Adapter);
