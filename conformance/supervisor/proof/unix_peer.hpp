// Which socket a Unix domain socket is connected to. /proc does not tell; the kernel's socket monitor does.

#pragma once

#include <cstdint>

namespace touchstone::supervisor {

struct UnixPeer {
  bool connected = false;   // false also where the system does not tell
  std::uint64_t inode = 0;  // of the other end
};

[[nodiscard]] UnixPeer find_unix_peer(std::uint64_t inode);

}  // namespace touchstone::supervisor
