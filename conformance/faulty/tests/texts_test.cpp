// The texts in which faults are told: kept as files, for people to read, so that a change of any is seen and judged.
//
// Written anew by TOUCHSTONE_GOLDEN=write. What differs from run to run is replaced, and what differs from compiler to
// compiler, the stacks, is left out.

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <supervisor/tests/program_run.hpp>

namespace touchstone::supervisor {
namespace {

/// Sections of the evidence that depend on the compiler, or on who of several threads was first.
bool begins_left_out(const std::string& line) {
  return line.starts_with("    | stacks") || line.starts_with("    | last events") || line.starts_with("    | tasks: ");
}

/// The threads by their order of appearance.
std::string with_thread_names(const std::string& text) {
  static const std::regex thread("(\\bthreads? |\\bprocess |, )([0-9]+)(?= \\(|:)");
  std::map<std::string, std::string> names;
  std::string result;
  auto at = text.cbegin();
  for (std::smatch found; std::regex_search(at, text.cend(), found, thread); at = found[0].second) {
    const auto [name, is_new] = names.emplace(found[2], std::string(1, static_cast<char>('A' + names.size())));
    result.append(at, found[0].first).append(found[1]).append(name->second);
  }
  return result.append(at, text.cend());
}

/// A line for each of the threads that are told together: waiters of one condition variable sleep at either of two
/// addresses, so that those of one run are told together, and those of another apart.
std::string with_a_line_for_each_thread(const std::string& line) {
  static const std::regex together("    \\|   threads ((?:[0-9]+ \\([^)]*\\)(?:, )?)+)(.*)");
  static const std::regex thread("[0-9]+ \\([^)]*\\)");
  std::smatch parts;
  if (!std::regex_match(line, parts, together)) return line + "\n";
  const std::string threads = parts[1];
  std::string lines;
  for (std::sregex_iterator one(threads.begin(), threads.end(), thread), end; one != end; ++one) {
    lines += "    |   thread " + one->str() + parts[2].str() + "\n";
  }
  return lines;
}

std::string normalized(const std::string& text) {
  std::istringstream lines(text);
  std::string kept;
  bool is_left_out = false;
  for (std::string line; std::getline(lines, line);) {
    if (begins_left_out(line)) is_left_out = true;
    if (!line.starts_with("    | ") || line.starts_with("    | printed:")) is_left_out = false;
    if (line.starts_with("    |     at the same place as")) continue;
    if (!is_left_out) kept += with_a_line_for_each_thread(line);
  }
  kept = std::regex_replace(kept, std::regex("0x[0-9a-f]+"), "0x...");
  kept = std::regex_replace(kept, std::regex("test-thread-[0-9]+"), "test-thread-N");
  kept = std::regex_replace(kept, std::regex(" +[0-9]+\\.[0-9]+ s"), " ... s");
  kept = std::regex_replace(kept, std::regex(" \\[[a-z_0-9]+\\]\n"), "\n");
  kept = std::regex_replace(kept, std::regex("[^ ]*/bin/faulty/"), "");
  return with_thread_names(kept);
}

std::string read(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

struct Text {
  const char* executor;
  const char* test;
};

class Texts : public testing::TestWithParam<Text> {};

TEST_P(Texts, AreAsTheyWereApproved) {
  RunningProgram program({std::string(FAULTY_EXECUTORS) + GetParam().executor, "--run", GetParam().test});
  const std::string text = normalized(program.wait().out);
  const std::string path = std::string(GOLDEN_TEXTS) + GetParam().executor + "." + GetParam().test + ".txt";
  const char* const wish = std::getenv("TOUCHSTONE_GOLDEN");
  if (wish != nullptr && std::string(wish) == "write") std::ofstream(path) << text;
  EXPECT_EQ(text, read(path)) << "read both; if the new one is better, write it by TOUCHSTONE_GOLDEN=write";
}

INSTANTIATE_TEST_SUITE_P(
    Executors, Texts,
    testing::Values(Text{"keeps_its_last_task", "Task.is_forgotten_once_finished"},
                    Text{"wakes_one_waiter", "FutureResult.wakes_every_blocked_thread"},
                    Text{"lets_exceptions_out", "Task.keeps_its_exception_out_of_submit"},
                    Text{"does_not_wait_in_shutdown", "Shutdown.waits_for_running_and_queued_work"},
                    Text{"does_not_wait_in_shutdown", "Shutdown.refuses_what_a_task_submits_meanwhile"},
                    Text{"forgets_to_stop_in_destructor", "FutureResult.delivers_the_value"},
                    Text{"aborts_in_destructor", "FutureResult.delivers_the_value"},
                    Text{"loses_every_third_call", "FutureResult.delivers_each_task_its_own_value"},
                    Text{"loses_every_third_call", "Task.that_throws_stops_no_other"},
                    Text{"starts_newest_first", "Submit.starts_calls_in_order"},
                    Text{"none", "Nested.classifies_the_wait_on_a_full_pool"}),
    [](const auto& one) {
      return std::string(one.param.executor) + "_" + std::regex_replace(one.param.test, std::regex("\\."), "_");
    });

}  // namespace
}  // namespace touchstone::supervisor
