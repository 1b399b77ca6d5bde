#include <algorithm>
#include <chrono>
#include <concurrent/futures/detail/caught.hpp>
#include <concurrent/futures/detail/process/archive.hpp>
#include <concurrent/futures/detail/process/child.hpp>
#include <concurrent/futures/detail/process/containers.hpp>
#include <concurrent/futures/detail/process/exceptions.hpp>
#include <concurrent/futures/detail/process/frame.hpp>
#include <concurrent/futures/detail/process/shared_calls.hpp>
#include <concurrent/futures/log.hpp>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <utility>

CONCURRENT_FUTURES_BEGIN
namespace detail {
namespace {

// What a child ends with that cannot go on (EX_SOFTWARE of sysexits.h).
constexpr int status_of_failure = 70;

// As long as it takes to wake a process on another processor: who submits one call after the other finds a child awake.
constexpr auto search_time = std::chrono::microseconds(50);

std::uint32_t microseconds_since(sync::Clock::time_point begin) {
  const auto passed = std::chrono::duration_cast<std::chrono::microseconds>(sync::Clock::now() - begin).count();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(passed, 0, UINT32_MAX));
}

// Arguments that are on their way.
class Arriving final : public Inflow {
 public:
  explicit Arriving(os::Socket& socket) : socket_(socket) {}

  void expect(std::size_t size) { left_ = size; }

  std::span<const std::byte> next() override {
    if (buffer_.empty()) (void)buffer_.grow(Parcel::large);
    const std::span room(buffer_.data(), std::min(left_, buffer_.size()));
    return room.first(receive(room));
  }

  void read(std::span<std::byte> into) override {
    while (!into.empty()) into = into.subspan(receive(into));
  }

  /// What nobody wanted to have.
  void skip() {
    while (left_ != 0) (void)next();
  }

 private:
  std::size_t receive(std::span<std::byte> into) {
    const os::Transfer arrived = socket_.receive(into, os::Blocking::yes);
    if (arrived.bytes == 0) os::end_process(status_of_failure);
    left_ -= arrived.bytes;
    return arrived.bytes;
  }

  os::Socket& socket_;
  Bytes buffer_;
};

class Child {
 public:
  explicit Child(os::ChildEnds ends) : socket_(std::move(ends.socket)), life_line_(std::move(ends.life_line)) {
    os::LifeLine::hold(life_line_);
    os::reset_signals();
    const auto hello = receive();
    send({.kind = Kind::announced});
    if (!hello || hello->frame.kind != Kind::hello) os::end_process(status_of_failure);
    Decoder decoder(hello->body);
    decoder(hello_);
    calls_ = SharedCalls(ends.memory, hello_.children);
    ends.memory.close();
  }

  [[noreturn]] void run() {
    // Where a call ends its thread (pthread_exit), this is how it is left: without it the process would live on, and
    // serve nobody.
    struct Leave {
      ~Leave() { os::end_process(status_of_failure); }
    } const leave;
    if (initialize()) serve();
    os::end_process(0);
  }

 private:
  using Kind = Frame::Kind;

  /// Waits for the next frame; none where the parent has no more to say.
  [[nodiscard]] std::optional<FrameReader::Message> receive() {
    for (;;) {
      if (const auto message = reader_.next()) return message;
      if (!receive_more()) return std::nullopt;
    }
  }

  [[nodiscard]] bool receive_more() {
    if (reader_.is_damaged()) return false;
    const os::Transfer arrived = socket_.receive(reader_.room(), os::Blocking::yes);
    reader_.arrived(arrived.bytes);
    return arrived.bytes != 0;
  }

  /// Ends the process where there is no parent any more, or a call has closed what was not its own.
  void send(Frame frame, const Parcel& body = {}) {
    frame.size = body.size();
    os::Transfer sent = socket_.send(frame.bytes(), body.view(), os::Blocking::yes);
    if (!body.tail().empty() && !sent.closed) sent = socket_.send(body.tail(), {}, os::Blocking::yes);
    if (sent.closed) os::end_process(status_of_failure);
  }

  [[nodiscard]] bool initialize() {
    const auto error = exception_of([this] {
      if (!hello_.has_initializer) return;
      Parcel nothing;
      find(hello_.initializer).trampoline()(std::as_bytes(std::span(hello_.arguments)), nullptr, nothing);
    });
    if (!error) {
      send({.kind = Kind::ready});
      return true;
    }
    log(Severity::critical, "the initializer of a child process threw", error);
    Parcel out;
    encode_exception(error, where("the initializer"), out.bytes());
    send({.kind = Kind::not_initialized}, out);
    return false;
  }

  void serve() {
    std::uint64_t served = 0;
    while (const auto place = next()) {
      ++served;
      const bool is_last = served == hello_.max_tasks;
      serve(*place, is_last);
      if (is_last) return;
    }
  }

  /// The next call; none where there will be no more.
  [[nodiscard]] std::optional<std::uint32_t> next() {
    const auto is_there = [this] { return !calls_.empty(); };
    for (;;) {
      if (const auto place = calls_.take()) return place;
      if (sync::spin_until(is_there, search_time)) continue;
      calls_.fall_asleep(hello_.index);
      const bool has_ended = !is_there() && !receive();  // whatever is received, it only wakes
      calls_.wake_up(hello_.index);
      if (has_ended) return calls_.take();
    }
  }

