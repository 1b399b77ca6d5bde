// The two tables of requirements and subjects: what differs, and everything, with its filters.

// ---- What differs --------------------------------------------------------------------------------------

// What a verdict says of the promise; nothing where it was not tested.
function standing_of(verdict) {
  if (verdict === "pass" || verdict === "unexpected-pass") return "kept";
  if (["crashed", "hung", "fail", "deviation"].includes(verdict)) return "broken";
  return ["harness-error", "disputed", "inconclusive"].includes(verdict) ? "unclear" : "";
}

// Who chooses an executor wants to know what one of them breaks and another keeps: strongest promises first, then the
// worst verdicts. That one does not offer at all what another does is no difference of that kind.
function differing(shown) {
  const found = [];
  for (const requirement of requirements) {
    const verdicts = shown.map((subject) => verdict_of(subject, requirement.id)).filter(standing_of);
    if (new Set(verdicts.map(standing_of)).size < 2) continue;
    const broken = verdicts.filter((verdict) => standing_of(verdict) === "broken").length;
    found.push({requirement, keys: [LEVELS.indexOf(requirement.level), Math.min(...verdicts.map(rank_of)), -broken]});
  }
  found.sort((a, b) => a.keys.map((key, i) => key - b.keys[i]).find(Boolean) || 0);
  return found.map((one) => one.requirement);
}

function draw_differs() {
  const shown = shown_subjects();
  $("differs").hidden = shown.length < 2;
  if ($("differs").hidden) return;
  const rows = differing(shown);
  $("differs-about").textContent = rows.length
    ? "What some of these subjects keep and others break, as a recorded deviation or not, or leave unclear: MUSTs first, then the worst verdicts."
    : "Where several of these subjects were tested, all keep a requirement or none does.";
  const not_kept = (subject) => rows.filter((requirement) => ["broken", "unclear"].includes(standing_of(verdict_of(subject, requirement.id)))).length;
  const total = `<tr role="row" class="group"><th scope="row" role="rowheader" class="what">${rows.length} ${rows.length === 1 ? "requirement" : "requirements"}; not kept by</th>${shown.map((subject) => `<td role="cell"><span>${not_kept(subject)}</span></td>`).join("")}</tr>`;
  set_matrix("differs-matrix", rows.length ? [{head: total, rows}] : [], shown);
}

// ---- A table -------------------------------------------------------------------------------------------

function row_html(requirement, shown) {
  const cells = shown.map((subject) => {
    const {verdict, reason} = cell_of(subject, requirement.id);
    return `<td role="cell" class="cell">${verdict_html(verdict, [word_of(verdict), reason].filter(Boolean).join(": "))}</td>`;
  });
  return `<tr role="row" class="row"><th scope="row" role="rowheader" class="what"><a href="#${requirement.id}" data-id="${requirement.id}" aria-haspopup="dialog"><span class="id">${requirement.id}</span>
    <span class="level">${requirement.level}</span><span class="title">${escape_html(requirement.title)}</span></a></th>${cells.join("")}</tr>`;
}

// Puts a table into its box: one tbody for each group, which has a row as its head. The roles are told explicitly, since
// a stacked table is laid out as something else.
function set_matrix(box, groups, shown) {
  const names = shown.map((subject) => `<th scope="col" role="columnheader" class="subject"><span>${escape_html(subject.name).replaceAll("_", "_<wbr>")}</span></th>`);
  $(box).hidden = !groups.length;
  $(box).innerHTML = `<table class="matrix" role="table"><thead role="rowgroup"><tr role="row"><th scope="col" role="columnheader" class="what">Requirement</th>${names.join("")}</tr></thead>` +
    groups.map(({head, rows}) => `<tbody role="rowgroup">${head}${rows.map((requirement) => row_html(requirement, shown)).join("")}</tbody>`).join("") + "</table>";
  set_stop($(box));
}

// The row of the requirement in the panel.
function mark_row() {
  for (const link of document.querySelectorAll("tr.row a")) link.closest("tr").classList.toggle("current", link.dataset.id === state.id);
}

