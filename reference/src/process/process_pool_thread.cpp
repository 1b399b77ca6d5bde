// What the thread of a pool of processes does: it listens to children.

#include <algorithm>
#include <chrono>
#include <concurrent/futures/detail/caught.hpp>
#include <concurrent/futures/detail/process/exceptions.hpp>
#include <concurrent/futures/detail/process/process_pool.hpp>
#include <concurrent/futures/log.hpp>
#include <cstring>
#include <utility>

CONCURRENT_FUTURES_BEGIN
namespace detail {

void ProcessPool::work() {
  sync::set_thread_name(thread_name_.c_str());
  const sync::NotCancellable serving;  // nobody else would do what is the pool's to do
  // Where a callback ends the thread, this is how it is left.
  struct Leave {
    ProcessPool& pool;
    bool is_through = false;
    ~Leave() {
      if (!is_through) pool.replace_thread();
    }
  } leave{*this};
  const Worker self(crew_, thread_name_);
  for (std::size_t index = 0; index < children_.size(); ++index) try_to_handle(token_of_socket(index));
  while (!end_when_done()) {
    check_deadlines();
    start_children();
    const auto tokens = poller_->wait(next_deadline());
    for (const std::uint64_t token : tokens) try_to_handle(token);
  }
  const sync::Lock lock(mutex_);
  give_back();
  leave.is_through = true;
}

void ProcessPool::start_thread() {
  sync::Thread next([self = shared_from_this()] { self->work(); });
  lost_ = std::exchange(thread_, std::move(next));
  if (on_its_own_) let_go_of_threads();
}

// The next one goes on with what this one has received. Where no other can be had, this one does so while it ends.
void ProcessPool::replace_thread() {
  leave_if_in_child();
  sync::Thread lost_before;
  const auto error = exception_of([&] {
    const sync::Lock lock(mutex_);
    lost_before = std::move(lost_);
    start_thread();
  });
  if (lost_before.joinable()) lost_before.join();  // so that at most one of them is left over until shutdown
  if (error) work();
}

void ProcessPool::try_to_handle(std::uint64_t token) {
  if (const auto error = exception_of([this, token] { handle(token); }))
    break_down("the thread of the pool failed: " + describe(error));
}

std::optional<sync::Clock::time_point> ProcessPool::next_deadline() {
  const sync::Lock lock(mutex_);
  std::optional<sync::Clock::time_point> earliest = kill_at_;
  if (ask_again_at_ && could_use_child() && (!earliest || *ask_again_at_ < *earliest)) earliest = ask_again_at_;
  for (const auto& child : children_) {
    if (child && child->deadline && (!earliest || *child->deadline < *earliest)) earliest = child->deadline;
  }
  return earliest;
}

void ProcessPool::check_deadlines() {
  const auto now = sync::Clock::now();
  bool is_late = false;
  {
    const sync::Lock lock(mutex_);
    const bool kill = kill_at_ && now >= *kill_at_;
    if (kill) kill_at_.reset();
    for (const auto& child : children_) {
      if (!child) continue;
      const bool late = child->deadline && now >= *child->deadline;
      if (late) child->deadline.reset();
      if (kill || late) child->end(os::Signal::kill);
      is_late = is_late || late;
    }
  }
  if (!is_late) return;
  const auto limit = std::chrono::seconds(os::patience() * time_to_freeze_support).count();
  break_down("a child process did not come to freeze_support() within " + std::to_string(limit) +
             " s: " + advice_on_freeze_support + ", and what takes long must come behind it");
}

// --- What has happened to a child -----------------------------------------------------------------

void ProcessPool::handle(std::uint64_t token) {
  const std::size_t index = token / 2;
  ChildHandle* const child = children_[index].get();
  if (child == nullptr) return;
  if (token == token_of_end(index)) return lose_child(index);
  send_rest(*child);
  receive(*child);
  // Where its end cannot be watched, or not yet, the end of its channel is the end of it.
  if (!child->at_end || child->is_watched) return;
  {
    const sync::Lock lock(mutex_);
    child->end(os::Signal::kill);
  }
  lose_child(index);
}

void ProcessPool::send_rest(ChildHandle& child) {
  const sync::Lock lock(mutex_);
  if (child.send_rest()) poller_->set_sending(child.socket.descriptor(), token_of_socket(child.index), false);
}

void ProcessPool::receive(ChildHandle& child) {
  while (!child.at_end) {
    std::span<std::byte> room;
    const auto find_room = [&] { room = child.arriving ? child.arriving->landing->room() : child.reader.room(); };
    if (exception_of(find_room)) return give_up(child, "sent more than there is memory for");
    const os::Transfer arrived = child.socket.receive(room, os::Blocking::no);
    bool is_sound = true;
    if (child.arriving) {
      is_sound = take_arriving(child, arrived.bytes);
    } else {
      child.reader.arrived(arrived.bytes);
      is_sound = take_messages(child);
    }
    if (!is_sound || child.reader.is_damaged()) return give_up(child, "sent what no child sends");
    if (arrived.closed) {
      // It is about to end, or a call has closed what was not its own: then nobody hears of the child any more.
      child.at_end = true;
      poller_->remove(child.socket.descriptor());
      const sync::Lock lock(mutex_);
      if (child.state == State::ready && !is_ending_) {
        child.has_left = !child.process.is_ending();
        child.end(os::Signal::kill);
      }
    }
    if (arrived.bytes < room.size()) return;
  }
}

// Whatever else it says, nobody can make sense of.
void ProcessPool::give_up(ChildHandle& child, const std::string& why) {
  child.at_end = true;
  poller_->remove(child.socket.descriptor());
  {
    const sync::Lock lock(mutex_);
    child.end(os::Signal::kill);
  }
  break_down("child process " + std::to_string(child.process.pid()) + " " + why);
}

// Returns whether a child may send that; so do take_arriving() and handle().
bool ProcessPool::take_messages(ChildHandle& child) {
  while (const auto message = child.reader.next()) {
    if (!handle(child, *message)) return false;
  }
  take_beginning(child);
  return true;
}

// A large result is received where it is to be delivered: copying it costs more than all else.
void ProcessPool::take_beginning(ChildHandle& child) {
  const auto begun = child.reader.begun();
  if (!begun || begun->frame.kind != Frame::Kind::value || begun->frame.size < Parcel::large) return;
  if (begun->body.size() < Traveller::needed_to_land) return;
  std::unique_ptr<Landing> landing;
  {
    const sync::Lock lock(mutex_);
    Outcome* const call = broken_ ? nullptr : called(begun->frame);
    if (call == nullptr) return;
    // Where that cannot be, it goes the usual way.
    (void)exception_of([&] { landing = call->traveller()->land(begun->body, begun->frame.size); });
  }
  if (!landing) return;
  std::size_t missing = 0;
  auto rest = child.reader.next_begun(missing)->body.subspan(Traveller::needed_to_land);
  while (!rest.empty()) {
    const std::span<std::byte> room = landing->room();
    const std::size_t size = std::min(room.size(), rest.size());
    std::memcpy(room.data(), rest.data(), size);
    landing->arrived(size);
    rest = rest.subspan(size);
  }
  child.arriving = {begun->frame, std::move(landing), missing};
}

bool ProcessPool::take_arriving(ChildHandle& child, std::size_t bytes) {
  child.arriving->landing->arrived(bytes);
  child.arriving->missing -= bytes;
  if (child.arriving->missing > 0) return true;
  const ChildHandle::Arriving arrived = *std::exchange(child.arriving, std::nullopt);
  return complete(child, {arrived.frame, {}}, arrived.landing.get());
}

bool ProcessPool::handle(ChildHandle& child, const FrameReader::Message& message) {
  using Kind = Frame::Kind;
  switch (message.frame.kind) {
    case Kind::loaded:
      child.deadline = sync::Clock::now() + os::patience() * time_to_freeze_support;
      set_state(child, State::loaded);
      return true;
    case Kind::announced:
      child.came_to_freeze_support = true;
      child.deadline.reset();
      meet(child);
      return true;
    case Kind::unannounced:
      break_down(std::string("a child process made a pool before it came to freeze_support(): ") +
                 advice_on_freeze_support);
      return true;
    case Kind::ready:
      child.deadline.reset();
      set_state(child, State::ready);
      return true;
    case Kind::not_initialized:
      break_down("the initializer of a child process threw: " + describe(decode_exception(message.body)));
      return true;
    case Kind::fetch:
      return send_arguments(child, message.frame);
    case Kind::value:
    case Kind::exception:
      return complete(child, message);
    default:
      return false;
  }
}

void ProcessPool::set_state(ChildHandle& child, State state) {
  Dropped dropped(*this);
  const sync::Lock lock(mutex_);
  child.state = state;
  hand_out(dropped);
}

// The call that was handed out so. Null if there is none.
Outcome* ProcessPool::called(const Frame& frame) const {
  if (frame.place >= handed_out_.size()) return nullptr;
  const HandedOut& there = handed_out_[frame.place];
  return there.number == frame.number ? there.call : nullptr;
}

bool ProcessPool::send_arguments(ChildHandle& child, const Frame& frame) {
  const sync::Lock lock(mutex_);
  if (broken_) return true;
  Outcome* const call = called(frame);
  if (call == nullptr) return false;
  send(child, {.kind = Frame::Kind::arguments, .place = frame.place, .number = frame.number},
       std::move(call->traveller()->encoded));
  return true;
}

bool ProcessPool::complete(ChildHandle& child, const FrameReader::Message& message, Landing* landing) {
  Outcome* call = nullptr;
  {
    Dropped dropped(*this);
    const sync::Lock lock(mutex_);
    if (broken_) return true;  // it has failed
    call = called(message.frame);
    if (call == nullptr) return false;
    handed_out_[message.frame.place] = {};
    free_places_.push_back(message.frame.place);
    --outstanding_;
    // Together with the last answer: whoever is known to retire has nothing left to say.
    if (message.frame.retires != 0) child.state = State::retiring;
    learn_duration(message.frame.microseconds);
    hand_out(dropped);  // first of all, so that children have something to do meanwhile
  }
  finish(*call, message, landing);
  return true;
}

// Where the thread is ended by what decodes the outcome, or by a callback, that is no reason for the call not to end.
void ProcessPool::finish(Outcome& call, const FrameReader::Message& message, Landing* landing) {
  struct Leave {
    const ProcessPool& pool;
    Outcome& call;
    bool is_decoded = false;
    ~Leave() {
      pool.leave_if_in_child();
      if (!is_decoded) {
        call.store_error(thread_ended());
        call.finish(detail::State::threw);
        pool.leave_if_in_child();
      }
      call.release();
      pool.leave_if_in_child();
    }
  } leave{*this, call};
  detail::State end = detail::State::returned;
  if (landing != nullptr) {
    call.traveller()->store_landed(*landing);
  } else if (message.frame.kind == Frame::Kind::exception) {
    call.store_error(decode_exception(message.body));
    end = detail::State::threw;
  } else if (auto error = exception_of([&] { call.traveller()->store_encoded_value(message.body); })) {
    call.store_error(std::move(error));
    end = detail::State::threw;
  }
  leave_if_in_child();
  leave.is_decoded = true;
  call.finish(end);
}

}  // namespace detail
CONCURRENT_FUTURES_END
