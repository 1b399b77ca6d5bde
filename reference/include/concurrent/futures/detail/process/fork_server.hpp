// ForkServer: the process that forks the children of StartMethod::forkserver.
//
// It is this program, run anew as a child of spawn is, up to freeze_support(). It never has a second thread, so it can
// be forked at any time; and what the program has loaded before freeze_support() is there in each child. There is one
// for all pools of a process, from when the first child is asked for until the program ends. If it dies before that,
// the next request starts another one. Children that it has made do not depend on it.

#pragma once

#include <concurrent/futures/detail/fork.hpp>
#include <concurrent/futures/detail/os.hpp>
#include <concurrent/futures/detail/process/frame.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>

CONCURRENT_FUTURES_BEGIN
namespace detail {

/// Thread safety: all members may be called concurrently.
class ForkServer {
 public:
  struct Asked {
    os::ChildProcess child;
    std::shared_ptr<ForkServer> server;
  };
  /// Asks for a child of those ends, and starts the server if there is none. Whether the child comes to be shows at the
  /// other end of its socket. Throws where there can be no server.
  [[nodiscard]] static Asked ask(const os::ChildEnds& ends);

  /// Why the server has not made a child, if it did not tell so itself.
  [[nodiscard]] std::string why_no_child();

  /// Of the server of this process; 0 if there is none.
  [[nodiscard]] static int process_id();

  /// To be called when the program ends.
  static void end_current();

  /// Starts one. Keeps that of the process which this one was forked from, as nothing of it may be touched.
  explicit ForkServer(std::shared_ptr<ForkServer> inherited);

 private:
  [[nodiscard]] std::string what_is_wrong();
  void listen();
  void end();

  const Process process_;
  const std::shared_ptr<ForkServer> inherited_;
  os::Socket socket_;
  os::Descriptor life_line_;
  os::ChildProcess server_;
  std::optional<Frame::Kind> last_heard_;
  std::optional<os::Ending> ending_;
};

}  // namespace detail
CONCURRENT_FUTURES_END
