// Stack requests: a test process that hangs can be asked where its threads are.
//
// The supervisor sends a signal to each thread, whose handler notes its frames in the ledger. It does so only when the
// verdict is certain and the process about to be killed: a signal ends many waits.

#pragma once

namespace touchstone {

/// The signal that asks. Not one that programs use of their own accord.
[[nodiscard]] int stack_request_signal();

/// From now on threads of this process answer, as far as they do not block the signal.
void answer_stack_requests();

}  // namespace touchstone
