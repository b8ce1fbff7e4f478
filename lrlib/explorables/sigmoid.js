// The sigmoid's weight and intercept: what one more unit of x does to the probability, the odds and the log-odds.
import { axes, define, dot, fixed, halo, handle, path, points, short, sigmoid, words } from "./kit.js";

export const spec = {
  "about": "The curve p = σ(xw + b), and what one more unit of x does to the probability, the odds and the log-odds.",
  "state": {
    "w": { "label": "weight w", "min": -3, "max": 3, "step": 0.05, "start": 1 },
    "b": { "label": "intercept b", "min": -5, "max": 5, "step": 0.02, "start": 0 },
    "x": { "label": "x", "min": -8, "max": 7, "step": 0.1, "start": 0 }
  },
  "buttons": { "step": "Let x grow by one" }
};

const score = (x, w, b) => x * w + b;
export const maths = {
  sigmoid,
  probability: (x, w, b) => sigmoid(score(x, w, b)),
  odds: (x, w, b) => Math.exp(score(x, w, b)),
  oddsRatio: (w) => Math.exp(w),
  centre: (w, b) => -b / w,
  steepest: (w) => w / 4,
};

const on = axes({
  x: [-8, 8], y: [0, 1], xlabel: "x", ylabel: "probability p",
  xticks: [-8, -4, 0, 4, 8], yticks: [0, [0.5, "½"], 1],
});

export function draw({ w, b, x }) {
  const p = (v) => maths.probability(v, w, b);
  const centre = maths.centre(w, b);
  const boundary = w !== 0 && Math.abs(centre) <= 8;
  let content = "";
  const labels = [];
  if (boundary) {
    const ends = [Math.max(-8, centre - 2 / Math.abs(w)), Math.min(8, centre + 2 / Math.abs(w))];
    const tangent = ends.map((v) => [v, 0.5 + (v - centre) * maths.steepest(w)]);
    content += path(on, [[centre, 0], [centre, 1]], { stroke: "muted", "stroke-dasharray": "2 4" });
    content += path(on, tangent, { stroke: "muted", "stroke-dasharray": "7 4" });
    const [px, low] = [on.x(centre), on.bottom - 10];
    labels.push(["x = −b/w", [[px, on.top - 8], [px + 6, low, "start"], [px - 6, low, "end"]], { fill: "muted", ...halo }]);
  }
  content += path(on, points(-8, 8, p), { stroke: "model", "stroke-width": 2.5 });
  // From x to x + 1: one to the right, then up or down to the curve.
  content += path(on, [[x, p(x)], [x + 1, p(x)], [x + 1, p(x + 1)]], { stroke: "accent" });
  const beside = p(x + 1) > p(x) ? [22, -14] : [-14, 22];
  labels.push(["+1", beside.map((clear) => [on.x(x + 0.5), on.y(p(x)) + clear]), { fill: "accent", ...halo }]);
  content += words(labels, [...on.taken]);
  content += dot(on, x + 1, p(x + 1), { fill: "paper", stroke: "accent", "stroke-width": 2 });
  return on.svg(content + handle(on, x, p(x), "x"));
}

export function describe({ w, b, x }) {
  const middle = w === 0 ? "is flat" : "passes one half at x = " + short(maths.centre(w, b)) + ", where its slope is " + fixed(maths.steepest(w));
  const [here, next] = [x, x + 1].map((v) => fixed(maths.probability(v, w, b), 3));
  return (
    "With weight " + fixed(w) + " and intercept " + fixed(b) + " the curve " + middle + ". One more unit, from x = " + fixed(x, 1) +
    ", takes the probability from " + here + " to " + next + ", multiplies the odds by " + short(maths.oddsRatio(w)) +
    " and " + (w < 0 ? "takes " : "adds ") + fixed(Math.abs(w)) + (w < 0 ? " from" : " to") + " the log-odds."
  );
}

export function readout({ w, b, x }) {
  const both = (f) => [x, x + 1].map((v) => f(v, w, b));
  const p = both(maths.probability);
  return [
    ["", "at x", "at x + 1", "change"],
    ["p", ...p.map((v) => fixed(v, 3)), "× " + short(p[1] / p[0])],
    ["odds", ...both(maths.odds).map(short), "× " + short(maths.oddsRatio(w))],
    ["log-odds", ...both(score).map((z) => fixed(z)), (w < 0 ? "− " : "+ ") + fixed(Math.abs(w))],
  ];
}

export const actions = { step: ({ x }) => ({ x: x + 1 }) };
export const drag = { x: (place) => ({ x: on.at(place)[0] }) };

define("sigmoid", { spec, draw, describe, readout, actions, drag });
