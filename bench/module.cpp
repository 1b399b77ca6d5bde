// The module of a benchmark: the workloads of its subject, behind an interface of C.

#include <exception>
#include <string>
#include <touchstone/bench/build.hpp>
#include <touchstone/bench/module.hpp>
#include <touchstone/bench/run_on_caller.hpp>
#include <touchstone/bench/subject.hpp>
#include <vector>

namespace touchstone::bench {

namespace {

class Module {
 public:
  Module() : description_(describe_subject()) {
    for (Entry& entry : workloads_of_subject(paired_sizes)) {
      if (entry.in_pairs) entries_.push_back(std::move(entry));
    }
    const Build build = this_build();
    table_ = {.name = description_.name.c_str(),
              .version = description_.version.c_str(),
              .compiler = build.compiler,
              .flags = build.flags,
              .optimized = build.optimized,
              .workloads = entries_.size(),
              .workload_name = [](std::size_t index) { return the_module().entries_[index].name.c_str(); },
              .make = [](std::size_t index) { return the_module().make(index); },
              .run = [](void* workload) { return the_module().run(*static_cast<Workload*>(workload)); },
              .units = [](const void* workload) { return static_cast<const Workload*>(workload)->units(); },
              .destroy = [](void* workload) { delete static_cast<Workload*>(workload); },
              .error = [] { return the_module().error_.c_str(); }};
  }

  static Module& the_module() {
    static Module module;
    return module;
  }

  [[nodiscard]] const TouchstoneBenchModule1& table() const { return table_; }

 private:
  void* make(std::size_t index) {
    is_caller = true;
    try {
      return entries_[index].make().release();
    } catch (const std::exception& error) {
      error_ = error.what();
      return nullptr;
    }
  }

  std::int64_t run(Workload& workload) {
    try {
      return workload.run().count();
    } catch (const std::exception& error) {
      error_ = error.what();
      return -1;
    }
  }

  Description description_;
  std::vector<Entry> entries_;
  TouchstoneBenchModule1 table_{};
  std::string error_;
};

}  // namespace

}  // namespace touchstone::bench

extern "C" [[gnu::visibility("default")]] const TouchstoneBenchModule1* touchstone_bench_module_1() {
  return &touchstone::bench::Module::the_module().table();
}
