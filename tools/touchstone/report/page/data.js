// What was found out (page_report.cpp writes it), and how verdicts look.

const report = JSON.parse(document.getElementById("report").textContent);

const SIGNS = {
  "harness-error": "\u25B2", "crashed": "\u2020", "hung": "\u221E", "fail": "\u2717", "unexpected-pass": "\u2191",
  "disputed": "\u00A7", "inconclusive": "?", "deviation": "\u2248", "pass": "\u2713", "not-applicable": "\u00B7",
  "untested": "\u25CB", "not-run": "\u2013",
};
const VERDICTS = Object.keys(SIGNS);  // worst first
const TESTED = VERDICTS.slice(1, VERDICTS.indexOf("pass") + 1);
const LEVELS = ["MUST", "SHOULD", "MAY", "DOC"];

const subjects = report.subjects;
const requirements = report.specification.requirements;
const by_id = new Map(requirements.map((requirement) => [requirement.id, requirement]));
const chapters = new Map(report.specification.chapters.map((chapter) => [chapter.id, chapter]));
for (const subject of subjects) {
  subject.cells = new Map(subject.requirements.map((cell) => [cell.id, cell]));
  subject.by_requirement = new Map();
  for (const test of subject.tests || []) {
    if (!subject.by_requirement.has(test.requirement)) subject.by_requirement.set(test.requirement, []);
    subject.by_requirement.get(test.requirement).push(test);
  }
}
const tests_of = (subject, id) => subject.by_requirement.get(id) || [];
const cell_of = (subject, id) => subject.cells.get(id) || {verdict: "not-run"};
const verdict_of = (subject, id) => cell_of(subject, id).verdict;
const rank_of = (verdict) => VERDICTS.indexOf(verdict);

// ---- Text as markup ------------------------------------------------------------------------------------

const $ = (id) => document.getElementById(id);
const word_of = (verdict) => verdict.replaceAll("-", " ");
const escape_html = (text) => String(text ?? "").replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
const with_code = (text) => escape_html(text).replace(/`([^`]+)`/g, "<code>$1</code>");
const link_html = (url, text = url) => /^https?:\/\//.test(url || "") ? `<a href="${escape_html(url)}">${escape_html(text)}</a>` : escape_html(url);

function verdict_html(verdict, title = "") {
  const tip = title ? ` title="${escape_html(title)}"` : "";
  return `<span class="verdict v-${verdict}"${tip}><span class="sign" aria-hidden="true">${SIGNS[verdict]}</span><span class="word">${word_of(verdict)}</span></span>`;
}
