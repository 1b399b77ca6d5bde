// Reads spec/ and refuses what does not fit together.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <regex>
#include <specification/specification.hpp>
#include <sstream>

namespace touchstone::tool {

namespace fs = std::filesystem;

namespace {

// The order of reading; chapters that it does not name follow, by name.
constexpr std::array chapter_order = {"executor",  "map",  "shutdown",     "thread_pool", "process_pool", "future",
                                      "callbacks", "wait", "as_completed", "errors",      "nested",       "visibility"};

std::size_t position_of(const std::string& chapter) {
  const auto found = std::find(chapter_order.begin(), chapter_order.end(), chapter);
  return static_cast<std::size_t>(found - chapter_order.begin());
}

std::string shown_name(const fs::path& folder, const fs::path& file) {
  return (folder.filename().empty() ? folder.parent_path().filename() : folder.filename()) / fs::relative(file, folder);
}

template <typename Element>
std::vector<std::string> ids_of(const std::vector<Element>& elements) {
  std::vector<std::string> ids;
  for (const Element& element : elements) ids.push_back(element.id);
  return ids;
}

class Loader {
 public:
  explicit Loader(const fs::path& folder) { specification_.folder = folder; }

  Specification load() {
    if (!fs::is_directory(folder())) {
      throw SpecificationError(
          fmt::format("{}: there is no such folder; name the specification with --spec DIR", folder().string()));
    }
    if (!fs::exists(folder() / "capabilities.toml")) {
      throw SpecificationError(
          fmt::format("{}: holds no specification, for it has no capabilities.toml; name the folder spec of Touchstone "
                      "with --spec DIR",
                      folder().string()));
    }
    read_capabilities();
    read_profiles();
    read_glossary();
    specification_.retired = read_remarks("retired.toml", "retired");
    specification_.not_adopted = read_remarks("not-adopted.toml", "not_adopted");
    read_chapters();
    specification_.untested = read_remarks("untested.toml", "untested");
    read_differences();
    return std::move(specification_);
  }

 private:
  const fs::path& folder() const { return specification_.folder; }

  TomlTable open(const fs::path& file) const { return TomlTable::parse_file(file, shown_name(folder(), file)); }

  void read_capabilities() {
    TomlTable root = open(folder() / "capabilities.toml");
    for (TomlTable& table : root.tables("capability")) {
      Capability capability{table.text("id"), table.one_of("found", {"concept", "declared"}), table.text("text")};
      table.finish();
      if (specification_.has_capability(capability.id)) {
        table.fail("id", fmt::format("the capability {} occurs twice; remove one", capability.id));
      }
      specification_.capabilities.push_back(std::move(capability));
    }
    root.finish();
  }

  void read_profiles() {
    TomlTable root = open(folder() / "profiles.toml");
    for (TomlTable& table : root.tables("profile")) {
      Profile profile{table.text("id"), table.text("text")};
      table.finish();
      if (specification_.has_profile(profile.id)) {
        table.fail("id", fmt::format("the profile {} occurs twice; remove one", profile.id));
      }
      specification_.profiles.push_back(std::move(profile));
    }
    root.finish();
  }

  void read_glossary() {
    const fs::path file = folder() / "glossary.toml";
    if (!fs::exists(file)) return;
    TomlTable root = open(file);
    for (TomlTable& table : root.tables("term")) {
      specification_.glossary.push_back({table.text("name"), table.text("text")});
      table.finish();
    }
    root.finish();
  }

  std::vector<Remark> read_remarks(const std::string& name, const std::string& key) const {
    std::vector<Remark> remarks;
    const fs::path file = folder() / name;
    if (!fs::exists(file)) return remarks;
    TomlTable root = open(file);
    for (TomlTable& table : root.tables(key)) {
      Remark remark{table.text("id"), table.text("reason"), table.place()};
      table.finish();
      if (remark.reason.empty()) table.fail("reason", "is empty; say why");
      const bool twice =
          std::any_of(remarks.begin(), remarks.end(), [&](const Remark& other) { return other.id == remark.id; });
      if (twice) table.fail("id", fmt::format("{} occurs twice; remove one", remark.id));
      remarks.push_back(std::move(remark));
    }
    root.finish();
    return remarks;
  }

  void read_chapters() {
    std::vector<fs::path> files;
    const fs::path requirements = folder() / "requirements";
    if (fs::is_directory(requirements)) {
      for (const fs::directory_entry& entry : fs::directory_iterator(requirements)) {
        if (entry.path().extension() == ".toml") files.push_back(entry.path());
      }
    }
    std::sort(files.begin(), files.end(), [](const fs::path& a, const fs::path& b) {
      return std::pair(position_of(a.stem()), a.stem()) < std::pair(position_of(b.stem()), b.stem());
    });
    for (const fs::path& file : files) read_chapter(file);
  }

  void read_chapter(const fs::path& file) {
    TomlTable root = open(file);
    TomlTable head = root.table("chapter");
    Chapter chapter{file.stem(), head.text("title"), {}, head.text("text")};
    std::istringstream prefixes(head.text("prefix"));
    for (std::string prefix; prefixes >> prefix;) chapter.prefixes.push_back(prefix);
    head.finish();
    for (TomlTable& table : root.tables("requirement")) read_requirement(table, chapter);
    root.finish();
    specification_.chapters.push_back(std::move(chapter));
  }

