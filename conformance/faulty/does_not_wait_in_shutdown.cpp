#include <faulty/faulty_pool.hpp>

struct DoesNotWaitInShutdown : faulty::Adapter<faulty::Faults{.does_not_wait_in_shutdown = true}> {
  static constexpr auto name = "faulty: does not wait in shutdown";
};
TOUCHSTONE_SUBJECT(DoesNotWaitInShutdown);
