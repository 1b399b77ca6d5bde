// BatchOf<T, ...>: a batch with its elements, in one block of memory.
//
// Of a map from numbers to numbers an element takes 88 bytes (g++ 12, x86-64): 56 its Outcome, the rest its argument,
// its result, its batch and two flags. A batch has up to 16 KiB of them, behind 80 bytes of its own, and is given back
// as soon as its results were read and the workers have left it; or, where a map is cancelled whose batch lies in the
// queue, behind others, when they come to it there. Large arguments do not wait for that: they lie elsewhere (Held).

#pragma once

#include <algorithm>
#include <concurrent/futures/detail/batch.hpp>
#include <concurrent/futures/detail/call.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <new>
#include <tuple>
#include <type_traits>
#include <utility>

CONCURRENT_FUTURES_BEGIN
namespace detail {

/// The callable of a map, which all of its calls share. Destroyed with the last share in it.
template <typename F>
class SharedCallable {
 public:
  explicit SharedCallable(F&& callable) : callable_(std::move(callable)) {}
  SharedCallable(const SharedCallable&) = delete;
  SharedCallable& operator=(const SharedCallable&) = delete;

  void share() { shares_.fetch_add(1); }
  void let_go() {
    if (shares_.fetch_sub(1) == 1) delete this;
  }
  [[nodiscard]] const F& get() const { return callable_; }

 private:
  ~SharedCallable() = default;

  sync::Atomic<std::size_t> shares_{1};
  const F callable_;
};

template <typename T, typename F, typename... Arguments>
class BatchOf final : public Batch {
  class Element;

 public:
  /// With room for so many elements, for the threads of `crew`, or, where that is null, each for itself. The caller
  /// gets the one reference.
  [[nodiscard]] static BatchOf& make(std::size_t capacity, const Crew* crew, SharedCallable<F>& callable) {
    return *new (Capacity(capacity)) BatchOf(capacity, crew, callable);
  }

  /// How many elements are a sensible amount of memory.
  [[nodiscard]] static constexpr std::size_t largest() {
    return std::clamp<std::size_t>(std::size_t{16} * 1024 / sizeof(Element), 1, most);
  }

  [[nodiscard]] std::size_t capacity() const { return capacity_; }

  /// How many elements were constructed: all that were added, and perhaps one that was refused.
  [[nodiscard]] std::size_t constructed() const { return constructed_; }

  /// Constructs the element behind the last one. It is not added by that.
  template <typename... Given>
  void construct(Given&&... arguments) {
    ::new (static_cast<void*>(elements() + constructed_)) Element(*this, std::forward<Given>(arguments)...);
    ++constructed_;
  }

  [[nodiscard]] Outcome& element(std::size_t index) override { return elements()[index]; }
  void drop_result(std::size_t index) noexcept override { elements()[index].drop_result(); }

  void destroy() noexcept override { delete this; }

 private:
  class Element final : public TypedOutcome<T> {
   public:
    template <typename... Given>
    explicit Element(BatchOf& batch, Given&&... arguments)
        : TypedOutcome<T>(batch.crew_), batch_(batch), arguments_(std::forward<Given>(arguments)...) {}
    ~Element() override {
      destroy_arguments();
      drop_result();
    }

    [[nodiscard]] State execute() override {
      return this->execute_with([this]() -> decltype(auto) {
        return std::apply(
            [this](Arguments&... arguments) -> decltype(auto) {
              return std::invoke(batch_.callable_.get(), std::move(arguments)...);
            },
            arguments_.get());
      });
    }

    void discard() noexcept override {
      if (destroy_arguments() && batch_.alone()) batch_.leave();
    }

    void drop_result() noexcept {
      if (!std::exchange(this->result_dropped_, true)) this->destroy_result();
    }

    /// Only where it travels alone: otherwise nobody releases an element.
    void destroy() noexcept override { batch_.release(); }

   private:
    bool destroy_arguments() noexcept {
      if (std::exchange(this->discarded_, true)) return false;
      std::destroy_at(std::addressof(arguments_));
      return true;
    }

    BatchOf& batch_;
    union {
      Held<std::tuple<Arguments...>> arguments_;
    };
  };

  // The elements lie behind the batch.
  enum class Capacity : std::size_t {};

  BatchOf(std::size_t capacity, const Crew* crew, SharedCallable<F>& callable)
      : Batch(crew == nullptr), crew_(crew), callable_(callable), capacity_(capacity) {}
  ~BatchOf() override { std::destroy_n(elements(), constructed_); }

  [[nodiscard]] static constexpr std::size_t offset() {
    return (sizeof(BatchOf) + alignof(Element) - 1) / alignof(Element) * alignof(Element);
  }
  [[nodiscard]] Element* elements() {
    return std::launder(reinterpret_cast<Element*>(reinterpret_cast<std::byte*>(this) + offset()));
  }

  static void* operator new(std::size_t, Capacity capacity) {
    const std::size_t size = offset() + static_cast<std::size_t>(capacity) * sizeof(Element);
    if constexpr (is_over_aligned) return ::operator new(size, std::align_val_t(alignof(Element)));
    return ::operator new(size);
  }
  static void operator delete(void* memory) {
    if constexpr (is_over_aligned) return ::operator delete(memory, std::align_val_t(alignof(Element)));
    ::operator delete(memory);
  }
  static void operator delete(void* memory, Capacity) { operator delete(memory); }

  static constexpr bool is_over_aligned = alignof(Element) > __STDCPP_DEFAULT_NEW_ALIGNMENT__;

  void hold_callable() noexcept override { callable_.share(); }
  void let_go_of_callable() noexcept override { callable_.let_go(); }

  const Crew* const crew_;
  SharedCallable<F>& callable_;
  const std::size_t capacity_;
  std::size_t constructed_ = 0;
};

}  // namespace detail
CONCURRENT_FUTURES_END
