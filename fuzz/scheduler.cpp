#include <algorithm>
#include <arena.hpp>
#include <random.hpp>
#include <sanitizers.hpp>
#include <scheduler.hpp>

namespace touchstone::fuzz {
namespace {

class MainBody final : public Body {
 public:
  explicit MainBody(const std::function<void()>& main) : main_(main) {}
  void run() override { main_(); }

 private:
  const std::function<void()>& main_;
};

}  // namespace

Scheduler::Scheduler(Limits limits) : limits_(limits) { choices_.reserve(4 * Trace::capacity); }
Scheduler::~Scheduler() = default;

Outcome Scheduler::run(const std::function<void()>& main, Strategy& strategy, std::uint64_t seed) {
  used_ = 0;
  current_ = nullptr;
  strategy_ = &strategy;
  now_ = 0;
  decisions_ = 0;
  waiting_ = 0;
  failure_.reset();
  trace_.clear();
  choices_.clear();
  strategy.begin(seed);
  ++epoch_;
  Arena& arena = Arena::instance();
  arena.begin(scattered(~seed) % 2 == 0);
  const std::terminate_handler handler = std::set_terminate(&on_terminate);
#ifdef TOUCHSTONE_ASAN
  __lsan_disable();  // exceptions that abandoned strands hold are not found again
#endif
  active_ = this;
  arena.enable(true);
  current_ = &start(std::make_unique<MainBody>(main));
  main_.switch_to(current_->fiber_);
  arena.enable(false);
  active_ = nullptr;
#ifdef TOUCHSTONE_ASAN
  __lsan_enable();
#endif
  std::set_terminate(handler);
  observed(this);
  for (std::size_t i = 0; i < used_; ++i) {
    observed(strands_[i].get());
    if (failure_) strands_[i]->fiber_.spoil();
  }
  if (!failure_ && arena.released_twice()) failure_ = "memory was released twice";
  if (!failure_ && arena.blocks() != 0)
    failure_ = std::to_string(arena.blocks()) + " blocks of memory were not released";
  return {failure_, decisions_, trace_.events().size(), trace_.fingerprint()};
}

std::vector<std::string> Scheduler::thread_names() const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < used_; ++i) names.push_back(name_of(*strands_[i]));
  return names;
}

// --- Handing over ---------------------------------------------------------------------------------

void Scheduler::reach(Action action, const void* object, bool writes, Place place) {
  if (trace_.events().size() >= limits_.operations || trace_.full()) {
    fail("livelock: still running after " + std::to_string(trace_.events().size()) + " operations");
  }
  current_->operation_ = {action, writes, object, place};
  hand_over();
  record(action, object, place);
}

void Scheduler::record(Action action, const void* object, Place place) {
  trace_.add({object, place, 0, action, static_cast<std::uint8_t>(current_->number_), false});
}

void Scheduler::record_value(std::uint64_t value) {
  trace_.last().value = value;
  trace_.last().has_value = true;
}

void Scheduler::hand_over() {
  Strand* const self = current_;
  if (Strand* const next = next_strand(); next != self) {
    published(this);  // to the end of the schedule: this strand may be abandoned where it is
    Arena& arena = Arena::instance();
    const std::uint16_t owner = arena.owner();
    current_ = next;
    self->fiber_.switch_to(next->fiber_);
    arena.set_owner(owner);
  }
  if (self->mortal_ != nullptr) self->mortal_->goes_on();
}

Strand* Scheduler::next_strand() {
  std::array<Candidate, max_threads> candidates;
  std::size_t count = 0;
  const auto collect = [&] {
    count = 0;
    for (std::size_t i = 0; i < used_; ++i) {
      const Strand& strand = *strands_[i];
      if (strand.state_ != Strand::State::runnable) continue;
      candidates[count++] = {strand.number_, strand.operation_.object, strand.operation_.writes, &strand == current_};
    }
  };
  collect();
  if (count == 0) {
    Strand* const timer = earliest_timer(true);
    if (timer == nullptr) fail_deadlocked();
    time_out(*timer);
    return timer;
  }
  if (waiting_ != 0) {
    perhaps_disturb();
    collect();
  }
  if (count == 1) return strands_[candidates[0].thread].get();
  ++decisions_;
  const std::size_t chosen = strategy_->choose_thread(std::span(candidates).first(count));
  choices_.push_back(static_cast<std::uint8_t>(chosen));
  return strands_[candidates[chosen].thread].get();
}

