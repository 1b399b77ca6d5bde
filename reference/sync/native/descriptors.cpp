// What the system lends: descriptors, channels, memory, and waiting for all of them.

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cerrno>
#include <climits>
#include <concurrent/futures/detail/native_os.hpp>
#include <csignal>
#include <ctime>
#include <utility>

CONCURRENT_FUTURES_BEGIN
namespace os {

// --- Descriptors ----------------------------------------------------------------------------------

namespace {

// Which descriptors are to be closed in a child, a bit each. What lies above is inherited.
class OwnDescriptors {
 public:
  void add(int number) {
    if (auto* const word = word_of(number)) word->fetch_or(bit_of(number));
  }
  /// Returns whether it was one.
  bool remove(int number) {
    auto* const word = word_of(number);
    return word == nullptr || (word->fetch_and(~bit_of(number)) & bit_of(number)) != 0;
  }
  void close_all() {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      std::uint64_t bits = words_[i].exchange(0);
      for (; bits != 0; bits &= bits - 1)
        ::close(static_cast<int>(64 * i + static_cast<std::size_t>(std::countr_zero(bits))));
    }
  }

 private:
  static std::uint64_t bit_of(int number) { return std::uint64_t{1} << (number % 64); }
  std::atomic<std::uint64_t>* word_of(int number) {
    const auto word = static_cast<std::size_t>(number) / 64;
    return word < words_.size() ? &words_[word] : nullptr;
  }

  std::array<std::atomic<std::uint64_t>, 1024> words_{};
};

constinit OwnDescriptors own_descriptors;
const sync::AtFork own_descriptors_in_child([] {}, [] {}, [] { own_descriptors.close_all(); });

// Where the program has closed the standard ones, a new one gets their numbers: and then what the program prints. So it
// is moved, if there is another number left.
int above_standard_ones(int number) {
  if (number < 0 || number > STDERR_FILENO) return number;
  const int moved = fcntl(number, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (moved < 0) return number;
  ::close(number);
  return moved;
}

}  // namespace

void own(int number) { own_descriptors.add(number); }
bool disown(int number) { return own_descriptors.remove(number); }

Descriptor::Descriptor(int number) : number_(above_standard_ones(number)) { own(number_); }

void Descriptor::close() noexcept {
  if (number_ < 0) return;
  const int number = std::exchange(number_, -1);
  if (disown(number)) ::close(number);
}

Descriptor Descriptor::duplicate() const {
  return Descriptor(checked(fcntl(number_, F_DUPFD_CLOEXEC, 3), "no descriptor is left"));
}

// --- Sockets -------------------------------------------------------------------------------------

namespace {

Transfer result_of(ssize_t bytes, bool nothing_is_the_end) {
  if (bytes > 0) return {static_cast<std::size_t>(bytes), false};
  if (bytes == 0) return {0, nothing_is_the_end};
  return {0, errno != EAGAIN && errno != EWOULDBLOCK};
}

}  // namespace

std::pair<Socket, Socket> Socket::make_pair() {
  std::array<int, 2> ends{};
  checked(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), "no channel to another process can be had");
  // Where so much is not allowed, it is as much as is. A large value needs fewer turns of both ends then.
  constexpr int room = 4 << 20;
  for (const int end : ends) setsockopt(end, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
  return {Socket(Descriptor(ends[0])), Socket(Descriptor(ends[1]))};
}

Transfer Socket::send(std::span<const std::byte> first, std::span<const std::byte> second, Blocking blocking) {
  Transfer sent;
  const std::size_t size = first.size() + second.size();
  while (sent.bytes < size) {
    const std::size_t of_first = std::min(sent.bytes, first.size());
    const auto rest = first.subspan(of_first);
    const auto rest_of_second = second.subspan(sent.bytes - of_first);
    std::array<iovec, 2> pieces{{{const_cast<std::byte*>(rest.data()), rest.size()},
                                 {const_cast<std::byte*>(rest_of_second.data()), rest_of_second.size()}}};
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = pieces.size();
    const int flags = MSG_NOSIGNAL | (blocking == Blocking::no ? MSG_DONTWAIT : 0);
    const ssize_t bytes = sendmsg(descriptor_.number(), &message, flags);
    if (bytes < 0 && errno == EINTR) continue;
    const Transfer step = result_of(bytes, false);
    sent.bytes += step.bytes;
    sent.closed = step.closed;
    if (step.bytes == 0) break;
  }
  return sent;
}

Transfer Socket::receive(std::span<std::byte> into, Blocking blocking) {
  for (;;) {
    const ssize_t bytes =
        recv(descriptor_.number(), into.data(), into.size(), blocking == Blocking::no ? MSG_DONTWAIT : 0);
    if (bytes < 0 && errno == EINTR) continue;
    return result_of(bytes, true);
  }
}

void Socket::end_sending() noexcept { shutdown(descriptor_.number(), SHUT_WR); }

// --- Memory ---------------------------------------------------------------------------------------

namespace {

// Where a file may not be so large, the kernel also sends a signal, which would end the program.
int truncate(int file, std::size_t size) {
  sigset_t too_large;
  sigset_t before;
  sigemptyset(&too_large);
  sigaddset(&too_large, SIGXFSZ);
  pthread_sigmask(SIG_BLOCK, &too_large, &before);
  const int result = ftruncate(file, static_cast<off_t>(size));
  const int error = errno;
  constexpr timespec at_once{};
  if (result != 0 && error == EFBIG) sigtimedwait(&too_large, nullptr, &at_once);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return result;
}

}  // namespace

SharedMemory::SharedMemory(std::size_t size) : size_(size) {
  // It has no name that could be left behind.
  descriptor_ = Descriptor(
      checked(memfd_create("concurrent_futures", MFD_CLOEXEC | MFD_ALLOW_SEALING), "no shared memory can be had"));
  const int number = descriptor_.number();
  checked(truncate(number, size), "not enough shared memory can be had");
  // Or else a call that cuts off what is not its own would end the parent, by SIGBUS.
  checked(fcntl(number, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL), "shared memory cannot be sealed");
  void* const data = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_.number(), 0);
  if (data == MAP_FAILED) fail("shared memory cannot be mapped");
  data_ = static_cast<std::byte*>(data);
}

