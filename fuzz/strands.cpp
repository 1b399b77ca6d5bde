// The other half of Scheduler: how strands begin, end and fail.

#include <algorithm>
#include <arena.hpp>
#include <cstring>
#include <exception>
#include <sanitizers.hpp>
#include <scheduler.hpp>

namespace touchstone::fuzz {
namespace {

// Sanitizers' stack frames are several times as large.
#if defined(TOUCHSTONE_ASAN) || defined(TOUCHSTONE_TSAN)
constexpr std::size_t stack_size = std::size_t{1} << 20;
#else
constexpr std::size_t stack_size = std::size_t{128} << 10;
#endif

std::string text_of(const std::exception_ptr& exception) {
  if (!exception) return "without an exception";
  try {
    std::rethrow_exception(exception);
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "of a type that is no std::exception";
  }
}

}  // namespace

// --- Strands --------------------------------------------------------------------------------------

Strand& Scheduler::unused_strand() {
  if (used_ == strands_.size()) {
    const OutsideArena outside;
    strands_.push_back(std::make_unique<Strand>(static_cast<unsigned>(used_), stack_size));
  }
  return *strands_[used_++];
}

Strand& Scheduler::start(std::unique_ptr<Body> body, Mortal* mortal) {
  if (used_ == max_threads) fail("more threads than the explorer can run: " + std::to_string(max_threads));
  Strand& strand = unused_strand();
  strand.state_ = Strand::State::runnable;
  strand.timed_out_ = false;
  strand.died_ = false;
  strand.is_punctual_ = false;
  strand.mortal_ = mortal;
  strand.operation_ = {};
  strand.awaits_ = nullptr;
  strand.body_ = body.release();
  strand.name_ = {};
  strand.slots_ = {};
  strand.fiber_.prepare(&strand_entry);
  published(&strand);
  return strand;
}

void Scheduler::strand_entry() {
  Fiber::arrived();
  Scheduler& self = *active_;
  Arena::instance().set_owner(0);
  observed(self.current_);
  self.run_body();
  self.finish_strand();
}

void Scheduler::run_body() {
  try {
    Body* const body = current_->body_;
    body->run();
    // As std::thread does: what the callable holds is gone before the thread can be joined.
    delete body;
  } catch (const std::exception& error) {
    fail("an exception left a thread: " + std::string(error.what()));
  } catch (...) {
    fail("an exception left a thread: its type is no std::exception");
  }
}

void Scheduler::finish_strand() {
  reach(Action::finish, current_, true, {});
  current_->state_ = Strand::State::finished;
  published(current_);
  wake_all(current_);
  leave_ended_strand();
}

void Scheduler::end_strand() {
  current_->state_ = Strand::State::finished;
  current_->died_ = true;
  current_->fiber_.spoil();
  published(current_);
  for (std::size_t i = 0; i < used_; ++i) {
    if (strands_[i]->state_ == Strand::State::blocked) interrupt(*strands_[i]);  // a lock that it held is free now
  }
  leave_ended_strand();
}

void Scheduler::leave_ended_strand() {
  const auto end = strands_.begin() + static_cast<std::ptrdiff_t>(used_);
  if (std::all_of(strands_.begin(), end, [](const auto& strand) { return strand->finished(); })) abandon();
  Strand* const self = current_;
  current_ = next_strand();
  self->fiber_.leave_for_good(current_->fiber_);
  std::terminate();  // nobody comes back
}

void Scheduler::join_all(Place place) {
  reach(Action::join, nullptr, true, place);
  for (std::size_t i = 0; i < used_; ++i) {
    if (strands_[i].get() == current_) continue;
    while (!strands_[i]->finished()) block(strands_[i].get());
    observed(strands_[i].get());
  }
}

std::size_t Scheduler::immortals() const {
  const auto end = strands_.begin() + static_cast<std::ptrdiff_t>(used_);
  return static_cast<std::size_t>(std::count_if(
      strands_.begin(), end, [](const auto& strand) { return !strand->finished() && strand->mortal_ == nullptr; }));
}

void Scheduler::set_name(const char* name) { std::strncpy(current_->name_.data(), name, current_->name_.size() - 1); }

void* Scheduler::slot(const void* key) const {
  for (const Strand::Slot& slot : current_->slots_) {
    if (slot.key == key) return slot.value;
  }
  return nullptr;
}

void Scheduler::set_slot(const void* key, void* value) {
  for (Strand::Slot& slot : current_->slots_) {
    if (slot.key != key && slot.key != nullptr) continue;
    slot = {key, value};
    return;
  }
  fail("more thread-local variables than the explorer can keep: " + std::to_string(current_->slots_.size()));
}

// --- Failing --------------------------------------------------------------------------------------

void Scheduler::fail(const std::string& what) {
  const OutsideArena outside;
  failure_ = std::string(what.data(), what.size());
  if (current_ != nullptr) failure_ = name_of(*current_) + ": " + *failure_;
  abandon();
}

void Scheduler::abandon() {
  published(this);
  current_->fiber_.leave_for_good(main_);
  std::terminate();  // nobody comes back to a strand that was abandoned
}

void Scheduler::fail_deadlocked() {
  const OutsideArena outside;
  failure_ = "deadlock: no thread can go on, and no timer will end a wait";
  for (std::size_t i = 0; i < used_; ++i) {
    if (!strands_[i]->finished()) *failure_ += "\n  " + describe(*strands_[i]);
  }
  abandon();
}

std::string Scheduler::name_of(const Strand& strand) const {
  if (strand.name_[0] != '\0') return strand.name_.data();
  return strand.number_ == 0 ? "main" : "thread " + std::to_string(strand.number_);
}

void Scheduler::on_terminate() {
  if (active_ != nullptr) active_->fail("std::terminate was called: " + text_of(std::current_exception()));
  std::abort();
}

std::string Scheduler::describe(const Strand& strand) const {
  return name_of(strand) + " is in " + action_name(strand.operation_.action) + " at " +
         to_string(strand.operation_.place);
}

// --- For scenarios --------------------------------------------------------------------------------

void check(bool condition, const char* what, Place place) {
  if (condition) return;
  Scheduler* const scheduler = Scheduler::active();
  if (scheduler == nullptr) std::abort();
  scheduler->fail("check failed at " + to_string(place) + ": " + what);
}

void note(const char* text, Place place) {
  Scheduler* const scheduler = Scheduler::active();
  scheduler->record(Action::note, text, place);
}

std::size_t choose(std::size_t options) { return options < 2 ? 0 : Scheduler::active()->choose(options); }

}  // namespace touchstone::fuzz
