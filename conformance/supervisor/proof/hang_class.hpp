// HangClass: what a proved hang is, and in words that the author of an executor understands.

#pragma once

#include <sys/types.h>

#include <src/ledger.hpp>
#include <string>
#include <supervisor/proof/hang_proof.hpp>

namespace touchstone::supervisor {

struct HangClass {
  // "deadlock"; "lost-wake-up"; "starvation": accepted work is not started; "unmet": nothing is blocked, but what the
  // test awaits never came
  std::string name;
  std::string reason;
  std::string breaks;  // the requirement that such a hang is against, whatever the test is about, or empty
};

/// Of a hang that was proved. `test` is the process of the test.
[[nodiscard]] HangClass classify_hang(const Finding& finding, const Ledger& ledger, pid_t test);

}  // namespace touchstone::supervisor
