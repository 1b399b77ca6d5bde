#include <faulty/faulty_pool.hpp>

struct AbortsInDestructor : faulty::Adapter<faulty::Faults{.aborts_in_destructor = true}> {
  static constexpr auto name = "faulty: aborts in destructor";
};
TOUCHSTONE_SUBJECT(AbortsInDestructor);