  void read_requirement(TomlTable& table, const Chapter& chapter) {
    Requirement requirement;
    requirement.place = table.place();
    requirement.chapter = chapter.id;
    requirement.id = read_id(table, chapter);
    requirement.revision = table.integer_or("rev", requirement.revision);
    if (requirement.revision < 1) table.fail("rev", "must be 1 or more");
    requirement.profile = table.one_of("profile", ids_of(specification_.profiles));
    requirement.level = table.one_of("level", levels());
    if (table.has("applies")) requirement.applies = table.one_of("applies", {"thread", "process", "both"});
    requirement.since = table.text_or("since", "");
    static const std::regex version("(3\\.[0-9]+)?");
    if (!std::regex_match(requirement.since, version)) {
      table.fail("since", fmt::format("\"{}\" is not a Python version; write \"3.x\", or leave it out where it is ours",
                                      requirement.since));
    }
    requirement.title = read_title(table);
    requirement.text = table.text("text");
    requirement.intent = table.text("intent");
    requirement.needs = table.texts("needs");
    check_needs(table, requirement);
    requirement.sources = table.texts("sources");
    requirement.founding = table.boolean_or("founding", false);
    requirement.alternatives = table.texts_or_none("alternatives");
    requirement.difference = table.text_or("difference", "");
    requirement.cpython = table.text_or("cpython", "");
    requirement.untestable_because = table.text_or("untestable_because", "");
    table.finish();
    for (const char* key : {"text", "intent"}) {
      if (table.text(key).empty()) table.fail(key, "is empty; every requirement has one");
    }
    specification_.requirements.push_back(std::move(requirement));
  }

  std::string read_id(TomlTable& table, const Chapter& chapter) const {
    std::string id = table.text("id");
    static const std::regex form("[A-Z]{3}-[0-9]{3}");
    if (!std::regex_match(id, form)) {
      table.fail("id", fmt::format("\"{}\" is not an id; write three capitals, a dash and three digits", id));
    }
    const auto& prefixes = chapter.prefixes;
    if (std::find(prefixes.begin(), prefixes.end(), id.substr(0, 3)) == prefixes.end()) {
      table.fail("id",
                 fmt::format("{} does not belong here: ids of this chapter start with {}", id, list_of(prefixes)));
    }
    if (const Requirement* other = specification_.find(id)) {
      table.fail("id",
                 fmt::format("{} is used already, at {}; an id is never used twice", id, other->place.to_string()));
    }
    for (const Remark& retired : specification_.retired) {
      if (retired.id == id) {
        table.fail("id", fmt::format("{} was retired ({}: {}); take a new number", id, retired.place.to_string(),
                                     retired.reason));
      }
    }
    for (const Remark& row : specification_.not_adopted) {
      if (row.id == id) {
        table.fail("id",
                   fmt::format("{} stands in {} as not adopted; remove one of the two", id, row.place.to_string()));
      }
    }
    return id;
  }

  /// What stands beside the id in matrices: so it must be short, and no other's.
  std::string read_title(TomlTable& table) const {
    constexpr std::size_t most = 48;
    std::string title = table.text("title");
    if (title.empty()) table.fail("title", "is empty; every requirement has one");
    if (title.size() > most) {
      table.fail("title", fmt::format("has {} characters; at most {} fit into matrices", title.size(), most));
    }
    for (const Requirement& other : specification_.requirements) {
      if (other.title == title) table.fail("title", fmt::format("is that of {} already", other.id));
    }
    return title;
  }

  void check_needs(const TomlTable& table, const Requirement& requirement) const {
    for (const std::string& need : requirement.needs) {
      if (!specification_.has_capability(need)) {
        table.fail("needs", fmt::format("unknown capability \"{}\"; spec/capabilities.toml lists them all", need));
      }
    }
  }

  void read_differences() {
    std::ifstream file(folder() / "differences.md");
    static const std::regex form("^(?:[*-] |#+ )?\\**(DIFF-[A-Z]?[0-9]{2,3})\\**[:.]? *(.*)$");
    std::string* paragraph = nullptr;  // the rest of an entry, up to an empty line, belongs to it
    int number = 0;
    for (std::string line; std::getline(file, line);) {
      ++number;
      std::smatch match;
      if (std::regex_match(line, match, form)) {
        const auto [entry, is_new] = specification_.differences.emplace(match[1], match[2]);
        if (!is_new) fail({"spec/differences.md", number}, match[1].str(), "occurs twice; a difference has one entry");
        paragraph = &entry->second;
      } else if (line.empty()) {
        paragraph = nullptr;
      } else if (paragraph != nullptr) {
        *paragraph += " " + line;
      }
    }
  }

  Specification specification_;
};

}  // namespace

const std::vector<std::string>& levels() {
  static const std::vector<std::string> all = {"MUST", "SHOULD", "MAY", "DOC"};
  return all;
}

const Requirement* Specification::find(std::string_view id) const {
  const auto found = std::find_if(requirements.begin(), requirements.end(),
                                  [&](const Requirement& requirement) { return requirement.id == id; });
  return found == requirements.end() ? nullptr : &*found;
}

const Chapter* Specification::find_chapter(std::string_view id) const {
  const auto found =
      std::find_if(chapters.begin(), chapters.end(), [&](const Chapter& chapter) { return chapter.id == id; });
  return found == chapters.end() ? nullptr : &*found;
}

bool Specification::has_profile(std::string_view id) const {
  return std::any_of(profiles.begin(), profiles.end(), [&](const Profile& profile) { return profile.id == id; });
}

bool Specification::has_capability(std::string_view id) const {
  return std::any_of(capabilities.begin(), capabilities.end(),
                     [&](const Capability& capability) { return capability.id == id; });
}

Specification load_specification(const std::filesystem::path& spec_folder) { return Loader(spec_folder).load(); }

}  // namespace touchstone::tool
