// Workers that run this program anew, and come to the rest of its main: see workers_in_main() in touchstone/test.hpp.

#pragma once

namespace touchstone {

/// Counts this process and ends it, with an explanation and that status, if it is a worker. To be called before this
/// process has an arena of its own.
void end_if_worker(int status);

}  // namespace touchstone
