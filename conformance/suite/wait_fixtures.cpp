// Several futures, and who waits for them.

#include <wait_fixtures.hpp>

namespace touchstone {

WaitResult wait_for(World& world, const Futures& futures, ReturnWhen when, Timeout timeout) {
  return world.subject().wait(futures, timeout, when);
}

Background<WaitResult> waiting(World& world, const Futures& futures, ReturnWhen when, Timeout timeout) {
  return {world, [&world, futures, when, timeout] { return wait_for(world, futures, when, timeout); }};
}

IteratorPointer iterate(World& world, const Futures& futures, Timeout timeout) {
  return world.subject().as_completed(futures, timeout);
}

Background<FuturePointer> advancing(World& world, const IteratorPointer& iterator) {
  return {world, [iterator] { return iterator->next(); }};
}

int index_of(World& world, const Futures& futures, const FuturePointer& future) {
  for (std::size_t index = 0; index < futures.size(); ++index) {
    if (same_future(world, futures[index], future)) return static_cast<int>(index);
  }
  return -1;
}

std::vector<int> rest_of(World& world, const IteratorPointer& iterator, const Futures& futures) {
  std::vector<int> order;
  while (const FuturePointer future = iterator->next()) order.push_back(index_of(world, futures, future));
  return order;
}

}  // namespace touchstone