  void serve(std::uint32_t place, bool is_last) {
    const SharedCalls::Call call = calls_.at(place);
    Frame answer{.kind = Kind::value, .place = place, .number = call.number};
    const auto begin = sync::Clock::now();
    std::string_view name = "a call";
    Arriving rest(socket_);
    const auto error = exception_of([&] {
      const EntryPoint& entry_point = find(call.code);
      name = entry_point.name();
      entry_point.trampoline()(arguments_of(call, place, rest), &rest, result_);
    });
    rest.skip();
    if (error) {
      result_.clear(largest_kept);
      encode_exception(error, where(name), result_.bytes());
      answer.kind = Kind::exception;
    }
    answer.microseconds = microseconds_since(begin);
    answer.retires = is_last ? 1 : 0;
    send(answer, result_);
    result_.clear(largest_kept);
  }

  /// What is there of them, and in `rest` what has yet to come.
  [[nodiscard]] std::span<const std::byte> arguments_of(const SharedCalls::Call& call, std::uint32_t place,
                                                        Arriving& rest) {
    if (!call.is_to_be_fetched()) return call.arguments;
    send({.kind = Kind::fetch, .place = place, .number = call.number});
    for (;;) {
      std::size_t missing = 0;
      while (const auto message = reader_.next_begun(missing)) {
        if (message->frame.kind != Kind::arguments) continue;  // it only wakes
        rest.expect(missing);
        return message->body;
      }
      if (!receive_more()) os::end_process(status_of_failure);
    }
  }

  [[nodiscard]] EntryPoint& find(const CodePlace& place) {
    if (latest_ != nullptr && latest_->place() == place) return *latest_;
    latest_ = &EntryPoint::at(place);
    return *latest_;
  }

  static std::string where(std::string_view what) {
    return "thrown by " + std::string(what) + " in process " + std::to_string(os::process_id());
  }

  static constexpr std::size_t largest_kept = std::size_t{64} * 1024;

  os::Socket socket_;
  const os::Descriptor life_line_;
  FrameReader reader_;
  Hello hello_;
  SharedCalls calls_;
  Parcel result_;
  EntryPoint* latest_ = nullptr;
};

// --- How a spawned child starts -------------------------------------------------------------------

constexpr auto fork_server = "fork server ";  // it goes before the depth of the children

void tell(os::ChildEnds& ends, Frame::Kind kind) {
  os::Socket socket(std::move(ends.socket));
  (void)socket.send(Frame{.kind = kind}.bytes(), {}, os::Blocking::yes);
  ends.socket = std::move(socket).release();
}

struct Start {
  // Before main, whatever that does: the parent learns that the library is there, and waits for freeze_support(). To a
  // fork server nobody listens: it waits itself.
  Start() {
    const std::string announcement = os::take_announcement();
    if (announcement.empty()) return;
    role = Role::waiting;
    serves_forks = announcement.starts_with(fork_server);
    depth = std::strtoul(announcement.c_str() + announcement.rfind(' '), nullptr, 10);
    ends = os::take_ends();
    os::LifeLine::hold(ends.life_line);
    if (serves_forks) {
      ends.memory.close();  // it has none
      os::limit_life(os::patience() * time_to_freeze_support);
    } else {
      tell(ends, Frame::Kind::loaded);
    }
  }

  Role role = Role::none;
  std::size_t depth = 0;
  bool serves_forks = false;
  bool came_to_freeze_support = false;
  os::ChildEnds ends;
};

// Made before other static objects of the program: one of them may make a pool, which a child must not get (the first
// hundred priorities are the system's).
[[gnu::init_priority(101)]] os::OfProcess<Start> this_process;

}  // namespace

Role role() { return this_process.get().role; }
std::size_t depth() { return this_process.get().depth; }

std::string announcement_of_child() { return "child " + std::to_string(depth() + 1); }
std::string announcement_of_fork_server() { return fork_server + std::to_string(depth() + 1); }

void end_if_unannounced() {
  if (role() != Role::waiting) return;
  tell(this_process.get().ends, Frame::Kind::unannounced);
  os::end_process(status_of_failure);
}

namespace {

[[noreturn]] void serve(os::ChildEnds ends) {
  this_process.get().role = Role::child;
  const auto failed = exception_of([&ends] { Child(std::move(ends)).run(); });
  log(Severity::critical, "a child process cannot serve", failed);
  os::end_process(status_of_failure);
}

}  // namespace

void serve_as_forked(os::ChildEnds ends) {
  ++this_process.get().depth;
  serve(std::move(ends));
}

bool came_to_freeze_support() { return this_process.get().came_to_freeze_support; }

void come_to_freeze_support() {
  this_process.get().came_to_freeze_support = true;
  if (role() == Role::waiting) serve_as_announced();
  if (role() != Role::none || !os::announcement_was_taken()) return;
  // Nobody would serve, and main would run in a child, make a pool, and so on without end.
  log(Severity::critical,
      "a child process cannot serve: the program contains this library more than once, and another copy has been told "
      "what to do; link it as a shared library, everywhere",
      nullptr);
  os::end_process(status_of_failure);
}

void serve_as_announced() {
  os::forget_announcement();
  Start& start = this_process.get();
  const auto failed = exception_of([&start] {
    if (!start.serves_forks) return;
    os::limit_life(std::nullopt);
    tell(start.ends, Frame::Kind::announced);
    start.ends = os::serve_forks(os::Socket(std::move(start.ends.socket)));
  });
  if (!failed) serve(std::move(start.ends));
  log(Severity::critical, "a fork server cannot serve", failed);
  os::end_process(status_of_failure);
}

}  // namespace detail
CONCURRENT_FUTURES_END
