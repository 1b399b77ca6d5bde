// QueueEntry: what the queue of a pool links: one call, or a batch of a map's calls.

#pragma once

#include <concurrent/futures/detail/sync.hpp>
#include <cstdint>

CONCURRENT_FUTURES_BEGIN
namespace detail {

class QueueEntry {
 public:
  enum class Kind : std::uint8_t {
    call,   // an Outcome
    batch,  // a Batch
  };

  explicit constexpr QueueEntry(Kind kind) : kind_(kind) {}
  QueueEntry(const QueueEntry&) = delete;
  QueueEntry& operator=(const QueueEntry&) = delete;

  [[nodiscard]] Kind kind() const { return kind_; }

 protected:
  ~QueueEntry() = default;

 private:
  friend class CallQueue;
  QueueEntry* next_ = nullptr;  // guarded by the queue
  const Kind kind_;
};

}  // namespace detail
CONCURRENT_FUTURES_END
