// junit.xml: for continuous integration. A requirement and its verdict stand in the properties of each test case,
// since JUnit knows fewer verdicts than we: which are failures and which are not, the exit code decides.

#include <fmt/format.h>

#include <report/markup.hpp>
#include <report/reports.hpp>
#include <results/exit_code.hpp>

namespace touchstone::tool {

namespace {

enum class Outcome { passed, skipped, failure, error };

/// What makes the exit code other than 0 is a failure or an error here, so that whoever reads only this file comes to
/// the same result.
Outcome outcome_of(Verdict verdict, bool strict) {
  if (exit_code_of(verdict, strict) == exit_expected) {
    return verdict == Verdict::pass ? Outcome::passed : Outcome::skipped;
  }
  switch (verdict) {
    case Verdict::fail:
    case Verdict::unexpected_pass:
    case Verdict::deviation:
      return Outcome::failure;
    default:
      return Outcome::error;
  }
}

struct Counts {
  std::size_t tests = 0, failures = 0, errors = 0, skipped = 0;

  void add(Outcome outcome) {
    ++tests;
    failures += outcome == Outcome::failure ? 1 : 0;
    errors += outcome == Outcome::error ? 1 : 0;
    skipped += outcome == Outcome::skipped ? 1 : 0;
  }

  void add(const Counts& others) {
    tests += others.tests;
    failures += others.failures;
    errors += others.errors;
    skipped += others.skipped;
  }

  [[nodiscard]] std::string attributes() const {
    return fmt::format("tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\"", tests, failures, errors, skipped);
  }
};

std::string element(const TestResult& test, Outcome outcome) {
  const std::string name(to_string(test.verdict));
  const std::string message = escape_markup(test.why());
  const std::string text = escape_markup(test.evidence + (test.replay.empty() ? "" : "\nreplay: " + test.replay));
  switch (outcome) {
    case Outcome::passed:
      return "";
    case Outcome::skipped:
      return fmt::format("      <skipped message=\"{}{}{}\"/>\n", name, message.empty() ? "" : ": ", message);
    case Outcome::failure:
      return fmt::format("      <failure type=\"{}\" message=\"{}\">{}</failure>\n", name, message, text);
    case Outcome::error:
      break;
  }
  return fmt::format("      <error type=\"{}\" message=\"{}\">{}</error>\n", name, message, text);
}

std::string property(std::string_view name, std::string_view value) {
  return fmt::format("        <property name=\"{}\" value=\"{}\"/>\n", name, escape_markup(value));
}

std::string test_case(const SubjectResult& subject, const TestResult& test, Outcome outcome) {
  const std::size_t dot = test.test.find('.');
  const std::string topic = dot == std::string::npos ? "" : "." + test.test.substr(0, dot);
  std::string text =
      fmt::format("    <testcase classname=\"{}{}\" name=\"{}\" time=\"{:.6f}\">\n      <properties>\n",
                  escape_markup(subject.name), escape_markup(topic), escape_markup(test.test), test.seconds);
  text += property("requirement", test.requirement) + property("level", test.level) +
          property("profile", test.profile) + property("verdict", to_string(test.verdict));
  if (!test.hang_class.empty()) text += property("class", test.hang_class);
  if (!test.choice.empty()) text += property("choice", test.choice);
  if (!test.fingerprint.empty()) text += property("fingerprint", test.fingerprint);
  return text + "      </properties>\n" + element(test, outcome) + "    </testcase>\n";
}

/// Something that is wrong and is no test's.
std::string error_case(std::string_view owner, std::string_view name, std::string_view type, std::string_view message) {
  return fmt::format(
      "    <testcase classname=\"{}\" name=\"{}\" time=\"0\">\n"
      "      <error type=\"{}\" message=\"{}\">{}</error>\n    </testcase>\n",
      escape_markup(owner), name, type, escape_markup(message), escape_markup(message));
}

std::string suite(std::string_view name, const Counts& counts, double seconds, const RunHeader& header,
                  const std::string& cases) {
  return fmt::format("  <testsuite name=\"{}\" {} time=\"{:.3f}\" timestamp=\"{}\">\n{}  </testsuite>\n",
                     escape_markup(name), counts.attributes(), seconds, header.start.substr(0, 19), cases);
}

std::string suite_of(const SubjectResult& subject, const RunHeader& header, Counts& all) {
  Counts counts;
  std::string cases;
  for (const TestResult& test : subject.tests) {
    const Outcome outcome = outcome_of(test.verdict, header.strict);
    counts.add(outcome);
    cases += test_case(subject, test, outcome);
  }
  if (!subject.problem.empty()) {
    counts.add(Outcome::error);
    cases += error_case(subject.name, "executable", "harness-error", subject.problem);
  }
  all.add(counts);
  return suite(subject.name, counts, subject.seconds, header, cases);
}

}  // namespace

std::string report_junit(const Report& report) {
  const RunHeader& header = report.run->header;
  Counts all;
  std::string suites;
  for (const SubjectResult& subject : report.run->subjects) suites += suite_of(subject, header, all);
  if (!header.complete) {
    Counts one;
    one.add(Outcome::error);
    all.add(one);
    suites += suite("the run", one, 0, header,
                    error_case("the run", "is complete", "interrupted", "it was interrupted before its last test"));
  }
  return fmt::format(
             "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"Touchstone\" {} time=\"{:.3f}\">\n{}",
             all.attributes(), header.seconds, suites) +
         "</testsuites>\n";
}

}  // namespace touchstone::tool
