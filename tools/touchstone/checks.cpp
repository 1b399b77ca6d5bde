#include <fmt/format.h>

#include <algorithm>
#include <checks.hpp>
#include <fstream>
#include <mutants/mutant_list.hpp>
#include <set>
#include <specification/deviations.hpp>
#include <specification/generated.hpp>
#include <sstream>

namespace touchstone::tool {

namespace fs = std::filesystem;

namespace {

template <typename... Arguments>
void problem(CheckResult& result, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  result.problems.push_back(fmt::format(format, std::forward<Arguments>(arguments)...));
}

std::set<std::string> tested_ids(const std::vector<SuiteTest>& tests) {
  std::set<std::string> ids;
  for (const SuiteTest& test : tests) ids.insert(test.requirement);
  return ids;
}

std::string differing_line(const std::string& expected, const std::string& found) {
  std::istringstream one(expected), other(found);
  std::string line, other_line;
  for (int number = 1;; ++number) {
    const bool more = static_cast<bool>(std::getline(one, line));
    const bool other_more = static_cast<bool>(std::getline(other, other_line));
    if (!more && !other_more) return "";
    if (!more || !other_more || line != other_line) return fmt::format(":{}", number);
  }
}

}  // namespace

void check_tests(const Specification& specification, const std::vector<SuiteTest>& tests, CheckResult& result) {
  for (const SuiteTest& test : tests) {
    if (!specification.find(test.requirement)) {
      problem(result, "{}: verifies: {} names {}, which spec/requirements does not have", test.place.to_string(),
              test.name, test.requirement);
    }
    for (const std::string& need : test.needs) {
      if (!specification.has_capability(need)) {
        problem(result, "{}: needs: unknown capability \"{}\"; spec/capabilities.toml lists them all",
                test.place.to_string(), need);
      }
    }
  }
}

void check_coverage(const Specification& specification, const std::vector<SuiteTest>& tests, CheckResult& result) {
  const std::set<std::string> tested = tested_ids(tests);
  std::set<std::string> listed;
  for (const Remark& remark : specification.untested) {
    listed.insert(remark.id);
    if (!specification.find(remark.id)) {
      problem(result, "{}: id: {} is no requirement; remove the entry", remark.place.to_string(), remark.id);
    } else if (tested.contains(remark.id)) {
      problem(result, "{}: id: {} has a test now; remove the entry", remark.place.to_string(), remark.id);
    }
  }
  for (const Requirement& requirement : specification.requirements) {
    const bool owed = (requirement.level == "MUST" || requirement.level == "SHOULD") &&
                      requirement.applies_to_threads() && requirement.untestable_because.empty();
    if (owed && !tested.contains(requirement.id) && !listed.contains(requirement.id)) {
      problem(result, "{}: {} has no test; write one, or say untestable_because, or list it in spec/untested.toml",
              requirement.place.to_string(), requirement.id);
    }
    if (!requirement.untestable_because.empty() && tested.contains(requirement.id)) {
      problem(result, "{}: untestable_because: {} has a test; remove the key", requirement.place.to_string(),
              requirement.id);
    }
  }
  result.figures.push_back(fmt::format("{} tests for {} requirements", tests.size(), tested.size()));
  result.figures.push_back(
      fmt::format("{} requirements without a test yet (spec/untested.toml)", specification.untested.size()));
}

void check_budgets(const Specification& specification, CheckResult& result) {
  const auto& all = specification.requirements;
  const auto musts = std::count_if(all.begin(), all.end(), [](const Requirement& one) { return one.is_must(); });
  const auto untestable = std::count_if(
      all.begin(), all.end(), [](const Requirement& one) { return one.is_must() && !one.untestable_because.empty(); });
  if (static_cast<double>(untestable) > most_untestable * static_cast<double>(musts)) {
    problem(result, "spec/requirements: {} of {} MUSTs are untestable; at most {:.0f} % may be", untestable, musts,
            100 * most_untestable);
  }
  if (specification.not_adopted.size() > most_not_adopted) {
    problem(result, "spec/not-adopted.toml: has {} entries; at most {} are allowed", specification.not_adopted.size(),
            most_not_adopted);
  }
  result.figures.push_back(
      fmt::format("{} requirements in {} chapters, {} of them MUST", all.size(), specification.chapters.size(), musts));
  result.figures.push_back(fmt::format("{} MUSTs untestable (at most {:.0f} %)", untestable, 100 * most_untestable));
  result.figures.push_back(
      fmt::format("{} rows not adopted (at most {})", specification.not_adopted.size(), most_not_adopted));
}

void check_differences(const Specification& specification, CheckResult& result) {
  std::set<std::string> used;
  for (const Requirement& requirement : specification.requirements) {
    if (requirement.difference.empty()) continue;
    used.insert(requirement.difference);
    if (!specification.differences.contains(requirement.difference)) {
      problem(result, "{}: difference: {} has no line in spec/differences.md", requirement.place.to_string(),
              requirement.difference);
    }
  }
  result.figures.push_back(fmt::format("{} differences from Python", specification.differences.size()));
}

void check_deviations(const Specification& specification, const std::vector<SuiteTest>& tests, CheckResult& result) {
  const fs::path tree = specification.folder.parent_path();
  const fs::path folder = tree / "conformance/subjects/deviations";
  std::size_t count = 0;
  if (!fs::is_directory(folder)) return;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".toml") continue;
    try {
      for (const Deviation& deviation : read_deviations(entry.path(), fs::relative(entry.path(), tree))) {
        ++count;
        if (!specification.find(deviation.requirement)) {
          problem(result, "{}: requirement: there is no {}", deviation.place.to_string(), deviation.requirement);
        }
        const bool exists =
            deviation.test.empty() || std::any_of(tests.begin(), tests.end(), [&](const SuiteTest& test) {
              return test.name == deviation.test && test.requirement == deviation.requirement;
            });
        if (!exists) {
          problem(result, "{}: test: there is no test {} of {}", deviation.place.to_string(), deviation.test,
                  deviation.requirement);
        }
      }
    } catch (const SpecificationError& error) {
      result.problems.push_back(error.what());
    }
  }
  result.figures.push_back(fmt::format("{} deviations recorded", count));
}

