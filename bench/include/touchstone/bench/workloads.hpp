// The workloads: what executors are asked to do while their time is taken.
//
// All are templates over an adapter (conformance/include/touchstone/adapter.hpp), and each has what it needs of it: who
// has no callbacks is not asked for them.

#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <touchstone/bench/workloads/futures.hpp>
#include <touchstone/bench/workloads/hogs.hpp>
#include <touchstone/bench/workloads/idle.hpp>
#include <touchstone/bench/workloads/lifetime.hpp>
#include <touchstone/bench/workloads/many_calls.hpp>
#include <touchstone/bench/workloads/map.hpp>
#include <touchstone/bench/workloads/memory.hpp>
#include <touchstone/bench/workloads/nested.hpp>
#include <touchstone/bench/workloads/producers.hpp>
#include <touchstone/bench/workloads/round_trip.hpp>
#include <touchstone/bench/workloads/tree.hpp>
#include <touchstone/bench/workloads/uneven.hpp>
#include <vector>

namespace touchstone::bench {

template <typename A>
consteval bool detects_deadlocks() {
  if constexpr (detail::DeclaresCapabilities<A>) {
    return std::ranges::find(A::capabilities, std::string_view("deadlock.detection")) != std::end(A::capabilities);
  }
  return false;
}

/// The workloads of an executor, in the order in which reports have them.
template <typename A>
class Workloads {
 public:
  /// `most_calls` is how many calls the executor can hold at the same time.
  Workloads(const Sizes& sizes, std::size_t most_calls) : sizes_(sizes), most_calls_(most_calls) {
    sizes_.calls = std::min(sizes_.calls, most_calls);
    add_calls();
    add_maps();
    add_futures();
    add_life();
  }

  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }

 private:
  template <typename W, typename... Arguments>
  static Entry::Make maker(Arguments... arguments) {
    return [=] { return std::make_unique<W>(arguments...); };
  }

  template <typename W, typename... Arguments>
  Entry& add(std::string name, std::size_t pending, Arguments... arguments) {
    return entries_.emplace_back(Entry{std::move(name), maker<W>(arguments...), static_cast<std::int64_t>(pending)});
  }

  /// Where what is timed is a small part of a run, or need be seen only once.
  template <typename W, typename... Arguments>
  void add_fixed(std::int64_t runs, std::string name, std::size_t pending, Arguments... arguments) {
    Entry& entry = add<W>(std::move(name), pending, arguments...);
    entry.runs = runs;
    entry.in_pairs = false;
  }

  void add_calls() {
    for (const int workers : {1, 2}) add<RoundTrip<A>>("round_trip" + with(workers), 1, workers, sizes_);
    add_fixed<ColdRoundTrip<A>>(sizes_.pauses, "round_trip_cold" + with(2), 1, 2, sizes_);
    for (const Part part : {Part::all, Part::submit}) {
      const std::string name = part == Part::all ? "many_calls" : "submit";
      for (const int workers : {1, 2}) add<ManyCalls<A>>(name + with(workers), sizes_.calls, workers, sizes_, part);
    }
    for (const int producers : {2, 4}) {
      add<Producers<A>>("producers:" + std::to_string(producers) + with(2), sizes_.calls, producers, 2, sizes_);
    }
    if (most_calls_ >= Sizes().calls) add<Tree<A>>("tree" + with(2), sizes_.calls, 2, sizes_);
    if constexpr (detects_deadlocks<A>()) {
      add<Nested<A>>("nested/levels:" + std::to_string(sizes_.levels), 1, sizes_).in_pairs = false;
    }
    add<Uneven<A>>("uneven" + with(2), sizes_.uneven, 2, sizes_.uneven);
    add_beside_hogs("round_trip" + with(2), 1, maker<RoundTrip<A>>(2, sizes_));
    add_beside_hogs("many_calls" + with(2), sizes_.calls, maker<ManyCalls<A>>(2, sizes_, Part::all));
  }

  void add_beside_hogs(const std::string& name, std::size_t pending, const Entry::Make& make) {
    add<BesideHogs>("hogs:2/" + name, pending, 2, make).in_pairs = false;
  }

  void add_maps() {
    if (sizes_.elements > most_calls_) return;
    if constexpr (detail::CanMap<A>) {
      for (const std::size_t chunksize : std::array<std::size_t, 5>{1, 10, 100, 1'000, 10'000}) {
        if (chunksize > 1 && !detail::CanMapWithOptions<A>) break;
        add<Map<A>>("map/chunk:" + std::to_string(chunksize) + with(2), sizes_.elements, 2, chunksize, sizes_);
      }
    } else {
      add<MapBySubmit<A>>("map/chunk:1" + with(2), sizes_.elements, 2, sizes_);
    }
    add<MapBySubmit<A>>("map_by_submit/chunk:1" + with(2), sizes_.elements, 2, sizes_);
    add<MapInChunks<A>>("map_by_submit/chunk:1000" + with(2), sizes_.elements / elements_a_chunk, 2, sizes_);
  }

  void add_futures() {
    if constexpr (detail::GivesFuture<A>) {
      if (most_calls_ < Sizes().calls) return;
      for (std::size_t count = 1'000; count <= sizes_.calls; count *= 10) {
        const std::string futures = "/futures:" + std::to_string(count);
        if constexpr (detail::CanWait<A>) add<WaitForAll<A>>("wait" + futures, count, 2, count);
        if constexpr (detail::CanIterateCompleted<A>) add<AsCompleted<A>>("as_completed" + futures, count, 2, count);
      }
      using Traits = future_traits<detail::Submitted<A>>;
      using Future = detail::Submitted<A>;
      if constexpr (requires(Future & future, std::function<void(Future)> f) {
                      Traits::add_done_callback(future, f);
                    }) {
        add<Callbacks<A>>("callbacks/futures:" + std::to_string(sizes_.calls), sizes_.calls, 1, sizes_.calls);
      }
      if constexpr (requires(Future & future) { Traits::cancel(future); }) {
        add<Cancelling<A>>("cancel/futures:" + std::to_string(sizes_.calls), sizes_.calls, 1, sizes_.calls);
      }
      add_fixed<MemoryOfCalls<A>>(1, "memory/pending", sizes_.calls, State::pending, sizes_);
      add_fixed<MemoryOfCalls<A>>(1, "memory/done", sizes_.calls, State::done, sizes_);
    }
  }

  void add_life() {
    add<Lifetime<A>>("lifetime" + with(2), 1, 2, Life::whole);
    // Where an end takes nanoseconds, and the rest of a life a million times as long, time would never be up.
    add_fixed<Lifetime<A>>(sizes_.lives, "end" + with(2), 1, 2, Life::end);
    add_fixed<Idle<A>>(1, "idle" + with(2), 1, Work::none, 2, sizes_);
    add_fixed<Idle<A>>(1, "idle/beside_a_call" + with(2), 1, Work::long_call, 2, sizes_);
  }

  static std::string with(int workers) { return "/workers:" + std::to_string(workers); }

  Sizes sizes_;
  std::size_t most_calls_;
  std::vector<Entry> entries_;
};

}  // namespace touchstone::bench
