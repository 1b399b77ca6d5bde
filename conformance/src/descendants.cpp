// Processes are found from the top, by the children that the system lists for each thread.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <src/descendants.hpp>
#include <string>
#include <touchstone/test.hpp>
#include <vector>

namespace touchstone {

namespace {

std::vector<int> there_before;  // set before the test has a thread

void add_descendants(const std::string& process, std::vector<int>& found) {
  std::error_code gone;  // processes end meanwhile
  for (const auto& thread : std::filesystem::directory_iterator("/proc/" + process + "/task", gone)) {
    std::ifstream file(thread.path() / "children");
    for (int child = 0; file >> child;) {
      found.push_back(child);
      add_descendants(std::to_string(child), found);
    }
  }
}

std::vector<int> all_descendants() {
  std::vector<int> found;
  add_descendants("self", found);
  return found;
}

}  // namespace

void note_descendants() { there_before = all_descendants(); }

std::vector<int> descendants() {
  std::vector<int> found = all_descendants();
  std::erase_if(found, [](int process) { return std::ranges::find(there_before, process) != there_before.end(); });
  return found;
}

}  // namespace touchstone
