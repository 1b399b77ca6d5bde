// Calls: what is made of results that another process says its calls returned, one by one and in chunks, and what a
// child makes of calls that are none.

#include <algorithm>
#include <array>
#include <concurrent/futures/detail/process/code_place.hpp>
#include <concurrent/futures/errors.hpp>
#include <concurrent/futures/executor.hpp>
#include <concurrent/futures/portable.hpp>
#include <map>
#include <optional>
#include <pieces.hpp>
#include <string>
#include <target.hpp>
#include <vector>

namespace touchstone::fuzz {
namespace {

namespace futures = concurrent::futures;
namespace detail = concurrent::futures::detail;

using Texts = std::vector<std::string>;
using Table = std::map<std::uint8_t, std::optional<std::string>>;

Texts texts(Table table, std::uint8_t key) {
  Texts all{std::to_string(key)};
  for (auto& [number, text] : table) all.push_back(std::move(text).value_or(std::to_string(number)));
  return all;
}

std::string spelled(std::uint16_t number) { return std::to_string(number); }

const std::vector<std::uint16_t> numbers{1, 2, 3, 5, 8};
constexpr std::ptrdiff_t chunksize = 3;

// --- Executors that stand for a pool of processes --------------------------------------------------

/// Has every call return what the input says.
class Answering final : public futures::Executor {
 public:
  explicit Answering(std::span<const std::byte> answer) : answer_(answer) {}
  ~Answering() override { cut_link(); }

 private:
  void schedule(futures::Work work) override {
    detail::Outcome* const call = detail::WorkAccess::call(work);
    call->traveller()->encode();
    require(call->start() == detail::Start::started, "a call cannot be started");
    auto error = detail::exception_of([&] { store(*call->traveller()); });
    if (error) call->store_error(error);
    call->finish(error ? detail::State::threw : detail::State::returned);
    call->release();
    detail::WorkAccess::taken(work);
  }
  [[nodiscard]] bool takes_chunks() const override { return true; }

  // A large value is received where it is to be, if its beginning tells that it is one.
  void store(detail::Traveller& call) {
    if (answer_.size() < detail::Traveller::needed_to_land) return call.store_encoded_value(answer_);
    auto rest = answer_.subspan(detail::Traveller::needed_to_land);
    const auto landing = call.land(answer_.first(detail::Traveller::needed_to_land), answer_.size());
    if (!landing) return call.store_encoded_value(answer_);
    while (!rest.empty()) {
      const auto room = landing->room();
      require(!room.empty(), "there is no room for what arrives");
      const std::size_t size = std::min<std::size_t>({room.size(), rest.size(), 7});
      std::memcpy(room.data(), rest.data(), size);
      landing->arrived(size);
      rest = rest.subspan(size);
    }
    call.store_landed(*landing);
  }

  const std::span<const std::byte> answer_;
};

struct Sent {
  detail::CodePlace place;
  Data arguments;
};

/// Keeps what would be sent of a call.
class Sending final : public futures::Executor {
 public:
  ~Sending() override { cut_link(); }
  Sent sent;

 private:
  void schedule(futures::Work work) override {
    detail::Traveller& call = *detail::WorkAccess::call(work)->traveller();
    call.encode();
    sent = {call.place(), {call.encoded.view().begin(), call.encoded.view().end()}};
    add(sent.arguments, call.encoded.tail());
    work.cancel();
  }
  [[nodiscard]] bool takes_chunks() const override { return true; }
};

Sent sent_call() {
  Sending executor;
  (void)executor.submit(futures::portable<&texts>(), Table{{1, "a"}, {2, std::nullopt}}, std::uint8_t{7});
  return executor.sent;
}

Sent sent_chunk() {
  Sending executor;
  (void)executor.map({.chunksize = 9}, futures::portable<&spelled>(), numbers);
  return executor.sent;
}

// --- What is done ---------------------------------------------------------------------------------

// What is wrong with bytes is a TransportError. Anything else goes through to libFuzzer.
template <typename Use>
void expect_value_or_refusal(Use use) {
  try {
    use();
  } catch (const futures::TransportError&) {  // NOLINT(bugprone-empty-catch)
  }
}

void take_result(std::span<const std::byte> bytes) {
  Answering executor(bytes);
  auto future = executor.submit(futures::portable<&texts>(), Table(), std::uint8_t{0});
  expect_value_or_refusal([&] { (void)future.result(); });
}

void take_results(std::span<const std::byte> bytes) {
  Answering executor(bytes);
  expect_value_or_refusal([&] {
    std::size_t count = 0;
    auto results = executor.map({.chunksize = chunksize}, futures::portable<&spelled>(), numbers);
    while (results.next()) ++count;
    require(count == numbers.size(), "a map has not as many results as calls");
  });
}

void take_block(std::span<const std::byte> bytes) {
  Answering executor(bytes);
  auto future = executor.submit(futures::portable<&spelled>(), std::uint16_t{0});
  expect_value_or_refusal([&] {
    require(future.result().size() + detail::Traveller::needed_to_land == bytes.size(), "a text has another length");
  });
}

void run(const Sent& sent, std::span<const std::byte> input) {
  Choices choices(input);
  const std::size_t there = choices.next();
  const std::size_t piece = 1 + choices.below(100);
  const auto arguments = choices.rest();
  const auto begin = arguments.first(std::min(there, arguments.size()));
  Pieces rest(arguments.subspan(begin.size()), piece);
  const auto trampoline = detail::EntryPoint::at(sent.place).trampoline();
  detail::Parcel out;
  expect_value_or_refusal([&] { trampoline(begin, &rest, out); });
}

const Sent call = sent_call();
const Sent chunk = sent_chunk();

constexpr std::array<void (*)(std::span<const std::byte>), 5> uses{
    take_result, take_results, take_block, [](std::span<const std::byte> bytes) { run(call, bytes); },
    [](std::span<const std::byte> bytes) { run(chunk, bytes); }};

template <typename T>
Data encoded(const T& value) {
  detail::Bytes bytes;
  detail::Encoder encoder(bytes);
  encoder(value);
  return {bytes.view().begin(), bytes.view().end()};
}

}  // namespace

void try_input(std::span<const std::byte> input) {
  Choices choices(input);
  const std::size_t use = choices.below(uses.size());
  uses[use](choices.rest());
}

std::vector<Data> seeds() {
  Data in_pieces;
  add(in_pieces, std::uint8_t{5});
  add(in_pieces, std::uint8_t{3});
  Data call_in_pieces = in_pieces;
  add(call_in_pieces, call.arguments);
  Data chunk_in_pieces = in_pieces;
  add(chunk_in_pieces, chunk.arguments);

  std::vector<Data> all;
  for (const Data& bytes : {encoded(Texts{"7", "a", "2"}), encoded(std::array<std::string, 3>{"1", "2", "3"}),
                            encoded(std::string("a text")), call_in_pieces, chunk_in_pieces}) {
    Data seed;
    add(seed, static_cast<std::uint8_t>(all.size()));
    add(seed, bytes);
    all.push_back(std::move(seed));
  }
  return all;
}

}  // namespace touchstone::fuzz
