// All of the library for threads. Mirrors Python's concurrent.futures.

#pragma once

#include <concurrent/futures/await.hpp>                 // IWYU pragma: export
#include <concurrent/futures/errors.hpp>                // IWYU pragma: export
#include <concurrent/futures/executor.hpp>              // IWYU pragma: export
#include <concurrent/futures/future.hpp>                // IWYU pragma: export
#include <concurrent/futures/log.hpp>                   // IWYU pragma: export
#include <concurrent/futures/map.hpp>                   // IWYU pragma: export
#include <concurrent/futures/promise.hpp>               // IWYU pragma: export
#include <concurrent/futures/task_group.hpp>            // IWYU pragma: export
#include <concurrent/futures/thread_pool_executor.hpp>  // IWYU pragma: export
#include <concurrent/futures/timeout.hpp>               // IWYU pragma: export
#include <concurrent/futures/wait.hpp>                  // IWYU pragma: export
