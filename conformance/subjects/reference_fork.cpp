// The reference: ProcessPoolExecutor whose children are copies of this process, made by the first submit.

#include <subjects/reference_process.hpp>

struct ReferenceFork : ReferenceProcess<cf::StartMethod::fork> {
  static constexpr auto name = "concurrent::futures ProcessPoolExecutor, fork";
  static constexpr std::array capabilities = {
      "destruction.runs_all", "order.fifo",     "workers.limit", "workers.threads", "workers.validated",
      "workers.initializer",  "workers.forked", "interface",     "processes",       "workers.start_method"};
  static constexpr std::array without = {"closures", "submit.beside_threads"};
};

TOUCHSTONE_SUBJECT(ReferenceFork);
