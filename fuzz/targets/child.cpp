// A child of a pool that sends whatever it likes, and writes whatever it likes to the memory that it shares: in the
// end every call has an outcome, and the pool can be shut down.
//
// The pool is a real one, with its thread and its sockets; only that the children which it starts are no processes,
// but ends that the input speaks for.

#include <sys/mman.h>

#include <array>
#include <concurrent/futures/detail/os.hpp>
#include <concurrent/futures/detail/process/frame.hpp>
#include <concurrent/futures/log.hpp>
#include <concurrent/futures/process_pool_executor.hpp>
#include <concurrent/futures/wait.hpp>
#include <condition_variable>
#include <mutex>
#include <string>
#include <target.hpp>
#include <vector>

namespace touchstone::fuzz {
namespace {

namespace futures = concurrent::futures;
namespace os = concurrent::futures::os;
using futures::detail::Frame;

/// The ends of a child that the pool believes to have started.
class Child {
 public:
  explicit Child(const os::ChildEnds& ends)
      : socket_(ends.socket.duplicate()), memory_(ends.memory.duplicate()), life_line_(ends.life_line.duplicate()) {
    constexpr std::size_t writable_bytes = 4096;
    void* const data = mmap(nullptr, writable_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory_.number(), 0);
    require(data != MAP_FAILED, "the memory cannot be mapped");
    writable_ = {static_cast<std::byte*>(data), writable_bytes};
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() { munmap(writable_.data(), writable_.size()); }

  void send(std::span<const std::byte> bytes) { (void)socket_.send(bytes, {}, os::Blocking::no); }
  void write(std::size_t place, std::span<const std::byte> bytes) {
    std::memcpy(writable_.data() + place % (writable_.size() - bytes.size()), bytes.data(), bytes.size());
  }

 private:
  os::Socket socket_;
  os::Descriptor memory_;
  os::Descriptor life_line_;
  std::span<std::byte> writable_;
};

/// The children that live. The pool's thread starts them.
class Children {
 public:
  void add(const os::ChildEnds& ends) {
    const std::lock_guard lock(mutex_);
    if (all_end_) return;  // it is gone before it has said anything
    children_.push_back(std::make_unique<Child>(ends));
    started_.notify_all();
  }

  /// Waits until there is one.
  void wait_for_one() {
    std::unique_lock lock(mutex_);
    started_.wait(lock, [this] { return !children_.empty(); });
  }

  /// Calls the function with one of them, if there is any.
  template <typename Use>
  void use(std::size_t which, Use use) {
    const std::lock_guard lock(mutex_);
    if (!children_.empty()) use(*children_[which % children_.size()]);
  }
  void end_one(std::size_t which) {
    const std::lock_guard lock(mutex_);
    if (children_.empty()) return;
    children_.erase(children_.begin() + static_cast<std::ptrdiff_t>(which % children_.size()));
  }

  void begin() {
    const std::lock_guard lock(mutex_);
    all_end_ = false;
  }
  void end_all() {
    const std::lock_guard lock(mutex_);
    all_end_ = true;
    children_.clear();
  }

 private:
  std::mutex mutex_;
  std::condition_variable started_;
  std::vector<std::unique_ptr<Child>> children_;
  bool all_end_ = false;
};
Children children;

}  // namespace
}  // namespace touchstone::fuzz

// Takes the place of the library's own, for the linker takes the first one that it finds.
CONCURRENT_FUTURES_BEGIN
namespace os {
ChildProcess spawn(const ChildEnds& ends, const std::string&) {
  touchstone::fuzz::children.add(ends);
  constexpr int nobody = 1 << 30;  // no process has so high a number
  return ChildProcess(nobody);
}
}  // namespace os
CONCURRENT_FUTURES_END

namespace touchstone::fuzz {
namespace {

using Texts = std::vector<std::string>;
Texts texts(const std::string& text, std::uint8_t) { return {text}; }
std::string text(const std::string& given, std::uint8_t) { return given; }

/// A pool, what was submitted to it, and what its children say.
class Run {
 public:
  explicit Run(std::size_t workers) : pool_(workers) {
    futures::freeze_support(0, nullptr);
    children.begin();
  }

  /// With arguments that are large or not, and a result that can be received where it is delivered or not.
  void submit(std::size_t kind) {
    std::string argument(kind % 2 == 0 ? 3 : 100000, 'x');
    const auto number = static_cast<std::uint8_t>(futures_.size());
    try {
      futures_.push_back(kind < 2 ? futures::AnyFuture(pool_.submit(futures::portable<&texts>(), argument, number))
                                  : pool_.submit(futures::portable<&text>(), argument, number));
    } catch (const futures::BrokenProcessPool&) {
      require(!futures_.empty(), "the pool is broken from the beginning");
    }
  }

