// Accepting calls, and handing them out.

#include <algorithm>
#include <concurrent/futures/detail/caught.hpp>
#include <concurrent/futures/detail/process/process_pool.hpp>
#include <concurrent/futures/log.hpp>
#include <string>
#include <utility>

CONCURRENT_FUTURES_BEGIN
namespace detail {
namespace {

// A call that takes no longer is short: then a child would mostly wait for the next one.
constexpr std::uint32_t microseconds_of_short_call = 100;

// So many short calls in a row, and more are handed out in advance.
constexpr std::size_t calls_until_more_ahead = 8;

sync::Atomic<unsigned> pools{0};

}  // namespace

bool ChildHandle::send(const Frame& frame, Parcel body) {
  Unsent unsent{frame, std::move(body)};
  unsent.frame.size = unsent.body.size();
  unsent_.push_back(std::move(unsent));
  return unsent_.size() > 1 ? false : send_rest();
}

bool ChildHandle::send_rest() {
  while (!unsent_.empty()) {
    const Unsent& next = unsent_.front();
    const auto head = next.frame.bytes();
    const auto body = next.body.view();
    const auto tail = next.body.tail();
    const bool at_tail = sent_ >= head.size() + body.size();
    const std::size_t of_head = std::min(sent_, head.size());
    const os::Transfer sent = at_tail
                                  ? socket.send(tail.subspan(sent_ - head.size() - body.size()), {}, os::Blocking::no)
                                  : socket.send(head.subspan(of_head), body.subspan(sent_ - of_head), os::Blocking::no);
    if (sent.closed) {
      unsent_.clear();  // its end will be noticed
      sent_ = 0;
      return true;
    }
    sent_ += sent.bytes;
    if (sent_ < head.size() + body.size() + (at_tail ? tail.size() : 0)) return false;
    if (!at_tail && !tail.empty()) continue;
    unsent_.pop_front();
    sent_ = 0;
  }
  if (has_said_all_) socket.end_sending();
  return true;
}

void ChildHandle::end_sending() {
  has_said_all_ = true;
  if (unsent_.empty()) socket.end_sending();
}

void ChildHandle::end(os::Signal signal) noexcept {
  if (!process.send(signal)) life_line.close();
}

ProcessPool::ProcessPool(std::size_t max_workers, std::uint64_t max_tasks, ProcessPoolOptions options)
    : AcceptedCalls(1, true, true),
      max_workers_(max_workers),
      max_tasks_(max_tasks),
      start_method_(options.start_method),
      initializer_(std::move(options.initializer)) {}

ProcessPool::~ProcessPool() = default;

void ProcessPool::schedule(Outcome* call) {
  if (!crew_.home().settle()) refuse_to_schedule_in_child();
  if (queue_.closed()) refuse();
  Traveller* const traveller = call->traveller();
  if (traveller == nullptr) {
    return fail_alone(call, error_of<TransportError>("the callable cannot travel to another process: give it as "
                                                     "portable(...), with concurrent/futures/portable.hpp"));
  }
  if (auto error = exception_of([traveller] { traveller->encode(); })) return fail_alone(call, std::move(error));
  start();
  if (!accept(call)) refuse();
}

bool ProcessPool::accept(Outcome* call) {
  Dropped dropped(*this);
  const sync::Lock lock(mutex_);
  if (!queue_.push(call)) return false;
  ++queued_;
  hand_out(dropped);
  if (lacks_child()) poller_->wake();
  return true;
}

// It was accepted, and is done.
void ProcessPool::fail_alone(Outcome* call, std::exception_ptr error) {
  if (call->start() == Start::started) {
    call->discard();
    call->store_error(std::move(error));
    call->finish(detail::State::threw);
  }
  call->release();
}

// The first time, gets what the pool needs. A pool that cannot have it is broken (PPE-057).
void ProcessPool::start() {
  end_if_unannounced();
  const sync::Lock lock(mutex_);
  if (started_ || queue_.closed()) return;
  if (start_method_ == StartMethod::fork && os::has_other_threads()) {
    throw Error(
        "a process with several threads cannot be forked safely: submit to the pool before other threads exist, "
        "or choose StartMethod::forkserver or spawn");
  }
  if (start_method_ != StartMethod::fork && !came_to_freeze_support()) {
    throw Error(std::string("no child can be started yet: ") + advice_on_freeze_support);
  }
  if (depth() >= greatest_depth) {
    throw Error("pools of processes are nested " + std::to_string(depth()) +
                " deep, which is as deep as they may be: a call that makes a pool whose calls make a pool has no end");
  }
  const auto error = exception_of([this]() CONCURRENT_FUTURES_REQUIRES(mutex_) {
    calls_ = SharedCalls(max_workers_);
    handed_out_.resize(calls_.places());
    for (std::size_t place = calls_.places(); place > 0; --place) free_places_.push_back(place - 1);
    children_.resize(max_workers_);
    poller_.emplace();
    thread_name_ = "ProcessPool-" + std::to_string(pools.fetch_add(1));
    // Before the pool has a thread (PPE-007).
    if (start_method_ == StartMethod::fork) {
      for (std::size_t i = 0; i < max_workers_; ++i) start_child();
    }
    start_thread();
  });
  started_ = !error;
  if (!error) return;
  broken_ = "the pool could not be started: " + describe(error);
  queue_.close();
  for (const auto& child : children_) {
    if (!child) continue;
    child->end(os::Signal::kill);
    (void)child->process.reap();
  }
  children_.clear();
  give_back();
  throw BrokenProcessPool(*broken_);
}

// To be called whenever there is something to hand out, or room for it.
void ProcessPool::hand_out(Dropped& dropped) {
  const std::size_t ready = broken_ || stopped_ ? 0 : count(State::ready);
  while (ready != 0 && outstanding_ < ready + ahead_ && !free_places_.empty()) {
    const QueuedCall next = queue_.pop();
    if (!next) break;
    if (queued_ > 0) --queued_;
    Outcome* const call = next.call;
    if (call->start() != Start::started) {
      dropped.calls.push_back(call);
      continue;
    }
    const std::size_t place = free_places_.back();
    free_places_.pop_back();
    Traveller& traveller = *call->traveller();
    handed_out_[place] = {call, ++latest_number_};
    ++outstanding_;
    calls_.put(place, latest_number_, traveller.place(), traveller.encoded.view(), traveller.encoded.tail().size());
    if (calls_.fits(traveller.encoded.size())) traveller.encoded = {};
    calls_.hand_out(place);
    wake_a_child();
  }
}

// Whoever is awake looks into the ring by itself, but for those that retire. So whoever sleeps is woken, also a child
// that has not yet been heard to be ready: the others may all retire.
void ProcessPool::wake_a_child() {
  for (const auto& child : children_) {
    if (!child || !calls_.claim_sleeper(child->index)) continue;
    return send(*child, {.kind = Frame::Kind::look});
  }
}

void ProcessPool::send(ChildHandle& child, const Frame& frame, Parcel body) {
  if (!child.send(frame, std::move(body))) poller_->set_sending(child.socket.descriptor(), 2 * child.index, true);
}

void ProcessPool::learn_duration(std::uint32_t microseconds) {
  if (microseconds > microseconds_of_short_call) {
    short_calls_ = 0;
    ahead_ = 0;
  } else if (++short_calls_ >= calls_until_more_ahead) {
    short_calls_ = 0;
    ahead_ = std::min(std::max<std::size_t>(1, 2 * ahead_), SharedCalls::most_ahead);
  }
}

// Whether another child is to be started now.
bool ProcessPool::lacks_child() const {
  return could_use_child() && (!ask_again_at_ || sync::Clock::now() >= *ask_again_at_);
}

// Whether there is more to do than children that do it, or are about to (PPE-008).
bool ProcessPool::could_use_child() const {
  if (start_method_ == StartMethod::fork || broken_ || stopped_) return false;
  if (count_children() == max_workers_) return false;
  const std::size_t queued = queue_.empty() ? 0 : std::max<std::size_t>(queued_, 1);
  return outstanding_ + queued > count(State::starting) + count(State::loaded) + count(State::ready);
}

std::size_t ProcessPool::count(State state) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(children_, [state](const auto& child) { return child && child->state == state; }));
}

std::size_t ProcessPool::count_children() const {
  return static_cast<std::size_t>(std::ranges::count_if(children_, [](const auto& child) { return child != nullptr; }));
}

}  // namespace detail
CONCURRENT_FUTURES_END
