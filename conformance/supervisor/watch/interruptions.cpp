// Waits for descriptors and for whatever may ask this process to end.

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <supervisor/watch/interruptions.hpp>
#include <system_error>
#include <utility>

namespace touchstone::supervisor {

Interruptions::Interruptions(std::vector<int> lifelines) : lifelines_(std::move(lifelines)) {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  signals_ = FileDescriptor(signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals_.valid()) throw std::system_error(errno, std::generic_category(), "signalfd");
  for (const int lifeline : lifelines_) {
    fcntl(lifeline, F_SETFD, FD_CLOEXEC);
  }
}

std::vector<int> Interruptions::descriptors() const {
  std::vector<int> all = lifelines_;
  all.push_back(signals_.get());
  return all;
}

void Interruptions::wait(const std::vector<int>& descriptors, std::chrono::nanoseconds at_most) {
  std::vector<pollfd> entries;
  entries.push_back({signals_.get(), POLLIN, 0});
  for (const int lifeline : lifelines_) entries.push_back({lifeline, POLLIN, 0});
  for (const int descriptor : descriptors) {
    if (descriptor >= 0) entries.push_back({descriptor, POLLIN, 0});
  }
  const auto nanoseconds = std::max<std::int64_t>(at_most.count(), 0);
  const timespec limit{static_cast<time_t>(nanoseconds / 1'000'000'000),
                       static_cast<long>(nanoseconds % 1'000'000'000)};
  if (ppoll(entries.data(), static_cast<nfds_t>(entries.size()), &limit, nullptr) <= 0) return;
  if (entries[0].revents != 0) interrupted_ = true;
  for (std::size_t index = 1; index <= lifelines_.size(); ++index) look_at_lifeline(entries[index]);
}

void Interruptions::look_at_lifeline(const pollfd& entry) {
  if (entry.revents == 0) return;
  if ((entry.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0) {
    interrupted_ = true;
    return;
  }
  char ignored[64];
  if (read(entry.fd, ignored, sizeof ignored) == 0) interrupted_ = true;
}

}  // namespace touchstone::supervisor