// What may happen at any time: a wait ends early.
void Scheduler::perhaps_disturb() {
  if (happens(Chance::spurious_wake_up)) {
    std::size_t chosen = waiting_ > 1 ? choose(waiting_) : 0;
    for (std::size_t i = 0; i < used_; ++i) {
      if (strands_[i]->state_ != Strand::State::waiting || chosen-- != 0) continue;
      wake(*strands_[i], Action::spurious_wake_up);
      break;
    }
  }
  Strand* const timer = earliest_timer(false);
  if (timer != nullptr && happens(Chance::early_timeout)) time_out(*timer);
}

Strand* Scheduler::earliest_timer(bool of_punctual) {
  Strand* earliest = nullptr;
  for (std::size_t i = 0; i < used_; ++i) {
    Strand& strand = *strands_[i];
    if (strand.state_ != Strand::State::waiting || strand.deadline_ == never) continue;
    if (strand.is_punctual_ && !of_punctual) continue;
    if (earliest == nullptr || strand.deadline_ < earliest->deadline_) earliest = &strand;
  }
  return earliest;
}

void Scheduler::time_out(Strand& strand) {
  now_ = std::max(now_, strand.deadline_);
  strand.timed_out_ = true;
  wake(strand, Action::time_out);
}

void Scheduler::wake(Strand& strand, Action reason) {
  if (strand.state_ == Strand::State::waiting) --waiting_;
  strand.state_ = Strand::State::runnable;
  strand.awaits_ = nullptr;
  strand.operation_.action = reason;
}

// --- Waiting --------------------------------------------------------------------------------------

void Scheduler::block(const void* object) {
  if (current_->mortal_ != nullptr) current_->mortal_->will_wait();
  current_->state_ = Strand::State::blocked;
  current_->awaits_ = object;
  hand_over();
}

void Scheduler::wake_all(const void* object) {
  for (std::size_t i = 0; i < used_; ++i) {
    Strand& strand = *strands_[i];
    if (strand.state_ == Strand::State::blocked && strand.awaits_ == object) wake(strand, strand.operation_.action);
  }
}

bool Scheduler::wait(const void* condition, std::int64_t deadline, bool is_punctual) {
  Strand& self = *current_;
  if (self.mortal_ != nullptr) self.mortal_->will_wait();
  self.is_punctual_ = is_punctual;
  self.timed_out_ = deadline <= now_;
  if (self.timed_out_) {
    self.operation_.action = Action::time_out;
  } else {
    self.state_ = Strand::State::waiting;
    self.awaits_ = condition;
    self.deadline_ = deadline;
    ++waiting_;
  }
  hand_over();
  record(self.operation_.action, condition, self.operation_.place);
  return !self.timed_out_;
}

void Scheduler::interrupt(Strand& strand) {
  if (strand.state_ != Strand::State::blocked && strand.state_ != Strand::State::waiting) return;
  wake(strand, strand.operation_.action);
}

void Scheduler::notify(const void* condition, bool all) {
  std::array<Strand*, max_threads> waiters;
  std::size_t count = 0;
  for (std::size_t i = 0; i < used_; ++i) {
    Strand& strand = *strands_[i];
    if (strand.state_ == Strand::State::waiting && strand.awaits_ == condition) waiters[count++] = &strand;
  }
  if (count == 0) return;
  if (all) {
    for (std::size_t i = 0; i < count; ++i) wake(*waiters[i], Action::wake_up);
  } else {
    wake(*waiters[count > 1 ? choose(count) : 0], Action::wake_up);
  }
}

bool Scheduler::awaited(const void* condition) const {
  return std::ranges::any_of(strands_.begin(), strands_.begin() + static_cast<std::ptrdiff_t>(used_),
                             [&](const auto& strand) { return strand->awaits_ == condition; });
}

std::size_t Scheduler::choose(std::size_t options) {
  const std::size_t chosen = strategy_->choose(options);
  choices_.push_back(static_cast<std::uint8_t>(chosen));
  return chosen;
}

bool Scheduler::happens(Chance chance) {
  const bool happens = strategy_->happens(chance);
  choices_.push_back(happens ? 1 : 0);
  return happens;
}

}  // namespace touchstone::fuzz
