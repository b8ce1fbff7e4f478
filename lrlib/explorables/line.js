// The least squares line on 0/1 labels: one far point, labelled correctly, moves the boundary over other examples.
import { axes, define, dot, el, fixed, halo, handle, path, ring, triangle, word } from "./kit.js";

export const spec = {
  "about": "The least squares line through eight students and a ninth, and where it crosses one half: the boundary.",
  "state": {
    "hours": { "label": "ninth student", "min": 5, "max": 150, "step": 1, "start": 80 }
  },
  "buttons": { "away": "From near to far" }
};

// The book's eight students: hours of revision, and 1 for a pass.
const EIGHT = [[1, 0], [2, 0], [3, 0], [4, 1], [5, 0], [6, 1], [7, 1], [8, 1]];
const nine = (x) => [...EIGHT, [x, 1]];

// The centred formula, as in lrlib: sums of squares far from zero would lose their digits.
function fit(students) {
  const mean = (f) => students.reduce((sum, [x, y]) => sum + f(x, y), 0) / students.length;
  const [mx, my] = [mean((x) => x), mean((x, y) => y)];
  const w = mean((x, y) => (x - mx) * (y - my)) / mean((x) => (x - mx) ** 2);
  return { w, b: my - w * mx };
}
const at = ({ w, b }, x) => x * w + b;
const boundary = ({ w, b }) => (0.5 - b) / w;
const isWrong = (line, [x, y]) => at(line, x) > 0.5 !== (y === 1);
const isOutside = (line, [x]) => at(line, x) < 0 || at(line, x) > 1;
const before = fit(EIGHT);

export const maths = {
  weight: (x) => fit(nine(x)).w,
  intercept: (x) => fit(nine(x)).b,
  boundary: (x) => boundary(fit(nine(x))),
  wrong: (x) => EIGHT.filter((student) => isWrong(fit(nine(x)), student)).length,
  outside: (x) => nine(x).filter((student) => isOutside(fit(nine(x)), student)).length,
};

const [LOW, HIGH] = [-0.3, 1.3];
const all = axes({
  x: [0, 156], y: [LOW, HIGH], xlabel: "hours of revision: all nine", ylabel: "prediction",
  xticks: [0, 30, 60, 90, 120, 150], yticks: [0, [0.5, "½"], 1],
});
const near = axes({
  x: [0, 10.4], y: [LOW, HIGH], xlabel: "hours of revision: the first eight", ylabel: "",
  xticks: [0, 2, 4, 6, 8, 10], yticks: [0, [0.5, "½"], 1],
});

const mark = (on, [x, y]) => (y ? triangle(on, x, y) : ring(on, x, y));
const cross = (on, [x, y]) =>
  [1, -1].map((side) => {
    const [px, py] = [on.x(x), on.y(y) + 1];
    return el("path", { d: "M" + (px - 9) + " " + (py - 9 * side) + "l18 " + 18 * side, stroke: "warn", "stroke-width": 2.5 });
  }).join("");

// A line, as far as the picture goes.
function through(on, line, end, attributes) {
  const heights = [LOW, HIGH].map((y) => (y - line.b) / line.w);
  const ends = [Math.max(0, heights[0]), Math.min(end, heights[1])];
  return path(on, ends.map((x) => [x, at(line, x)]), attributes);
}

function picture(on, end, after, students) {
  const [old, now] = [boundary(before), boundary(after)];
  const [left, right] = [old, now].map(on.x).sort((a, b) => a - b);
  const band = { x: left, y: on.top, width: right - left, height: on.bottom - on.top, fill: "warn", "fill-opacity": 0.15 };
  return (
    el("rect", band) +
    path(on, [[0, 0.5], [end, 0.5]], { stroke: "muted", "stroke-dasharray": "2 4" }) +
    through(on, before, end, { stroke: "muted", "stroke-dasharray": "7 4" }) +
    through(on, after, end, { stroke: "model", "stroke-width": 2.5 }) +
    path(on, [[now, LOW], [now, HIGH]], { stroke: "accent" }) +
    students.map((student) => mark(on, student)).join("")
  );
}

const ringed = { r: 11, fill: "none", stroke: "accent", "stroke-width": 2 };
const outside = { r: 4, fill: "paper", stroke: "warn", "stroke-width": 2 };

export function draw({ hours: x }) {
  const after = fit(nine(x));
  const now = boundary(after);
  let whole = picture(all, 156, after, EIGHT);
  // The miss that squared error would repair: from her label up to what the line of eight says of her.
  const old = at(before, x);
  whole += path(all, [[x, 1], [x, Math.min(HIGH, old)]], { stroke: "muted", "stroke-width": 1.5 });
  const aside = x < 60 ? { shift: 6, anchor: "start" } : { shift: -6, anchor: "end" };
  const note = { fill: "muted", "text-anchor": aside.anchor, ...halo };
  if (x > 18) whole += word(all.x(x) + aside.shift, all.top + 14, "line of 8: " + fixed(old, 1) + " ↑", note);
  whole += word(all.x(x), all.y(1) + 27, "ninth", { fill: "accent", ...halo });
  whole += triangle(all, x, 1) + handle(all, x, 1, "hours", ringed);
  let zoom = picture(near, 10.4, after, EIGHT);
  if (x < 10.4) zoom += triangle(near, x, 1) + dot(near, x, 1, { r: 7, ...ringed });
  for (const student of EIGHT) {
    const out = isOutside(after, student);
    zoom += dot(near, student[0], at(after, student[0]), out ? outside : { r: 3, fill: "model" });
    if (isWrong(after, student)) zoom += cross(near, student);
  }
  zoom += word(near.x(now) + 6, near.top + 14, "boundary " + fixed(now), { fill: "accent", "text-anchor": "start", ...halo });
  if (x > 10.4) zoom += word(near.right, near.y(1) + 4.5, "ninth →", { fill: "accent", "text-anchor": "end", ...halo });
  return all.svg(whole) + near.svg(zoom);
}

export function describe({ hours: x }) {
  const after = fit(nine(x));
  const wrong = EIGHT.filter((student) => isWrong(after, student)).map(([hours]) => hours);
  const who = wrong.length ? wrong.length + " of the first eight, who revised for " + wrong.join(" and ") + " hours" : "none of the first eight";
  return (
    "With the ninth student at " + x + " hours the line crosses one half at " + fixed(boundary(after)) +
    " hours, without her at " + fixed(boundary(before), 1) + ". It decides wrongly about " + who +
    ", and " + maths.outside(x) + " of its nine predictions are not between 0 and 1."
  );
}

export function readout({ hours: x }) {
  const lines = [before, fit(nine(x))];
  const row = (name, f) => [name, ...lines.map((line) => String(f(line)))];
  return [
    ["", "line of 8", "line of 9"],
    row("says at " + x + " hours", (line) => fixed(at(line, x))),
    row("boundary", (line) => fixed(boundary(line))),
    row("wrong, of the first 8", (line) => EIGHT.filter((student) => isWrong(line, student)).length),
    row("not in [0, 1], of all 9", (line) => nine(x).filter((student) => isOutside(line, student)).length),
  ];
}

export const format = { hours: (hours) => hours + " h" };
export const actions = { away: () => Array.from({ length: 146 }, (_, i) => ({ hours: 5 + i })) };
export const drag = { hours: (place) => ({ hours: all.at(place)[0] }) };

define("line", { spec, draw, describe, readout, format, actions, drag });
