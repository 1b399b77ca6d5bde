// Deviations: the faults of a subject that are known, each with its reason.
//
// The file is TOML, of which this reader takes only what the file needs: comments, [[deviation]] headers, and
// keys with strings. Anything else is an error that names the line, since a deviation that is not understood
// would let a fault pass, or show one that is known.

#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <supervisor/verdicts/verdict.hpp>
#include <vector>

namespace touchstone::supervisor {

struct Deviation {
  std::string requirement;
  std::string test;  // empty: all tests of the requirement
  std::string fingerprint;
  std::string reason;
  std::string link;
  std::string reproduces;  // "sometimes": a pass is not unexpected; empty: always
  int line = 0;

  [[nodiscard]] bool concerns(const Verdict& verdict) const;
};

/// What is wrong in a deviation file, beginning with its name and line.
class DeviationError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Reads the text of a deviation file. Throws DeviationError. `name` is for messages.
[[nodiscard]] std::vector<Deviation> parse_deviations(std::string_view text, const std::string& name);

/// Reads the file, and checks that the requirements and tests exist. Throws DeviationError.
[[nodiscard]] std::vector<Deviation> load_deviations(const std::string& path);

/// Turns a fault that an entry explains into a deviation; so too an inconclusive verdict, fingerprint "inconclusive".
void explain_fault(Verdict& verdict, const std::vector<Deviation>& deviations);

/// Turns passes into unexpected passes where an entry is no longer needed. `verdicts` are those of all tests of
/// one requirement that ran; `complete` says whether none of its applicable tests was left out, without which
/// nothing can be said of an entry for the whole requirement.
void flag_unexpected_passes(const std::vector<Verdict*>& verdicts, bool complete,
                            const std::vector<Deviation>& deviations);

}  // namespace touchstone::supervisor
