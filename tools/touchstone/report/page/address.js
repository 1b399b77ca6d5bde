// What the reader has chosen to see. It is kept in the address, so that every view can be linked to.

const LISTS = ["level", "verdict", "subject"];
let state = {};

function read_address() {
  const [id, query = ""] = decodeURIComponent(location.hash.slice(1)).split("?");
  const parameters = new URLSearchParams(query);
  state = {id: by_id.has(id.toUpperCase()) ? id.toUpperCase() : "", theme: parameters.get("theme") || "",
           text: parameters.get("text") || "", chapter: parameters.get("chapter") || "", profile: parameters.get("profile") || ""};
  for (const key of LISTS) state[key] = new Set((parameters.get(key) || "").split(",").filter(Boolean));
}

function write_address(replace = true) {
  const parameters = [];
  for (const key of ["text", "chapter", "profile", "theme"]) if (state[key]) parameters.push(`${key}=${encodeURIComponent(state[key])}`);
  for (const key of LISTS) if (state[key].size) parameters.push(`${key}=${[...state[key]].map(encodeURIComponent).join(",")}`);
  const hash = `#${state.id}${parameters.length ? "?" + parameters.join("&") : ""}`;
  if (hash !== location.hash) history[replace ? "replaceState" : "pushState"](null, "", hash === "#" ? location.pathname : hash);
}

function shown_subjects() {
  const shown = subjects.filter((subject) => state.subject.has(subject.name));
  return shown.length ? shown : subjects;
}

// Whether the filters, but for one, let a requirement through.
function fits(requirement, except = "") {
  if (except !== "level" && state.level.size && !state.level.has(requirement.level)) return false;
  if (state.profile && requirement.profile !== state.profile) return false;
  if (state.chapter && requirement.chapter !== state.chapter) return false;
  const shown = shown_subjects();
  if (except !== "verdict" && state.verdict.size && !shown.some((subject) => state.verdict.has(verdict_of(subject, requirement.id)))) return false;
  if (!state.text) return true;
  const words = state.text.toLowerCase().split(/\s+/).filter(Boolean);
  const hay = [requirement.id, requirement.title, requirement.text, requirement.intent, (requirement.needs || []).join(" "),
               ...shown.flatMap((subject) => tests_of(subject, requirement.id).map((test) => test.test))].join(" ").toLowerCase();
  return words.every((word) => hay.includes(word));
}
