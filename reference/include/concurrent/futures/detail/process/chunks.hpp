// Chunks: how a map over processes sends several calls as one task (MAP-021 to MAP-025).
//
// A chunk is encoded while the inputs are read, callable first, then the arguments of its calls, one behind the other.
// What comes back are the results, in the same way, and they are decoded one by one when they are asked for. So an
// element costs neither a future nor memory of its own in the parent.

#pragma once

#include <concurrent/futures/detail/batch_list.hpp>
#include <concurrent/futures/detail/call.hpp>
#include <concurrent/futures/detail/caught.hpp>
#include <concurrent/futures/detail/map_feed.hpp>
#include <concurrent/futures/detail/map_source.hpp>
#include <concurrent/futures/detail/process/code_place.hpp>
#include <concurrent/futures/detail/process/travels.hpp>
#include <concurrent/futures/detail/traveller.hpp>
#include <concurrent/futures/map.hpp>
#include <cstdint>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <tuple>
#include <type_traits>
#include <utility>

CONCURRENT_FUTURES_BEGIN
namespace detail {

/// What a child calls for a chunk.
template <typename T, typename F, typename... Arguments>
class ChunkTrampolineOf {
 public:
  [[nodiscard]] static const CodePlace& place() { return EntryPointOf<&run, F>::place(); }

 private:
  static void run(std::span<const std::byte> in, Inflow* rest, Parcel& out) {
    Decoder decoder(in, rest);
    std::uint64_t count = 0;
    F function{};
    decoder(count, function);
    Encoder encoder(out.bytes());
    for (; count > 0; --count) {
      std::tuple<Arguments...> arguments;
      std::apply([&decoder](auto&... each) { decoder(each...); }, arguments);
      const auto call = [&]() -> decltype(auto) {
        return std::apply(
            [&function](Arguments&... each) -> decltype(auto) {
              return std::invoke(std::as_const(function), std::move(each)...);
            },
            arguments);
      };
      if constexpr (std::is_void_v<T>) {
        call();
      } else {
        const T result = call();
        encoder(result);
      }
    }
    if (decoder.left() != 0) throw TransportError("the data of a chunk do not end where they should");
  }
};

/// The task that a chunk is. Its result is what came back.
template <typename T, typename F, typename... Arguments>
class ChunkCall final : public OutcomeOf<Bytes>, public Traveller {
 public:
  explicit ChunkCall(const F& callable) : OutcomeOf<Bytes>(nullptr), encoder_(std::in_place, encoded.bytes()) {
    encode_safely([&] { (*encoder_)(count_, callable); });
  }

  /// Adds a call. What its arguments throw, the whole chunk throws (MAP-025).
  template <typename... Given>
  void add(const Given&... arguments) {
    encode_safely([&] { (*encoder_)(static_cast<const Arguments&>(arguments)...); });
    ++count_;
  }

  [[nodiscard]] std::uint64_t count() const { return count_; }

  [[nodiscard]] Traveller* traveller() override { return this; }
  [[nodiscard]] const CodePlace& place() const override { return ChunkTrampolineOf<T, F, Arguments...>::place(); }
  void encode() override {
    encoder_.reset();
    if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
    std::memcpy(encoded.bytes().data(), &count_, sizeof count_);
  }
  void store_encoded_value(std::span<const std::byte> in) override { this->store_value(in); }

  [[nodiscard]] State execute() override { std::terminate(); }  // only a pool of processes is given one
  void discard() noexcept override { encoded = {}; }
  [[nodiscard]] std::string_view callable() const override { return name_of_callable<F>; }

 private:
  ~ChunkCall() override = default;

  template <typename Encode>
  void encode_safely(Encode encode) {
    if (error_) return;
    error_ = exception_of(encode);
    if (error_) encoded = {};
  }

  std::uint64_t count_ = 0;
  std::optional<Encoder> encoder_;  // one for all elements: to make one takes longer than to encode a number
  std::exception_ptr error_;
};

/// Makes chunks, and hands out their results.
template <typename T, typename F, typename... Arguments>
class Chunks : public MapSource<T> {
  using Call = ChunkCall<T, F, Arguments...>;
  using Element = typename MapElement<T>::Type;

 public:
  Chunks(const F& callable, std::ptrdiff_t chunksize) : callable_(callable), chunksize_(chunksize) {}
  ~Chunks() override {
    if (!cancels_) return;
    for (const Chunk& chunk : chunks_) (void)chunk.call.get()->cancel();
  }

  void keep_going() noexcept override { cancels_ = false; }
  void cancel_when_destroyed() noexcept { cancels_ = true; }

