#include <faulty/faulty_pool.hpp>

struct StartsNewestFirst : faulty::Adapter<faulty::Faults{.starts_newest_first = true}> {
  static constexpr auto name = "faulty: starts newest first";
};
TOUCHSTONE_SUBJECT(StartsNewestFirst);
