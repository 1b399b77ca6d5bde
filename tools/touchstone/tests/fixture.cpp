#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <map>
#include <sstream>
#include <tests/fixture.hpp>

namespace touchstone::tool {

namespace fs = std::filesystem;

TemporaryFolder::TemporaryFolder() {
  static std::atomic<int> count = 0;
  path_ = fs::path(TOUCHSTONE_TEST_FOLDER) / fmt::format("{}-{}", getpid(), ++count);
  fs::create_directories(path_);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void TemporaryFolder::write(const fs::path& file, const std::string& content) const {
  fs::create_directories((path_ / file).parent_path());
  std::ofstream(path_ / file, std::ios::binary) << content;
}

std::string TemporaryFolder::read(const fs::path& file) const {
  std::ifstream stream(path_ / file, std::ios::binary);
  std::stringstream content;
  content << stream.rdbuf();
  return content.str();
}

fs::path TemporaryFolder::fake_subject(const std::string& behaviour) const {
  fs::path link = path_ / behaviour;
  if (!fs::exists(link)) fs::create_symlink(TOUCHSTONE_FAKE_SUBJECT, link);
  return link;
}

std::string requirement_text(const std::string& id, const std::vector<std::string>& changes) {
  std::vector<std::pair<std::string, std::string>> lines = {{"id", fmt::format("\"{}\"", id)},
                                                            {"title", fmt::format("\"Title of {}\"", id)},
                                                            {"rev", "1"},
                                                            {"profile", "\"core\""},
                                                            {"level", "\"MUST\""},
                                                            {"applies", "\"both\""},
                                                            {"since", "\"3.2\""},
                                                            {"text", "\"A thing MUST happen.\""},
                                                            {"intent", "\"Else it does not.\""},
                                                            {"needs", "[\"future\"]"},
                                                            {"sources", "[\"documentation: things\"]"}};
  for (const std::string& change : changes) {
    const std::string key = change.substr(0, change.find(" ="));
    const auto found = std::find_if(lines.begin(), lines.end(), [&](const auto& line) { return line.first == key; });
    const std::string value = change.find(" = ") == std::string::npos ? "" : change.substr(change.find(" = ") + 3);
    if (found == lines.end()) {
      lines.emplace_back(key, value);
    } else {
      found->second = value;
    }
  }
  std::string text = "[[requirement]]\n";
  for (const auto& [key, value] : lines) {
    if (!value.empty()) text += fmt::format("{} = {}\n", key, value);
  }
  return text + "\n";
}

std::string chapter_text(const std::string& requirements) {
  return "[chapter]\ntitle = \"Future\"\nprefix = \"FUT\"\ntext = \"About futures.\"\n\n" + requirements;
}

fs::path write_specification(const TemporaryFolder& folder, int count) {
  folder.write("spec/capabilities.toml",
               "[[capability]]\nid = \"future\"\nfound = \"concept\"\ntext = \"A handle.\"\n\n"
               "[[capability]]\nid = \"order.fifo\"\nfound = \"declared\"\ntext = \"Order.\"\n");
  folder.write("spec/profiles.toml",
               "[[profile]]\nid = \"core\"\ntext = \"Core.\"\n\n[[profile]]\nid = \"futures\"\ntext = \"Futures.\"\n");
  std::string requirements;
  for (int number = 1; number <= count; ++number) requirements += requirement_text(fmt::format("FUT-{:03}", number));
  folder.write("spec/requirements/future.toml", chapter_text(requirements));
  return folder.path() / "spec";
}

SubjectResult subject_with(const std::vector<Verdict>& verdicts) {
  SubjectResult subject;
  subject.name = subject.subject = "fake";
  subject.profiles = {"core"};
  subject.capabilities = {"future"};
  int number = 0;
  for (const Verdict verdict : verdicts) {
    TestResult test;
    test.requirement = fmt::format("FUT-{:03}", ++number);
    test.test = fmt::format("Fake.case_{}", number);
    test.level = "MUST";
    test.profile = "core";
    test.verdict = verdict;
    test.seed = 1;
    test.replay = fmt::format("fake --run {} --seed 1", test.test);
    subject.tests.push_back(test);
  }
  return subject;
}

RunResult run_with(SubjectResult subject) {
  RunResult run;
  run.header.suite_version = "1.2.3";
  run.header.start = run.header.end = "2026-01-31T12:00:00Z";
  run.header.complete = true;
  run.subjects.push_back(std::move(subject));
  return run;
}

}  // namespace touchstone::tool
