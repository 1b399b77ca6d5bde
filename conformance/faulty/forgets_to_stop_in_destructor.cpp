#include <faulty/faulty_pool.hpp>

struct ForgetsToStopInDestructor : faulty::Adapter<faulty::Faults{.forgets_to_stop_in_destructor = true}> {
  static constexpr auto name = "faulty: forgets to stop in destructor";
};
TOUCHSTONE_SUBJECT(ForgetsToStopInDestructor);
