#include <algorithm>
#include <csignal>
#include <process_calls.hpp>

namespace touchstone::fuzz {

Done done;

namespace {
sync::Mutex mutex;
sync::Condition changed;
}  // namespace

void wait_until_begun(int number) {
  sync::Lock lock(mutex);
  while (done.begun.load() < number) changed.wait(lock);
}

int count(int call) {
  const auto index = static_cast<std::size_t>(call);
  (void)done.runs[index].fetch_add(1);
  (void)done.calls_of[Machine::current().here().number()].fetch_add(1);
  const sync::Lock lock(mutex);
  done.places[index].store(done.begun.fetch_add(1) + 1);
  changed.notify_all();
  return call;
}

int count_and_wait(int call, int number) {
  (void)count(call);
  wait_until_begun(number);
  return call;
}

int count_and_die(int call) {
  (void)count(call);
  Machine::current().here().end({false, SIGABRT}, Action::die, Place::here());
}

int count_and_exit(int call) {
  (void)count(call);
  Machine::current().here().end({true, 0}, Action::end_process, Place::here());
}

int count_and_end_thread(int call) {
  (void)count(call);
  throw sync::ForcedUnwinding();
}

int count_and_hang(int call) {
  (void)count(call);
  Machine::current().ignore_termination(true);
  Machine::current().hang();
}

std::vector<char> turned(std::vector<char> bytes) { return {bytes.rbegin(), bytes.rend()}; }

std::vector<char> large_value() {
  std::vector<char> bytes(70000, 'a');
  bytes.back() = 'b';
  return bytes;
}

void initialize(int number) {
  check(number == 7, "the initializer has its arguments");
  (void)done.initialized[Machine::current().here().number()].fetch_add(1);
}

bool ProcessCall::cancel() {
  const bool cancelled = future_->cancel();
  check(!cancelled || future_->cancelled(), "cancel returned true, so the future is cancelled");
  was_cancelled_ = was_cancelled_ || cancelled;
  return cancelled;
}

ProcessCall::End ProcessCall::end() const {
  check(runs() <= 1, "no call is run twice");
  if (!future_) {
    check(runs() == 0, "a call that was refused never runs");
    return was_refused_by_shutdown_ ? End::refused_by_shutdown : End::refused;
  }
  check(future_->done(), "every accepted call is done at the end");
  if (future_->cancelled()) {
    check(runs() == 0, "a call that is cancelled never runs");
    return End::cancelled;
  }
  check(!was_cancelled_, "what was cancelled stays cancelled");
  try {
    check(future_->result() == number_, "each future has its own result");
    check(runs() == 1, "what returned has run");
    return End::returned;
  } catch (const BrokenProcessPool&) {
    return End::broken;
  }
}

bool ProcessCall::ended(std::initializer_list<End> permitted) const {
  return std::ranges::find(permitted, end()) != permitted.end();
}

}  // namespace touchstone::fuzz
