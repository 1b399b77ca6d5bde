// portable: calls that can travel to another process.
//
//     executor.submit(portable<&work>(), 7)      a function, a static member, a member function
//     executor.submit(portable<&work>(7))        the same: what is bound comes before the arguments
//     executor.submit(portable([](int number) { return 2 * number; }), 7)
//     executor.submit(portable(Scale{0.5}), 7)   a function object with a serialize(), as cereal has it
//
// These can be given to any Executor&: a pool of processes sends them, all others run them as they are. The executor of
// processes itself takes functions, captureless lambdas and serializable function objects as well without the word.
//
// What can travel: numbers, enumerators, strings, the containers and other value types of the standard library, and
// types with a serialize(), or save() and load(). What cannot (pointers, references, views, what is shared, captures,
// futures, executors), the compiler refuses, and says what to do instead (PPE-023). A callable is named by its module
// and its place there; so both processes must run the same build of it.
//
// This is the only header of the library that needs cereal, besides process_pool_executor.hpp, which includes it.

#pragma once

#include <concepts>
#include <concurrent/futures/detail/call.hpp>
#include <concurrent/futures/detail/process/chunks.hpp>
#include <concurrent/futures/detail/process/code_place.hpp>
#include <concurrent/futures/detail/process/exceptions.hpp>
#include <concurrent/futures/detail/process/travels.hpp>
#include <concurrent/futures/detail/traveller.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

CONCURRENT_FUTURES_BEGIN
namespace detail {

// --- What is called -------------------------------------------------------------------------------

/// A function, or a captureless lambda, that is known when the program is compiled.
template <auto function>
struct Fixed {
  template <typename Archive>
  void serialize(Archive&) {}
  template <typename... Arguments>
  requires std::invocable<decltype(function), Arguments...>
  decltype(auto) operator()(Arguments&&... arguments) const {
    return std::invoke(function, std::forward<Arguments>(arguments)...);
  }
};

/// A function that is known when the program runs.
template <typename Function>
class Pointed {
 public:
  Pointed() = default;
  explicit Pointed(Function* function) : function_(function) {}

  template <typename Archive>
  void save(Archive& archive) const {
    archive(place_of(reinterpret_cast<const void*>(function_)));
  }
  template <typename Archive>
  void load(Archive& archive) {
    CodePlace place;
    archive(place);
    function_ = reinterpret_cast<Function*>(const_cast<void*>(code_at(place)));
  }
  template <typename... Arguments>
  requires std::invocable<Function&, Arguments...>
  decltype(auto) operator()(Arguments&&... arguments) const { return function_(std::forward<Arguments>(arguments)...); }

 private:
  Function* function_ = nullptr;
};

/// A function object without anything in it, as a captureless lambda.
template <typename F>
struct Stateless {
  template <typename Archive>
  void serialize(Archive&) {}
  template <typename... Arguments>
  requires std::invocable<F&, Arguments...>
  decltype(auto) operator()(Arguments&&... arguments) const {
    F callable;
    return std::invoke(callable, std::forward<Arguments>(arguments)...);
  }
};

/// Stands for a callable that cannot travel, or is bound to what cannot, once the compiler has said so: nothing else is
/// to be said of it.
template <typename Target, typename... Bound>
struct Refused {
  template <typename Archive>
  void serialize(Archive&) {}
  template <typename... Arguments>
  requires std::invocable<Target&, const Bound&..., Arguments...>
      std::invoke_result_t<Target&, const Bound&..., Arguments...>
  operator()(Arguments&&... arguments) const;
};

template <typename F>
inline constexpr bool is_stateless = std::is_empty_v<F>&& std::is_default_constructible_v<F>;

template <typename F>
constexpr auto target_of(F&& callable) {
  using Callable = std::decay_t<F>;
  if constexpr (std::is_pointer_v<Callable> && std::is_function_v<std::remove_pointer_t<Callable>>) {
    return Pointed<std::remove_pointer_t<Callable>>(callable);
  } else if constexpr (is_stateless<Callable>) {
    return Stateless<Callable>();
  } else if constexpr (travels<Callable>) {
    return std::forward<F>(callable);
  } else {
    static_assert(!std::is_member_pointer_v<Callable>, "give a member function as portable<&Class::function>()");
    static_assert(std::is_member_pointer_v<Callable>,
                  "this callable cannot travel to another process: a lambda must not capture (give what it needs as "
                  "arguments), a function object needs a serialize(), as cereal has it");
    return Refused<Callable>();
  }
}

/// A callable that can travel, with the first of its arguments.
template <typename Target, typename... Bound>
class Portable {
 public:
  Portable() = default;
  template <typename... Given>
  explicit Portable(Target target, std::in_place_t, Given&&... bound)
      : target_(std::move(target)), bound_(std::forward<Given>(bound)...) {}

