// InCall: tells the supervisor which call of the subject's a thread is in, for as long as it is there.
//
// Of a test that hangs, this is what a person asks first, and what tells a wake-up that was lost from a deadlock. It is
// kept in the ledger, whose writers it orders as little as a note does.

#pragma once

#include <cstdint>
#include <string_view>

namespace touchstone::detail {

/// The name of the call that destroys an executor.
constexpr std::string_view executors_destructor = "the executor's destructor";

/// A number for a future, unlike an address never used again.
[[nodiscard]] std::uint64_t next_object();

class InCall {
 public:
  /// `name` as a user would write it, "result()". `object` is what the call waits for, 0 where that has no number: who
  /// has come back from a call shows all others in a call with this object that they could come back, too.
  explicit InCall(std::string_view name, std::uint64_t object = 0);
  ~InCall();
  InCall(const InCall&) = delete;
  InCall& operator=(const InCall&) = delete;

 private:
  int slot_;
};

}  // namespace touchstone::detail
