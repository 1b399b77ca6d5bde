// Asks the kernel's socket monitor over netlink.

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <supervisor/proof/unix_peer.hpp>

namespace touchstone::supervisor {

namespace {

struct Request {
  nlmsghdr header;
  unix_diag_req body;
};

/// Takes the peer's inode from an answer to the question about one socket.
UnixPeer parse_answer(const nlmsghdr& header) {
  if (header.nlmsg_type != SOCK_DIAG_BY_FAMILY) return {};
  const auto* const message = static_cast<const unix_diag_msg*>(NLMSG_DATA(&header));
  // To a datagram socket with a name anybody may send, whichever peer it has.
  if (message->udiag_type != SOCK_STREAM && message->udiag_type != SOCK_SEQPACKET) return {};
  auto* attribute = reinterpret_cast<const rtattr*>(message + 1);
  auto left = header.nlmsg_len - NLMSG_LENGTH(sizeof(unix_diag_msg));
  while (RTA_OK(attribute, left)) {
    if (attribute->rta_type == UNIX_DIAG_PEER && RTA_PAYLOAD(attribute) >= sizeof(std::uint32_t)) {
      std::uint32_t inode = 0;
      std::memcpy(&inode, RTA_DATA(attribute), sizeof inode);
      return {inode != 0, inode};
    }
    left -= RTA_ALIGN(attribute->rta_len);
    attribute =
        reinterpret_cast<const rtattr*>(reinterpret_cast<const char*>(attribute) + RTA_ALIGN(attribute->rta_len));
  }
  return {};
}

}  // namespace

UnixPeer find_unix_peer(std::uint64_t inode) {
  const int monitor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  if (monitor < 0) return {};
  Request request{};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = NLM_F_REQUEST;
  request.body.sdiag_family = AF_UNIX;
  request.body.udiag_states = ~0U;
  request.body.udiag_ino = static_cast<std::uint32_t>(inode);
  request.body.udiag_show = UDIAG_SHOW_PEER;
  request.body.udiag_cookie[0] = request.body.udiag_cookie[1] = ~0U;  // whichever socket has this inode
  UnixPeer peer;
  alignas(nlmsghdr) std::array<char, 1024> answer{};
  if (send(monitor, &request, sizeof request, 0) == static_cast<ssize_t>(sizeof request)) {
    const ssize_t length = recv(monitor, answer.data(), answer.size(), 0);
    const auto* const header = reinterpret_cast<const nlmsghdr*>(answer.data());
    if (length > 0 && NLMSG_OK(header, static_cast<std::size_t>(length))) peer = parse_answer(*header);
  }
  close(monitor);
  return peer;
}

}  // namespace touchstone::supervisor
