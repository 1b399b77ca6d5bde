#include <command_line/places.hpp>
#include <report/markup.hpp>
#include <report/suite_sources.hpp>

namespace touchstone::tool {

namespace fs = std::filesystem;

namespace {

/// Whether the path, which a subject printed, stays in the folder that it is relative to.
bool stays_below(const fs::path& path) {
  const fs::path normal = path.lexically_normal();
  return normal.is_relative() && !normal.empty() && *normal.begin() != "..";
}

}  // namespace

std::map<std::string, std::string> addresses_of_sources(const Report& report) {
  std::map<std::string, std::string> addresses;
  for (const SubjectResult& subject : report.run->subjects) {
    for (const TestResult& test : subject.tests) {
      const std::string file = test.source.substr(0, test.source.find(':'));
      if (file.empty() || addresses.contains(file) || !stays_below(file)) continue;
      std::error_code error;
      const fs::path source = suite_folder() / file;
      if (!fs::is_regular_file(source, error)) continue;
      const fs::path way = fs::relative(source, report.folder, error);
      if (!error) addresses[file] = address_of(way.generic_string());
    }
  }
  return addresses;
}

}  // namespace touchstone::tool
