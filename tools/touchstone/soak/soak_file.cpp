#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <command_line/places.hpp>
#include <command_line/streams.hpp>
#include <cstring>
#include <fstream>
#include <results/exit_code.hpp>
#include <soak/soak_file.hpp>

namespace touchstone::tool {

namespace fs = std::filesystem;

namespace {

using Json = nlohmann::json;

constexpr int format = 2;

Json to_json(const SoakHead& head) {
  return {{"touchstone_soak", format}, {"identity", head.identity}, {"verdicts", head.verdicts}, {"lines", head.lines}};
}

SoakHead head_from(const Json& line) {
  return {line.at("identity"), line.at("verdicts").get<std::map<std::string, std::string>>(),
          line.at("lines").get<VerdictLines>()};
}

Json to_json(const SoakRun& run) {
  Json differing = Json::array();
  for (const SoakDifference& one : run.differing) differing.push_back({{"test", one.test}, {"line", one.line}});
  Json json = {{"run", run.number},      {"surroundings", run.surroundings}, {"seed", run.seed},
               {"seconds", run.seconds}, {"verdicts", run.counts},           {"differing", differing}};
  if (!run.problem.empty()) json["problem"] = run.problem;
  return json;
}

SoakRun run_from(const Json& line) {
  SoakRun run{line.at("run"),           line.at("surroundings"), line.at("seed"),
              line.at("seconds"),       line.at("verdicts"),     {},
              line.value("problem", "")};
  for (const Json& one : line.at("differing")) run.differing.push_back({one.at("test"), one.at("line")});
  return run;
}

std::string text_of(const Json& line) { return line.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

SoakFile::SoakFile(fs::path file) : path_(std::move(file)), file_(path_, LineFile::Start::as_it_is) {
  std::error_code unknown;
  const bool is_there = fs::exists(path_, unknown);
  const std::string why = is_there && !fs::is_directory(path_, unknown)
                              ? (access(path_.c_str(), R_OK | W_OK) == 0 ? "" : std::strerror(errno))
                              : why_not_writable(path_);
  if (!why.empty())
    usage_error(fmt::format("{} cannot be written ({}); choose another with --file", path_.string(), why));
  if (is_there && !fs::is_regular_file(path_, unknown)) refuse("is no ordinary file");
  if (is_there) read();
}

void SoakFile::read() {
  std::ifstream stream(path_, std::ios::binary);
  std::uintmax_t whole = 0;
  int number = 0;
  for (std::string line; std::getline(stream, line) && !stream.eof();) {
    take_line(line, ++number);
    whole += line.size() + 1;
  }
  if (fs::file_size(path_) == whole) return;
  if (!has_begun()) refuse("is no file of `touchstone soak`");
  // A run that was killed while it wrote leaves a piece of a line: it is done again.
  fs::resize_file(path_, whole);
}

void SoakFile::take_line(const std::string& line, int number) {
  const Json parsed = Json::parse(line, nullptr, false);
  const bool is_head = number == 1 && parsed.is_object() && parsed.contains("touchstone_soak");
  if (number == 1 && !is_head) refuse("is no file of `touchstone soak`");
  try {
    if (!is_head) return runs_.push_back(run_from(parsed));
    if (parsed.at("touchstone_soak") != format) refuse("was begun by another version of touchstone");
    head_ = head_from(parsed);
  } catch (const Json::exception&) {
    refuse(fmt::format("is no file of `touchstone soak` any more: its line {} is none of it", number));
  }
}

void SoakFile::refuse(const std::string& what) const {
  usage_error(fmt::format("{} {}; remove it, or choose another with --file", path_.string(), what));
}

void SoakFile::refuse_unless_of(const Json& known) const {
  if (!has_begun()) return;
  for (const auto& [key, value] : known.items()) {
    const Json& begun_with = head_.identity.value(key, Json());
    if (begun_with == value) continue;
    print_remark("touchstone: {} was begun with another {} ({}, now {}); remove it, or choose another with --file\n",
                 path_.string(), key, text_of(begun_with), text_of(value));
    throw CLI::RuntimeError(exit_not_comparable);
  }
}

void SoakFile::refuse_unless_of_tests(const std::vector<TestResult>& tests) const {
  if (!has_begun()) return;
  std::size_t known = 0;
  for (const TestResult& test : tests) known += head_.verdicts.contains(test.test) ? 1 : 0;
  if (known == tests.size() && known == head_.verdicts.size()) return;
  print_remark(
      "touchstone: {} was begun with other tests: the suite has changed; remove it, or choose another with --file\n",
      path_.string());
  throw CLI::RuntimeError(exit_not_comparable);
}

std::string SoakFile::begin(SoakHead head) {
  head_ = std::move(head);
  return file_.add(text_of(to_json(head_)));
}

std::string SoakFile::add(SoakRun run) {
  runs_.push_back(std::move(run));
  return file_.add(text_of(to_json(runs_.back())));
}

Json soak_identity(const SubjectResult& subject, std::uint64_t seed, const std::string& selection) {
  return {{"subject", subject.name},
          {"version", subject.version},
          {"suite version", subject.suite_version},
          {"compiler", subject.compiler},
          {"flags", subject.flags},
          {"sanitizer", subject.sanitizer},
          {"seed", seed},
          {"selection", selection}};
}

}  // namespace touchstone::tool
