// A program that is built without RTTI: with the library as it is, and with one that was built so, too.

#include <concurrent/futures.hpp>
#include <cstdio>
#include <stdexcept>
#include <string>

using namespace concurrent::futures;

#ifdef __cpp_rtti
#error "this is to be compiled with -fno-rtti"
#endif

namespace {

int failures = 0;

void expect(bool holds, const char* what) {
  if (holds) return;
  std::printf("not so: %s\n", what);
  ++failures;
}

template <typename Error, typename F>
bool throws(F call) {
  try {
    call();
  } catch (const Error&) {
    return true;
  }
  return false;
}

class Inline final : public Executor {
 public:
  ~Inline() override { cut_link(); }

 private:
  void schedule(Work work) override { work.run(); }
};

}  // namespace

int main() {
  ThreadPoolExecutor pool(1);
  const Future<int> number = pool.submit([] { return 42; });
  expect(number.result() == 42, "a call returns");
  const AnyFuture any = number;
  expect(future_cast<int>(any) == number, "a handle gets its type back");
  expect(!future_cast<long>(any), "a handle gets no other type");
  expect(to_string(any).find("returned int>") != std::string::npos, "a future prints the type of its result");

  Promise<int> promise;
  promise.future().cancel();
  expect(throws<CancelledError>([&] { (void)promise.future().result(); }), "an error of the library is caught");
  expect(throws<Error>([&] { (void)promise.future().result(); }), "it is caught as its base");
  const Future<void> failed = pool.submit([] { throw std::domain_error("no"); });
  expect(throws<std::domain_error>([&] { failed.result(); }), "what a call throws comes out");
  expect(to_string(failed).find("std::domain_error") != std::string::npos, "a future prints the type of its error");

  Inline own;
  expect(own.submit([](int x) { return x + 1; }, 1).result() == 2, "an executor of one's own works");
  return failures == 0 ? 0 : 1;
}
