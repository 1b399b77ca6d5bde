// Looks at pages in Chromium: an accessibility checker finds nothing in any view, nothing is cut off, and the keyboard
// alone reaches everything.
//
//   node check.mjs FOLDER_OF_PACKAGES REPORT.html SIDE_BY_SIDE.html

import {readFileSync} from "node:fs";
import {createRequire} from "node:module";
import {resolve} from "node:path";
import {pathToFileURL} from "node:url";

const [packages, report, comparison] = process.argv.slice(2).map((path) => resolve(path));
const require = createRequire(packages + "/");
const {chromium} = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

let passed = 0, failed = 0;
function check(holds, what, found = "") {
  holds ? ++passed : ++failed;
  console.log(`${holds ? "ok    " : "FAILED"} ${what}${holds || found === "" ? "" : `: ${found}`}`);
}

// A root user has no sandbox; the rest keeps Chromium from asking the network for its own ends.
const browser = await chromium.launch({executablePath: "/usr/bin/chromium",
  args: [...(process.getuid() === 0 ? ["--no-sandbox"] : []), "--disable-gpu", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]});

async function open(view) {
  const context = await browser.newContext(view);
  context.setDefaultTimeout(300000);  // for slow machines: nothing here is about time
  const page = await context.newPage();
  page.on("pageerror", (error) => check(false, "no script fails", error.message));
  return page;
}

// ---- How it looks ------------------------------------------------------------------------------------------

async function examine(page, name) {
  const cut = await page.evaluate(() => [...document.querySelectorAll("header *, main *:not(.plain thead *), dialog *")].filter((element) => {
    const box = element.getBoundingClientRect();
    return box.width > 1 && box.right > innerWidth + 1;
  }).map((element) => element.outerHTML.slice(0, 120)));
  check(!cut.length, `${name}: nothing is cut off`, cut[0]);
  await page.evaluate(axe);
  const violations = await page.evaluate(async () => (await axe.run()).violations.map((violation) => `${violation.id} at ${violation.nodes[0].html.slice(0, 120)}`));
  check(!violations.length, `${name}: the accessibility checker finds nothing`, violations.join("; "));
}

// As it is without JavaScript, which the checker itself needs.
const without_scripts = (html) => html.replace(/<script[^]*?<\/script>/g, "").replace(/<\/?noscript>/g, "");

for (const width of [420, 1400]) {
  for (const colorScheme of ["light", "dark"]) {
    const page = await open({viewport: {width, height: 900}, colorScheme});
    const name = `${width} points, ${colorScheme}`;
    await page.goto(pathToFileURL(comparison).href);
    await examine(page, `side by side, ${name}`);
    await page.setContent(without_scripts(readFileSync(report, "utf8")));
    check(await page.isVisible("text=Not as expected") && await page.isVisible("text=breaks"), `no JavaScript, ${name}: says the most important`);
    await examine(page, `no JavaScript, ${name}`);
    await page.goto(pathToFileURL(report).href);
    await examine(page, `report, ${name}`);
    await page.click("#differs a");
    await examine(page, `panel, ${name}`);
    await page.context().close();
  }
}

// ---- By keyboard alone -------------------------------------------------------------------------------------

const page = await open({viewport: {width: 1400, height: 900}});
await page.goto(pathToFileURL(report).href);
const press = (key) => page.keyboard.press(key);
const focus = () => page.evaluate(() => {
  const element = document.activeElement, group = element.closest("[data-roving]"), box = element.getBoundingClientRect();
  const top = document.elementFromPoint(box.left + Math.min(20, box.width / 2), box.top + box.height / 2);
  return {id: element.id, tag: element.tagName, group: group?.id || group?.tagName || "", row: element.dataset.id || "", seen: element.contains(top),
          text: element.textContent.trim(), in_panel: Boolean(element.closest("dialog"))};
});
// Keys until something has the focus; how many it took.
async function press_until(key, arrived) {
  for (let count = 1; count < 60; ++count) {
    await press(key);
    if (arrived(await focus())) return count;
  }
  return Infinity;
}
// The focus comes back when the browser has told that the dialog is closed.
const close = async () => { await press("Escape"); await page.waitForFunction(() => !document.querySelector("dialog").open && document.activeElement !== document.body); };

for (const [group, name] of [["differs-matrix", "what differs"], ["levels", "levels"], ["verdicts", "verdicts"], ["matrix", "all requirements"], ["TABLE", "choices"]]) {
  await page.reload();
  const count = await press_until("Tab", (now) => now.group === group);
  check(count < 40, `Tab reaches ${name}`, `${count} times`);
}
await page.reload();
await press("Tab"), await press("Tab"), await press("Enter");
const count = await press_until("Tab", (now) => now.group === "matrix");
check(count < 10, "a link skips to the requirements", `then ${count} times`);
const first = (await focus()).row;
await press("End");
const last = await focus();
check(last.row !== first && last.seen, "End goes to the last, in sight", last.row);
for (let i = 0; i < 40; ++i) await press("ArrowUp");
const middle = await focus();
check(middle.row !== last.row && middle.seen, "arrows go up, in sight", middle.row);
await press("Enter");
check((await focus()).id === "panel-heading", "Enter opens the panel, with the focus on its heading");
check(await page.evaluate(() => document.querySelector("dialog").matches(":modal[aria-modal=true]")), "which is a modal dialog");
let outside = 0;
for (let i = 0; i < 20; ++i) {
  await press("Tab");
  const now = await focus();
  if (!now.in_panel && now.tag !== "BODY") ++outside;  // the body: the browser's own controls
}
check(outside === 0, "Tab stays in it");
await close();
check((await focus()).row === middle.row, "Esc closes it, and the focus is back", (await focus()).row);
await press("Enter"), await press("j");
const address = await page.evaluate(() => location.hash);
await close();
check(address !== `#${middle.row}` && address === `#${(await focus()).row}`, "j goes on, and the focus is at what was shown last", address);
await press_until("Shift+Tab", (now) => now.group === "verdicts");
const chip = (await focus()).text;
await press("Space");
check((await focus()).text === chip && (await page.textContent("#count")).includes(" of "), "a filter that is pressed keeps the focus", (await focus()).text);
await press("/"), await page.keyboard.type("no such thing");
check((await page.textContent("#count")).startsWith("No requirement"), "/ goes to the search");

await browser.close();
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
