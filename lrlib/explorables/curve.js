// A line and an S-curve through the same eight students, dragged: the line leaves 0 to 1, the curve never does.
import { axes, define, dot, el, fixed, halo, handle, path, points, sigmoid, softplus, symbol, word, words } from "./kit.js";

export const spec = {
  "about": "Eight students, a straight line and an S-curve: move the curve until the eight results are as likely as they can be.",
  "state": {
    "c": { "label": "boundary", "min": 1.5, "max": 7.5, "step": 0.05, "start": 3.2 },
    "w": { "label": "steepness w", "min": 0.2, "max": 4, "step": 0.01, "start": 0.7 }
  },
  "buttons": { "fit": "Fit the curve" }
};

// The book's eight students: hours of revision, and 1 for a pass.
const EXAM = [[1, 0], [2, 0], [3, 0], [4, 1], [5, 0], [6, 1], [7, 1], [8, 1]];
const BEST = { c: 4.5, w: 1.28 };

const logLikelihood = (c, w) => -EXAM.reduce((sum, [x, y]) => sum + softplus(y ? w * (c - x) : w * (x - c)), 0);
export const maths = {
  probability: (x, c, w) => sigmoid(w * (x - c)),
  line: (x, c, w) => 0.5 + (w * (x - c)) / 4,
  logLikelihood,
  likelihood: (c, w) => Math.exp(logLikelihood(c, w)),
  intercept: (c, w) => -w * c,
};

// What is as likely as 0.05 is expected once in 20 times.
function once(likelihood) {
  const times = 1 / likelihood;
  return "1 in " + (times < 1e6 ? Math.round(times).toLocaleString("en") : "millions");
}

const [LOW, HIGH] = [0, 9.6];
const on = axes({
  x: [LOW, HIGH], y: [-0.3, 1.3], height: 320, bottom: 230, xlabel: "hours of revision", ylabel: "",
  xticks: [0, 2, 4, 6, 8], yticks: [0, [0.5, "½"], 1],
});

// Where the line, or its end in the picture, can be taken hold of: at 1, where it leaves the probabilities.
const grip = ({ c, w }) => {
  const x = Math.min(9.2, c + 2 / w);
  return [x, maths.line(x, c, w)];
};

// A bar from one in a million to the best; its end is the likelihood, on a log scale.
function gauge({ c, w }) {
  const far = -7;
  const place = (v) => on.left + (on.right - on.left) * Math.max(0.01, (v - far) / (logLikelihood(BEST.c, BEST.w) - far));
  const now = place(logLikelihood(c, w));
  const bar = { x: on.left, y: 302, height: 12, rx: 6 };
  const best = "best: " + once(maths.likelihood(BEST.c, BEST.w));
  return (
    word(on.left, 292, "these results:", { "text-anchor": "start" }) +
    word(on.left + 95, 292, once(maths.likelihood(c, w)), { "text-anchor": "start", "font-size": 17, "font-weight": 700, fill: "model" }) +
    word(on.right, 292, best, { "text-anchor": "end", fill: "muted" }) +
    el("rect", { ...bar, width: on.right - on.left, fill: "grid" }) +
    el("rect", { ...bar, width: now - on.left, fill: "model" })
  );
}

