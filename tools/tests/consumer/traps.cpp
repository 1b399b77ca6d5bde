// Not for users: stops whoever runs a subject while it is being configured, built or listed, or ends it early.

#include <cstdlib>

namespace {

const bool is_allowed_to_run = [] {
  if (std::getenv("CONSUMER_MUST_NOT_RUN") != nullptr) std::abort();
  if (std::getenv("CONSUMER_ENDS_EARLY") != nullptr) std::exit(0);
  return true;
}();

}  // namespace
