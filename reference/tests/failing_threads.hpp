// FailingThreads: a system that gives no thread.

#pragma once

/// While one lives, nobody in the program can make a thread.
class FailingThreads {
 public:
  FailingThreads();
  ~FailingThreads();
  FailingThreads(const FailingThreads&) = delete;
  FailingThreads& operator=(const FailingThreads&) = delete;

  /// How many threads were refused since the last one was made.
  [[nodiscard]] static int refused();
};
