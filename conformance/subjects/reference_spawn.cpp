// The reference: ProcessPoolExecutor whose children are this program, run anew.

#include <subjects/reference_process.hpp>

struct ReferenceSpawn : ReferenceProcess<cf::StartMethod::spawn> {
  static constexpr auto name = "concurrent::futures ProcessPoolExecutor, spawn";
  static constexpr std::array capabilities = {
      "destruction.runs_all", "order.fifo",          "workers.limit",      "workers.threads", "workers.validated",
      "workers.lazy",         "workers.initializer", "workers.retirement", "interface",       "processes",
      "workers.start_method"};
  static constexpr std::array without = {"closures"};
};

TOUCHSTONE_SUBJECT(ReferenceSpawn);
