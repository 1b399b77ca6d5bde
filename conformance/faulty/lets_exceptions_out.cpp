#include <faulty/faulty_pool.hpp>

struct LetsExceptionsOut : faulty::Adapter<faulty::Faults{.lets_exceptions_out = true}> {
  static constexpr auto name = "faulty: lets exceptions out";
};
TOUCHSTONE_SUBJECT(LetsExceptionsOut);
