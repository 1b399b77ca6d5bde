// Programs that nobody wrote by hand: a list of steps that one thread takes with an executor of one worker,
// and the sequential model that says what must come of each.
//
// The worker stands at a gate but for the moments when a step lets it work off all that was submitted. So
// every answer of every future is determined, in whichever order the executor starts its tasks; but in a pool of
// processes, which may hand out tasks before they can begin.

#pragma once

#include <ostream>
#include <string>
#include <touchstone/test.hpp>
#include <vector>

namespace touchstone {

struct Step {
  enum class Kind {
    submit,               // a call that returns its number
    submit_failing,       // a call that throws
    cancel,               // a future
    add_callback,         // to a future
    ask,                  // a future for its state
    let_work,             // until nothing is pending, and hold the worker again
    shut_down,            // without wait
    shut_down_cancelling  // without wait, with cancel_futures
  };

  Kind kind;
  std::size_t future;  // which, counted round those that there are
};

std::ostream& operator<<(std::ostream& out, const Step& step);

using Program = std::vector<Step>;

/// Runs the program on a new executor. Returns what differed from the model first, or nothing.
///
/// Needs `future.done`, `future.running`, `future.cancel`, `future.callbacks`, `future.shared`, `shutdown` with
/// both options, `workers.limit` and `workers.threads`.
[[nodiscard]] std::string first_difference(World& world, const Program& program);

}  // namespace touchstone
