#include <concurrent/futures/detail/fork.hpp>
#include <concurrent/futures/detail/nesting.hpp>

CONCURRENT_FUTURES_BEGIN
namespace detail {

Deferred::~Deferred() = default;

void Nesting::defer(Deferred& work) {
  work.set_next_deferred(nullptr);
  if (outermost_->first_ == nullptr) {
    outermost_->first_ = &work;
  } else {
    outermost_->last_->set_next_deferred(&work);
  }
  outermost_->last_ = &work;
}

Deferred* Nesting::take() {
  Deferred* const work = first_;
  if (work != nullptr) first_ = work->next_deferred();
  return work;
}

void Nesting::run_all() {
  // A thread that is ended inside a callback leaves the rest to its unwinding.
  struct Rest {
    Nesting& nesting;
    const Process process = {};
    bool is_through = false;
    ~Rest() {
      if (is_through) return;
      end_child_of_worker(process);
      nesting.run_all();
    }
  } rest{*this};
  while (Deferred* const work = take()) {
    work->run_deferred();
    end_child_of_worker(rest.process);  // it may have forked
  }
  rest.is_through = true;
}

void Nesting::run_deferred() {
  for (BeforeBlocking* each = BeforeBlocking::Innermost::get(); each != nullptr; each = each->outer_) {
    each->before_blocking();
  }
  if (Nesting* const outermost = Outermost::get()) outermost->run_all();
}

}  // namespace detail
CONCURRENT_FUTURES_END
