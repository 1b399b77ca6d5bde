// Values and scripts as text. A word here is a word of task.hpp.

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <src/coding.hpp>
#include <stdexcept>
#include <utility>

namespace touchstone {

namespace {

// The words for what a trap does, in the order of its enumerators.
constexpr std::array<std::string_view, 3> words_of_traps = {"error", "number", "signal"};

std::string_view word_of(Trap::Does does) { return words_of_traps.at(static_cast<std::size_t>(does)); }

/// Writes one step.
struct StepWriter {
  Writer& out;

  void operator()(const Return& step) const {
    out.word("ret");
    out.value(step.value);
  }
  void operator()(const ReturnArgument&) const { out.word("echo"); }
  void operator()(const ReturnArguments&) const { out.word("all"); }
  void operator()(const ReturnSum& step) const { with_number("sum", step.more); }
  void operator()(const ReturnIncreased& step) const { with_number("increased", *step.number); }
  void operator()(const CallInherited& step) const { with_number("inherited", step.number); }
  void operator()(const ReturnProcess&) const { out.word("pid"); }
  void operator()(const ReturnStart&) const { out.word("started"); }
  void operator()(const ReturnCount&) const { out.word("counted"); }
  void operator()(const ReturnHits& step) const { with_number("ret", step.mark->count()); }
  void operator()(const Throw& step) const { with_text("throw", step.text); }
  void operator()(const ThrowNumber& step) const { with_number("throw_number", step.number); }
  void operator()(const ReturnObject&) const { out.word("object"); }
  void operator()(const ReturnTrap& step) const {
    out.word("trap");
    out.word(step.trap.when == Trap::When::encoded ? "encoded" : "decoded");
    with_number(word_of(step.trap.does), step.trap.number);
  }
  void operator()(const ThrowData& step) const {
    out.word("throw_data");
    out.value(step.data);
  }
  void operator()(const ThrowCode& step) const { with_number("throw_code", step.code); }
  void operator()(const ThrowFrom& step) const {
    with_text("throw_from", step.text);
    in_brackets(step.cause);
  }
  void operator()(const ThrowUnknown& step) const { with_text("throw_unknown", step.text); }
  void operator()(const Exit& step) const { with_number("exit", step.status); }
  void operator()(const Kill& step) const { with_number("kill", step.signal); }
  void operator()(const Pass& step) const { with_place("gate", step.gate->place()); }
  void operator()(const Hit& step) const { with_place("mark", step.mark->place()); }
  void operator()(const Note& step) const {
    with_place("note", step.notes->place());
    out.value(step.number ? Value(*step.number) : Value());
  }
  void operator()(const Count&) const { out.word("count"); }
  void operator()(const Print& step) const { with_text("print", step.text); }
  void operator()(const Ignore& step) const { with_number("ignore", step.signal); }
  void operator()(const FailToDecode&) const { out.word("undecodable"); }
  void operator()(const ExitWhenDecoded& step) const { with_number("exit_when_decoded", step.status); }
  void operator()(const KillWhenDecoded& step) const { with_number("kill_when_decoded", step.signal); }
  void operator()(const HitWhenReleased& step) const { with_place("hit_when_released", step.mark->place()); }
  void operator()(const For& step) const {
    out.word("for");
    out.value(step.argument);
    in_brackets(step.steps);
  }
  void operator()(const Unless& step) const {
    out.word("unless");
    out.value(step.argument);
    in_brackets(step.steps);
  }
  void operator()(const OnHit& step) const {
    with_place("on_hit", step.mark->place());
    out.number(step.count);
    in_brackets(step.steps);
  }

 private:
  void with_number(std::string_view word, std::int64_t number) const {
    out.word(word);
    out.number(number);
  }
  void with_text(std::string_view word, const std::string& text) const {
    out.word(word);
    out.text(text);
  }
  void with_place(std::string_view word, Place place) const {
    out.word(word);
    out.place(place);
  }
  void in_brackets(const Script& script) const {
    out.word("[");
    out.script(script);
    out.word("]");
  }
};

Operation tells_its_release(const MarkPointer& mark) {
  return HitWhenReleased{mark, std::shared_ptr<void>(nullptr, [mark](void*) { mark->hit(); })};
}

}  // namespace

void Writer::word(std::string_view text) {
  if (!text_.empty()) text_ += ' ';
  text_ += text;
}

void Writer::text(std::string_view text) {
  word(std::to_string(text.size()) + ":");
  text_ += text;
}

void Writer::value(const Value& value) {
  if (value.empty()) return word("-");
  if (const std::int64_t* const number = value.if_number()) return this->number(*number);
  if (const std::string* const text = value.if_text()) return this->text(*text);
  if (const Trap* const trap = value.if_trap()) {
    if (trap->when == Trap::When::encoded) trap->spring();
    word("!" + std::string(word_of(trap->does)));
    return this->number(trap->number);
  }
  throw std::logic_error("an object cannot travel to another process: the test needs the capability closures");
}

void Writer::script(const Script& script) {
  for (const Operation& operation : script) std::visit(StepWriter{*this}, operation.step);
}

void Reader::fail(const char* wanted) const {
  throw std::runtime_error("no script, value or task of the suite: at byte " + std::to_string(position_) +
                           " there should be " + wanted + ": " + std::string(text_));
}

void Reader::end() const {
  if (position_ != text_.size()) fail("the end");
}

void Reader::skip_space() {
  if (position_ < text_.size() && text_[position_] == ' ') ++position_;
}

std::string_view Reader::word() {
  skip_space();
  const std::string_view rest = text_.substr(position_);
  const std::string_view word = rest.substr(0, rest.find(' '));
  if (word.empty()) fail("a word");
  position_ += word.size();
  return word;
}

std::int64_t Reader::number() {
  skip_space();
  std::int64_t number = 0;
  const char* const begin = text_.data() + position_;
  const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), number);
  if (error != std::errc()) fail("a number");
  position_ += static_cast<std::size_t>(end - begin);
  return number;
}

