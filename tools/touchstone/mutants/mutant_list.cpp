#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <mutants/mutant_list.hpp>
#include <set>
#include <sstream>

namespace touchstone::tool {

namespace fs = std::filesystem;

namespace {

std::string source_of(const Mutant& mutant, const fs::path& tree) {
  std::ifstream file(tree / mutant.file, std::ios::binary);
  if (!file) fail(mutant.place, "file", fmt::format("there is no {}", mutant.file));
  std::stringstream content;
  content << file.rdbuf();
  return content.str();
}

std::size_t position_of_edit(const Mutant& mutant, const std::string& source) {
  const std::size_t position = source.find(mutant.find);
  if (position == std::string::npos) {
    fail(mutant.find_place, "find",
         fmt::format("does not occur in {}; the file has changed: adapt the mutant", mutant.file));
  }
  if (source.find(mutant.find, position + 1) != std::string::npos) {
    fail(mutant.find_place, "find",
         fmt::format("occurs more than once in {}; give more of its surroundings", mutant.file));
  }
  return position;
}

}  // namespace

std::vector<Mutant> read_mutants(const fs::path& tree) {
  std::vector<fs::path> files;
  const fs::path folder = tree / "conformance/mutants";
  if (fs::is_directory(folder)) {
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
      if (entry.path().extension() == ".toml") files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  std::vector<Mutant> mutants;
  std::set<std::string> ids;
  for (const fs::path& file : files) {
    TomlTable root = TomlTable::parse_file(file, fs::relative(file, tree));
    for (TomlTable& table : root.tables("mutant")) {
      Mutant mutant{table.text("id"),        table.text("file"),
                    table.text("find"),      table.text("replace"),
                    table.texts("violates"), table.one_of("tier", {"always", "corner", "interleaving"}),
                    table.text("text"),      table.text_or("subject", "reference"),
                    table.place(),           table.place("find")};
      table.finish();
      if (!ids.insert(mutant.id).second) table.fail("id", fmt::format("{} is used twice; choose another", mutant.id));
      if (mutant.violates.empty()) table.fail("violates", "is empty; name the requirements that the mutant violates");
      if (mutant.find.empty()) table.fail("find", "is empty");
      if (mutant.find == mutant.replace) table.fail("replace", "is the same as find; a mutant must change something");
      mutants.push_back(std::move(mutant));
    }
    root.finish();
  }
  return mutants;
}

std::string mutated_source(const Mutant& mutant, const fs::path& tree) {
  std::string source = source_of(mutant, tree);
  return source.replace(position_of_edit(mutant, source), mutant.find.size(), mutant.replace);
}

int mutated_line(const Mutant& mutant, const fs::path& tree) {
  const std::string source = source_of(mutant, tree);
  const auto end = source.begin() + static_cast<std::ptrdiff_t>(position_of_edit(mutant, source));
  return 1 + static_cast<int>(std::count(source.begin(), end, '\n'));
}

}  // namespace touchstone::tool