export function draw({ c, w }) {
  const p = (x) => maths.probability(x, c, w);
  const line = (x) => maths.line(x, c, w);
  const [zero, one] = [c - 2 / w, c + 2 / w];
  const beyond = (y, height) => el("rect", { x: on.left, y, width: on.right - on.left, height, fill: "warn", "fill-opacity": 0.09 });
  let content = beyond(on.top, on.y(1) - on.top) + beyond(on.y(0), on.bottom - on.y(0));
  content += path(on, [[c, 0], [c, 1]], { stroke: "accent", "stroke-width": 1.5, "stroke-dasharray": "2 4" });
  for (const [x, y] of EXAM) content += path(on, [[x, y], [x, p(x)]], { stroke: "muted", "stroke-width": 1.5 });
  // The line inside, and outside as far as the picture goes.
  const reach = [Math.max(LOW, c - 3.2 / w), Math.min(HIGH, c + 3.2 / w)];
  const stretch = (from, to, attributes) => path(on, [[from, line(from)], [to, line(to)]], { "stroke-dasharray": "8 5", ...attributes });
  content += stretch(Math.max(LOW, zero), Math.min(HIGH, one), { stroke: "muted" });
  const out = { stroke: "warn", "stroke-width": 2.5 };
  if (zero > reach[0]) content += stretch(reach[0], zero, out);
  if (one < reach[1]) content += stretch(one, reach[1], out);
  content += path(on, points(LOW, HIGH, p), { stroke: "model", "stroke-width": 4 });
  for (const [x, y] of EXAM) content += dot(on, x, p(x), { r: 3, fill: "model", stroke: "paper" }) + symbol(on.x(x), on.y(y), y);
  const held = { r: 9, fill: "accent", stroke: "paper", "stroke-width": 2 };
  content += handle(on, ...grip({ c, w }), "w", { ...held, fill: "paper", stroke: "accent", "stroke-width": 3 }) + handle(on, c, 0.5, "c", held);
  const upper = on.top + 17;
  content += words([
    ["line", [[on.x(reach[1]) - (reach[1] < HIGH ? 22 : 8), Math.max(on.y(line(reach[1])) + 16, upper), "end"]], { fill: "muted", ...halo }],
    ["curve", [[on.right - 2, on.y(p(HIGH)) + 26, "end"]], { fill: "model", "font-weight": 600, ...halo }],
    ["no probability", [[on.left + 8, upper, "start"], [on.right - 4, upper, "end"]], { fill: "warn" }],
    ["no probability", [[on.right - 4, on.bottom - 9, "end"]], { fill: "warn" }],
  ], [...on.taken]);
  const key = { "text-anchor": "start" };
  content += symbol(54, 11, 1) + word(67, 16, "passed", key) + symbol(137, 11, 0) + word(149, 16, "failed", key);
  return on.svg(content + gauge({ c, w }));
}

export function describe({ c, w }) {
  const [first, last] = [1, 8].map((x) => [x, fixed(maths.line(x, c, w)), fixed(maths.probability(x, c, w))]);
  const says = ([x, line, curve]) => "at " + x + (x > 1 ? " hours" : " hour") + " the line says " + line + " and the curve " + curve;
  return (
    "With the boundary at " + fixed(c) + " hours and steepness " + fixed(w) + ", " + says(first) + "; " + says(last) +
    ". The curve makes the eight results as likely as " + once(maths.likelihood(c, w)) + "; the best that a curve can do is " +
    once(maths.likelihood(BEST.c, BEST.w)) + "."
  );
}

export const readout = ({ c, w }) => [
  ["hours", "1", "8"],
  ["the line says", ...[1, 8].map((x) => fixed(maths.line(x, c, w)))],
  ["the curve says", ...[1, 8].map((x) => fixed(maths.probability(x, c, w)))],
];

// Down the mean cross entropy, in steps: the curve is seen to learn.
function learn({ c, w }) {
  let [weight, height] = [w, w * (4.5 - c)];
  const way = [];
  for (let i = 0; i < 160; i++) {
    const misses = EXAM.map(([x, y]) => [x - 4.5, sigmoid(weight * (x - 4.5) + height) - y]);
    weight -= (1 / 8) * misses.reduce((sum, [x, miss]) => sum + x * miss, 0);
    height -= (2 / 8) * misses.reduce((sum, [, miss]) => sum + miss, 0);
    way.push({ w: weight, c: 4.5 - height / weight });
  }
  return [...way, BEST];
}

export const format = { c: (c) => fixed(c) + " h" };
export const actions = { fit: learn };
export const drag = {
  c: (place) => ({ c: on.at(place)[0] }),
  // Wherever the hand goes, the line from the boundary goes through it.
  w: (place, { c }) => {
    const [x, y] = on.at(place);
    return { w: x > c + 0.05 ? (4 * (y - 0.5)) / (x - c) : 4 };
  },
};

define("curve", { spec, draw, describe, readout, format, actions, drag });
