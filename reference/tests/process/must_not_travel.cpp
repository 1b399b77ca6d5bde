// Programs that would send what means nothing in another process. Each must be refused with one error of few lines,
// which say what to do instead. ../must_not_compile.cmake compiles this file once for each case.

#include <cereal/types/polymorphic.hpp>
#include <concurrent/futures/process_pool_executor.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace concurrent::futures;

[[maybe_unused]] static int length(const std::string& text) { return static_cast<int>(text.size()); }

struct Opaque {
  int number;
};
struct OnlyFromNumber {
  explicit OnlyFromNumber(int given) : number(given) {}
  template <typename Archive>
  void serialize(Archive& archive) {
    archive(number);
  }
  int number;
};
struct Threshold {
  bool operator()(int number) const { return number > limit; }
  int limit;
};
struct Counter {
  template <typename Archive>
  void serialize(Archive& archive) {
    archive(total);
  }
  int add(int number) { return total += number; }
  int total = 0;
};
struct Versioned {
  template <typename Archive>
  void serialize(Archive& archive, std::uint32_t) {
    archive(number);
  }
  int number = 0;
};
struct Derived : virtual Counter {
  template <typename Archive>
  void serialize(Archive& archive) {
    archive(cereal::virtual_base_class<Counter>(this));
  }
};
struct DerivedFromVersioned : Versioned {
  template <typename Archive>
  void serialize(Archive& archive) {
    archive(cereal::base_class<Versioned>(this));
  }
};
struct Deferring {
  template <typename Archive>
  void serialize(Archive& archive) {
    archive(cereal::defer(number));
  }
  int number = 0;
};
struct Polymorphic : Counter {
  virtual ~Polymorphic() = default;
};

[[maybe_unused]] static void use(ProcessPoolExecutor& pool, Executor& executor, int number, const std::string& text) {
#if defined(CASE_capture)
  // says: a lambda must not capture
  pool.submit([number] { return number; });

#elif defined(CASE_capture_of_an_initializer)
  // says: a lambda must not capture
  ProcessPoolExecutor other({.initializer = [number] { (void)number; }});

#elif defined(CASE_capture_that_is_called_portable)
  // says: a lambda must not capture
  executor.submit(portable([number] { return number; }));

#elif defined(CASE_capture_in_map)
  // says: a lambda must not capture
  pool.map([number](int each) { return each + number; }, std::vector<int>{1});

#elif defined(CASE_function_object_without_serialize)
  // says: a function object needs a serialize()
  pool.submit(Threshold{number}, 7);

#elif defined(CASE_pointer)
  // says: send what it points to
  pool.submit([](const int* each) { return *each; }, &number);

#elif defined(CASE_pointer_as_result)
  // says: send what it points to
  pool.submit([] { return static_cast<int*>(nullptr); });

#elif defined(CASE_reference)
  // says: give the value
  pool.submit([](const int& each) { return each; }, std::cref(number));

#elif defined(CASE_view)
  // says: send a string or a vector
  pool.submit([](std::span<const char> each) { return each.size(); }, std::span<const char>(text));

#elif defined(CASE_view_as_result)
  // says: send a string or a vector
  pool.submit([] { return std::string_view("literal"); });

#elif defined(CASE_view_inside_of_a_container)
  // says: send a string or a vector
  pool.submit([](const std::vector<std::string_view>& each) { return each.size(); },
              std::vector<std::string_view>{text});

#elif defined(CASE_shared_pointer)
  // says: nothing can be shared with another process
  pool.submit([](const std::shared_ptr<int>& each) { return *each; }, std::make_shared<int>(number));

#elif defined(CASE_function)
  // says: send portable(...)
  pool.submit([](const std::function<int()>& each) { return each(); }, std::function<int()>([] { return 1; }));

#elif defined(CASE_future)
  // says: send its result
  pool.submit([](const Future<int>& each) { return each.result(); }, executor.submit(portable<&length>(), text));

#elif defined(CASE_unknown_type)
  // says: nobody knows what this type consists of
  pool.submit([](Opaque each) { return each.number; }, Opaque{number});

#elif defined(CASE_unknown_type_as_result)
  // says: nobody knows what this type consists of
  pool.submit([](int each) { return Opaque{each}; }, number);

#elif defined(CASE_unknown_type_inside_of_an_optional)
  // says: nobody knows what this type consists of
  pool.submit([](std::optional<Opaque> each) { return each->number; }, std::optional<Opaque>(Opaque{number}));

#elif defined(CASE_unknown_type_in_map)
  // says: nobody knows what this type consists of
  pool.map([](Opaque each) { return each.number; }, std::vector<Opaque>{{number}});

#elif defined(CASE_unknown_type_that_is_bound)
  // says: nobody knows what this type consists of
  executor.submit(portable([](Opaque each) { return each.number; }, Opaque{number}));

#elif defined(CASE_nothing_to_be_filled)
  // says: a default constructor
  pool.submit([](const OnlyFromNumber& each) { return each.number; }, OnlyFromNumber(number));

#elif defined(CASE_elements_of_a_map)
  // says: send std::pair<Key, Value>
  pool.map([](const std::pair<const int, int>& each) { return each.second; }, std::map<int, int>{{1, number}});

#elif defined(CASE_version)
  // says: types with a version cannot travel
  pool.submit([](Versioned each) { return each.number; }, Versioned());

#elif defined(CASE_version_inside_of_a_map)
  // says: types with a version cannot travel
  pool.submit([](const std::map<int, Versioned>& each) { return each.size(); }, std::map<int, Versioned>());

#elif defined(CASE_version_of_a_base)
  // says: types with a version cannot travel
  pool.submit([](DerivedFromVersioned each) { return each.number; }, DerivedFromVersioned());

#elif defined(CASE_virtual_base)
  // says: serialize it as a cereal::base_class
  pool.map([](Derived each) { return each.total; }, std::vector<Derived>(3), {.chunksize = 2});

#elif defined(CASE_deferred)
  // says: serialize it where it stands
  pool.submit([] { return Deferring(); });

#elif defined(CASE_polymorphic_pointer)
  // says: send the object
  pool.submit([](std::unique_ptr<Polymorphic> each) { return each->total; }, std::make_unique<Polymorphic>());

#elif defined(CASE_bare_member_function)
  // says: portable<&Class::function>()
  pool.submit(&Counter::add, Counter(), number);

#elif defined(CASE_argument_of_another_type)
  // says: no matching
  pool.submit(length, number);

#elif defined(CASE_initializer_that_lacks_arguments)
  // says: bind them
  ProcessPoolExecutor other({.initializer = length});

#else
  // Without a case the file compiles.
  pool.submit(length, "literal");
  pool.submit(length, std::string_view(text));
  executor.submit(portable<&length>(), text);
  executor.submit(portable(length, text));
  executor.submit(portable<&Counter::add>(), Counter(), number);
  ProcessPoolExecutor other({.initializer = portable<&length>(text)});
#endif
  (void)pool, (void)executor, (void)number, (void)text;
}
