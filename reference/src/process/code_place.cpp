#include <link.h>
#include <sys/stat.h>

#include <algorithm>
#include <concurrent/futures/detail/process/code_place.hpp>
#include <concurrent/futures/errors.hpp>
#include <cstring>
#include <optional>
#include <span>
#include <utility>

CONCURRENT_FUTURES_BEGIN
namespace detail {
namespace {

/// A module as the dynamic linker describes it.
class Module {
 public:
  explicit Module(const dl_phdr_info& info) : info_(info) {}

  [[nodiscard]] std::uintptr_t base() const { return info_.dlpi_addr; }

  [[nodiscard]] bool has_code_at(std::uintptr_t address) const {
    return std::ranges::any_of(segments(), [&](const ElfW(Phdr) & segment) {
      return segment.p_type == PT_LOAD && (segment.p_flags & PF_X) != 0 &&
             address - (base() + segment.p_vaddr) < segment.p_memsz;
    });
  }

  [[nodiscard]] ModuleId id() const {
    for (const ElfW(Phdr) & segment : segments()) {
      if (segment.p_type != PT_NOTE) continue;
      // NOLINTNEXTLINE(performance-no-int-to-ptr): where the loader has put the segment
      const auto* const notes = reinterpret_cast<const std::byte*>(base() + segment.p_vaddr);
      if (const auto found = build_id(notes, segment.p_memsz)) return *found;
    }
    return id_of_file();
  }

 private:
  [[nodiscard]] std::span<const ElfW(Phdr)> segments() const { return {info_.dlpi_phdr, info_.dlpi_phnum}; }

  // A note is a head, a name and contents, each filled up to words of four bytes.
  static std::optional<ModuleId> build_id(const std::byte* notes, std::size_t size) {
    const auto filled = [](std::size_t length) { return (length + 3) & ~std::size_t{3}; };
    std::size_t place = 0;
    while (place + sizeof(ElfW(Nhdr)) <= size) {
      ElfW(Nhdr) head;
      std::memcpy(&head, notes + place, sizeof head);
      const std::byte* const name = notes + place + sizeof head;
      const std::byte* const contents = name + filled(head.n_namesz);
      place += sizeof head + filled(head.n_namesz) + filled(head.n_descsz);
      if (place > size) return std::nullopt;
      if (head.n_type != NT_GNU_BUILD_ID || head.n_namesz != 4 || std::memcmp(name, "GNU", 4) != 0) continue;
      return shortened({contents, head.n_descsz});
    }
    return std::nullopt;
  }

  // Of SHA-1 it has as many bytes as the linker's; what is longer is folded.
  static ModuleId shortened(std::span<const std::byte> contents) {
    ModuleId id;
    for (std::size_t i = 0; i < contents.size(); ++i) id.bytes[i % id.bytes.size()] ^= contents[i];
    return id;
  }

  [[nodiscard]] ModuleId id_of_file() const {
    const bool is_program = info_.dlpi_name == nullptr || *info_.dlpi_name == '\0';
    struct stat file {};
    if (stat(is_program ? "/proc/self/exe" : info_.dlpi_name, &file) != 0) return {};
    const std::array<std::uint64_t, 5> told{
        static_cast<std::uint64_t>(file.st_dev), static_cast<std::uint64_t>(file.st_ino),
        static_cast<std::uint64_t>(file.st_size), static_cast<std::uint64_t>(file.st_mtim.tv_sec),
        static_cast<std::uint64_t>(file.st_mtim.tv_nsec)};
    std::uint64_t hash = 0xCBF29CE484222325U;  // FNV-1a, by words
    ModuleId id;
    for (std::size_t i = 0; i < told.size(); ++i) {
      hash = (hash ^ told[i]) * 0x100000001B3U;
      std::memcpy(id.bytes.data() + 4 * i, &hash, 4);
    }
    return id;
  }

  const dl_phdr_info& info_;
};

/// Calls the function with each module until it returns true. Returns whether it did.
template <typename Function>
bool find_module(Function function) {
  return dl_iterate_phdr([](dl_phdr_info* info, std::size_t,
                            void* data) { return (*static_cast<Function*>(data))(Module(*info)) ? 1 : 0; },
                         &function) != 0;
}

sync::Mutex entry_points_mutex;
constinit EntryPoint* entry_points CONCURRENT_FUTURES_GUARDED_BY(entry_points_mutex) = nullptr;
const sync::AtFork entry_points_in_child([] { entry_points_mutex.lock(); }, [] { entry_points_mutex.unlock(); },
                                         [] { entry_points_mutex.unlock(); });

}  // namespace

CodePlace place_of(const void* code) {
  const auto address = reinterpret_cast<std::uintptr_t>(code);
  CodePlace place;
  if (!find_module([&](const Module& module) {
        if (!module.has_code_at(address)) return false;
        place = {module.id(), address - module.base()};
        return true;
      })) {
    throw TransportError("a function lies in no module of the program, so no other process has it");
  }
  return place;
}

const void* code_at(const CodePlace& place) {
  std::uintptr_t address = 0;
  bool has_code = false;
  if (!find_module([&](const Module& module) {
        if (module.id() != place.module) return false;
        address = module.base() + place.offset;
        has_code = module.has_code_at(address);
        return true;
      })) {
    throw TransportError("the module " + to_string(place) +
                         " of a call is not loaded here, or is another build: load it in the initializer of the pool, "
                         "or in main before freeze_support()");
  }
  if (!has_code) throw TransportError("a call names what is no code: " + to_string(place));
  return reinterpret_cast<const void*>(address);  // NOLINT(performance-no-int-to-ptr)
}

std::string to_string(const CodePlace& place) {
  constexpr auto digits = "0123456789abcdef";
  std::string text;
  for (const std::byte byte : place.module.bytes) {
    text += digits[std::to_integer<unsigned>(byte >> 4)];
    text += digits[std::to_integer<unsigned>(byte & std::byte{15})];
  }
  return text + "+" + std::to_string(place.offset);
}

const CodePlace& EntryPoint::place() {
  if (is_listed_.load()) return place_;
  const CodePlace place = place_of(reinterpret_cast<const void*>(trampoline_));
  const sync::Lock lock(entry_points_mutex);
  if (!is_listed_.load()) {
    place_ = place;
    next_ = std::exchange(entry_points, this);
    is_listed_.store(true);
  }
  return place_;
}

// When its module is unloaded, or the program ends.
void EntryPoint::leave() {
  const sync::Lock lock(entry_points_mutex);
  EntryPoint** each = &entry_points;
  while (*each != this) each = &(*each)->next_;
  *each = next_;
}

EntryPoint& EntryPoint::at(const CodePlace& place) {
  {
    const sync::Lock lock(entry_points_mutex);
    for (EntryPoint* each = entry_points; each != nullptr; each = each->next_) {
      if (each->place_ == place) return *each;
    }
  }
  (void)code_at(place);  // says so if it is for want of the whole module
  throw TransportError("no function that may be called by another process lies at " + to_string(place));
}

}  // namespace detail
CONCURRENT_FUTURES_END
