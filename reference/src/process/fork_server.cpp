#include <concurrent/futures/detail/process/child.hpp>
#include <concurrent/futures/detail/process/fork_server.hpp>
#include <concurrent/futures/detail/process/frame.hpp>
#include <concurrent/futures/errors.hpp>
#include <span>

CONCURRENT_FUTURES_BEGIN
namespace detail {
namespace {

// Guards all that is in here.
sync::Mutex mutex;
const sync::AtFork mutex_at_fork([] { mutex.lock(); }, [] { mutex.unlock(); }, [] { mutex.unlock(); });

// Never destroyed: pools may be made to the very end.
union Current {
  constexpr Current() : server() {}
  ~Current() {}  // NOLINT(modernize-use-equals-default): which would be deleted
  std::shared_ptr<ForkServer> server;
};
constinit Current current;

// So that it is gone when the program is; else it would see the end only afterwards.
const struct EndWithProgram {
  EndWithProgram() = default;
  ~EndWithProgram() { ForkServer::end_current(); }
  EndWithProgram(const EndWithProgram&) = delete;
  EndWithProgram& operator=(const EndWithProgram&) = delete;
} end_with_program;

}  // namespace

ForkServer::ForkServer(std::shared_ptr<ForkServer> inherited) : inherited_(std::move(inherited)) {
  auto [own_socket, its_socket] = os::Socket::make_pair();
  auto [own_line, its_line] = os::LifeLine::make_pair();
  server_ = os::spawn({std::move(its_socket).release(), {}, std::move(its_line)}, announcement_of_fork_server());
  socket_ = std::move(own_socket);
  life_line_ = std::move(own_line);
}

ForkServer::Asked ForkServer::ask(const os::ChildEnds& ends) {
  const sync::Lock lock(mutex);
  std::shared_ptr<ForkServer>& server = current.server;
  if (server && !server->process_.is_ancestor()) {
    auto child = server->ending_ ? std::nullopt : os::ask_for_fork(server->socket_, ends);
    if (child) return {std::move(*child), server};
    server->end();  // it is as good as dead
    server = nullptr;
  }
  server = std::make_shared<ForkServer>(server);
  if (auto child = os::ask_for_fork(server->socket_, ends)) return {std::move(*child), server};
  throw Error(server->what_is_wrong());
}

std::string ForkServer::why_no_child() {
  const sync::Lock lock(mutex);
  return what_is_wrong();
}

std::string ForkServer::what_is_wrong() {
  listen();
  if (!ending_) return "the fork server has no descriptors left";
  const std::string who = "the fork server ";
  if (last_heard_ == Frame::Kind::announced) return who + to_string(*ending_);
  const bool made_pool = last_heard_ == Frame::Kind::unannounced;
  return who + (made_pool ? "made a pool" : to_string(*ending_)) +
         " before it came to freeze_support(): " + advice_on_freeze_support;
}

int ForkServer::process_id() {
  const sync::Lock lock(mutex);
  const auto& server = current.server;
  return server && !server->process_.is_ancestor() && !server->ending_ ? server->server_.pid() : 0;
}

void ForkServer::end_current() {
  const sync::Lock lock(mutex);
  auto& server = current.server;
  if (!server || server->process_.is_ancestor()) return;
  server->end();
  server = nullptr;
}

// All that it says is that it serves, or that a pool was made instead.
void ForkServer::listen() {
  if (ending_) return;
  Frame frame;
  const os::Transfer arrived = socket_.receive(std::as_writable_bytes(std::span(&frame, 1)), os::Blocking::no);
  if (arrived.closed) return end();
  if (arrived.bytes == 0) return;
  last_heard_ = frame.kind;
  listen();
}

// If it has ended by itself, it is known how.
void ForkServer::end() {
  if (ending_) return;
  server_.send(os::Signal::kill);
  ending_ = server_.reap();
  socket_ = {};
  life_line_ = {};
}

}  // namespace detail
CONCURRENT_FUTURES_END