void check_mutants(const Specification& specification, CheckResult& result) {
  try {
    const fs::path tree = specification.folder.parent_path();
    std::set<std::string> violated;
    const std::vector<Mutant> mutants = read_mutants(tree);
    for (const Mutant& mutant : mutants) {
      for (const std::string& id : mutant.violates) {
        violated.insert(id);
        if (!specification.find(id)) {
          problem(result, "{}: violates: there is no requirement {}", mutant.place.to_string(), id);
        }
      }
      try {
        static_cast<void>(mutated_source(mutant, tree));
      } catch (const SpecificationError& error) {
        result.problems.push_back(error.what());
      }
    }
    result.figures.push_back(fmt::format("{} mutants that violate {} requirements", mutants.size(), violated.size()));
  } catch (const SpecificationError& error) {
    result.problems.push_back(error.what());
  }
}

void check_generated(const Specification& specification, const std::vector<SuiteTest>& tests, CheckResult& result) {
  try {
    for (const GeneratedFile& file : generated_files(specification, tests)) {
      std::ifstream stream(specification.folder.parent_path() / file.path, std::ios::binary);
      std::stringstream content;
      content << stream.rdbuf();
      if (!stream) {
        problem(result, "{}: is missing; run `touchstone generate`", file.path.string());
      } else if (content.str() != file.content) {
        problem(result, "{}{}: is not what the sources say now; run `touchstone generate`", file.path.string(),
                differing_line(file.content, content.str()));
      }
    }
  } catch (const SpecificationError&) {
    // A test with an unknown requirement; check_tests has said so.
  }
}

CheckResult check_all(const Specification& specification, const std::vector<SuiteTest>& tests) {
  CheckResult result;
  check_budgets(specification, result);
  check_differences(specification, result);
  check_tests(specification, tests, result);
  check_coverage(specification, tests, result);
  check_deviations(specification, tests, result);
  check_mutants(specification, result);
  check_generated(specification, tests, result);
  return result;
}

}  // namespace touchstone::tool
