// CodePlace: how a function is named to another process that runs the same program.
//
// Its address is of no use there: modules (the program, shared libraries, plug-ins) are loaded wherever there is room.
// What is the same in both is the distance of the function from the beginning of its module. Which module it is tells
// the build-id, which the linker makes of its contents; so a process that runs another build is found out, and nothing
// else is called in its place. A module without one is told by its file: device, inode, size and time of its last
// change.

#pragma once

#include <array>
#include <concurrent/futures/detail/sync.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

CONCURRENT_FUTURES_BEGIN
namespace detail {

struct ModuleId {
  std::array<std::byte, 20> bytes{};
  bool operator==(const ModuleId&) const = default;
};

struct CodePlace {
  ModuleId module;
  std::uint64_t offset = 0;
  bool operator==(const CodePlace&) const = default;

  template <typename Archive>
  void serialize(Archive& archive) {
    archive(module.bytes, offset);
  }
};

/// Throws TransportError where this is no code of a module that is loaded, as that which was made while running.
[[nodiscard]] CodePlace place_of(const void* code);

/// The address of that place in this process. Throws TransportError where the module is not loaded here, or has no code
/// there. Thread safety: both may be called concurrently.
[[nodiscard]] const void* code_at(const CodePlace& place);

/// For messages: the number of the module in hexadecimal digits, and the offset.
[[nodiscard]] std::string to_string(const CodePlace& place);

/// Functions that may be called because another process names them: those that say so.
class EntryPoint {
 public:
  /// For objects of static storage.
  EntryPoint(const void* code, std::string_view name);
  EntryPoint(const EntryPoint&) = delete;
  EntryPoint& operator=(const EntryPoint&) = delete;
  ~EntryPoint();

  [[nodiscard]] const CodePlace& place() const { return place_; }

  [[nodiscard]] const void* code() const { return code_; }

  /// Which function of the user's it calls, for messages.
  [[nodiscard]] std::string_view name() const { return name_; }

  /// The one at that place. Throws TransportError where there is none.
  [[nodiscard]] static const EntryPoint& at(const CodePlace& place);

 private:
  const void* const code_;
  const CodePlace place_;
  const std::string_view name_;
  EntryPoint* next_ = nullptr;
};

}  // namespace detail
CONCURRENT_FUTURES_END
