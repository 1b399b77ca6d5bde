// The reference: ProcessPoolExecutor whose children are copies of a process that never has a second thread.

#include <subjects/reference_process.hpp>

struct ReferenceForkserver : ReferenceProcess<cf::StartMethod::forkserver> {
  static constexpr auto name = "concurrent::futures ProcessPoolExecutor, forkserver";
  static constexpr std::array capabilities = {
      "destruction.runs_all", "order.fifo",          "workers.limit",      "workers.threads", "workers.validated",
      "workers.lazy",         "workers.initializer", "workers.retirement", "interface",       "processes",
      "workers.start_method"};
  static constexpr std::array without = {"closures", "workers.streams"};
};

TOUCHSTONE_SUBJECT(ReferenceForkserver);
