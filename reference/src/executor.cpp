#include <algorithm>
#include <cassert>
#include <concurrent/futures/detail/nesting.hpp>
#include <concurrent/futures/detail/result_kind.hpp>
#include <concurrent/futures/executor.hpp>
#include <concurrent/futures/log.hpp>
#include <string>
#include <typeinfo>

CONCURRENT_FUTURES_BEGIN
namespace {

sync::Mutex link_mutex;  // for making links, which is rare
const sync::AtFork link_mutex_in_child([] { link_mutex.lock(); }, [] { link_mutex.unlock(); },
                                       [] { link_mutex.unlock(); });

// Only while its destructor has not begun.
std::string name_of([[maybe_unused]] const Executor& executor) {
#ifdef __cpp_rtti
  return detail::demangle(typeid(executor).name());
#else
  return "an executor";
#endif
}

}  // namespace

Work::~Work() {
  if (call_ == nullptr) return;
  if (call_->start() == detail::Start::started) {
    call_->discard();
    call_->store_error(detail::error_of<BrokenExecutor>("the executor dropped the call without running it"));
    call_->finish(detail::State::threw);
  }
  call_->release();
}

void Work::run() {
  if (call_ == nullptr) return;
  const Work work = std::move(*this);
  if (work.call_->start() == detail::Start::started) work.call_->run();
}

void Work::cancel() {
  if (call_ == nullptr) return;
  const Work work = std::move(*this);
  work.call_->cancel();
}

Executor::~Executor() {
  if (!link_ || link_->is_cut()) return;
  link_->cut();
  const std::string text = link_->executor_name() +
                           ": its destructor must call cut_link() before anything else; a buffered map may have called "
                           "schedule() while the executor was being destroyed";
  detail::log(Severity::critical, text, nullptr);
  assert(false && "the destructor of an executor must call cut_link() before anything else");
}

void Executor::shutdown(ShutdownOptions) {}

std::shared_ptr<detail::ExecutorLink> Executor::link() {
  const sync::Lock lock(link_mutex);
  if (!link_ || link_->is_of_ancestor()) {
    link_ = std::make_shared<detail::ExecutorLink>(*this, name_of(*this));
  }
  return link_;
}

void Executor::cut_link() {
  if (link_) link_->cut();
}

namespace detail {

void ExecutorLink::cut() {
  if (process_.is_ancestor()) return;
  Nesting::run_deferred();
  sync::Lock lock(mutex_);
  executor_ = nullptr;
  while (users_ != 0) unused_.wait(lock);
}

bool ExecutorLink::is_cut() {
  if (process_.is_ancestor()) return true;
  const sync::Lock lock(mutex_);
  return executor_ == nullptr;
}

ExecutorLink::Use::Use(ExecutorLink& link) : link_(link) {
  if (link.process_.is_ancestor()) refuse_to_schedule_in_child();
  const sync::Lock lock(link.mutex_);
  if (link.executor_ == nullptr) throw ShutdownError();
  ++link.users_;
  executor_ = link.executor_;
}

ExecutorLink::Use::~Use() {
  if (link_.process_.is_ancestor()) return;  // what it submits has forked
  const sync::Lock lock(link_.mutex_);
  if (--link_.users_ == 0) link_.unused_.notify_all();
}

void check_buffersize(const MapOptions& options) {
  if (options.buffersize.number() && *options.buffersize.number() < 1)
    throw std::invalid_argument("buffersize must be at least 1");
}

MapLink::MapLink(Executor& executor) : MapLink(executor.batch_runner(), executor) {}

// A pool lives on behind its executor, and refuses what comes later: only others need the link.
MapLink::MapLink(const std::shared_ptr<BatchRunner>& runner, Executor& executor)
    : runner_(runner), executor_(runner ? nullptr : executor.link()) {}

MapTarget::MapTarget(Executor& executor) : runner_(executor.batch_runner()), executor_(&executor) {}

MapTarget::MapTarget(const MapLink& link) : runner_(link.runner_.lock()) {
  if (runner_) return;
  if (link.executor_ == nullptr) throw ShutdownError();
  executor_ = use_.emplace(*link.executor_).operator->();
}

void MapTarget::schedule(Outcome& call) {
  if (const Crew* const crew = executor_->crew()) call.set_producer(crew->vertex());
  call.retain();
  executor_->schedule(WorkAccess::make(call));
}

void MapTarget::schedule_alone(Batch& batch) {
  Outcome& element = batch.add_alone();
  try {
    executor_->schedule(WorkAccess::make(element));
  } catch (...) {
    batch.withdraw_alone();
    throw;
  }
}

}  // namespace detail
CONCURRENT_FUTURES_END