  template <typename Archive>
  void serialize(Archive& archive) {
    archive(target_, bound_);
  }

  template <typename... Arguments>
  requires std::invocable<const Target&, const Bound&..., Arguments...>
  decltype(auto) operator()(Arguments&&... arguments) const& {
    return std::apply(
        [&](const Bound&... bound) -> decltype(auto) {
          return std::invoke(target_, bound..., std::forward<Arguments>(arguments)...);
        },
        bound_);
  }
  /// The only call that it is made for: what it calls may change itself, and take what is bound.
  template <typename... Arguments>
  requires std::invocable<Target, Bound..., Arguments...>
  decltype(auto) operator()(Arguments&&... arguments) && {
    return std::apply(
        [&](Bound&... bound) -> decltype(auto) {
          return std::invoke(std::move(target_), std::move(bound)..., std::forward<Arguments>(arguments)...);
        },
        bound_);
  }

 private:
  Target target_;
  std::tuple<Bound...> bound_;
};

template <typename Target, typename... Bound>
[[nodiscard]] auto bind(Target target, Bound&&... bound) {
  if constexpr (must_all_travel<TravellingArgument<Bound>...>()) {
    return Portable<Target, TravellingArgument<Bound>...>(std::move(target), std::in_place,
                                                          std::forward<Bound>(bound)...);
  } else {
    return Portable<Refused<Target, TravellingArgument<Bound>...>>();
  }
}

template <typename F>
inline constexpr bool is_portable = false;
template <typename Target, typename... Bound>
inline constexpr bool is_portable<Portable<Target, Bound...>> = true;

constexpr std::string_view first_parameter_of(std::string_view type) {
  const std::size_t start = type.find('<') + 1;
  return type.substr(start, type.rfind('>') - start);
}

template <auto function>
inline constexpr std::string_view name_of_callable<Fixed<function>> = first_parameter_of(name_of<Fixed<function>>());
template <typename Function>
inline constexpr std::string_view name_of_callable<Pointed<Function>> = name_of<Function>();
template <typename F>
inline constexpr std::string_view name_of_callable<Stateless<F>> = name_of<F>();
template <typename Target, typename... Bound>
inline constexpr std::string_view name_of_callable<Portable<Target, Bound...>> = name_of_callable<Target>;

// --- Calls ----------------------------------------------------------------------------------------

template <typename T, typename F, typename... Arguments>
class TrampolineOf {
 public:
  [[nodiscard]] static const CodePlace& place() { return EntryPointOf<&run, F>::place(); }

 private:
  static void run(std::span<const std::byte> in, Inflow* rest, Parcel& out) {
    std::optional<std::tuple<F, Arguments...>> work(std::in_place);
    Decoder decoder(in, rest);
    std::apply([&decoder](auto&... each) { decoder(each...); }, *work);
    if (decoder.left() != 0) throw TransportError("the data of a call do not end where they should");
    const auto invoke = [&work]() -> decltype(auto) {
      return std::apply(
          [](F& callable, Arguments&... arguments) -> decltype(auto) {
            return std::invoke(std::move(callable), std::move(arguments)...);
          },
          *work);
    };
    if constexpr (std::is_void_v<T>) {
      invoke();
    } else {
      T result = invoke();
      work.reset();  // the arguments are let go of when the call is over (PPE-072)
      put_last(out, std::move(result));
    }
  }
};

template <typename T, typename F, typename... Arguments>
class TravellingCall final : public Call<T, F, Arguments...>, public Traveller {
  using Base = Call<T, F, Arguments...>;
  static constexpr bool can_travel = must_all_travel<T, Arguments...>();

