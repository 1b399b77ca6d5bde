// One test as GoogleTest sees it, and what is taken down of it.

#include <cxxabi.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <set>
#include <src/ledger.hpp>
#include <src/test_record.hpp>
#include <string>
#include <supervisor/child/test_run.hpp>
#include <utility>

namespace touchstone::supervisor {

namespace {

std::string demangled(const char* name) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(abi::__cxa_demangle(name, nullptr, nullptr, &status), std::free);
  return status == 0 ? text.get() : name;
}

std::string without_folders(std::string_view path) { return std::string(path.substr(path.rfind('/') + 1)); }

/// Collects what GoogleTest would print.
class Collector : public testing::EmptyTestEventListener {
 public:
  Collector(TestReport& report, const std::function<void(const Failure&)>& on_failure)
      : report_(report), on_failure_(on_failure) {}

 private:
  void OnTestStart(const testing::TestInfo&) override { ran_ = true; }

  // Called under a lock of GoogleTest's, from whichever thread the assertion is in.
  void OnTestPartResult(const testing::TestPartResult& result) override {
    const std::string file = result.file_name() == nullptr ? "" : without_folders(result.file_name());
    if (result.skipped()) {
      report_.error = file + ":" + std::to_string(result.line_number()) +
                      ": a test must not skip itself: name what it needs in its table";
    } else if (result.failed()) {
      report_.failures.push_back({file, result.line_number(), result.message()});
      if (on_failure_) on_failure_(report_.failures.back());
      // GoogleTest knows no place of an exception that left the test.
      record_event(file.empty() ? "the test failed"
                                : "assertion failed at " + file + ":" + std::to_string(result.line_number()));
    }
  }

  void OnTestProgramEnd(const testing::UnitTest&) override {
    if (!ran_) report_.error = "GoogleTest ran no test";
  }

  TestReport& report_;
  const std::function<void(const Failure&)>& on_failure_;
  bool ran_ = false;
};

/// What the next run is about. GoogleTest keeps a registered test for ever, and may run it several times.
struct CurrentRun {
  const TestCase* test = nullptr;
  Subject* subject = nullptr;
  std::uint64_t seed = 0;
  std::function<void()> on_body_end;
};

CurrentRun current_run;

/// Adapts a row of a topic's table to GoogleTest.
class RegisteredTest : public testing::Test {
  void TestBody() override {
    const CurrentRun& run = current_run;
    RecordProperty("requirement", std::string(run.test->requirement));
    try {
      World world(*run.subject, run.seed);
      run_body(*run.test, world);
      world.end_body();
      if (run.on_body_end) run.on_body_end();
    } catch (...) {
      ADD_FAILURE_AT("", 0) << "the test threw " << current_exception_text();
    }
  }

  static void run_body(const TestCase& test, World& world) {
    try {
      test.body(world);
    } catch (...) {
      ADD_FAILURE_AT("", 0) << "the test threw " << current_exception_text();
    }
  }
};

/// Makes the test known to GoogleTest, and returns its full name.
std::string register_once(const TestCase& test) {
  static std::set<std::string> known;
  const std::string name(test.name);
  const std::size_t dot = name.find('.');
  const std::string topic = name.substr(0, dot);
  const std::string rest = dot == std::string::npos ? "test" : name.substr(dot + 1);
  if (known.insert(name).second) {
    testing::RegisterTest(topic.c_str(), rest.c_str(), nullptr, std::string(test.requirement).c_str(), __FILE__,
                          __LINE__, []() -> testing::Test* { return new RegisteredTest; });
  }
  return topic + "." + rest;
}

/// Whatever the surroundings ask GoogleTest for by variables is meant for other programs.
void set_flags(const std::string& only) {
  for (const char* const variable : {"GTEST_TOTAL_SHARDS", "GTEST_SHARD_INDEX", "GTEST_SHARD_STATUS_FILE",
                                     "TEST_PREMATURE_EXIT_FILE", "XML_OUTPUT_FILE"}) {
    unsetenv(variable);
  }
  GTEST_FLAG_SET(filter, only);
  GTEST_FLAG_SET(output, "");
  GTEST_FLAG_SET(stream_result_to, "");
  GTEST_FLAG_SET(repeat, 1);
  GTEST_FLAG_SET(shuffle, false);
  GTEST_FLAG_SET(list_tests, false);
  GTEST_FLAG_SET(also_run_disabled_tests, true);
  GTEST_FLAG_SET(throw_on_failure, false);
}

void initialize_once() {
  static bool initialized = false;
  if (std::exchange(initialized, true)) return;
  GTEST_FLAG_SET(output, "");
  GTEST_FLAG_SET(stream_result_to, "");
  static char name[] = "touchstone";
  static char* arguments[] = {name, nullptr};
  int count = 1;
  testing::InitGoogleTest(&count, arguments);
}

}  // namespace

std::string current_exception_text() {
  try {
    throw;
  } catch (const std::exception& error) {
    return demangled(typeid(error).name()) + ": " + error.what();
  } catch (...) {
    const std::type_info* const type = abi::__cxa_current_exception_type();
    return type == nullptr ? "an exception of another language" : demangled(type->name());
  }
}

TestReport run_test(const TestCase& test, Subject& subject, std::uint64_t seed, Chatter chatter,
                    const Listeners& listening) {
  initialize_once();
  set_flags(register_once(test));
  testing::TestEventListeners& listeners = testing::UnitTest::GetInstance()->listeners();
  if (chatter == Chatter::none) delete listeners.Release(listeners.default_result_printer());
  TestReport report;
  auto* const collector = new Collector(report, listening.on_failure);
  listeners.Append(collector);
  test_record().clear();
  const auto start = std::chrono::steady_clock::now();
  const auto complete = [&] {
    report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    report.witnesses = test_record().witnesses();
    report.choice = test_record().choice();
  };
  current_run = {&test, &subject, seed, [&] {
                   complete();
                   if (listening.on_body_end) listening.on_body_end(report);
                 }};
  [[maybe_unused]] const int code = RUN_ALL_TESTS();  // the collector knows more
  current_run = {};
  delete listeners.Release(collector);
  complete();
  return report;
}

std::unique_ptr<Subject> make_subject_safely(MakeSubject make_subject, std::string& error) {
  try {
    std::unique_ptr<Subject> subject = make_subject();
    if (subject == nullptr) error = "the adapter made no subject (null)";
    return subject;
  } catch (...) {
    error = "making the subject threw " + current_exception_text();
    return nullptr;
  }
}

Description describe_subject(MakeSubject make_subject) {
  Description description;
  const std::unique_ptr<Subject> subject = make_subject_safely(make_subject, description.error);
  if (subject == nullptr) return description;
  try {
    description.name = subject->name();
    description.version = subject->version();
    description.home = subject->home();
    for (const std::string& capability : subject->capabilities()) description.capabilities.push_back(capability);
    for (const std::string& profile : subject->profiles()) description.profiles.push_back(profile);
  } catch (...) {
    description.error = "asking the subject what it is threw " + current_exception_text();
  }
  return description;
}

}  // namespace touchstone::supervisor
