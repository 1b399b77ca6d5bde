#include <faulty/faulty_pool.hpp>

struct DeclaresThatTasksMayNotThrow : faulty::Adapter<faulty::Faults{.lets_exceptions_out = true}> {
  static constexpr auto name = "faulty, and says so: tasks may not throw";
  static constexpr std::array without = {"callable.throws"};
};
TOUCHSTONE_SUBJECT(DeclaresThatTasksMayNotThrow);
