// What the reader does, and the page's beginning.

// ---- One stop of the Tab key for each group of controls; the arrow keys go on from there -------------------

const items_of = (group) => [...group.querySelectorAll(group.dataset.roving)].filter((item) => !item.hidden);

// The item at which Tab enters: the given one, or the one that was it.
function set_stop(group, stop = null) {
  const items = items_of(group);
  const chosen = stop || items.find((item) => item.tabIndex === 0 && item.dataset.stop) || items[0];
  for (const item of items) {
    item.tabIndex = item === chosen ? 0 : -1;
    if (item === chosen) item.dataset.stop = "yes"; else delete item.dataset.stop;
  }
}

function move(event) {
  const group = event.target.closest("[data-roving]");
  if (!group || event.shiftKey) return false;
  const items = items_of(group), at = items.indexOf(event.target);
  const upright = group.dataset.roving === "a";
  const to = {ArrowDown: at + 1, ArrowUp: at - 1, ArrowRight: upright ? -1 : at + 1, ArrowLeft: upright ? -1 : at - 1, Home: 0, End: items.length - 1}[event.key];
  if (at < 0 || !items[to]) return false;
  event.preventDefault();
  set_stop(group, items[to]);
  items[to].focus();
  return true;
}

// ---- Clicks, keys, text ----------------------------------------------------------------------------------

function change(more) {
  Object.assign(state, more);
  write_address();
  draw_filters();
  if (more.subject) draw_differs();
  draw_matrix();
  fit_matrices();
}

async function copy(button) {
  const code = button.parentElement.querySelector("code");
  try {
    await navigator.clipboard.writeText(code.textContent);
    button.textContent = "Copied";
  } catch {  // not everywhere allowed
    getSelection().selectAllChildren(code);
    button.textContent = "Selected";
  }
}

function toggle(chip) {
  const set = state[chip.dataset.key];
  if (!set.delete(chip.dataset.value)) set.add(chip.dataset.value);
  set_stop(chip.parentElement, chip);
  change({});
}

document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-skip],[data-key],[data-step],[data-close],[data-copy],[data-id],tr.row,#reset,#theme,#panel");
  if (!target) return;
  const data = target.dataset;
  if (data.id || "skip" in data) event.preventDefault();
  if ("skip" in data) { const part = document.querySelector(target.getAttribute("href")); (part.hidden ? $("requirements") : part).focus(); }
  else if (data.key) toggle(target);
  else if (data.step) step(Number(data.step));
  else if ("close" in data) $("panel").close();
  else if ("copy" in data) copy(target);
  else if (target.id === "reset") { change({text: "", chapter: "", profile: "", level: new Set(), verdict: new Set()}); $("text").focus(); }
  else if (target.id === "theme") { state.theme = $("theme").textContent.toLowerCase(); write_address(); draw_theme(); }
  else if (target.id === "panel") { if (event.target === target && event.clientX < target.getBoundingClientRect().left) target.close(); }
  else show((target.matches("a") ? target : target.querySelector("a")).dataset.id, target.closest("[data-roving]"));
});

document.addEventListener("change", (event) => {
  const {target} = event;
  if (target.closest("[data-subject]")) {
    const shown = new Set(shown_subjects().map((subject) => subject.name));
    if (target.checked) shown.add(target.value); else shown.delete(target.value);
    change({subject: shown.size === subjects.length ? new Set() : shown});
  } else if (target.id === "chapter" || target.id === "profile") change({[target.id]: target.value});
});

$("text").addEventListener("input", (event) => change({text: event.target.value.trim()}));

document.addEventListener("keydown", (event) => {
  const typing = document.activeElement.matches("input[type=search],select");
  if (typing && event.key === "Escape" && !$("panel").open) document.activeElement.blur();
  else if (typing || event.ctrlKey || event.metaKey || event.altKey || move(event)) return;
  else if (event.key === "/" && !$("panel").open) { event.preventDefault(); $("text").focus(); }
  else if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
});

addEventListener("resize", fit_matrices);
addEventListener("popstate", () => { read_address(); draw(); });

// ---- Beginning -------------------------------------------------------------------------------------------

function draw_theme() {
  if (state.theme) document.documentElement.dataset.theme = state.theme; else delete document.documentElement.dataset.theme;
  const dark = state.theme ? state.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  $("theme").textContent = dark ? "Light" : "Dark";
}

function draw() {
  draw_theme();
  draw_filters();
  draw_differs();
  draw_matrix();
  fit_matrices();
  draw_panel();
}

// What was written as plain text, for those without JavaScript: ids become links to the panel, lines can be copied.
function enliven_facts() {
  for (const id of document.querySelectorAll("[data-roving] th .id")) {
    id.outerHTML = `<a href="#${id.textContent}" data-id="${id.textContent}" class="id" aria-haspopup="dialog">${id.textContent}</a>`;
  }
  for (const code of document.querySelectorAll("main .to-copy code")) code.insertAdjacentHTML("afterend", COPY_BUTTON);
  for (const table of document.querySelectorAll("table[data-roving]")) set_stop(table);
  if (subjects.length > 1) $("differs").append(document.querySelector(".legend"));  // before its signs are needed elsewhere
}

enliven_facts();
for (const id of ["theme", "keys", "requirements"]) $(id).hidden = false;
read_address();
make_filters();
make_panel();
draw();
if (state.id) link_to(state.id)?.scrollIntoView({block: "center"});
