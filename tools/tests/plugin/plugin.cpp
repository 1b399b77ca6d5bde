// The plug-in.

#include <plugin.hpp>

namespace {

using namespace concurrent::futures;

class PluginWithPool final : public Plugin {
 public:
  Executor& pool() override { return pool_; }
  int wait_for_call_in(Executor& other) override {
    return pool_.submit([&other] { return other.submit([] { return 1; }).result(); }).result();
  }
  void shut_down(Executor& executor) override { executor.shutdown(); }
  void throw_error(int number) override { throw_error_number(number); }
  int error_of(const std::function<void()>& throws) override { return number_of_error(throws); }
  void log() override {
    const Promise<void> promise;
    promise.future().add_done_callback([](const Future<void>&) { throw InvalidStateError("from the plug-in"); });
    promise.future().cancel();
  }
  bool detects_deadlocks() override {
    const Future<void> call = pool_.submit([this] { pool_.submit([] {}).result(); });
    return number_of_error([&] { call.result(); }) == deadlock_error;
  }

 private:
  ThreadPoolExecutor pool_{{.max_workers = 1, .thread_name_prefix = "plugin"}};
};

}  // namespace

extern "C" [[gnu::visibility("default")]] Plugin* make_plugin();
Plugin* make_plugin() { return new PluginWithPool(); }