SharedMemory::SharedMemory(const Descriptor& descriptor, std::size_t size, std::size_t writable) : size_(size) {
  void* const data = mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor.number(), 0);
  if (data == MAP_FAILED) fail("shared memory cannot be mapped");
  data_ = static_cast<std::byte*>(data);
  checked(mprotect(data, writable, PROT_READ | PROT_WRITE), "shared memory cannot be made writable");
}

SharedMemory::~SharedMemory() {
  if (data_ != nullptr) munmap(data_, size_);
}

void expect_use_of(std::span<std::byte> memory) noexcept {
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<std::uintptr_t>(memory.data());
  const std::uintptr_t first = (begin + page - 1) / page * page, end = (begin + memory.size()) / page * page;
  if (first < end) (void)madvise(reinterpret_cast<void*>(first), end - first, MADV_HUGEPAGE);
}

// --- Poller ---------------------------------------------------------------------------------------

namespace {
constexpr std::uint64_t wake_up_token = ~std::uint64_t{0};
}

Poller::Poller()
    : poll_(checked(epoll_create1(EPOLL_CLOEXEC), "no events can be had")),
      wake_up_(checked(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "no events can be had")) {
  add(wake_up_, wake_up_token);
}

void Poller::add(const Descriptor& descriptor, std::uint64_t token) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = token;
  checked(epoll_ctl(poll_.number(), EPOLL_CTL_ADD, descriptor.number(), &event), "no further events can be had");
}

void Poller::set_sending(const Descriptor& descriptor, std::uint64_t token, bool sending) {
  epoll_event event{};
  event.events = sending ? EPOLLIN | EPOLLOUT : EPOLLIN;
  event.data.u64 = token;
  checked(epoll_ctl(poll_.number(), EPOLL_CTL_MOD, descriptor.number(), &event), "no further events can be had");
}

void Poller::remove(const Descriptor& descriptor) noexcept {
  epoll_ctl(poll_.number(), EPOLL_CTL_DEL, descriptor.number(), nullptr);
}

std::span<const std::uint64_t> Poller::wait(const std::optional<sync::Clock::time_point>& deadline) {
  std::array<epoll_event, 64> events;
  int timeout = -1;
  if (deadline) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - sync::Clock::now()).count();
    timeout = static_cast<int>(std::clamp<std::int64_t>(left, 0, INT_MAX));
  }
  const int count = epoll_wait(poll_.number(), events.data(), events.size(), timeout);
  if (count < 0 && errno != EINTR) fail("events cannot be waited for");
  tokens_.clear();
  for (int i = 0; i < count; ++i) {
    const std::uint64_t token = events[static_cast<std::size_t>(i)].data.u64;
    if (token != wake_up_token) {
      tokens_.push_back(token);
      continue;
    }
    std::uint64_t times = 0;
    (void)!read(wake_up_.number(), &times, sizeof times);
  }
  return tokens_;
}

void Poller::wake() noexcept {
  const std::uint64_t once = 1;
  (void)!write(wake_up_.number(), &once, sizeof once);
}

}  // namespace os
CONCURRENT_FUTURES_END
