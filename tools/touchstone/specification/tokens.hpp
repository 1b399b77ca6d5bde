// Tokens: C++ source cut into the pieces that the reader of test tables needs.

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace touchstone::tool {

struct Token {
  enum class Kind { word, text, sign };
  Kind kind;
  std::string value;  // of a string literal: its contents, escapes resolved
  int line;
};

/// Comments are dropped, adjacent string literals joined, preprocessor lines kept as words.
[[nodiscard]] std::vector<Token> tokens_of(std::string_view source);

}  // namespace touchstone::tool
