// junit.xml: for continuous integration. A requirement and its verdict stand in the properties of each test case,
// since JUnit knows fewer verdicts than we.

#include <fmt/format.h>

#include <report/markup.hpp>
#include <report/reports.hpp>

namespace touchstone::tool {

namespace {

std::string outcome(const TestResult& test) {
  const std::string name(to_string(test.verdict));
  const std::string message = escape_markup(test.why());
  const std::string text = escape_markup(test.evidence + (test.replay.empty() ? "" : "\nreplay: " + test.replay));
  switch (test.verdict) {
    case Verdict::fail:
    case Verdict::unexpected_pass:
      return fmt::format("      <failure type=\"{}\" message=\"{}\">{}</failure>\n", name, message, text);
    case Verdict::hung:
    case Verdict::crashed:
    case Verdict::harness_error:
      return fmt::format("      <error type=\"{}\" message=\"{}\">{}</error>\n", name, message, text);
    case Verdict::pass:
      return "";
    default:
      return fmt::format("      <skipped message=\"{}{}{}\"/>\n", name, message.empty() ? "" : ": ", message);
  }
}

struct Counts {
  int failures = 0, errors = 0, skipped = 0;
};

Counts counts_of(const SubjectResult& subject) {
  Counts counts;
  for (const TestResult& test : subject.tests) {
    const std::string text = outcome(test);
    counts.failures += text.find("<failure") != std::string::npos ? 1 : 0;
    counts.errors += text.find("<error") != std::string::npos ? 1 : 0;
    counts.skipped += text.find("<skipped") != std::string::npos ? 1 : 0;
  }
  return counts;
}

std::string property(std::string_view name, std::string_view value) {
  return fmt::format("        <property name=\"{}\" value=\"{}\"/>\n", name, escape_markup(value));
}

std::string test_case(const SubjectResult& subject, const TestResult& test) {
  const std::size_t dot = test.test.find('.');
  const std::string topic = dot == std::string::npos ? "" : "." + test.test.substr(0, dot);
  std::string text =
      fmt::format("    <testcase classname=\"{}{}\" name=\"{}\" time=\"{:.6f}\">\n      <properties>\n",
                  escape_markup(subject.name), escape_markup(topic), escape_markup(test.test), test.seconds);
  text += property("requirement", test.requirement) + property("level", test.level) +
          property("profile", test.profile) + property("verdict", to_string(test.verdict));
  if (!test.hang_class.empty()) text += property("class", test.hang_class);
  if (!test.choice.empty()) text += property("choice", test.choice);
  return text + "      </properties>\n" + outcome(test) + "    </testcase>\n";
}

std::string suite(const SubjectResult& subject, const RunHeader& header) {
  const Counts counts = counts_of(subject);
  const bool broken = !subject.problem.empty();
  std::string text = fmt::format(
      "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{:.3f}\" "
      "timestamp=\"{}\">\n",
      escape_markup(subject.name), subject.tests.size() + (broken ? 1 : 0), counts.failures,
      counts.errors + (broken ? 1 : 0), counts.skipped, subject.seconds, header.start.substr(0, 19));
  for (const TestResult& test : subject.tests) text += test_case(subject, test);
  if (broken) {
    text += fmt::format(
        "    <testcase classname=\"{0}\" name=\"executable\" time=\"0\">\n"
        "      <error type=\"harness-error\" message=\"{1}\">{1}</error>\n    </testcase>\n",
        escape_markup(subject.name), escape_markup(subject.problem));
  }
  return text + "  </testsuite>\n";
}

}  // namespace

std::string report_junit(const Report& report) {
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"Touchstone\">\n";
  for (const SubjectResult& subject : report.run->subjects) text += suite(subject, report.run->header);
  return text + "</testsuites>\n";
}

}  // namespace touchstone::tool
