// Nesting: how deep completions are nested on a thread, and what has to wait because they are nested too deep.
//
// A callback may complete the next future, whose callback completes the next one, and so on: each link needs some
// stack. So that a chain of any length needs little of it, callbacks that are nested deeper than `limit` are
// queued on their thread. They run, in order, before the outermost completion returns, or before the thread
// blocks in a wait of this library. What is queued is linked through itself: nothing is allocated.

#pragma once

#include <concurrent/futures/detail/sync.hpp>

CONCURRENT_FUTURES_BEGIN
namespace detail {

/// What can be queued. It has room for a link, which only the thread that queued it touches.
class Deferred {
 public:
  Deferred() = default;
  Deferred(const Deferred&) = delete;
  Deferred& operator=(const Deferred&) = delete;

 protected:
  virtual ~Deferred();

 private:
  friend class Nesting;
  virtual void run_deferred() = 0;
  [[nodiscard]] virtual Deferred* next_deferred() const = 0;
  virtual void set_next_deferred(Deferred* next) = 0;
};

/// While it lives, before_blocking() is called whenever the thread is about to block in a wait of this library: for who
/// is in the middle of something that others, or the thread itself, may be waiting for.
class BeforeBlocking {
 public:
  BeforeBlocking(const BeforeBlocking&) = delete;
  BeforeBlocking& operator=(const BeforeBlocking&) = delete;

 protected:
  BeforeBlocking() : outer_(Innermost::get()) { Innermost::set(this); }
  ~BeforeBlocking() { Innermost::set(outer_); }

 private:
  friend class Nesting;
  struct InnermostTag;
  using Innermost = sync::Local<BeforeBlocking, InnermostTag>;

  /// May be called several times. Runs no code of users.
  virtual void before_blocking() = 0;

  BeforeBlocking* const outer_;
};

/// While it lives, the calling thread is inside a completion. Lives on the stack of that thread.
class Nesting {
 public:
  /// Completions nested so deep still run at once (CBK-026).
  static constexpr unsigned limit = 16;

  Nesting() : outermost_(Outermost::get()) {
    if (outermost_ == nullptr) {
      outermost_ = this;
      Outermost::set(this);
    }
    is_too_deep_ = outermost_->depth_ == limit;
    if (!is_too_deep_) ++outermost_->depth_;
  }

  /// The outermost one runs what was queued.
  ~Nesting() noexcept(false) {
    if (outermost_ != this) {
      if (!is_too_deep_) --outermost_->depth_;
      return;
    }
    struct Leave {
      ~Leave() { Outermost::set(nullptr); }
    } const leave;
    if (first_ != nullptr) run_all();
  }
  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;

  /// Whether what is to be done now must be queued instead.
  [[nodiscard]] bool is_too_deep() const { return is_too_deep_; }
  void defer(Deferred& work);

  /// Before the thread blocks: runs what it has queued, after all before_blocking().
  static void run_deferred();

 private:
  struct OutermostTag;
  using Outermost = sync::Local<Nesting, OutermostTag>;

  void run_all();
  [[nodiscard]] Deferred* take();

  Nesting* outermost_;
  bool is_too_deep_;

  // Of the outermost one only.
  unsigned depth_ = 0;
  Deferred* first_ = nullptr;
  Deferred* last_ = nullptr;
};

}  // namespace detail
CONCURRENT_FUTURES_END
