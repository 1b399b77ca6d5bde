// CodePlace: how a function is named to another process that runs the same program.
//
// Its address is of no use there: modules (the program, shared libraries, plug-ins) are loaded wherever there is room.
// What is the same in both is the distance of the function from the beginning of its module. Which module it is tells
// the build-id, which the linker makes of its contents; so a process that runs another build is found out, and nothing
// else is called in its place. A module without one is told by its file: device, inode, size and time of its last
// change.

#pragma once

#include <array>
#include <concurrent/futures/detail/result_kind.hpp>
#include <concurrent/futures/detail/sync.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

CONCURRENT_FUTURES_BEGIN
namespace detail {

class Inflow;
class Parcel;

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

/// What a child calls to have a call done: decodes callable and arguments, and encodes what it returns. Throws what any
/// of that throws.
using Trampoline = void (*)(std::span<const std::byte> in, Inflow* rest, Parcel& out);

/// A trampoline that may be called because another process names it.
class EntryPoint {
 public:
  constexpr EntryPoint(Trampoline code, std::string_view text) : trampoline_(code), name_(text) {}
  EntryPoint(const EntryPoint&) = delete;
  EntryPoint& operator=(const EntryPoint&) = delete;

  /// Has it found, at the latest from now on. Throws as place_of() does.
  [[nodiscard]] const CodePlace& place();

  [[nodiscard]] Trampoline trampoline() const { return trampoline_; }

  /// Which function of the user's it calls, for messages.
  [[nodiscard]] std::string_view name() const { return name_; }

  /// The one at that place. Throws TransportError where there is none.
  [[nodiscard]] static EntryPoint& at(const CodePlace& place);

  /// Has one found for as long as its module is there.
  class Listed {
   public:
    explicit Listed(EntryPoint& entry_point) : entry_point_(entry_point) { (void)entry_point.place(); }
    ~Listed() { entry_point_.leave(); }
    Listed(const Listed&) = delete;
    Listed& operator=(const Listed&) = delete;

   private:
    EntryPoint& entry_point_;
  };

 private:
  void leave();

  const Trampoline trampoline_;
  const std::string_view name_;
  sync::Atomic<bool> is_listed_{false};
  CodePlace place_;  // written once, before it is listed
  EntryPoint* next_ = nullptr;
};

/// The entry point of a trampoline that calls F. An initializer of a static object may submit a call before `listed` is
/// made: in which order such objects of templates are made is not said.
template <Trampoline trampoline, typename F>
class EntryPointOf {
 public:
  [[nodiscard]] static const CodePlace& place() {
    static_cast<void>(&listed);  // or else nothing would have it made
    return entry_point.place();
  }

 private:
  static inline constinit EntryPoint entry_point{trampoline, name_of_callable<F>};
  static inline const EntryPoint::Listed listed{entry_point};
};

}  // namespace detail
CONCURRENT_FUTURES_END
