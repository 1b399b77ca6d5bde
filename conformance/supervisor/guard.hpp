// Guard: the process that a user starts, and that stands by while the supervisor works in a child of it.
//
// One process alone cannot clean up after itself if it is killed. So there are two, each watching
// the other: if the guard dies, the supervisor reads end-of-file and kills its descendants; if the
// supervisor dies, its descendants fall to the guard, which kills them. The supervisor has a process group of
// its own, so that a signal to the user's group cannot end both at once: the guard passes signals on.

#pragma once

#include <functional>

namespace touchstone::supervisor {

/// Runs `work` in a child process, with a descriptor that becomes readable when this process is gone.
/// Both processes end without destroying anything, with what `work` returned as exit code.
[[noreturn]] void run_guarded(const std::function<int(int lifeline)>& work);

}  // namespace touchstone::supervisor
