// Profiles, capabilities and the kind of executor, compared with what a test needs.

#include <algorithm>
#include <array>
#include <cctype>
#include <supervisor/child/build.hpp>
#include <supervisor/verdicts/applicability.hpp>
#include <touchstone/detail/capability_names.hpp>

namespace touchstone::supervisor {

namespace {

std::string in_quotes(std::string_view name) { return "\"" + std::string(name) + "\""; }

/// GoogleTest's filters give a meaning to many characters; a name with one of them could select nothing.
bool is_plain_name(std::string_view name) {
  const auto plain = [](char character) {
    return std::isalnum(static_cast<unsigned char>(character)) != 0 || character == '_' || character == '.';
  };
  return std::all_of(name.begin(), name.end(), plain) && std::count(name.begin(), name.end(), '.') == 1 &&
         name.front() != '.' && name.back() != '.';
}

bool is_known_profile(std::string_view name) { return detail::all_among(std::array{name}, detail::profile_names); }

}  // namespace

// A misspelt name would switch tests off unseen.
bool is_known_capability(std::string_view name) {
  return detail::all_among(std::array{name}, detail::seen_capability_names, detail::declared_capability_names);
}

Claims::Claims(const Description& description)
    : capabilities_(description.capabilities.begin(), description.capabilities.end()),
      profiles_(description.profiles.begin(), description.profiles.end()) {
  profiles_.insert("core");
}

std::string Claims::why_not_applicable(const TestCase& test) const {
  const Requirement& requirement = *find_requirement(test.requirement);
  if (!profiles_.contains(requirement.profile)) return "profile " + std::string(requirement.profile) + " not claimed";
  const bool processes = capabilities_.contains("processes");
  if (requirement.applies == "thread" && processes) return "applies to threads only";
  if (requirement.applies == "process" && !processes) return "needs processes";
  for (const std::vector<std::string_view>* const needs : {&requirement.needs, &test.needs}) {
    for (const std::string_view capability : *needs) {
      if (!capabilities_.contains(capability)) return "needs " + std::string(capability);
      if (capability == "fork" && !sanitizer().empty()) {
        return "needs fork, which no program with threads survives under the " + sanitizer() + " sanitizer";
      }
    }
  }
  return {};
}

std::string find_fault(const Description& description) {
  if (!description.error.empty()) return description.error;
  if (description.name.empty()) return "the subject has no name; give its adapter one";
  for (const std::string& capability : description.capabilities) {
    if (!is_known_capability(capability)) {
      return "the subject declares the capability " + in_quotes(capability) +
             ", which is not in spec/capabilities.toml; correct the adapter";
    }
  }
  for (const std::string& profile : description.profiles) {
    if (!is_known_profile(profile)) {
      return "the subject claims the profile " + in_quotes(profile) +
             ", which is not in spec/profiles.toml; correct the adapter";
    }
  }
  return {};
}

std::string find_fault(const TestCase& test) {
  if (test.name.empty() || !is_plain_name(test.name)) {
    return "the test name " + in_quotes(test.name) + " is not of the form Topic.letters_digits_and_underscores";
  }
  if (test.body == nullptr) return "the test has no body";
  const Requirement* const requirement = find_requirement(test.requirement);
  if (requirement == nullptr) {
    return "the test verifies " + std::string(test.requirement) + ", which the requirement table does not have";
  }
  for (const std::vector<std::string_view>* const needs : {&requirement->needs, &test.needs}) {
    for (const std::string_view capability : *needs) {
      if (!is_known_capability(capability)) {
        return "the test or its requirement needs the capability " + in_quotes(capability) +
               ", which is not in spec/capabilities.toml";
      }
    }
  }
  if (!is_known_profile(requirement->profile)) {
    return "its requirement is in the profile " + in_quotes(requirement->profile) +
           ", which is not in spec/profiles.toml";
  }
  return {};
}

}  // namespace touchstone::supervisor
