#include <faulty/faulty_pool.hpp>

struct LosesEveryThirdCall : faulty::Adapter<faulty::Faults{.loses_every_third_call = true}> {
  static constexpr auto name = "faulty: loses every third call";
};
TOUCHSTONE_SUBJECT(LosesEveryThirdCall);
