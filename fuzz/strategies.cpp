#include <algorithm>
#include <array>
#include <charconv>
#include <random.hpp>
#include <stdexcept>
#include <strategy.hpp>

namespace touchstone::fuzz {
namespace {

/// Decides by chance all but which thread goes on.
class ChanceStrategy : public Strategy {
 public:
  void begin(std::uint64_t seed) override {
    numbers_ = RandomNumbers(seed);
    // Each schedule has its own character: where something happens all the time, it hides other faults.
    for (std::uint64_t& limit : limits_) limit = limits_to_choose_from[numbers_.below(limits_to_choose_from.size())];
  }
  std::size_t choose(std::size_t options) override { return numbers_.below(options); }
  bool happens(Chance chance) override {
    const std::uint64_t limit = limits_[static_cast<std::size_t>(chance)];
    return limit != 0 && numbers_.below(1024) < limit;
  }

 protected:
  RandomNumbers numbers_;

 private:
  static constexpr std::array<std::uint64_t, 4> limits_to_choose_from = {0, 0, 16, 128};  // of 1024
  std::array<std::uint64_t, 3> limits_ = {};
};

class RandomWalk final : public ChanceStrategy {
 public:
  std::string name() const override { return "random"; }
  std::size_t choose_thread(std::span<const Candidate> candidates) override {
    return numbers_.below(candidates.size());
  }
};

/// What a thread or its next operation is worth, by the thread's number. Allocates nothing: it is asked within
/// schedules.
class Priorities {
 public:
  void clear() { known_ = 0; }
  [[nodiscard]] std::uint64_t& of(unsigned thread, RandomNumbers& numbers) {
    while (known_ <= thread) values_[known_++] = numbers.next();
    return values_[thread];
  }

 private:
  std::array<std::uint64_t, max_threads> values_ = {};
  std::size_t known_ = 0;
};

std::size_t highest(std::span<const Candidate> candidates, Priorities& priorities, RandomNumbers& numbers) {
  std::size_t best = 0;
  std::uint64_t best_priority = 0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const std::uint64_t priority = priorities.of(candidates[i].thread, numbers);
    if (priority < best_priority) continue;
    best = i;
    best_priority = priority;
  }
  return best;
}

class PriorityChanges final : public ChanceStrategy {
 public:
  PriorityChanges(std::uint64_t depth, std::uint64_t decisions) : depth_(depth), decisions_(decisions) {}

  std::string name() const override { return "pct:" + std::to_string(depth_) + ":" + std::to_string(decisions_); }
  void begin(std::uint64_t seed) override {
    ChanceStrategy::begin(seed);
    priorities_.clear();
    decided_ = 0;
    lowest_ = depth_;
    changes_.clear();
    for (std::uint64_t i = 1; i < depth_; ++i) changes_.push_back(1 + numbers_.below(decisions_));
  }
  std::size_t choose_thread(std::span<const Candidate> candidates) override {
    ++decided_;
    if (std::ranges::find(changes_, decided_) != changes_.end()) {
      for (const Candidate& candidate : candidates) {
        if (candidate.current) priorities_.of(candidate.thread, numbers_) = --lowest_;
      }
    }
    return highest(candidates, priorities_, numbers_);
  }

 private:
  const std::uint64_t depth_;
  const std::uint64_t decisions_;
  std::uint64_t decided_ = 0;
  std::uint64_t lowest_ = 0;
  std::vector<std::uint64_t> changes_;
  Priorities priorities_;
};

class PartialOrderSampling final : public ChanceStrategy {
 public:
  std::string name() const override { return "pos"; }
  void begin(std::uint64_t seed) override {
    ChanceStrategy::begin(seed);
    priorities_.clear();
  }
  std::size_t choose_thread(std::span<const Candidate> candidates) override {
    const std::size_t chosen = highest(candidates, priorities_, numbers_);
    const Candidate& next = candidates[chosen];
    for (const Candidate& other : candidates) {
      const bool competes = other.object == next.object && other.object != nullptr && (other.writes || next.writes);
      if (competes || other.thread == next.thread) priorities_.of(other.thread, numbers_) = numbers_.next();
    }
    return chosen;
  }

 private:
  Priorities priorities_;
};

/// Repeats decisions that were written down. Where they end, the current thread goes on and nothing happens.
class WrittenChoices final : public Strategy {
 public:
  explicit WrittenChoices(std::vector<std::uint8_t> choices) : choices_(std::move(choices)) {}

  std::string name() const override { return "choices:" + to_base32(choices_); }
  void begin(std::uint64_t) override { position_ = 0; }
  std::size_t choose_thread(std::span<const Candidate> candidates) override {
    if (position_ < choices_.size()) return choose(candidates.size());
    const auto current = std::ranges::find_if(candidates, &Candidate::current);
    return current == candidates.end() ? 0 : static_cast<std::size_t>(current - candidates.begin());
  }
  std::size_t choose(std::size_t options) override {
    return position_ < choices_.size() ? choices_[position_++] % options : 0;
  }
  bool happens(Chance) override { return choose(2) == 1; }

 private:
  const std::vector<std::uint8_t> choices_;
  std::size_t position_ = 0;
};

std::uint64_t number_in(std::string_view text, std::string_view name) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number == 0) {
    throw std::invalid_argument("strategy '" + std::string(name) + "': '" + std::string(text) +
                                "' is no positive number; write pct:DEPTH:DECISIONS, such as pct:3:64");
  }
  return number;
}

constexpr std::string_view base32_digits = "abcdefghijklmnopqrstuvwxyz234567";

}  // namespace

std::unique_ptr<Strategy> make_strategy(std::string_view name) {
  if (name == "random") return std::make_unique<RandomWalk>();
  if (name == "pos") return std::make_unique<PartialOrderSampling>();
  if (name.starts_with("pct:")) {
    const std::string_view numbers = name.substr(4);
    const std::size_t colon = numbers.find(':');
    const std::string_view decisions = colon == std::string_view::npos ? "" : numbers.substr(colon + 1);
    return std::make_unique<PriorityChanges>(number_in(numbers.substr(0, colon), name), number_in(decisions, name));
  }
  if (name.starts_with("choices:")) return std::make_unique<WrittenChoices>(from_base32(name.substr(8)));
  throw std::invalid_argument("there is no strategy '" + std::string(name) +
                              "'; take random, pct:DEPTH:DECISIONS, pos or " + "choices:BASE32");
}

std::string to_base32(std::span<const std::uint8_t> choices) {
  std::string text;
  unsigned bits = 0;
  unsigned count = 0;
  for (const std::uint8_t choice : choices) {
    bits = (bits << 8) | choice;
    for (count += 8; count >= 5; count -= 5) text += base32_digits[(bits >> (count - 5)) & 31];
  }
  if (count > 0) text += base32_digits[(bits << (5 - count)) & 31];
  return text;
}

std::vector<std::uint8_t> from_base32(std::string_view text) {
  std::vector<std::uint8_t> choices;
  unsigned bits = 0;
  unsigned count = 0;
  for (const char digit : text) {
    const std::size_t value = base32_digits.find(digit);
    if (value == std::string_view::npos) {
      throw std::invalid_argument(std::string("'") + digit + "' is no digit of base 32; they are a to z and 2 to 7");
    }
    bits = (bits << 5) | static_cast<unsigned>(value);
    count += 5;
    if (count < 8) continue;
    count -= 8;
    choices.push_back(static_cast<std::uint8_t>((bits >> count) & 255));
  }
  return choices;
}

}  // namespace touchstone::fuzz
