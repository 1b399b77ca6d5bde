#include <cctype>
#include <specification/tokens.hpp>

namespace touchstone::tool {

namespace {

bool is_word_character(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {}

  std::vector<Token> run() {
    while (at_ < source_.size()) step();
    return std::move(tokens_);
  }

 private:
  bool starts_with(std::string_view text) const { return source_.substr(at_).starts_with(text); }

  void advance(std::size_t count = 1) {
    for (; count > 0 && at_ < source_.size(); --count) line_ += source_[at_++] == '\n' ? 1 : 0;
  }

  void advance_past(std::string_view end) {
    const std::size_t found = source_.find(end, at_);
    advance(found == std::string_view::npos ? source_.size() - at_ : found + end.size() - at_);
  }

  void step() {
    const char c = source_[at_];
    if (starts_with("//")) {
      advance_past("\n");
    } else if (starts_with("/*")) {
      advance_past("*/");
    } else if (starts_with("R\"")) {
      raw_string();
    } else if (c == '"') {
      string();
    } else if (c == '\'') {
      character();
    } else if (is_word_character(c)) {
      word();
    } else {
      if (std::isspace(static_cast<unsigned char>(c)) == 0)
        tokens_.push_back({Token::Kind::sign, std::string(1, c), line_});
      advance();
    }
  }

  void word() {
    const int line = line_;
    std::string value;
    // The quote is a digit separator here, as in 1'000.
    while (at_ < source_.size() && (is_word_character(source_[at_]) || is_digit_separator(value))) {
      value += source_[at_];
      advance();
    }
    tokens_.push_back({Token::Kind::word, std::move(value), line});
  }

  bool is_digit_separator(const std::string& word) const {
    return source_[at_] == '\'' && !word.empty() && std::isdigit(static_cast<unsigned char>(word.front())) != 0;
  }

  void string() {
    const int line = line_;
    std::string value;
    advance();
    while (at_ < source_.size() && source_[at_] != '"') {
      if (source_[at_] == '\\') advance();
      value += source_[at_];
      advance();
    }
    advance();
    add_text(std::move(value), line);
  }

  void raw_string() {
    const int line = line_;
    const std::size_t open = source_.find('(', at_);
    if (open == std::string_view::npos) return advance(source_.size() - at_);
    const std::string end = ")" + std::string(source_.substr(at_ + 2, open - at_ - 2)) + "\"";
    const std::size_t close = source_.find(end, open);
    std::string value(source_.substr(open + 1, close == std::string_view::npos ? close : close - open - 1));
    advance_past(end);
    add_text(std::move(value), line);
  }

  void character() {
    advance();
    while (at_ < source_.size() && source_[at_] != '\'') advance(source_[at_] == '\\' ? 2 : 1);
    advance();
  }

  void add_text(std::string value, int line) {
    if (!tokens_.empty() && tokens_.back().kind == Token::Kind::text) {
      tokens_.back().value += value;
    } else {
      tokens_.push_back({Token::Kind::text, std::move(value), line});
    }
  }

  std::string_view source_;
  std::size_t at_ = 0;
  int line_ = 1;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokens_of(std::string_view source) { return Lexer(source).run(); }

}  // namespace touchstone::tool
