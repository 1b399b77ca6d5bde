// W4. Calls that submit calls, and wait for none of them: a crawler, a search, a build. Each makes two more, down to
// the leaves of a tree.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <touchstone/bench/tasks.hpp>
#include <touchstone/bench/workload.hpp>
#include <vector>

namespace touchstone::bench {

template <typename A>
class Tree final : public Workload {
 public:
  /// As large as the calls that may be pending allow: the leaves may all be.
  Tree(int workers, const Sizes& sizes) : client_(workers, 1) {
    std::size_t leaves = 1;
    while (2 * leaves <= sizes.calls) leaves *= 2;
    leaves_ = static_cast<std::int64_t>(leaves);
    nodes_.resize(2 * leaves - 1);
    for (std::size_t i = 0; i < nodes_.size(); ++i) nodes_[i] = {this, i};
    warm_up(client_);
  }

  [[nodiscard]] std::int64_t units() const override { return static_cast<std::int64_t>(nodes_.size()); }

  std::chrono::nanoseconds run() override {
    left_ = leaves_;
    done_ = 0;
    return time_of([this] {
      (void)A::submit(client_.pool(), Task(&grow, &nodes_.front()));
      done_.wait(0);
    });
  }

 private:
  struct Node {
    Tree* tree;
    std::size_t index;
  };

  static Value grow(const void* place) {
    count_caller();
    const Node& node = *static_cast<const Node*>(place);
    node.tree->grow_below(node.index);
    return std::int64_t{0};
  }

  void grow_below(std::size_t index) {
    const std::size_t child = 2 * index + 1;
    if (child < nodes_.size()) {
      (void)A::submit(client_.pool(), Task(&grow, &nodes_[child]));
      (void)A::submit(client_.pool(), Task(&grow, &nodes_[child + 1]));
    } else if (--left_ == 0) {
      done_ = 1;
      done_.notify_one();
    }
  }

  std::atomic<std::int64_t> left_ = 0;
  std::atomic<int> done_ = 0;
  std::int64_t leaves_ = 0;
  std::vector<Node> nodes_;
  Client<A> client_;
};

}  // namespace touchstone::bench
