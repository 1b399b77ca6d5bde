#include <fmt/format.h>

#include <algorithm>
#include <command_line/places.hpp>
#include <run/selection.hpp>

namespace touchstone::tool {

namespace {

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

/// A chapter may be given by its id or by the prefix of its requirements.
bool names(const std::string& word, const Chapter& chapter) {
  return word == chapter.id || contains(chapter.prefixes, upper(word));
}

/// "EXE SUB" is one chapter; asked for by one prefix, only that one is meant.
bool is_in(const Requirement& requirement, const std::string& word) {
  return word == requirement.chapter || upper(word) == requirement.id.substr(0, 3);
}

}  // namespace

void Selection::add_options(CLI::App& command) {
  command.add_option("--filter", filter_, "Tests whose name or requirement matches this regular expression")
      ->type_name("RE");
  command.add_option("--profile", profiles_, "Tests of these profiles")->delimiter(',')->type_name("P");
  command.add_option("--level", levels_, "Tests of these levels: must, should, may, doc")
      ->delimiter(',')
      ->type_name("L");
  command.add_option("--chapter", chapters_, "Tests of these chapters, by id or prefix")
      ->delimiter(',')
      ->type_name("C");
  command.add_option("--shard", shard_, "The i-th of n equal parts of the tests")->type_name("i/n");
}

void Selection::resolve(const Specification& specification) {
  try {
    if (!filter_.empty()) filter_expression_.emplace(filter_);
  } catch (const std::regex_error& error) {
    usage_error(fmt::format("--filter {}: not a regular expression: {}", filter_, error.what()));
  }
  for (const std::string& profile : profiles_) {
    if (specification.has_profile(profile)) continue;
    std::vector<std::string> ids;
    for (const Profile& one : specification.profiles) ids.push_back(one.id);
    usage_error(fmt::format("--profile {}: unknown; there are {}", profile, list_of(ids, "and")));
  }
  for (std::string& level : levels_) {
    level = upper(level);
    if (!contains(tool::levels(), level)) {
      usage_error(fmt::format("--level {}: unknown; there are {}", level, list_of(tool::levels(), "and")));
    }
  }
  for (const std::string& word : chapters_) {
    const auto& all = specification.chapters;
    if (std::any_of(all.begin(), all.end(), [&](const Chapter& chapter) { return names(word, chapter); })) continue;
    std::vector<std::string> ids;
    for (const Chapter& one : all) ids.push_back(fmt::format("{} ({})", one.id, fmt::join(one.prefixes, ", ")));
    usage_error(fmt::format("--chapter {}: unknown; there are {}", word, list_of(ids, "and")));
  }
  if (shard_.empty()) return;
  static const std::regex form("([0-9]{1,6})/([0-9]{1,6})");
  std::smatch match;
  if (std::regex_match(shard_, match, form)) {
    shard_index_ = std::stoul(match[1]);
    shard_count_ = std::stoul(match[2]);
  }
  if (match.empty() || shard_index_ < 1 || shard_index_ > shard_count_) {
    usage_error(fmt::format("--shard {}: write i/n with i from 1 to n, such as 1/4", shard_));
  }
}

bool Selection::matches(const ListedTest& test, const Specification& specification) const {
  if (filter_expression_ && !std::regex_search(test.test, *filter_expression_) &&
      !std::regex_search(test.requirement, *filter_expression_)) {
    return false;
  }
  if (profiles_.empty() && levels_.empty() && chapters_.empty()) return true;
  const Requirement* requirement = specification.find(test.requirement);
  if (!requirement) return false;
  const bool in_chapter = std::any_of(chapters_.begin(), chapters_.end(),
                                      [&](const std::string& word) { return is_in(*requirement, word); });
  return (profiles_.empty() || contains(profiles_, requirement->profile)) &&
         (levels_.empty() || contains(levels_, requirement->level)) && (chapters_.empty() || in_chapter);
}

std::vector<ListedTest> Selection::choose(const std::vector<ListedTest>& listed,
                                          const Specification& specification) const {
  std::vector<ListedTest> chosen;
  std::size_t position = 0;
  for (const ListedTest& test : listed) {
    if (!matches(test, specification)) continue;
    if (position++ % shard_count_ == shard_index_ - 1) chosen.push_back(test);
  }
  return chosen;
}

SelectionRecord Selection::record() const { return {filter_, profiles_, levels_, chapters_, shard_}; }

std::string Selection::to_string() const {
  std::vector<std::string> parts;
  if (!filter_.empty()) parts.push_back(fmt::format("--filter {}", filter_));
  if (!profiles_.empty()) parts.push_back(fmt::format("--profile {}", fmt::join(profiles_, ",")));
  if (!levels_.empty()) parts.push_back(fmt::format("--level {}", fmt::join(levels_, ",")));
  if (!chapters_.empty()) parts.push_back(fmt::format("--chapter {}", fmt::join(chapters_, ",")));
  if (!shard_.empty()) parts.push_back(fmt::format("--shard {}", shard_));
  return parts.empty() ? "everything" : fmt::format("{}", fmt::join(parts, " "));
}

}  // namespace touchstone::tool