  void say_something(Choices& choices) {
    const std::size_t which = choices.below(2);
    switch (choices.below(6)) {
      case 0:
        return children.use(which, [&](Child& child) { child.send(frame(choices)); });
      case 1:
        return children.use(which, [&](Child& child) { child.send(choices.take(choices.next())); });
      case 2:
        return children.use(which, [&](Child& child) { child.write(choices.next(), choices.take(8)); });
      case 3:
        return children.end_one(which);
      case 4:
        return submit(choices.below(4));
      default:
        if (!futures_.empty()) (void)futures_[choices.below(futures_.size())].cancel();
    }
  }

  void end() {
    children.end_all();
    (void)futures::wait(futures_);
    pool_.shutdown();
  }

 private:
  // One that is whole, and may be right in all but some.
  static Data frame(Choices& choices) {
    Frame frame;
    frame.kind = static_cast<Frame::Kind>(choices.below(static_cast<std::size_t>(Frame::Kind::exception) + 2));
    frame.place = choices.next();
    frame.number = choices.next();
    frame.retires = choices.next() / 128;
    frame.microseconds = choices.next();
    const auto body = choices.take(choices.next());
    // A body may be longer than what is said, and it may be said to be longer than it is.
    const auto filling = choices.next();
    frame.size = body.size() + (filling % 4 == 3 ? ~std::uint64_t{0} >> (filling / 4) : filling * 2000U);
    Data bytes;
    add(bytes, frame.bytes());
    add(bytes, body);
    bytes.resize(bytes.size() + filling * 2000U, std::byte{'y'});
    return bytes;
  }

  futures::ProcessPoolExecutor pool_;
  std::vector<futures::AnyFuture> futures_;
};

const auto quiet = futures::set_log_handler([](const futures::LogRecord&) {});

}  // namespace

void try_input(std::span<const std::byte> input) {
  Choices choices(input);
  Run run(1 + choices.below(2));
  run.submit(choices.below(4));
  children.wait_for_one();
  while (!choices.is_over()) run.say_something(choices);
  run.end();
}

namespace {

/// What a child does, as an input.
class Script {
 public:
  explicit Script(std::initializer_list<int> begin) { bytes(begin); }

  Script& frame(Frame::Kind kind, int place = 0, int number = 0, int retires = 0, const Data& body = {},
                int filling = 0) {
    bytes({0, 0, static_cast<int>(kind), place, number, 128 * retires, 10, static_cast<int>(body.size())});
    add(data_, body);
    return bytes({filling});
  }
  Script& ready() { return frame(Frame::Kind::loaded).frame(Frame::Kind::announced).frame(Frame::Kind::ready); }
  Script& bytes(std::initializer_list<int> numbers) {
    for (const int each : numbers) add(data_, static_cast<std::uint8_t>(each));
    return *this;
  }
  Script& submit(int kind) { return bytes({0, 4, kind}); }
  Script& end() { return bytes({0, 3}); }

  [[nodiscard]] const Data& data() const { return data_; }

 private:
  Data data_;
};

Data length(std::uint64_t number) {
  Data data;
  add(data, number);
  return data;
}

template <typename Encode>
Data encoded(Encode encode) {
  futures::detail::Bytes bytes;
  encode(bytes);
  return {bytes.view().begin(), bytes.view().end()};
}

}  // namespace

std::vector<Data> seeds() {
  using Kind = Frame::Kind;
  const Data value = encoded([](auto& bytes) { futures::detail::Encoder{bytes}(Texts{"a", "b"}); });
  const Data error = encoded([](auto& bytes) {
    futures::detail::encode_exception(std::make_exception_ptr(std::runtime_error("a text")), "thrown", bytes);
  });
  return {
      Script{0, 0}.ready().frame(Kind::value, 0, 1, 0, value).data(),
      Script{0, 0}.ready().frame(Kind::exception, 0, 1, 0, error).submit(0).data(),
      Script{1, 1}.ready().frame(Kind::fetch, 0, 1).frame(Kind::value, 0, 1, 0, value).data(),
      Script{0, 0}.ready().frame(Kind::value, 0, 1, 1, value).submit(1).end().ready().data(),
      Script{1, 0}.ready().submit(0).submit(1).frame(Kind::value, 1, 2).frame(Kind::value, 0, 1).data(),
      // 100,000 bytes of a text, as it says itself, or not.
      Script{0, 2}.ready().frame(Kind::value, 0, 1, 0, length(100000), 50).submit(3).data(),
      Script{0, 3}.ready().frame(Kind::value, 0, 1, 0, length(100001), 50).data(),
      Script{0, 3}.ready().frame(Kind::value, 0, 1, 0, length(100000), 49).end().data(),
      Script{0, 2}.ready().frame(Kind::value, 0, 1, 0, length(~std::uint64_t{0} >> 4), 67).data(),
      Script{0, 0}.frame(Kind::unannounced).data(),
      Script{0, 0}.frame(Kind::not_initialized, 0, 0, 0, error).data(),
      Script{0, 0}.ready().bytes({0, 2, 0, 255, 255, 255, 255, 255, 255, 255, 255}).submit(0).data(),
      Script{0, 0}.ready().end().data(),
  };
}

}  // namespace touchstone::fuzz
