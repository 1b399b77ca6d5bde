// touchstone generate: writes the files that are made from spec/ and the suite's sources.

#include <fmt/format.h>

#include <command_line/places.hpp>
#include <command_line/streams.hpp>
#include <commands.hpp>
#include <fstream>
#include <specification/generated.hpp>
#include <sstream>

namespace touchstone::tool {

namespace {

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream content;
  content << file.rdbuf();
  return content.str();
}

void generate(const std::filesystem::path& spec_folder) {
  const Specification specification = load_specification_or_default(spec_folder);
  require_sources(specification);
  const std::filesystem::path tree = tree_of(specification);
  for (const GeneratedFile& file : generated_files(specification, read_suite_tests(tree))) {
    const std::filesystem::path path = tree / file.path;
    const bool fresh = std::filesystem::exists(path) && content_of(path) == file.content;
    if (!fresh) {
      std::filesystem::create_directories(path.parent_path());
      std::ofstream stream(path, std::ios::binary);
      stream << file.content;
      stream.close();
      if (!stream)
        throw SpecificationError(fmt::format("{}: cannot be written; is the tree read-only?", path.string()));
    }
    print_result("{:9} {}\n", fresh ? "unchanged" : "written", file.path.string());
  }
}

}  // namespace

void add_generate_command(CLI::App& application) {
  CLI::App* command = application.add_subcommand(
      "generate", "Write the files that are made from spec/: requirement table, manifest, spec/README.md");
  auto spec_folder = std::make_shared<std::filesystem::path>();
  add_spec_option(*command, *spec_folder);
  command->callback([spec_folder] { generate(*spec_folder); });
}

}  // namespace touchstone::tool
