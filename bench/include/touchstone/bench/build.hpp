// Build: how a benchmark was compiled. Figures of two that were not compiled alike tell the compilers apart.

#pragma once

namespace touchstone::bench {

/// Strings that live for ever.
struct Build {
  const char* compiler;  // "g++ 12.2.0"
  const char* flags;
  bool optimized;  // and without assertions
};

[[nodiscard]] Build this_build();

}  // namespace touchstone::bench
