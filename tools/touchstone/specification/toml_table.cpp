// The only file that includes toml++, which is slow to compile.

#include <fmt/format.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <specification/toml_table.hpp>

namespace touchstone::tool {

namespace {

std::string type_name(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::string:
      return "a string";
    case toml::node_type::integer:
      return "an integer";
    case toml::node_type::boolean:
      return "true or false";
    case toml::node_type::array:
      return "an array";
    case toml::node_type::table:
      return "a table";
    default:
      return "something else";
  }
}

int line_of(const toml::node& node) { return static_cast<int>(node.source().begin.line); }

}  // namespace

void fail(const Place& place, std::string_view key, std::string_view message) {
  if (key.empty()) throw SpecificationError(fmt::format("{}: {}", place.to_string(), message));
  throw SpecificationError(fmt::format("{}: {}: {}", place.to_string(), key, message));
}

std::string list_of(const std::vector<std::string>& words, std::string_view conjunction) {
  std::string list;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) list += i + 1 == words.size() ? fmt::format(" {} ", conjunction) : ", ";
    list += words[i];
  }
  return list;
}

TomlTable TomlTable::parse_file(const std::filesystem::path& path, const std::string& shown) {
  if (!std::filesystem::is_regular_file(path)) {
    throw SpecificationError(fmt::format("{}: there is no such file", shown));
  }
  if (access(path.c_str(), R_OK) != 0) {
    throw SpecificationError(fmt::format("{}: cannot be read ({})", shown, std::strerror(errno)));
  }
  try {
    auto root = std::make_shared<const toml::table>(toml::parse_file(path.string()));
    const toml::table* table = root.get();
    return {std::move(root), table, Place{shown, 1}};
  } catch (const toml::parse_error& error) {
    tool::fail({shown, static_cast<int>(error.source().begin.line)}, "",
               fmt::format("not valid TOML: {}", error.description()));
  }
}

bool TomlTable::has(std::string_view key) const { return table_->contains(key); }

Place TomlTable::place(std::string_view key) const {
  const toml::node* node = table_->get(key);
  return node ? Place{place_.file, line_of(*node)} : place_;
}

void TomlTable::fail(std::string_view key, std::string_view message) const { tool::fail(place(key), key, message); }

std::string TomlTable::text(std::string_view key) {
  read_.emplace(key);
  const toml::node* node = table_->get(key);
  if (!node) fail(key, "missing; add it, a string");
  const auto* value = node->as_string();
  if (!value) fail(key, fmt::format("is {}; it must be a string", type_name(*node)));
  return value->get();
}

std::string TomlTable::text_or(std::string_view key, std::string_view otherwise) {
  return has(key) ? text(key) : std::string(otherwise);
}

int TomlTable::integer(std::string_view key) {
  read_.emplace(key);
  const toml::node* node = table_->get(key);
  if (!node) fail(key, "missing; add it, an integer");
  const auto* value = node->as_integer();
  if (!value) fail(key, fmt::format("is {}; it must be an integer", type_name(*node)));
  return static_cast<int>(value->get());
}

int TomlTable::integer_or(std::string_view key, int otherwise) { return has(key) ? integer(key) : otherwise; }

bool TomlTable::boolean_or(std::string_view key, bool otherwise) {
  if (!has(key)) return otherwise;
  read_.emplace(key);
  const auto* value = table_->get(key)->as_boolean();
  if (!value) fail(key, fmt::format("is {}; it must be true or false", type_name(*table_->get(key))));
  return value->get();
}

std::vector<std::string> TomlTable::texts(std::string_view key) {
  read_.emplace(key);
  const toml::node* node = table_->get(key);
  if (!node) fail(key, "missing; add it, an array of strings (it may be empty)");
  const auto* array = node->as_array();
  if (!array) fail(key, fmt::format("is {}; it must be an array of strings", type_name(*node)));
  std::vector<std::string> values;
  for (const toml::node& element : *array) {
    const auto* value = element.as_string();
    if (!value) {
      tool::fail({place_.file, line_of(element)}, key,
                 fmt::format("holds {}; all its elements must be strings", type_name(element)));
    }
    values.push_back(value->get());
  }
  return values;
}

std::vector<std::string> TomlTable::texts_or_none(std::string_view key) {
  return has(key) ? texts(key) : std::vector<std::string>{};
}

std::string TomlTable::one_of(std::string_view key, const std::vector<std::string>& allowed) {
  std::string value = text(key);
  if (std::find(allowed.begin(), allowed.end(), value) == allowed.end()) {
    fail(key, fmt::format("unknown value \"{}\"; use {}", value, list_of(allowed)));
  }
  return value;
}

TomlTable TomlTable::table(std::string_view key) {
  read_.emplace(key);
  const toml::node* node = table_->get(key);
  if (!node) fail(key, fmt::format("missing; add a table [{}]", key));
  const auto* table = node->as_table();
  if (!table) fail(key, fmt::format("is {}; it must be a table [{}]", type_name(*node), key));
  return {root_, table, Place{place_.file, line_of(*node)}};
}

std::vector<TomlTable> TomlTable::tables(std::string_view key) {
  read_.emplace(key);
  std::vector<TomlTable> found;
  const toml::node* node = table_->get(key);
  if (!node) return found;
  const auto* array = node->as_array();
  if (!array || !std::all_of(array->begin(), array->end(), [](const auto& element) { return element.is_table(); })) {
    fail(key, fmt::format("is {}; it must be written as tables [[{}]]", type_name(*node), key));
  }
  for (const toml::node& element : *array) {
    found.push_back({root_, element.as_table(), Place{place_.file, line_of(element)}});
  }
  return found;
}

void TomlTable::finish() const {
  for (const auto& [key, node] : *table_) {
    if (!read_.contains(std::string_view(key.str()))) {
      const std::vector<std::string> known(read_.begin(), read_.end());
      tool::fail({place_.file, line_of(node)}, key.str(),
                 fmt::format("unknown key; the keys here are {}", list_of(known, "and")));
    }
  }
}

}  // namespace touchstone::tool