// How much a cell can show, by the room that there is for a subject; 240 points are for the title.
function fit_matrices() {
  const count = shown_subjects().length, filters = $("filters");
  for (const box of document.querySelectorAll(".scroll")) {
    const table = box.firstElementChild, room = box.clientWidth;
    if (!table || !room) continue;
    table.classList.toggle("many", count > 5 || 240 + 118 * count > room);
    table.classList.toggle("stacked", 240 + 38 * count > room);
    table.style.setProperty("--subjects", count);
    box.classList.toggle("wide", 20 * count > room);
    const below = box.id === "matrix" && getComputedStyle(filters).position === "sticky" ? filters.offsetHeight : 0;
    if (box.classList.contains("wide")) box.style.removeProperty("--head-top");
    else box.style.setProperty("--head-top", `${below}px`);
    box.style.setProperty("--head-height", `${table.tHead.offsetHeight}px`);
  }
}

// ---- Everything, and its filters -------------------------------------------------------------------------

function chapter_row(chapter, rows, shown) {
  const cells = shown.map((subject) => {
    const verdicts = rows.map((requirement) => verdict_of(subject, requirement.id));
    const tested = verdicts.filter((verdict) => TESTED.includes(verdict)).length;
    const passed = verdicts.filter((verdict) => verdict === "pass").length;
    return `<td role="cell">${tested ? `<span title="${passed} of ${tested} tested passed">${passed}/${tested}</span>` : ""}</td>`;
  });
  return `<tr role="row" class="group"><th scope="rowgroup" role="rowheader" class="what"><span class="id">${chapter.prefixes.join(" ")}</span> <b>${escape_html(chapter.title)}</b> ${rows.length}</th>${cells.join("")}</tr>`;
}

function draw_matrix() {
  const rows = requirements.filter((requirement) => fits(requirement));
  const all = rows.length === requirements.length;
  $("count").textContent = all ? `${rows.length} requirements` : rows.length ? `${rows.length} of ${requirements.length} requirements` : "No requirement fits these filters";
  $("reset").hidden = all;
  const groups = [];
  for (const chapter of report.specification.chapters) {
    const here = rows.filter((requirement) => requirement.chapter === chapter.id);
    if (here.length) groups.push({head: chapter_row(chapter, here, shown_subjects()), rows: here});
  }
  set_matrix("matrix", groups, shown_subjects());
}

// Once: a control that is made anew loses the focus.
function make_filters() {
  const option = (value, label) => `<option value="${escape_html(value)}">${escape_html(label)}</option>`;
  $("chapter").innerHTML = option("", "All chapters") + report.specification.chapters.map((chapter) => option(chapter.id, `${chapter.prefixes.join(" ")} ${chapter.title}`)).join("");
  $("profile").innerHTML = option("", "All profiles") + report.specification.profiles.map((profile) => option(profile.id, profile.id)).join("");
  const chip = (key, value, label) => `<button type="button" class="chip" data-key="${key}" data-value="${value}" aria-pressed="false">${label}<span class="number"></span></button>`;
  $("levels").innerHTML = LEVELS.map((level) => chip("level", level, level)).join("");
  $("verdicts").innerHTML = VERDICTS.map((verdict) => chip("verdict", verdict, `<span aria-hidden="true">${SIGNS[verdict]}</span> ${word_of(verdict)}`)).join("");
  if (subjects.length < 2) return;
  for (const head of document.querySelectorAll("[data-subject]")) {
    const label = document.createElement("label"), box = document.createElement("input");
    Object.assign(box, {type: "checkbox", value: head.dataset.subject});
    box.setAttribute("aria-label", `Show ${head.dataset.subject} below`);
    label.append(box, head.firstElementChild);
    head.prepend(label);
  }
}

function draw_filters() {
  const shown = shown_subjects();
  for (const key of ["chapter", "profile"]) $(key).value = state[key];
  if (document.activeElement !== $("text")) $("text").value = state.text;
  for (const box of document.querySelectorAll("[data-subject] input")) box.checked = shown.some((subject) => subject.name === box.value);
  for (const key of ["level", "verdict"]) {
    const pool = requirements.filter((requirement) => fits(requirement, key));
    for (const chip of document.querySelectorAll(`[data-key=${key}]`)) {
      const value = chip.dataset.value, pressed = state[key].has(value);
      const number = pool.filter((requirement) => key === "level" ? requirement.level === value
        : shown.some((subject) => verdict_of(subject, requirement.id) === value)).length;
      chip.setAttribute("aria-pressed", pressed);
      chip.querySelector(".number").textContent = number;
      chip.hidden = !number && !pressed && chip !== document.activeElement;
    }
  }
  for (const chips of document.querySelectorAll(".chips")) set_stop(chips);
}
