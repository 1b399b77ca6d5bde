// Which children a pool of processes has: how they come to be, and what it means that one has ended.

#include <chrono>
#include <concurrent/futures/detail/caught.hpp>
#include <concurrent/futures/detail/process/archive.hpp>
#include <concurrent/futures/detail/process/containers.hpp>
#include <concurrent/futures/detail/process/process_pool.hpp>
#include <concurrent/futures/log.hpp>
#include <utility>

CONCURRENT_FUTURES_BEGIN
namespace detail {
namespace {

// How long the pool does without a child that cannot be had, before it asks for one again.
constexpr auto time_without_child = std::chrono::milliseconds(100);

}  // namespace

void ProcessPool::start_children() {
  std::exception_ptr failure;
  {
    const sync::Lock lock(mutex_);
    while (!failure && lacks_child()) {
      failure = exception_of([this]() CONCURRENT_FUTURES_REQUIRES(mutex_) { start_child(); });
    }
  }
  if (failure) lack_child(failure);
}

// What can fail goes first: a process that nobody knows of could not be ended.
void ProcessPool::start_child() {
  std::size_t index = 0;
  while (children_[index]) ++index;
  auto [own_socket, its_socket] = os::Socket::make_pair();
  auto [own_line, its_line] = os::LifeLine::make_pair();
  os::ChildEnds ends{std::move(its_socket).release(), calls_.descriptor().duplicate(), std::move(its_line)};
  auto child = std::make_unique<ChildHandle>(index, std::move(own_socket), std::move(own_line));
  poller_->add(child->socket.descriptor(), token_of_socket(index));
  say_hello(*child);
  make_process(*child, std::move(ends));
  children_[index] = std::move(child);
  watch(*children_[index]);
}

void ProcessPool::make_process(ChildHandle& child, os::ChildEnds ends) const {
  switch (start_method_) {
    case StartMethod::spawn:
      child.process = os::spawn(ends, announcement_of_child());
      return;
    case StartMethod::forkserver: {
      ForkServer::Asked asked = ForkServer::ask(ends);
      child.process = std::move(asked.child);
      child.server = std::move(asked.server);
      return;
    }
    case StartMethod::fork:
      child.process = os::fork(ends, &serve_as_forked);
  }
}

// Where that cannot be had, the end of its channel must do.
void ProcessPool::watch(ChildHandle& child) {
  const os::Descriptor& descriptor = child.process.descriptor();
  if (!descriptor || child.is_watched) return;
  child.is_watched = !exception_of([&] { poller_->add(descriptor, token_of_end(child.index)); });
}

// By now the fork server has told which process it is.
void ProcessPool::meet(ChildHandle& child) {
  const sync::Lock lock(mutex_);
  child.process.take_news();
  watch(child);
}

// There is one less than there should be.
void ProcessPool::lack_child(const std::exception_ptr& why) {
  bool is_alone = false;
  bool is_news = false;
  {
    const sync::Lock lock(mutex_);
    is_alone = count_children() == 0;
    is_news = !ask_again_at_;
    ask_again_at_ = sync::Clock::now() + time_without_child;
  }
  if (is_alone) return break_down("no child process can be had: " + describe(why));
  if (!is_news) return;
  log(Severity::warning, "no further child process can be had: the pool goes on with those that it has", why);
}

void ProcessPool::say_hello(ChildHandle& child) {
  Hello hello;
  hello.index = child.index;
  hello.children = max_workers_;
  hello.max_tasks = max_tasks_;
  hello.has_initializer = static_cast<bool>(initializer_);
  if (initializer_.place_) hello.initializer = *initializer_.place_;
  hello.arguments = initializer_.encoded_;
  Parcel body;
  Encoder encoder(body.bytes());
  encoder(hello);
  send(child, {.kind = Frame::Kind::hello}, std::move(body));
}

// Its process has ended. What it has sent before that counts (PPE-044).
void ProcessPool::lose_child(std::size_t index) {
  ChildHandle& child = *children_[index];
  receive(child);
  os::ChildProcess process;
  {
    const sync::Lock lock(mutex_);
    process = std::exchange(child.process, {});  // once it is reaped, its number may be that of some other process
  }
  const os::Ending ending = process.reap();
  if (child.is_watched) poller_->remove(process.descriptor());
  if (!child.at_end) poller_->remove(child.socket.descriptor());
  const bool was_made = process.pid() != 0;
  const bool came_to_freeze_support = child.came_to_freeze_support;
  const bool had_left = child.has_left;
  bool is_expected = false;
  State state{};
  std::shared_ptr<ForkServer> server;
  {
    const sync::Lock lock(mutex_);
    state = child.state;
    server = std::move(child.server);
    is_expected = (state == State::retiring || is_ending_) && (ending.is_success() || !ending.known);
    children_[index].reset();
    if (was_made) ask_again_at_.reset();
  }
  if (is_expected) return;
  if (!was_made) {
    const std::string why = ending.error != 0 ? "it " + to_string(ending) : server->why_no_child();
    return lack_child(error_of<Error>(why.c_str()));
  }
  const std::string who = "child process " + std::to_string(process.pid()) + " " +
                          (had_left ? "has closed its channel to the pool, as by closing all descriptors or by running "
                                      "another program, and was ended"
                                    : to_string(ending));
  if (state == State::ready) return break_down(who);
  if (state == State::starting && start_method_ == StartMethod::spawn) {
    return break_down(who +
                      " before it had loaded the library: the program cannot be run anew, perhaps for lack of memory");
  }
  if (came_to_freeze_support || start_method_ != StartMethod::spawn) return break_down(who + " before it was ready");
  break_down(who + " before it came to freeze_support(): " + advice_on_freeze_support);
}

}  // namespace detail
CONCURRENT_FUTURES_END
