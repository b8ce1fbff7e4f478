// One model on three scales: the log-odds are a line, the odds grow by a factor, the probability is an S.
import { axes, define, dot, el, fixed, halo, handle, path, points, short, sigmoid, words } from "./kit.js";

export const spec = {
  "about": "Tumours by radius, and one model of them on three scales: log-odds, odds and probability, with one step seen in each.",
  "state": {
    "w": { "label": "weight w", "min": 0, "max": 2, "step": 0.01, "start": 0.95 },
    "b": { "label": "intercept b", "min": -4, "max": 4, "step": 0.01, "start": -0.62 },
    "x": { "label": "x", "min": -6, "max": 6.5, "step": 0.1, "start": -1 }
  },
  "buttons": { "step": "Let x grow by one" }
};

// Of the tumours with a radius in [8, 9), [9, 10), ...: how many there are, and how many of them are malignant.
const BINS = [
  [12, 0], [31, 0], [38, 1], [84, 5], [87, 6], [81, 20], [58, 19], [33, 26], [23, 18], [26, 25], [20, 20], [27, 27],
  [23, 23], [8, 8],
].map(([n, k], i) => ({ x: i - 5.5, n, k }));

const score = (x, w, b) => x * w + b;
export const maths = {
  logOdds: score,
  odds: (x, w, b) => Math.exp(score(x, w, b)),
  probability: (x, w, b) => sigmoid(score(x, w, b)),
  // Of a bin: -Infinity where nobody is malignant, Infinity where everybody is.
  binLogOdds: (i) => Math.log(BINS[i].k / (BINS[i].n - BINS[i].k)),
};

const SPAN = [-6.4, 8];
const xticks = [-6, -4, -2, 0, 2, 4, 6, 8];
const plot = (top, y, yticks, ylabel, last) =>
  axes({ x: SPAN, y, yticks, ylabel, height: 486, top, bottom: top + 114, xticks: last ? xticks : xticks.map((v) => [v, ""]), xlabel: last ? "x = radius − 14" : "" });
const panels = [
  { name: "log-odds", on: plot(26, [-6, 6], [-4, 0, 4], "log-odds: a line"), f: score, bin: ({ n, k }) => Math.log(k / (n - k)) },
  { name: "odds", on: plot(178, [0, 10], [1, 5, 10], "odds: each step times the same"), f: maths.odds, bin: ({ n, k }) => k / (n - k) },
  { name: "probability", on: plot(330, [0, 1], [0, [0.5, "½"], 1], "probability: an S", true), f: maths.probability, bin: ({ n, k }) => k / n },
];

const signed = (v, digits) => (v < 0 ? "−" : "+") + fixed(Math.abs(v), digits);
const steps = ({ w, b, x }) => [
  signed(w, 2),
  "× " + fixed(Math.exp(w)),
  signed(maths.probability(x + 1, w, b) - maths.probability(x, w, b), 3),
];

// The share of a bin, larger where more tumours are; an arrow where it is beyond the scale.
function share(on, bin, value, [low, high]) {
  const inside = Math.min(high, Math.max(low, value));
  if (inside === value) return dot(on, bin.x, value, { r: 2 + Math.sqrt(bin.n) / 2, fill: "paper", stroke: "truth", "stroke-width": 2 });
  const [px, py, d] = [on.x(bin.x), on.y(inside), value > high ? 1 : -1];
  return el("path", { d: "M" + (px - 4.5).toFixed(1) + " " + (py + 9 * d).toFixed(1) + "h9l-4.5 " + -9 * d + "z", fill: "truth" });
}

function panel({ on, f, bin }, state, said) {
  const { w, b, x } = state;
  const [low, high] = [on.bottom, on.top].map((py) => Number(on.at([0, py])[1].toFixed(6)));
  const value = (v) => f(v, w, b);
  const kept = (v) => Math.min(high, Math.max(low, value(v)));
  const seen = points(...SPAN, value, 180).filter(([, y]) => y >= low && y <= high);
  const guide = (v) => path(on, [[v, low], [v, high]], { stroke: "accent", "stroke-width": 1, "stroke-dasharray": "2 4" });
  let content = guide(x) + guide(x + 1) + BINS.map((one) => share(on, one, bin(one), [low, high])).join("");
  content += path(on, seen.length ? seen : [[SPAN[0], low]], { stroke: "model", "stroke-width": 3 });
  const [here, next] = [kept(x), kept(x + 1)];
  content += path(on, [[x, here], [x + 1, here], [x + 1, next]], { stroke: "accent", "stroke-width": 2.5 });
  content += dot(on, x + 1, next, { fill: "paper", stroke: "accent", "stroke-width": 2.5 });
  const px = on.x(x + 1) + 8;
  const height = (py) => Math.max(on.top + 12, Math.min(on.bottom - 6, py));
  const middle = height((on.y(here) + on.y(next)) / 2 + 4.5);
  const spots = [[px, middle, "start"], [on.x(x) - 12, height(on.y(here) - 8), "end"], [px, height(on.y(here) - 16), "start"]];
  return content + words([[said, spots, { fill: "accent", "font-weight": 700, ...halo }]], [...on.taken]) + handle(on, x, here, "x");
}

export function draw(state) {
  const { on } = panels[2];
  return on.svg(panels[0].on.back + panels[1].on.back + panels.map((one, i) => panel(one, state, steps(state)[i])).join(""));
}

export function describe(state) {
  const { w, b, x } = state;
  const list = panels.map(({ name, f }) => name + " " + short(f(x, w, b)) + " and " + short(f(x + 1, w, b)));
  return (
    "With weight " + fixed(w) + " and intercept " + fixed(b) + ", at x = " + fixed(x, 1) + " and one more: " + list.join("; ") +
    ". The step is " + steps(state).join(", ") + "."
  );
}

export const readout = ({ w, b, x }) => {
  const both = (f, shown) => [x, x + 1].map((v) => shown(f(v, w, b)));
  const said = steps({ w, b, x });
  return [
    ["", "at x", "at x + 1", "step"],
    ["log-odds", ...both(score, fixed), said[0]],
    ["odds", ...both(maths.odds, short), said[1]],
    ["probability", ...both(maths.probability, (p) => fixed(p, 3)), said[2]],
  ];
};

export const actions = { step: ({ x }) => Array.from({ length: 15 }, (_, i) => ({ x: x + i / 14 })) };
export const drag = { x: (place) => ({ x: panels[0].on.at(place)[0] }) };

define("scales", { spec, draw, describe, readout, actions, drag });
