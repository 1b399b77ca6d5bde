// What calls hold: it is gone when their end can be seen, whoever has ended them.

#include <concurrent/futures.hpp>
#include <cstddef>
#include <optional>
#include <scenario.hpp>
#include <scheduler.hpp>
#include <utility>

namespace touchstone::fuzz {
namespace {

using namespace concurrent::futures;

ThreadPoolOptions pool_of(std::size_t max_workers) {
  return {.max_workers = static_cast<std::ptrdiff_t>(max_workers), .thread_name_prefix = "pool"};
}

/// What a call holds. Counts how many there are.
class Token {
 public:
  explicit Token(sync::Atomic<int>& count) : count_(&count) { (void)count_->fetch_add(1); }
  Token(Token&& other) noexcept : count_(std::exchange(other.count_, nullptr)) {}
  Token& operator=(Token&&) = delete;
  ~Token() {
    if (count_ != nullptr) (void)count_->fetch_sub(1);
  }

 private:
  sync::Atomic<int>* count_;
};

void ends_are_seen_after_letting_go() {
  sync::Atomic<int> tokens{0};
  ThreadPoolExecutor pool(pool_of(1));
  const auto future = pool.submit([token = Token(tokens)] {});
  const auto check_that_it_is_gone = [&] {
    if (future.done()) check(tokens.load() == 0, "who sees that a call is done finds gone what it held");
  };
  const auto cancel = [&] {
    (void)future.cancel();
    check_that_it_is_gone();
  };
  sync::Thread one(cancel);
  sync::Thread other(cancel);
  sync::Thread third([&] { choose(2) == 0 ? (void)wait({future}) : pool.shutdown({.cancel_futures = true}); });
  check_that_it_is_gone();
  one.join();
  other.join();
  third.join();
  check(future.done() && tokens.load() == 0, "at the end it is done, and holds nothing");
}

/// Uses what a block owns, also when it is destroyed.
class User {
 public:
  explicit User(const sync::Atomic<bool>& owned) : owned_(&owned) {}
  User(User&& other) noexcept : owned_(std::exchange(other.owned_, nullptr)) {}
  User& operator=(User&&) = delete;
  ~User() {
    if (owned_ != nullptr) use();
  }
  void use() const { check(owned_->load(), "what a block owns is there as long as calls of its group may use it"); }

 private:
  const sync::Atomic<bool>* owned_;
};

void groups_outlive_their_calls() {
  struct Leave {};
  sync::Atomic<bool> owned{true};
  ThreadPoolExecutor pool(pool_of(1 + choose(2)));
  std::optional<Future<void>> calls[2];
  sync::Thread canceller;
  try {
    struct Owner {
      sync::Atomic<bool>& owned;
      ~Owner() { owned.store(false); }
    } const owner{owned};
    TaskGroup group(pool);
    for (auto& call : calls) call = group.submit([user = User(owned)] { user.use(); });
    canceller = sync::Thread([call = *calls[choose(2)]] { (void)call.cancel(); });
    if (choose(2) == 1) throw Leave();
  } catch (const Leave&) {
  }
  for (const auto& call : calls) check(call->done(), "calls of a group are done when its block is left");
  canceller.join();
}

}  // namespace

std::vector<Scenario> letting_go_scenarios() {
  return {
      {"ends_are_seen_after_letting_go", "two threads cancel what a worker takes, and others look",
       ends_are_seen_after_letting_go},
      {"groups_outlive_their_calls", "a block is left whose calls are being cancelled", groups_outlive_their_calls},
  };
}

}  // namespace touchstone::fuzz
