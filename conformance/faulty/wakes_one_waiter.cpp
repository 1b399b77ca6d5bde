#include <faulty/faulty_pool.hpp>

struct WakesOneWaiter : faulty::Adapter<faulty::Faults{.wakes_one_waiter = true}> {
  static constexpr auto name = "faulty: wakes one waiter";
};
TOUCHSTONE_SUBJECT(WakesOneWaiter);
