#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <pairs/arm.hpp>
#include <stdexcept>

namespace touchstone::bench {

namespace {

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what); }

/// A descriptor of a copy of a file, in memory.
int copy_in_memory(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) fail(path + " cannot be opened: " + std::strerror(errno));
  const int copy = memfd_create("touchstone-bench-module", MFD_CLOEXEC);
  if (copy < 0) fail(std::string("no memory for a copy of a module: ") + std::strerror(errno));
  ssize_t sent = 1;
  while (sent > 0) sent = sendfile(copy, file, nullptr, std::size_t{1} << 30);
  if (sent < 0) fail(path + " cannot be read: " + std::strerror(errno));
  close(file);
  return copy;
}

std::size_t index_of(const TouchstoneBenchModule1& module, const std::string& workload) {
  for (std::size_t i = 0; i < module.workloads; ++i) {
    if (workload == module.workload_name(i)) return i;
  }
  fail(std::string(module.name) + " has no workload " + workload);
}

}  // namespace

const TouchstoneBenchModule1& load_module(const std::string& path) {
  const int copy = copy_in_memory(path);
  void* const library = dlopen(("/proc/self/fd/" + std::to_string(copy)).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) fail(path + " is no module that can be loaded: " + dlerror());
  // The copy's descriptor stays open: a second module of the same name would be taken for the first.
  auto* const function =
      reinterpret_cast<TouchstoneBenchModuleFunction1*>(dlsym(library, touchstone_bench_module_symbol));
  if (function == nullptr) {
    fail(path + " is no module of a benchmark, or one of another version: it has no " + touchstone_bench_module_symbol);
  }
  return *function();
}

Arm::Arm(const TouchstoneBenchModule1& module, const std::string& workload)
    : module_(module), workload_(module.make(index_of(module, workload))) {
  if (workload_ == nullptr) fail(std::string(module.name) + " " + workload + ": " + module.error());
}

std::chrono::nanoseconds Arm::run() {
  const std::int64_t nanoseconds = module_.run(workload_);
  if (nanoseconds < 0) fail(std::string(module_.name) + ": " + module_.error());
  return std::chrono::nanoseconds(nanoseconds);
}

double Arm::sample(int runs) {
  std::chrono::nanoseconds time{0};
  for (int i = 0; i < runs; ++i) time += run();
  return static_cast<double>(time.count()) / (runs * static_cast<double>(module_.units(workload_)));
}

}  // namespace touchstone::bench
