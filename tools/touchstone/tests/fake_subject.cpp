// A subject executable that behaves as the name under which it is called says.
//
// It has 30 tests, Fake.case_1 of FUT-001 and so on, and no executor at all. What it does not do well is what the
// command must survive.

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

namespace {

constexpr int tests = 30;

struct Call {
  std::string path;
  std::string behaviour;
  std::vector<std::string> arguments;
  int runner_pipe = -1;
  int runs = 0;

  [[nodiscard]] bool has(const std::string& word) const {
    for (const std::string& argument : arguments) {
      if (argument == word) return true;
    }
    return false;
  }
};

std::string id_of(int number) {
  const std::string digits = std::to_string(number);
  return "FUT-" + std::string(3 - digits.size(), '0') + digits;
}

[[noreturn]] void stand_still() {
  for (;;) pause();
}

/// What a careful supervisor does: when its runner is gone, its descendants go, too.
[[noreturn]] void work_until_the_runner_is_gone(const Call& call) {
  signal(SIGTERM, SIG_IGN);  // comes when the runner dies, and would leave the child without anybody
  const pid_t child = fork();
  if (child == 0) {
    setsid();
    stand_still();
  }
  char nothing = 0;
  while (read(call.runner_pipe, &nothing, 1) > 0) {
  }
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  std::_Exit(130);
}

/// What a careless one does: it ignores all that it is told, and leaves children that are nobody's.
[[noreturn]] void be_stubborn() {
  signal(SIGTERM, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  if (fork() == 0) {
    setsid();
    if (fork() == 0) stand_still();
    std::_Exit(0);
  }
  stand_still();
}

/// Waits until the test has opened and closed a pipe that has a name.
void wait_for_the_test() {
  const int gate = open(std::getenv("TOUCHSTONE_FAKE_GATE"), O_RDONLY);
  char nothing = 0;
  while (read(gate, &nothing, 1) > 0) {
  }
  close(gate);
}

/// How often this program has run its tests, this time included.
int count_runs(const Call& call) {
  std::fstream file(call.path + ".runs", std::ios::in | std::ios::app);
  std::string runs;
  file >> runs;
  file.clear();
  file << '|' << std::flush;
  return static_cast<int>(runs.size()) + 1;
}

void print_verdict(const Call& call, const std::string& test) {
  const int number = std::stoi(test.substr(test.rfind('_') + 1));
  std::string verdict = "pass";
  std::string more;
  if (call.behaviour == "failing" && number % 10 == 0) {
    verdict = "fail";
    more = "\"evidence\":\"a.cpp:1: Failure\\nexpected 1\",\"fingerprint\":\"a.cpp: 1 == 2\",";
  }
  if (call.behaviour == "tiring" && number == 7 && call.runs == 3) {
    verdict = "fail";
    more = "\"evidence\":\"b.cpp:2: Failure\\ntired\",\"fingerprint\":\"b.cpp: tired\",";
  }
  if (call.behaviour == "inconclusive" && number == 3) verdict = "inconclusive";
  std::string about = id_of(number);
  if (call.behaviour == "accusing" && number == 3) {
    verdict = "hung";
    about = id_of(7);
    more = "\"own_requirement\":\"" + id_of(number) + "\",\"own_verdict\":\"pass\",";
  }
  if (call.behaviour == "deviating" && number == 3) {
    verdict = "deviation";
    more = "\"reason\":\"known\",";
  }
  std::cout << R"({"touchstone":1,"subject":"fake","test":")" << test << R"(","requirement":")" << about
            << R"(","revision":1,"level":"MUST","profile":"core","verdict":")" << verdict << "\"," << more
            << R"("seed":1,"seconds":0.001,"proof_ms":null,"replay":"fake --run )" << test << "\"}\n"
            << std::flush;
}

void misbehave(const Call& call, int number) {
  const std::string& behaviour = call.behaviour;
  if (behaviour == "garbage" && number == 2) std::cout << "hello\n\xff\xfe\n{\"touchstone\":1}\n" << std::flush;
  if (behaviour == "unasked" && number == 2) print_verdict(call, "Other.case_1");
  if (number != 5) return;
  if (behaviour == "crashing") abort();
  if (behaviour == "exiting") std::_Exit(0);
  if (behaviour == "hanging") stand_still();
  if (behaviour == "patient") wait_for_the_test();
  if (behaviour == "working") work_until_the_runner_is_gone(call);
  if (behaviour == "stubborn") be_stubborn();
}

int run_tests(Call call) {
  int code = 0, number = 0;
  if (call.behaviour == "tiring") call.runs = count_runs(call);
  for (std::string test; std::getline(std::cin, test);) {
    misbehave(call, ++number);
    print_verdict(call, test);
  }
  if (call.behaviour == "failing" || call.runs == 3) code = 1;
  if (call.behaviour == "unexplained") code = 3;
  if (call.behaviour == "leaving") {
    if (fork() == 0) {
      setsid();
      stand_still();
    }
  }
  return code;
}

int answer(const Call& call) {
  if (call.has("--describe")) {
    if (call.behaviour == "dead") abort();
    if (call.behaviour == "mute") stand_still();
    if (call.behaviour == "talkative") std::cout << "starting up\n";
    const std::string profiles = call.behaviour == "boasting" ? R"("core","everything")" : R"("core")";
    std::cout << R"({"touchstone":1,"subject":"fake","version":"1","profiles":[)" << profiles
              << R"(],"capabilities":["future"],"compiler":"c","flags":"f","sanitizer":"","suite_version":"0"})"
              << "\n";
    return 0;
  }
  if (call.has("--list")) {
    for (int number = 1; number <= tests; ++number) {
      std::cout << R"({"test":"Fake.case_)" << number << R"(","requirement":")" << id_of(number)
                << R"(","applicable":true,"reason":""})"
                << "\n";
    }
    return 0;
  }
  return run_tests(call);
}

}  // namespace

int main(int argc, char** argv) {
  Call call;
  call.path = argv[0];
  call.behaviour = call.path.substr(call.path.rfind('/') + 1);
  for (int i = 1; i < argc; ++i) {
    call.arguments.emplace_back(argv[i]);
    if (call.arguments.back() == "--runner-pipe" && i + 1 < argc) call.runner_pipe = std::atoi(argv[i + 1]);
  }
  return answer(call);
}
