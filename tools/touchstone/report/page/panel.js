// The panel: one requirement, and what each subject did.

const line = (key, value) => value ? `<div class="line"><span class="key">${key}:</span> ${value}</div>` : "";
const COPY_BUTTON = `<button type="button" class="quiet-button" data-copy>Copy</button>`;
const copyable = (text) => `<div class="to-copy"><code>${escape_html(text)}</code>${COPY_BUTTON}</div>`;

// Where a test stands; a link where the suite was on this machine.
function source_html(source) {
  if (!source) return "";
  const [file, at] = source.split(":");
  const way = (report.sources || {})[file];
  return way ? `<a href="${escape_html(way)}">${escape_html(file)}</a>${at ? `, line ${escape_html(at)}` : ""}` : escape_html(source);
}

function hang_html(test) {
  if (!test.class) return "";
  const when = test.proof_ms != null ? `, ${test.proof_ms.toFixed(1)} ms after the last thread blocked` : "";
  return ` (${escape_html(test.class)}, ${test.proved ? "proved" : "unproved"}${when})`;
}

function test_html(test, alone) {
  return `<div class="test"><div class="line">${alone ? "" : verdict_html(test.verdict)} <span class="mono">${escape_html(test.test)}</span>${hang_html(test)}${test.times > 1 ? `, ${test.times} times` : ""}</div>` +
    line("source", source_html(test.source)) + line("reason", escape_html(test.reason)) +
    (test.deviation !== test.reason ? line("deviation", escape_html(test.deviation)) : "") + line("link", link_html(test.link)) +
    line("does", escape_html(test.choice)) + line("its situation", escape_html(test.witness)) +
    (test.evidence ? `<pre class="evidence">${escape_html(test.evidence)}</pre>` : "") + (test.replay ? copyable(test.replay) : "") + "</div>";
}

function result_html(subject, requirement) {
  const {verdict, reason} = cell_of(subject, requirement.id);
  const tests = [...tests_of(subject, requirement.id)].sort((a, b) => rank_of(a.verdict) - rank_of(b.verdict));
  const why = reason || (verdict === "untested" ? "The suite has no test of this requirement yet." : "");
  const body = tests.length ? tests.map((test) => test_html(test, tests.length === 1)).join("") : `<div class="line soft">${escape_html(why)}</div>`;
  return `<section class="result"><h3>${escape_html(subject.name)} ${verdict_html(verdict)}</h3>${body}</section>`;
}

function requirement_html(requirement) {
  const list = (values) => `<ul>${values.map((value) => `<li>${escape_html(value)}</li>`).join("")}</ul>`;
  const term = (key, value) => value ? `<dt>${key}</dt><dd>${value}</dd>` : "";
  const chapter = chapters.get(requirement.chapter);
  const difference = requirement.difference && `${requirement.difference}: ${(report.specification.differences || {})[requirement.difference] || "see spec/differences.md"}`;
  const applies = {both: "thread and process pools", thread: "thread pools only", process: "process pools only"}[requirement.applies];
  const tags = [requirement.level, `profile ${requirement.profile}`, `chapter ${chapter.title} (${chapter.prefixes.join(", ")})`,
                requirement.revision > 1 && `revision ${requirement.revision}`, requirement.founding && "founding"].filter(Boolean);
  return `<div class="tags">${tags.map(escape_html).join(" \u00B7 ")}</div>
    <p class="text">${with_code(requirement.text)}</p><p class="intent">${with_code(requirement.intent)}</p>
    <dl>${term("permits", requirement.alternatives?.length && list(requirement.alternatives))}${term("applies to", applies)}${term("needs", (requirement.needs || []).map((need) => `<code>${escape_html(need)}</code>`).join(", "))}
      ${term("sources", requirement.sources?.length && list(requirement.sources))}${term("since", requirement.since && `Python ${escape_html(requirement.since)}`)}
      ${term("CPython", escape_html(requirement.cpython))}${term("difference", with_code(difference || ""))}${term("untestable", escape_html(requirement.untestable_because))}</dl>`;
}

// ---- Opening and closing ---------------------------------------------------------------------------------

// The table whose rows "next" and "previous" mean, and to which the focus goes back.
let opened_from = $("matrix");

const links = () => [...opened_from.querySelectorAll("a")];
const link_to = (id) => links().find((link) => link.dataset.id === id);

function show(id, table = opened_from) {
  opened_from = table;
  state.id = id;
  write_address(false);
  draw_panel();
}

function step(by) {
  const ids = links().map((link) => link.dataset.id);
  const at = ids.indexOf(state.id), to = at < 0 ? 0 : at + by;
  if (ids[to]) show(ids[to]);
}

function draw_panel() {
  const panel = $("panel"), requirement = by_id.get(state.id);
  mark_row();
  if (!requirement) { panel.close(); return; }
  const ids = links().map((link) => link.dataset.id);
  const rank = (subject) => rank_of(verdict_of(subject, requirement.id));
  $("panel-heading").innerHTML = `<span class="id">${requirement.id}</span> ${escape_html(requirement.title)}`;
  $("panel-body").innerHTML = requirement_html(requirement) +
    [...shown_subjects()].sort((a, b) => rank(a) - rank(b)).map((subject) => result_html(subject, requirement)).join("");
  panel.querySelector("[data-step='-1']").setAttribute("aria-disabled", ids[0] === state.id);
  panel.querySelector("[data-step='1']").setAttribute("aria-disabled", ids.at(-1) === state.id);
  if (!panel.open) panel.showModal(), $("panel-heading").focus();
  panel.scrollTop = 0;
  link_to(state.id)?.scrollIntoView({block: "nearest"});
}

// By whatever it is closed: the focus goes to the row of what was shown last.
function make_panel() {
  $("panel").addEventListener("close", () => {
    const link = link_to(state.id);
    if (state.id) show("");
    if (!link) return;
    set_stop(opened_from, link);
    link.focus();
  });
}
