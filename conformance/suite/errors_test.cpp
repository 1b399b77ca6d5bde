// The errors of the library, as far as they can be seen in the exceptions that it throws.
//
// Method: the same error is brought about by different operations, and the types of the exceptions are
// compared. That a type is the public one an adapter has said already, when it named the fault.

#include <cxxabi.h>

#include <algorithm>
#include <fixtures.hpp>
#include <set>
#include <topics.hpp>

namespace touchstone {
namespace {

using namespace std::chrono_literals;

template <typename Error>
bool is_a(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const Error&) {
    return true;
  } catch (...) {
    return false;
  }
}

// The type and all its bases: those that a handler for the exception may name.
void collect_bases(const std::type_info& type, std::set<const std::type_info*>& bases) {
  bases.insert(&type);
  if (const auto* single = dynamic_cast<const abi::__si_class_type_info*>(&type)) {
    collect_bases(*single->__base_type, bases);
  } else if (const auto* several = dynamic_cast<const abi::__vmi_class_type_info*>(&type)) {
    for (unsigned index = 0; index < several->__base_count; ++index) {
      collect_bases(*several->__base_info[index].__base_type, bases);
    }
  }
}

std::exception_ptr cancelled_error(World& world) {
  const Producer producer(world);
  if (!producer.future->cancel()) return nullptr;
  return producer.future->result().error;
}

std::exception_ptr invalid_state_error(World& world) {
  const Producer producer(world);
  producer.promise->set_result(1);
  const auto refusal = refusal_of([&] { producer.promise->set_result(2); });
  return refusal ? refusal->error : nullptr;
}

const TestCase cancellation_has_one_type{
    .name = "Errors.cancellation_has_one_type",
    .requirement = verifies("EXC-001"),
    .shows = "result() in a blocked thread and exception() throw the same type for cancelled futures.",
    .needs = {"closures", "promise"},
    .body = +[](World& world) {
      const Producer waited(world), asked(world);
      Background<Answer> waiter = await_result(world, waited.future);
      const bool blocked = waiter.blocked();
      ASSERT_TRUE(waited.future->cancel() && asked.future->cancel());
      const Answer by_exception = asked.future->exception();
      EXPECT_TRUE(is_fault(waiter.value(), Fault::cancelled));
      EXPECT_TRUE(is_fault(by_exception, Fault::cancelled));
      ASSERT_TRUE(waiter.value().error != nullptr && by_exception.error != nullptr);
      EXPECT_EQ(name_of(*type_of(waiter.value().error)), name_of(*type_of(by_exception.error)));
      world.witness(blocked,
                    "one future was cancelled while a thread was blocked in result(), another before exception()");
    }};

const TestCase timeouts_have_one_type{
    .name = "Errors.timeouts_have_one_type",
    .requirement = verifies("EXC-002"),
    .shows = "result(), exception() and as_completed throw the same type when their time has passed.",
    .needs = {"closures", "future.exception", "as_completed", "promise"},
    .body = +[](World& world) {
      const Producer one(world), other(world);
      const Answer of_result = one.future->result(1ms);
      const Answer of_exception = other.future->exception(0ns);
      const auto iterator = world.subject().as_completed(std::vector{one.future}, 1ms);
      const auto of_iterator = refusal_of([&] { (void)iterator->next(); });
      EXPECT_TRUE(is_fault(of_result, Fault::timeout));
      EXPECT_TRUE(is_fault(of_exception, Fault::timeout));
      ASSERT_TRUE(refused_as(of_iterator, Fault::timeout));
      ASSERT_TRUE(of_result.error != nullptr && of_exception.error != nullptr && of_iterator->error != nullptr);
      EXPECT_EQ(name_of(*type_of(of_result.error)), name_of(*type_of(of_exception.error)));
      EXPECT_EQ(name_of(*type_of(of_result.error)), name_of(*type_of(of_iterator->error)));
      world.witness(true, "by construction: three operations waited in vain, for futures that nobody completed");
    }};

// The initializer fails before or after a task is submitted, as the executor likes: the task is refused
// with the error of the broken pool, or its future ends with it.
const TestCase a_broken_pool_is_a_runtime_error{
    .name = "Errors.a_broken_pool_is_a_runtime_error",
    .requirement = verifies("EXC-003"),
    .shows = "What a broken pool throws, from submit or from the future, is caught as the language's runtime error.",
    .body = +[](World& world) {
      const MarkPointer initialized = world.mark("initializer");
      Executor& executor =
          world.make({.max_workers = 1, .initializer = Script{Hit{initialized}, Throw{"the initializer failed"}}});
      std::exception_ptr error;
      const auto refusal = refusal_of([&] {
        const Answer answer = executor.submit(returns(1))->result();
        EXPECT_TRUE(is_fault(answer, Fault::broken));
        error = answer.error;
      });
      if (refusal) {
        EXPECT_TRUE(refused_as(refusal, Fault::broken));
        error = refusal->error;
      }
      ASSERT_TRUE(error);
      EXPECT_TRUE(is_a<std::runtime_error>(error)) << name_of(*type_of(error));
      world.witness(initialized->count() > 0, "the initializer was called, and threw");
    }};

const TestCase a_second_completion_is_an_invalid_state{
    .name = "Errors.a_second_completion_is_an_invalid_state",
    .requirement = verifies("EXC-004"),
    .shows = "A second set_result() and a second set_exception() throw the same type, with a text.",
    .needs = {"closures"},
    .body = +[](World& world) {
      const Producer producer(world);
      producer.promise->set_result(1);
      const auto value = refusal_of([&] { producer.promise->set_result(2); });
      const auto exception = refusal_of([&] { producer.promise->set_exception(task_error("second")); });
      ASSERT_TRUE(refused_as(value, Fault::invalid_state));
      ASSERT_TRUE(refused_as(exception, Fault::invalid_state));
      ASSERT_TRUE(value->error != nullptr && exception->error != nullptr);
      EXPECT_EQ(name_of(*type_of(value->error)), name_of(*type_of(exception->error)));
      world.witness(true, "by construction: the future was done when it was completed again");
    }};

const TestCase two_errors_share_a_base{
    .name = "Errors.two_errors_share_a_base",
    .requirement = verifies("EXC-005"),
    .shows = "CancelledError and InvalidStateError have a base in common that is the library's own.",
    .needs = {"closures"},
    .body = +[](World& world) {
      const std::exception_ptr cancelled = cancelled_error(world);
      const std::exception_ptr invalid_state = invalid_state_error(world);
      ASSERT_TRUE(cancelled != nullptr && invalid_state != nullptr);
      EXPECT_NE(name_of(*type_of(cancelled)), name_of(*type_of(invalid_state)));
      std::set<const std::type_info*> of_cancelled, of_invalid_state;
      collect_bases(*type_of(cancelled), of_cancelled);
      collect_bases(*type_of(invalid_state), of_invalid_state);
      const bool shared = std::any_of(of_cancelled.begin(), of_cancelled.end(), [&](const std::type_info* type) {
        return of_invalid_state.contains(type) && name_of(*type).rfind("std::", 0) != 0;
      });
      EXPECT_TRUE(shared) << name_of(*type_of(cancelled)) << " and " << name_of(*type_of(invalid_state))
                          << " have no base in common but those of the standard library";
      world.witness(true, "by construction: the library threw both errors");
    }};

const TestCase three_conditions_exist{
    .name = "Errors.three_conditions_exist",
    .requirement = verifies("EXC-006"),
    .shows = "wait returns for each of the three conditions when it is met.",
    .needs = {"promise"},
    .body = +[](World& world) {
      const Producer finished(world), failed(world), pending(world);
      finished.promise->set_result(1);
      failed.promise->set_exception(task_error("failed"));
      const auto done = [&world](std::vector<FuturePointer> futures, ReturnWhen when) {
        return world.subject().wait(futures, {}, when).done.size();
      };
      EXPECT_EQ(done({finished.future, pending.future}, ReturnWhen::first_completed), 1U);
      EXPECT_EQ(done({failed.future, pending.future}, ReturnWhen::first_exception), 1U);
      EXPECT_EQ(done({finished.future, failed.future}, ReturnWhen::all_completed), 2U);
      world.witness(true, "by construction: each condition was met, and the first two with a future left pending");
    }};

// An inner namespace that users never write is told by its name: there is no other sign of it.
bool looks_internal(const std::string& name) {
  const std::set<std::string> inner = {"detail", "details", "internal", "impl", "implementation", "private_"};
  for (std::size_t start = 0, end; start <= name.size(); start = end + 2) {
    end = std::min(name.find("::", start), name.size());
    const std::string part = name.substr(start, end - start);
    if (part.empty() || part.front() == '_' || part.front() == '(' || inner.contains(part)) return true;
  }
  return false;
}

const TestCase errors_have_public_names{
    .name = "Errors.errors_have_public_names",
    .requirement = verifies("EXC-007"),
    .shows = "The types of the library's errors have no internal part in their names.",
    .needs = {"closures", "promise", "future.cancel", "future.timeout"},
    .body = +[](World& world) {
      const std::exception_ptr timeout = Producer(world).future->result(0ns).error;
      for (const std::exception_ptr& error : {cancelled_error(world), invalid_state_error(world), timeout}) {
        ASSERT_NE(error, nullptr);
        EXPECT_FALSE(looks_internal(name_of(*type_of(error)))) << name_of(*type_of(error));
      }
      world.witness(true, "by construction: the library threw three of its errors");
    }};

}  // namespace

std::vector<TestCase> errors_tests() {
  return {cancellation_has_one_type,        timeouts_have_one_type,
          a_broken_pool_is_a_runtime_error, a_second_completion_is_an_invalid_state,
          two_errors_share_a_base,          three_conditions_exist,
          errors_have_public_names};
}

}  // namespace touchstone
