// JSON files: what --json asks for.

#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>

namespace touchstone::tool {

/// To be called before the work: throws std::runtime_error, with the reason and the option, where the file cannot be
/// written. An empty path is no file.
void require_writable(const std::filesystem::path& file);

/// Writes it whole, or throws as above and leaves what was there.
void write_json(const std::filesystem::path& file, const nlohmann::json& json);

}  // namespace touchstone::tool
