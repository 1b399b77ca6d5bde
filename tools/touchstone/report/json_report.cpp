// report.json: the whole run, for programs. Described by spec/report.schema.json.

#include <nlohmann/json.hpp>
#include <report/reports.hpp>

namespace touchstone::tool {

namespace {

using Json = nlohmann::json;

Json json_of(const SelectionRecord& selection) {
  return {{"filter", selection.filter},     {"profiles", selection.profiles}, {"levels", selection.levels},
          {"chapters", selection.chapters}, {"shard", selection.shard},       {"everything", selection.everything()}};
}

Json json_of(const RunHeader& header) {
  return {{"suite_version", header.suite_version},
          {"commit", header.commit},
          {"dirty", header.dirty},
          {"system", header.system},
          {"cpu_count", header.cpu_count},
          {"seed", header.seed},
          {"time_scale", header.time_scale},
          {"repeat", header.repeat},
          {"strict", header.strict},
          {"start", header.start},
          {"end", header.end},
          {"seconds", header.seconds},
          {"complete", header.complete},
          {"selection", json_of(header.selection)},
          {"exit_code", header.exit_code}};
}

Json json_of(const Requirement& requirement) {
  return {{"id", requirement.id},
          {"title", requirement.title},
          {"revision", requirement.revision},
          {"chapter", requirement.chapter},
          {"profile", requirement.profile},
          {"level", requirement.level},
          {"applies", requirement.applies},
          {"since", requirement.since},
          {"text", requirement.text},
          {"intent", requirement.intent},
          {"needs", requirement.needs},
          {"sources", requirement.sources},
          {"founding", requirement.founding},
          {"alternatives", requirement.alternatives},
          {"difference", requirement.difference},
          {"cpython", requirement.cpython},
          {"untestable_because", requirement.untestable_because}};
}

Json json_of(const Specification& specification) {
  Json chapters = Json::array(), requirements = Json::array(), profiles = Json::array();
  for (const Chapter& chapter : specification.chapters) {
    chapters.push_back(
        {{"id", chapter.id}, {"title", chapter.title}, {"prefixes", chapter.prefixes}, {"text", chapter.text}});
  }
  for (const Requirement& requirement : specification.requirements) requirements.push_back(json_of(requirement));
  for (const Profile& profile : specification.profiles)
    profiles.push_back({{"id", profile.id}, {"text", profile.text}});
  return {{"chapters", chapters},
          {"requirements", requirements},
          {"profiles", profiles},
          {"differences", specification.differences}};
}

Json json_of(const TestResult& test) {
  return {{"test", test.test},
          {"requirement", test.requirement},
          {"revision", test.revision},
          {"level", test.level},
          {"profile", test.profile},
          {"source", test.source},
          {"own_requirement", test.own_requirement},
          {"own_verdict", test.own_requirement.empty() ? "" : to_string(test.own_verdict)},
          {"verdict", to_string(test.verdict)},
          {"class", test.hang_class},
          {"proved", test.proved},
          {"choice", test.choice},
          {"witness", test.witness},
          {"reason", test.reason},
          {"evidence", test.evidence},
          {"fingerprint", test.fingerprint},
          {"deviation", test.deviation},
          {"link", test.link},
          {"seed", test.seed},
          {"seconds", test.seconds},
          {"proof_ms", test.proof_ms ? Json(*test.proof_ms) : Json(nullptr)},
          {"replay", test.replay},
          {"times", test.times}};
}

Json json_of(const Report& report, const Assessment& assessment) {
  const SubjectResult& subject = *assessment.subject;
  const Figures& figures = assessment.figures;
  Json requirements = Json::array(), tests = Json::array();
  for (const Cell& cell : assessment.cells) {
    requirements.push_back(
        {{"id", cell.requirement->id}, {"verdict", to_string(cell.verdict)}, {"reason", cell.reason}});
  }
  for (const TestResult& test : subject.tests) tests.push_back(json_of(test));
  return {{"name", subject.name},
          {"subject", subject.subject},
          {"version", subject.version},
          {"home", subject.home},
          {"profiles", subject.profiles},
          {"capabilities", subject.capabilities},
          {"compiler", subject.compiler},
          {"flags", subject.flags},
          {"sanitizer", subject.sanitizer},
          {"suite_version", subject.suite_version},
          {"problem", subject.problem},
          {"warnings", subject.warnings},
          {"seconds", subject.seconds},
          {"figures",
           {{"tested", figures.tested},
            {"claimed_musts", figures.claimed_musts},
            {"claimed_musts_tested", figures.claimed_musts_tested},
            {"claimed_musts_passed", figures.claimed_musts_passed},
            {"claimed_musts_broken", figures.claimed_musts_broken},
            {"claimed_musts_deviating", figures.claimed_musts_deviating},
            {"claimed_musts_undecided", figures.claimed_musts_undecided},
            {"claimed_musts_untestable", figures.claimed_musts_untestable},
            {"stale_deviations", figures.stale_deviations},
            {"all_musts", figures.all_musts}}},
          {"conformant", figures.conformant},
          {"conformance", conformance_sentence(report, assessment)},
          {"requirements", requirements},
          {"tests", tests}};
}

}  // namespace

nlohmann::json report_json(const Report& report) {
  Json subjects = Json::array();
  for (const Assessment& assessment : report.subjects) subjects.push_back(json_of(report, assessment));
  return {{"touchstone_report", report_schema},
          {"run", json_of(report.run->header)},
          {"specification", json_of(*report.specification)},
          {"subjects", subjects}};
}

}  // namespace touchstone::tool
