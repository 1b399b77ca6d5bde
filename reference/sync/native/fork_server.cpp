// A process that forks children for another one, and what it tells of them.
//
// Whoever asks gives the child's ends, and one end of a channel for news. The first news are of the child itself: which
// process it is. As it lives while it says so, its number is its own; and its descriptor is good for ever. The last
// ones are of the server, which reaps it: how it ended. All else ends with what cannot be told.

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <concurrent/futures/detail/native_os.hpp>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <iostream>
#include <utility>
#include <vector>

CONCURRENT_FUTURES_BEGIN
namespace os {
namespace {

// How long the server may take to tell how a child ended: it takes longer only if somebody has stopped it.
constexpr int most_milliseconds_until_told = 1000;

struct News {
  enum class Kind : std::int32_t { made, not_made, exited, ended_by_signal };
  Kind kind{};
  std::int32_t pid = 0;
  std::int32_t number = 0;  // of the error, status or signal
};

Ending ending_of(const News& news) {
  if (news.kind == News::Kind::not_made) return {.error = news.number};
  return {true, news.kind == News::Kind::exited, news.number};
}

// The order in which they are sent. The channel comes first: where there is no room for all, it tells so.
struct Request {
  Descriptor news;
  ChildEnds ends;
};
constexpr std::size_t descriptors_of_request = 4;

struct Received {
  ssize_t bytes = 0;
  std::array<Descriptor, descriptors_of_request> descriptors;
};

ssize_t send_with(int socket, std::span<const std::byte> bytes, std::span<const int> descriptors) {
  iovec piece{const_cast<std::byte*>(bytes.data()), bytes.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * descriptors_of_request)> control{};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  if (!descriptors.empty()) {
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    cmsghdr* const head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(head), descriptors.data(), descriptors.size_bytes());
  }
  ssize_t sent = 0;
  do {
    sent = sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (sent < 0 && errno == EINTR);
  return sent;
}

Received receive_with(int socket, std::span<std::byte> bytes) {
  iovec piece{bytes.data(), bytes.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * descriptors_of_request)> control{};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  Received received;
  do {
    received.bytes = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  } while (received.bytes < 0 && errno == EINTR);
  if (received.bytes <= 0) return received;
  for (cmsghdr* head = CMSG_FIRSTHDR(&message); head != nullptr; head = CMSG_NXTHDR(&message, head)) {
    if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int number = 0;
      std::memcpy(&number, CMSG_DATA(head) + i * sizeof(int), sizeof number);
      received.descriptors[i] = Descriptor(number);
    }
  }
  return received;
}

void tell(const Descriptor& channel, const News& news, std::span<const int> descriptors = {}) {
  send_with(channel.number(), std::as_bytes(std::span(&news, 1)), descriptors);  // perhaps nobody wants to know
}

// Whether there is something to be received, the end too.
bool is_readable(const Descriptor& descriptor, int most_milliseconds) {
  pollfd waited{descriptor.number(), POLLIN, 0};
  int result = 0;
  do {
    result = poll(&waited, 1, most_milliseconds);
  } while (result < 0 && errno == EINTR);
  return result > 0;
}

class ForkServer {
 public:
  explicit ForkServer(Descriptor requests) : requests_(std::move(requests)) {
    sigset_t child_ended;
    sigemptyset(&child_ended);
    sigaddset(&child_ended, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child_ended, nullptr);  // which a child undoes with reset_signals()
    endings_ = Descriptor(checked(signalfd(-1, &child_ended, SFD_CLOEXEC | SFD_NONBLOCK), "no events can be had"));
  }

  [[nodiscard]] ChildEnds serve() {
    for (;;) {
      std::array<pollfd, 2> waited{{{requests_.number(), POLLIN, 0}, {endings_.number(), POLLIN, 0}}};
      if (poll(waited.data(), waited.size(), -1) < 0) continue;
      if (waited[1].revents != 0) tell_endings();
      if (waited[0].revents == 0) continue;
      std::byte byte{};
      Received received = receive_with(requests_.number(), {&byte, 1});
      if (received.bytes == 0) end_process(0);
      auto& [news, socket, memory, life_line] = received.descriptors;
      if (!news) continue;
      ChildEnds ends{std::move(socket), std::move(memory), std::move(life_line)};
      if (has_threads_) {
        tell(news, {News::Kind::not_made, 0, Ending::has_threads});
      } else if (!ends.life_line) {
        tell(news, {News::Kind::not_made, 0, EMFILE});
      } else if (is_child(std::move(news), ends)) {
        return ends;
      }
    }
  }

