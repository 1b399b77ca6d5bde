#include <cctype>
#include <filesystem>
#include <fstream>
#include <processes/process_tree.hpp>
#include <sstream>
#include <string>

namespace touchstone::tool {

std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> children;
  std::error_code gone;  // Processes end while we look at them.
  for (const auto& entry : std::filesystem::directory_iterator("/proc", gone)) {
    const std::string name = entry.path().filename();
    if (std::isdigit(static_cast<unsigned char>(name.front())) == 0) continue;
    std::ifstream file(entry.path() / "stat");
    std::string line;
    if (!std::getline(file, line)) continue;
    // The name of the program stands in parentheses and may hold anything, further parentheses included.
    std::istringstream rest(line.substr(line.rfind(')') + 1));
    std::string state;
    pid_t its_parent = 0;
    if (rest >> state >> its_parent && its_parent == parent) children.push_back(std::stoi(name));
  }
  return children;
}

}  // namespace touchstone::tool
