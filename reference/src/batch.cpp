#include <algorithm>
#include <concurrent/futures/detail/batch.hpp>

CONCURRENT_FUTURES_BEGIN
namespace detail {

bool Batch::add() {
  const std::uint64_t before = word_.fetch_add(one_added);
  if (!is_exhausted(before)) return true;
  // Nobody can claim it before it is queued, so nobody can let go of the callable meanwhile.
  if (is_over(before)) hold_callable();
  return false;
}

void Batch::withdraw() {
  if (is_over(word_.fetch_sub(one_added) - one_added)) let_go_of_callable();
}

Outcome& Batch::add_alone() {
  const std::uint64_t before = word_.fetch_add(one_added + one_claimed + one_user);
  if (is_over(before)) hold_callable();
  // The element holds the batch as long as somebody holds the element: the list, besides the Work that it travels in.
  retain();
  Outcome& call = element(added(before));
  call.retain();
  return call;
}

// The Work that it travelled in has ended it.
void Batch::withdraw_alone() {
  const std::uint64_t before = word_.fetch_sub(one_added + one_claimed);
  element(added(before) - 1).release();
}

void Batch::release_alone() {
  const std::size_t count = size();
  for (std::size_t index = 0; index != count; ++index) element(index).release();
}

Claim Batch::claim(std::size_t count) { return claim(count, 0, one_user); }

Claim Batch::claim_more(std::size_t count) { return claim(count, 1, 0); }

// All but `spared` ones; the caller counts as so many more users.
Claim Batch::claim(std::size_t count, std::size_t spared, std::uint64_t users) {
  std::uint64_t word = word_.load();
  for (;;) {
    const std::size_t begin = claimed(word);
    const std::size_t limit = added(word);
    if (begin + spared >= limit) return {};
    const std::size_t end = std::min(begin + count, limit - spared);
    if (word_.compare_exchange_weak(word, word + (end - begin) * one_claimed + users))
      return {begin, end, end == limit};
  }
}

void Batch::leave() {
  if (is_over(word_.fetch_sub(one_user) - one_user)) let_go_of_callable();
}

Claim Batch::cancel_rest() {
  const Claim rest = claim(most);
  if (rest.empty()) return rest;
  for (std::size_t index = rest.begin; index != rest.end; ++index) element(index).discard();
  leave();
  for (std::size_t index = rest.begin; index != rest.end; ++index) element(index).cancel();
  return rest;
}

void Batch::begin_quiet_cancel() {
  const Claim rest = claim(most, 0, quiet_user);
  for (std::size_t index = rest.begin; index != rest.end; ++index) element(index).begin_quiet_cancel();
}

void Batch::let_go_quietly() {
  if ((word_.load() & quiet_user) == 0) return;
  const std::size_t count = size();
  for (std::size_t index = 0; index != count; ++index) element(index).let_go_quietly();
  if (is_over(word_.fetch_sub(quiet_user) - quiet_user)) let_go_of_callable();
}

void Batch::publish_quiet_cancel() {
  const std::size_t count = size();
  for (std::size_t index = 0; index != count; ++index) element(index).publish_quiet_cancel();
}

Claim Batch::fail_rest(const std::function<std::exception_ptr()>& error) {
  const Claim rest = claim(most);
  if (rest.empty()) return rest;
  for (std::size_t index = rest.begin; index != rest.end; ++index) element(index).discard();
  leave();
  for (std::size_t index = rest.begin; index != rest.end; ++index) {
    Outcome& call = element(index);
    (void)call.start();
    call.store_error(error());
    call.finish(State::threw);
  }
  return rest;
}

}  // namespace detail
CONCURRENT_FUTURES_END