 private:
  struct Child {
    int pid;
    Descriptor news;
  };

  [[nodiscard]] bool is_child(Descriptor news, const ChildEnds& ends) {
    children_.reserve(children_.size() + 1);
    std::array kept{ends.socket.number(), ends.memory.number(), ends.life_line.number(), news.number()};
    const int pid = fork_with(kept);
    if (pid < 0) {
      tell(news, {News::Kind::not_made, 0, errno});
    } else if (pid > 0) {
      children_.push_back({pid, std::move(news)});
    } else {
      const Descriptor itself = descriptor_of_process(getpid());
      const std::array<int, 1> numbers{itself.number()};
      tell(news, {News::Kind::made, getpid()}, std::span(numbers).first(itself ? 1 : 0));
    }
    return pid == 0;
  }

  void tell_endings() {
    signalfd_siginfo told{};  // one for any number of children
    while (read(endings_.number(), &told, sizeof told) > 0) {
    }
    for (;;) {
      siginfo_t info{};
      if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG) != 0 || info.si_pid == 0) return;
      const auto child = std::ranges::find(children_, info.si_pid, &Child::pid);
      if (child == children_.end()) continue;  // one of the program's own
      const auto how = info.si_code == CLD_EXITED ? News::Kind::exited : News::Kind::ended_by_signal;
      tell(child->news, {how, info.si_pid, info.si_status});
      children_.erase(child);
    }
  }

  const Descriptor requests_;
  Descriptor endings_;
  const bool has_threads_ = has_other_threads() && !is_run_with_own_thread;
  std::vector<Child> children_;
};

}  // namespace

std::optional<ChildProcess> ask_for_fork(const Socket& server, const ChildEnds& ends) {
  auto [own_news, its_news] = Socket::make_pair();
  const std::array numbers{its_news.descriptor().number(), ends.socket.number(), ends.memory.number(),
                           ends.life_line.number()};
  static_assert(numbers.size() == descriptors_of_request);
  const std::byte byte{};
  if (send_with(server.descriptor().number(), {&byte, 1}, numbers) < 0) {
    if (errno == EPIPE || errno == ECONNRESET) return std::nullopt;
    fail("the fork server takes no request");
  }
  return ChildProcess(std::move(own_news));
}

ChildEnds serve_forks(Socket requests) {
  reset_signals();
  std::cout.flush();
  std::fflush(nullptr);  // if it is killed, nothing is lost
  return ForkServer(std::move(requests).release()).serve();
}

// Not by a signal that somebody else might have something to do with.
void limit_life(std::optional<std::chrono::milliseconds> limit) {
  static constinit timer_t timer{};
  static constinit bool is_set = false;
  if (std::exchange(is_set, false)) timer_delete(timer);
  if (!limit) return;
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGKILL;
  if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) return;  // only who has forgotten something needs it
  is_set = true;
  itimerspec when{};
  when.it_value.tv_sec = limit->count() / 1000;
  when.it_value.tv_nsec = limit->count() % 1000 * 1'000'000;
  checked(timer_settime(timer, 0, &when, nullptr), "no timer can be had");
}

void ChildProcess::take_news(int most_milliseconds) noexcept {
  while (news_.descriptor() && !told_ && is_readable(news_.descriptor(), most_milliseconds)) {
    News news;
    Received received = receive_with(news_.descriptor().number(), std::as_writable_bytes(std::span(&news, 1)));
    if (received.bytes != sizeof news) {
      news_ = {};  // the server has ended
      return;
    }
    pid_ = news.pid;
    if (news.kind != News::Kind::made) told_ = ending_of(news);
    if (received.descriptors[0]) descriptor_ = std::move(received.descriptors[0]);
  }
}

void ChildProcess::take_news() noexcept { take_news(0); }

void ChildProcess::wait_for_last_news() noexcept { take_news(patience() * most_milliseconds_until_told); }

}  // namespace os
CONCURRENT_FUTURES_END
