// Process pools: what exceptions bring along when they travel, beside type and text: data, and what caused them.

#include <process_fixtures.hpp>
#include <system_error>
#include <topics.hpp>

namespace touchstone {
namespace {

/// What the script throws in a child.
std::exception_ptr error_from_afar(World& world, Executor& executor, const Script& script) {
  const Task task = script;
  const Answer answer = executor.submit(task)->result();
  EXPECT_FALSE(answer.has_value()) << answer.to_string();
  world.witness(task.runs() == 1 && answer.error != nullptr, "the task had thrown in a child: " + answer.text);
  return answer.error;
}

/// Whether it, or one that is nested in it, has that text and no other.
bool holds(const std::exception_ptr& error, const std::string& text) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& exception) {
    if (exception.what() == text) return true;
    try {
      std::rethrow_if_nested(exception);
    } catch (...) {
      return holds(std::current_exception(), text);
    }
  } catch (...) {
  }
  return false;
}

const TestCase causes_arrive_as_text_at_least{
    .name = "ProcessError.causes_arrive_as_text_at_least",
    .requirement = verifies("PPE-041"),
    .shows = "an exception that was caused by another arrives with the texts of both, be the cause known or not",
    .needs = {"future"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      for (const Operation& cause : {Operation(Throw{"the cause"}), Operation(ThrowUnknown{"the cause"})}) {
        const std::exception_ptr error = error_from_afar(world, executor, {ThrowFrom{"the consequence", {cause}}});
        const std::string text = full_text(error);
        EXPECT_NE(text.find("the consequence"), std::string::npos) << text;
        EXPECT_NE(text.find("the cause"), std::string::npos) << text;
        world.choose(holds(error, "the cause") ? "the causes arrive as exceptions" : "the causes arrive as text");
      }
    }};

const TestCase is_not_lost_with_its_cause{
    .name = "ProcessError.is_not_lost_with_its_cause",
    .requirement = verifies("PPE-041"),
    .shows = "an exception that was caused by a number, of which there is no text, arrives with its own text",
    .needs = {"future"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      const std::string text =
          full_text(error_from_afar(world, executor, {ThrowFrom{"the consequence", {ThrowNumber{42}}}}));
      EXPECT_NE(text.find("the consequence"), std::string::npos) << text;
      EXPECT_TRUE(is_usable(executor));
    }};

const TestCase data_arrive{.name = "ProcessError.data_arrive",
                           .requirement = verifies("PPE-042"),
                           .shows = "an exception that holds data which its text does not tell arrives with them",
                           .needs = {"future"},
                           .body = +[](World& world) {
                             Executor& executor = world.make();
                             for (const Value& data : {Value(42), Value(std::string("a path\0 a zero", 13))}) {
                               try {
                                 std::rethrow_exception(error_from_afar(world, executor, {ThrowData{data}}));
                               } catch (const DataError& error) {
                                 EXPECT_EQ(error.data(), data);
                               } catch (const std::exception& error) {
                                 ADD_FAILURE() << "it arrived as another type: " << error.what();
                               }
                             }
                           }};

const TestCase error_codes_arrive{.name = "ProcessError.error_codes_arrive",
                                  .requirement = verifies("PPE-042"),
                                  .shows = "an exception of the standard library arrives with its error code",
                                  .needs = {"future"},
                                  .body = +[](World& world) {
                                    Executor& executor = world.make();
                                    try {
                                      std::rethrow_exception(error_from_afar(world, executor, {ThrowCode{ENOENT}}));
                                    } catch (const std::system_error& error) {
                                      EXPECT_EQ(error.code(), std::errc::no_such_file_or_directory) << error.code();
                                    } catch (const std::exception& error) {
                                      ADD_FAILURE() << "it arrived as another type: " << error.what();
                                    }
                                  }};

}  // namespace

std::vector<TestCase> process_error_tests() {
  return {causes_arrive_as_text_at_least, is_not_lost_with_its_cause, data_arrive, error_codes_arrive};
}

}  // namespace touchstone