  [[nodiscard]] std::optional<Element> next(const Deadline& deadline) override {
    while (left_ == 0) {
      if (!open(deadline)) return std::nullopt;
    }
    --left_;
    if constexpr (std::is_void_v<T>) {
      return std::monostate();
    } else {
      T value{};
      (*decoder_)(value);
      return value;
    }
  }

  /// Submits the next chunk of the rows, if they are not at their end. `target` makes where to.
  template <typename Rows, typename Target>
  [[nodiscard]] bool submit(Rows& rows, Target target) {
    if (is_over_ || !rows.advance()) return false;
    auto* const call = new Call(callable_);
    Chunk chunk{Handle(call), 0};
    call->release();
    do {
      rows.read([call](const auto&... row) { call->add(row...); });
      if (call->count() == static_cast<std::uint64_t>(chunksize_)) break;
      is_over_ = !rows.advance();
    } while (!is_over_);
    chunk.count = call->count();
    target().schedule(*call);
    chunks_.push_back(std::move(chunk));
    return true;
  }

 protected:
  /// To be called when a chunk is about to be handed out.
  virtual void submit_another() {}

  /// Whether no result is left to be handed out.
  [[nodiscard]] bool empty() const { return chunks_.empty() && left_ == 0; }

 private:
  struct Chunk {
    Handle call;
    std::uint64_t count;
  };

  [[nodiscard]] bool open(const Deadline& deadline) {
    decoder_.reset();
    open_ = {};
    if (chunks_.empty()) {
      submit_another();  // which has an error to tell, perhaps
      return false;
    }
    Outcome& head = *chunks_.front().call.get();
    if (BatchList::await(head, deadline) == State::threw) std::rethrow_exception(head.error());
    open_ = std::move(chunks_.front());
    chunks_.pop_front();
    left_ = open_.count;
    decoder_.emplace(static_cast<Call&>(head).value().view());
    submit_another();
    return true;
  }

  const F callable_;
  const std::ptrdiff_t chunksize_;
  std::deque<Chunk> chunks_;
  Chunk open_{};  // the one that is being handed out
  std::uint64_t left_ = 0;
  std::optional<Decoder> decoder_;
  bool is_over_ = false;  // the rows are; they must not be advanced again
  bool cancels_ = true;
};

/// With a buffersize: submits a further chunk for each one that is handed out (MAP-035).
template <typename Base, typename Rows>
class BufferedChunks final : public Base {
 public:
  template <typename F, typename... Inputs>
  BufferedChunks(Executor& executor, const F& callable, const MapOptions& options, Inputs&&... inputs)
      : Base(callable, options.chunksize), link_(executor), rows_(std::forward<Inputs>(inputs)...) {
    for (std::ptrdiff_t i = 0; i < *options.buffersize.number() && submits_; ++i) submits_ = submit_one();
  }

 private:
  // What refuses a chunk, such as a shutdown, is reported after the results that are there (MAP-036).
  void submit_another() override {
    if (refused_ && this->empty()) std::rethrow_exception(std::exchange(refused_, nullptr));
    if (!submits_) return;
    refused_ = exception_of([this] { submits_ = submit_one(); });
    if (refused_) submits_ = false;
  }
  [[nodiscard]] bool submit_one() {
    return this->submit(rows_, [this] { return MapTarget(link_); });
  }

  const MapLink link_;
  Rows rows_;
  std::exception_ptr refused_;
  bool submits_ = true;
};

void check_chunksize(const MapOptions& options);

template <typename T, typename F, typename... Inputs>
[[nodiscard]] std::unique_ptr<MapSource<T>> make_chunks(Executor& executor, const MapOptions& options,
                                                        const F& callable, Inputs&&... inputs) {
  check_chunksize(options);
  if constexpr (must_travel<T>() && (... && must_travel<std::decay_t<ElementOf<Inputs>>>())) {
    using Source = Chunks<T, F, std::decay_t<ElementOf<Inputs>>...>;
    if (options.buffersize.number()) {
      return std::make_unique<BufferedChunks<Source, KeptRowsOf<Inputs...>>>(executor, callable, options,
                                                                             std::forward<Inputs>(inputs)...);
    }
    auto source = std::make_unique<Source>(callable, options.chunksize);
    source->keep_going();  // where an input throws, what was submitted before still runs (MAP-017)
    RowsOf<Inputs...> rows(inputs...);
    while (source->submit(rows, [&executor] { return MapTarget(executor); })) {
    }
    source->cancel_when_destroyed();
    return source;
  } else {
    return nullptr;
  }
}

}  // namespace detail
CONCURRENT_FUTURES_END