 public:
  using Base::Base;

  [[nodiscard]] Traveller* traveller() override { return this; }

  [[nodiscard]] const CodePlace& place() const override {
    if constexpr (can_travel) {
      return TrampolineOf<T, F, Arguments...>::place();
    } else {
      throw TransportError("this call cannot travel");
    }
  }

  void encode() override {
    if constexpr (can_travel) {
      encode_all_but_last(std::index_sequence_for<Arguments...>());
      put_last(this->encoded, std::move(std::get<sizeof...(Arguments)>(this->work())));
      Base::discard();
    }
  }

  void discard() noexcept override {
    this->encoded = {};
    Base::discard();
  }

  void store_encoded_value(std::span<const std::byte> in) override {
    if constexpr (std::is_void_v<T>) {
      this->store_value();
    } else if constexpr (can_travel) {
      Decoder decoder(in);
      T value{};
      decoder(value);
      if (decoder.left() != 0) throw TransportError("the data of a result do not end where they should");
      this->store_value(std::move(value));
    }
  }

  [[nodiscard]] std::unique_ptr<Landing> land(std::span<const std::byte> begin, std::size_t size) override {
    if constexpr (is_usual_block<T>) {
      return land_block<T>(begin, size);
    } else {
      return nullptr;
    }
  }

  void store_landed(Landing& landing) noexcept override {
    if constexpr (is_usual_block<T>) this->store_value(static_cast<BlockLanding<T>&&>(landing).take());
  }

 private:
  template <std::size_t... index>
  void encode_all_but_last(std::index_sequence<index...>) {
    Encoder encoder(this->encoded.bytes());
    (..., encoder(std::as_const(std::get<index>(this->work()))));
  }
};

template <typename Target, typename... Bound>
struct ChunksOf<Portable<Target, Bound...>> {
  static constexpr bool possible = true;

  template <typename T, typename... Inputs>
  [[nodiscard]] static std::unique_ptr<MapSource<T>> make_source(Executor& executor, const MapOptions& options,
                                                                 const Portable<Target, Bound...>& callable,
                                                                 Inputs&&... inputs) {
    return make_chunks<T>(executor, options, callable, std::forward<Inputs>(inputs)...);
  }
};

template <typename Target, typename... Bound>
struct CallOf<Portable<Target, Bound...>> {
  template <typename T, typename... Arguments>
  using Type = TravellingCall<T, Portable<Target, Bound...>, Arguments...>;
};

}  // namespace detail

/// A function that is known when the program is compiled, a static member, a member function, or a captureless lambda,
/// as a call that can travel, with the first of its arguments.
template <auto function, typename... Bound>
[[nodiscard]] auto portable(Bound&&... bound) {
  return detail::bind(detail::Fixed<function>(), std::forward<Bound>(bound)...);
}

/// The same for a captureless lambda, a function object with a serialize(), or a function that is known when the
/// program runs.
template <typename F, typename... Bound>
[[nodiscard]] auto portable(F&& callable, Bound&&... bound) {
  return detail::bind(detail::target_of(std::forward<F>(callable)), std::forward<Bound>(bound)...);
}

/// Lets exceptions of this type travel as what they are (PPE-039): as the value of a variable of static storage, which
/// exists in both processes.
///
///     const auto my_error_travels = concurrent::futures::exception_travels<MyError>();
///
/// The type has a serialize(), as cereal has it, and a default constructor, or a constructor from a std::string that is
/// given what(). Those of the standard library and of this one travel anyway. What is thrown arrives as a type derived
/// from it, so that a RemoteError can be nested in it.
template <typename T>
[[nodiscard]] auto exception_travels() {
  if constexpr (detail::travels<T>) {
    return detail::ValueException<T>();
  } else {
    static_assert(std::is_constructible_v<T, std::string> && std::is_base_of_v<std::exception, T>,
                  "give the exception a serialize(), as cereal has it, and a default constructor, or a constructor "
                  "from std::string");
    return detail::TextException<T>();
  }
}

CONCURRENT_FUTURES_END
