// The program: loads the plug-in, and looks whether there is one library or two.

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <plugin.hpp>
#include <string>

using namespace concurrent::futures;

namespace {

// How the standard library tells types apart: libc++ by their addresses, so that a copy's error is not the other's.
#ifdef _LIBCPP_VERSION
constexpr bool compares_names = false;
#else
constexpr bool compares_names = true;
#endif

int failures = 0;

void check(bool holds, const std::string& what) {
  if (holds) return;
  ++failures;
  std::printf("not so: %s\n", what.c_str());
}

std::unique_ptr<Plugin> load(const char* path) {
  void* const library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    std::printf("%s\n", dlerror());
    std::exit(EXIT_FAILURE);
  }
  return std::unique_ptr<Plugin>(reinterpret_cast<MakePlugin*>(dlsym(library, "make_plugin"))());
}

void check_errors(Plugin& plugin) {
  int number = 0;
  for (const std::string name : error_names) {
    check(number_of_error([&] { plugin.throw_error(number); }) == number, "the program catches the plug-in's " + name);
    check(plugin.error_of([&] { throw_error_number(number); }) == number, "the plug-in catches the program's " + name);
    ++number;
  }
}

// Only where the library is there once: what belongs to one copy must not be given to another.
void check_that_there_is_one(Plugin& plugin) {
  ThreadPoolExecutor pool({.max_workers = 1, .thread_name_prefix = "program"});
  check(plugin.pool().submit([] { return 1; }).result() == 1, "the program can use the plug-in's pool");
  check(plugin.wait_for_call_in(pool) == 1, "the plug-in can use the program's pool");
  check(dynamic_cast<ThreadPoolExecutor*>(&plugin.pool()) != nullptr, "the plug-in's pool is of the program's type");

  // Its only worker waits for the plug-in's, and that one for a call that it would have to run.
  const auto knot = pool.submit([&] { return plugin.wait_for_call_in(pool); });
  check(number_of_error([&] { knot.result(); }) == deadlock_error, "a deadlock between the pools of both is detected");

  const auto end = pool.submit([&] { plugin.shut_down(pool); });
  check(number_of_error([&] { end.result(); }) == deadlock_error,
        "the plug-in knows that it runs in a worker of the program's pool");

  bool logged = false;
  set_log_handler([&](const LogRecord&) { logged = true; });
  plugin.log();
  set_log_handler({});
  check(logged, "the program's log handler gets what the plug-in logs");
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return EXIT_FAILURE;
  const std::unique_ptr<Plugin> plugin = load(arguments[1]);
  check(plugin->detects_deadlocks(), "the plug-in detects a deadlock in its pool");
  if (COPIES == 1 || compares_names) check_errors(*plugin);
  if (COPIES == 1) check_that_there_is_one(*plugin);
  return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