std::string Reader::text() {
  const std::int64_t length = number();
  const std::string_view rest = text_.substr(position_);
  if (length < 0 || !rest.starts_with(':') || rest.size() - 1 < static_cast<std::size_t>(length)) fail("a text");
  position_ += 1 + static_cast<std::size_t>(length);
  return std::string(rest.substr(1, static_cast<std::size_t>(length)));
}

Trap::Does Reader::what_a_trap_does(std::string_view word) const {
  const auto* const found = std::find(words_of_traps.begin(), words_of_traps.end(), word);
  if (found == words_of_traps.end()) fail("what a trap does before this");
  return static_cast<Trap::Does>(found - words_of_traps.begin());
}

Trap Reader::trap() {
  const std::string_view when = word();
  if (when != "encoded" && when != "decoded") fail("encoded or decoded before this");
  const Trap::Does does = what_a_trap_does(word());
  return {when == "encoded" ? Trap::When::encoded : Trap::When::decoded, does, static_cast<int>(number())};
}

Value Reader::value() {
  skip_space();
  const std::size_t begin = position_;
  if (text_.substr(begin) == "-" || text_.substr(begin).starts_with("- ")) {
    ++position_;
    return {};
  }
  if (text_.substr(begin).starts_with('!')) {
    const Trap::Does does = what_a_trap_does(word().substr(1));
    Trap{Trap::When::decoded, does, static_cast<int>(number())}.spring();
    return {};
  }
  const std::int64_t number = this->number();
  if (!text_.substr(position_).starts_with(':')) return number;
  position_ = begin;
  return text();
}

Script Reader::script() {
  Script script;
  while (position_ != text_.size()) {
    const std::size_t begin = position_;
    const std::string_view next = word();
    if (next == "]") {
      position_ = begin;
      break;
    }
    script.push_back(operation(next));
  }
  return script;
}

Script Reader::script_in_brackets() {
  if (word() != "[") fail("[ before this");
  Script steps = script();
  if (word() != "]") fail("] before this");
  return steps;
}

Operation Reader::operation(std::string_view word) {
  if (word == "ret") return Return{value()};
  if (word == "echo") return ReturnArgument{};
  if (word == "all") return ReturnArguments{};
  if (word == "sum") return ReturnSum{number()};
  if (word == "increased") return ReturnIncreased{std::make_shared<std::int64_t>(number())};
  if (word == "inherited") return CallInherited(number());
  if (word == "pid") return ReturnProcess{};
  if (word == "started") return ReturnStart{};
  if (word == "counted") return ReturnCount{};
  if (word == "throw") return Throw{text()};
  if (word == "throw_number") return ThrowNumber{static_cast<int>(number())};
  if (word == "throw_data") return ThrowData{value()};
  if (word == "throw_code") return ThrowCode{static_cast<int>(number())};
  if (word == "object") return ReturnObject{};
  if (word == "trap") return ReturnTrap{trap()};
  if (word == "throw_unknown") return ThrowUnknown{text()};
  if (word == "exit") return Exit{static_cast<int>(number())};
  if (word == "kill") return Kill{static_cast<int>(number())};
  if (word == "gate") return Pass{std::make_shared<Gate>(place())};
  if (word == "mark") return Hit{std::make_shared<Mark>(place())};
  if (word == "count") return Count{};
  if (word == "ignore") return Ignore{static_cast<int>(number())};
  if (word == "exit_when_decoded") _exit(static_cast<int>(number()));
  if (word == "kill_when_decoded") {
    kill(getpid(), static_cast<int>(number()));
    return Return{};
  }
  if (word == "hit_when_released") return tells_its_release(std::make_shared<Mark>(place()));
  if (word == "print") return Print{text()};
  // In braces the parts are read in the order in which they are written.
  if (word == "for") return For{value(), script_in_brackets()};
  if (word == "unless") return Unless{value(), script_in_brackets()};
  if (word == "throw_from") return ThrowFrom{text(), script_in_brackets()};
  if (word == "on_hit") {
    return OnHit{std::make_shared<Mark>(place()), static_cast<int>(number()), script_in_brackets()};
  }
  if (word != "note") fail("an operation before this");
  Note note{std::make_shared<Notes>(place())};
  if (const Value number = value(); !number.empty()) note.number = number.number();
  return note;
}

std::string Value::encode() const {
  Writer writer;
  writer.value(*this);
  return writer.take();
}

Value Value::decode(std::string_view text) {
  Reader reader(text);
  Value value = reader.value();
  reader.end();
  return value;
}

}  // namespace touchstone
