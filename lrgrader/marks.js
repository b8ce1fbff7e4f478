"use strict";
// One answer at a time, by keyboard; what is typed is kept in this browser until it is saved as a table.
const bar = document.getElementById("bar"), state = document.getElementById("state");
const sheets = [...document.querySelectorAll("article")];
const fields = sheet => [...sheet.querySelectorAll("input")], comment = sheet => sheet.querySelector("textarea");
const marked = sheet => fields(sheet).every(field => field.value !== "" && field.checkValidity());
const begun = sheet => fields(sheet).some(field => field.value !== "" || !field.checkValidity());
const key = "lrgrade " + bar.dataset.key;
let at = 0, unsaved = false;

function say(words) {
  const done = sheets.filter(marked).length;
  state.textContent = `${at + 1} of ${sheets.length}; ${done} marked${unsaved ? ", not saved" : ""}. ${words || ""}`;
}
function show(number, words) {
  if (number < 0 || number >= sheets.length) return say("There is no further answer.");
  at = number;
  sheets.forEach((sheet, index) => { sheet.hidden = index !== at; });
  (fields(sheets[at])[0] || comment(sheets[at])).focus({preventScroll: true});
  window.scrollTo(0, 0);
  say(words);
}
function unmarked() {
  for (let step = 1; step <= sheets.length; step += 1) {
    const number = (at + step) % sheets.length;
    if (!marked(sheets[number])) return show(number);
  }
  return say("All are marked.");
}
function forward(field) {
  const all = fields(sheets[at]), place = all.indexOf(field);
  if (!field.reportValidity()) return;
  if (place + 1 < all.length) all[place + 1].select(); else show(at + 1);
}
function full() {
  fields(sheets[at]).forEach(field => { field.value = field.max; });
  changed();
}
function changed() {
  unsaved = true;
  const kept = Object.fromEntries(sheets.map(sheet => [sheet.dataset.code, [...fields(sheet), comment(sheet)].map(f => f.value)]));
  try { localStorage.setItem(key, JSON.stringify(kept)); } catch (error) { /* a browser that keeps nothing */ }
  say();
}
function restore() {
  let kept = {};
  try { kept = JSON.parse(localStorage.getItem(key) || "{}"); } catch (error) { kept = {}; }
  for (const sheet of sheets) {
    const values = kept[sheet.dataset.code] || [], all = [...fields(sheet), comment(sheet)];
    if (values.length !== all.length) continue;
    all.forEach((field, index) => { unsaved ||= field.value !== values[index]; field.value = values[index]; });
  }
  return unsaved ? "Taken up where you stopped." : "";
}
function cell(text) {
  const safe = /^\s*[=+\-@\t\r\n|%＝＋－＠]/.test(text) ? "'" + text : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
function table() {
  const columns = Number(bar.dataset.columns), names = Array.from({length: columns}, (_, n) => `criterion ${n + 1}`);
  const lines = [["code", "question", ...names, "comment", "before", "answer"]];
  for (const sheet of sheets.filter(begun)) {
    const points = fields(sheet).map(field => field.value);
    const rest = Array(columns - points.length).fill("");
    lines.push([sheet.dataset.code, bar.dataset.question, ...points, ...rest, comment(sheet).value, sheet.dataset.before,
      sheet.dataset.answer]);
  }
  return "\ufeff" + lines.map(line => line.map(cell).join(",") + "\r\n").join("");
}
function save() {
  const bad = sheets.findIndex(sheet => begun(sheet) && !marked(sheet));
  if (bad >= 0) {
    show(bad, "Not saved: this answer lacks a mark, or has one that cannot be given.");
    return;
  }
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([table()], {type: "text/csv"}));
  link.download = bar.dataset.name;
  link.click();
  unsaved = false;
  say(`Saved as ${bar.dataset.name}, where your browser keeps what it downloads.`);
}
const KEYS = {n: () => show(at + 1), ArrowRight: () => show(at + 1), p: () => show(at - 1), ArrowLeft: () => show(at - 1),
  u: unmarked, f: full, s: save};
document.addEventListener("keydown", event => {
  const typing = event.target.tagName === "TEXTAREA";
  if (typing && event.key === "Escape") event.target.blur();
  if (event.ctrlKey || event.metaKey || event.altKey || typing) return;
  if (event.key === "Enter" && event.target.tagName === "INPUT") forward(event.target);
  else if (KEYS[event.key]) KEYS[event.key]();
  else return;
  event.preventDefault();
});
document.addEventListener("input", changed);
window.addEventListener("beforeunload", event => { if (unsaved) event.preventDefault(); });
document.getElementById("next").onclick = KEYS.n;
document.getElementById("previous").onclick = KEYS.p;
document.getElementById("unmarked").onclick = unmarked;
document.getElementById("save").onclick = save;
bar.hidden = false;
if (sheets.length) show(0, restore());
