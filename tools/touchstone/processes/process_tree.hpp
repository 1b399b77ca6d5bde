// Who is whose child, from /proc.

#pragma once

#include <sys/types.h>

#include <vector>

namespace touchstone::tool {

[[nodiscard]] std::vector<pid_t> children_of(pid_t parent);

}  // namespace touchstone::tool
