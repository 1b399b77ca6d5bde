#include <faulty/faulty_pool.hpp>

struct KeepsItsLastTask : faulty::Adapter<faulty::Faults{.keeps_its_last_task = true}> {
  static constexpr auto name = "faulty: keeps its last task";
};
TOUCHSTONE_SUBJECT(KeepsItsLastTask);
