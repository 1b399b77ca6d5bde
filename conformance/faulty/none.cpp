#include <faulty/faulty_pool.hpp>

struct None : faulty::Adapter<faulty::Faults{}> {
  static constexpr auto name = "faulty: not at all";
};
TOUCHSTONE_SUBJECT(None);
