#include <fmt/format.h>

#include <command_line/json_file.hpp>
#include <command_line/output_file.hpp>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace touchstone::tool {

namespace {

[[noreturn]] void cannot_write(const std::filesystem::path& file, const std::string& why) {
  throw std::runtime_error(fmt::format("{} cannot be written ({}); choose another with --json", file.string(), why));
}

}  // namespace

void require_writable(const std::filesystem::path& file) {
  if (file.empty()) return;
  if (const std::string why = why_not_writable(file); !why.empty()) cannot_write(file, why);
}

void write_json(const std::filesystem::path& file, const nlohmann::json& json) {
  if (file.empty()) return;
  const std::string text = json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  if (const std::string why = replace_file(file, text); !why.empty()) cannot_write(file, why);
}

}  // namespace touchstone::tool
