// There are no fork servers here: to a pool they are another way to start a child, and scenarios start them by spawn.

#include <concurrent/futures/detail/process/fork_server.hpp>
#include <concurrent/futures/errors.hpp>

CONCURRENT_FUTURES_BEGIN
namespace detail {

ForkServer::Asked ForkServer::ask(const os::ChildEnds& /*ends*/) { throw Error("there are no fork servers here"); }

std::string ForkServer::why_no_child() { return "there are no fork servers here"; }

}  // namespace detail
CONCURRENT_FUTURES_END
