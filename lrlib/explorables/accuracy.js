// Accuracy and cross entropy while the weight moves: stairs without a slope, and a bowl with one.
import { axes, define, dot, el, fixed, halo, handle, path, points, sigmoid, softplus, symbol, word, words } from "./kit.js";

export const spec = {
  "about": "Five learners, the accuracy of a model's predictions about them and its cross entropy, while its weight moves.",
  "state": {
    "w": { "label": "weight w", "min": 0.044, "max": 0.1, "step": 0.0001, "start": 0.0618 }
  },
  "buttons": { "climb": "One step up the accuracy", "descend": "One step down the cross entropy" }
};

// The chapter's learners, hours of lessons and 1 for a pass, its intercept and its step size.
const FIVE = [[20, 0], [41, 1], [43, 0], [44, 1], [60, 1]];
const B = -2.9396;
const STEP_SIZE = 0.001;

const probability = (x, w) => sigmoid(x * w + B);
const isRight = (x, y, w) => x * w + B > 0 === (y === 1);
const mean = (f) => FIVE.reduce((sum, [x, y]) => sum + f(x, y), 0) / FIVE.length;
const jumps = FIVE.map(([x]) => -B / x);

export const maths = {
  probability,
  accuracy: (w) => mean((x, y) => (isRight(x, y, w) ? 1 : 0)),
  // At a jump there is no slope at all; everywhere else accuracy is level.
  accuracySlope: (w) => (jumps.includes(w) ? NaN : 0),
  crossEntropy: (w) => mean((x, y) => softplus(y ? -(x * w + B) : x * w + B)),
  crossEntropySlope: (w) => mean((x, y) => (probability(x, w) - y) * x),
};
const up = (w) => w + STEP_SIZE * maths.accuracySlope(w);
const down = (w) => w - STEP_SIZE * maths.crossEntropySlope(w);

const [LOW, HIGH, HEIGHT] = [0.044, 0.1, 290];
const strip = axes({
  x: [0, 1], y: [5.5, 0.5], height: HEIGHT, xlabel: "probability p of a pass", ylabel: "",
  xticks: [0, [0.25, "says: fail"], 0.5, [0.75, "says: pass"], 1], yticks: FIVE.map(([x], i) => [i + 1, x + " h"]),
});

// Two scales on one height, so that both plots share the axis of w.
const onTop = (accuracy) => 0.64 + ((accuracy - 0.3) * 0.36) / 0.6;
const below = (entropy) => ((entropy - 0.42) * 0.46) / 0.4;
const plots = axes({
  x: [LOW, HIGH], y: [0, 1], height: HEIGHT, xlabel: "weight w", ylabel: "accuracy",
  xticks: [0.05, 0.06, 0.07, 0.08, 0.09, [0.1, "0.10"]],
  yticks: [...[0.4, 0.6, 0.8].map((v) => [onTop(v), v]), ...[0.5, 0.6, 0.7, 0.8].map((v) => [below(v), v])],
});
const edges = [LOW, ...jumps.filter((w) => w < HIGH).sort((a, b) => a - b), HIGH];
const stairs = edges.slice(1).map((end, i) => [edges[i], end, onTop(maths.accuracy((edges[i] + end) / 2))]);
const bowl = points(LOW, HIGH, (w) => below(maths.crossEntropy(w)));
const slope = (value, digits) => (Number.isNaN(value) ? "none" : fixed(value, digits));

function learners(w) {
  let content = path(strip, [[0.5, 0.5], [0.5, 5.5]], { stroke: "ink", "stroke-width": 1.5 });
  FIVE.forEach(([x, y], i) => {
    const [p, row] = [probability(x, w), i + 1];
    const [px, py] = [strip.x(p), strip.y(row)];
    const right = isRight(x, y, w);
    content += path(strip, [[0.5, row], [p, row]], { stroke: right ? "muted" : "warn", "stroke-width": right ? 2 : 3 });
    content += symbol(px, py, y);
    const side = p > 0.5 ? 1 : -1;
    const anchor = { "text-anchor": side > 0 ? "start" : "end", fill: "warn" };
    if (!right) content += word(px + 13 * side, py + 4.5, "wrong", anchor);
  });
  const legend = { "text-anchor": "start" };
  content += symbol(47, 10, 0) + word(58, 14, "failed", legend) + symbol(117, 10, 1) + word(128, 14, "passed", legend);
  const count = FIVE.filter(([x, y]) => isRight(x, y, w)).length;
  content += word(strip.right, 14, count + " of 5 right", { "text-anchor": "end", fill: "accent", "font-weight": 600 });
  return strip.svg(content);
}

function objectives(w) {
  const right = { "text-anchor": "end", fill: "accent", "font-weight": 600, ...halo };
  const [step, now] = [onTop(maths.accuracy(w)), below(maths.crossEntropy(w))];
  let content = "";
  const names = FIVE.map(([x], i) => [x + " h", [plots.x(jumps[i]), plots.x(jumps[i]) + 6].map((px) => [px, 14]), { fill: "muted" }]);
  content += words(names.slice(1).reverse(), [...plots.taken, [plots.right - 60, 0, 999, 20]]);
  for (const jump of edges.slice(1, -1)) {
    content += path(plots, [[jump, 0.64], [jump, 1]], { stroke: "muted", "stroke-width": 1.5, "stroke-dasharray": "2 3" });
  }
  content += path(plots, [[w, 0], [w, 1]], { stroke: "accent", "stroke-width": 1.5 });
  for (const [from, to, height] of stairs) {
    content += path(plots, [[from, height], [to, height]], { stroke: "ink", "stroke-width": 3 });
  }
  content += path(plots, bowl, { stroke: "model", "stroke-width": 3 });
  const tilt = below(maths.crossEntropySlope(w)) - below(0);
  const reach = [Math.max(LOW, w - 0.006), Math.min(HIGH, w + 0.006)];
  content += path(plots, reach.map((v) => [v, now + (v - w) * tilt]), { stroke: "accent", "stroke-width": 2.5 });
  const next = down(w);
  content += dot(plots, next, below(maths.crossEntropy(next)), { r: 5, fill: "paper", stroke: "accent", "stroke-width": 2 });
  content += word(4, plots.y(0.5), "cross entropy", { "text-anchor": "start", ...halo });
  content += word(plots.right, 14, "slope " + slope(maths.accuracySlope(w), 0), right);
  content += word(plots.right, plots.y(0.5), "slope " + slope(maths.crossEntropySlope(w), 2), right);
  const held = { fill: "accent", stroke: "paper", "stroke-width": 1.5 };
  return plots.svg(content + handle(plots, w, step, "w", held) + handle(plots, w, now, "w", held));
}

export const draw = ({ w }) => learners(w) + objectives(w);

export function describe({ w }) {
  const count = FIVE.filter(([x, y]) => isRight(x, y, w)).length;
  const list = FIVE.map(([x]) => fixed(probability(x, w))).join(", ");
  return (
    "At weight " + fixed(w, 4) + " the five learners, from " + FIVE[0][0] + " to " + FIVE.at(-1)[0] + " hours, pass with the probabilities " + list +
    ", and " + count + " of 5 predictions are right. The accuracy has slope " + slope(maths.accuracySlope(w), 0) +
    ", the cross entropy, " + fixed(maths.crossEntropy(w), 3) + ", has slope " + slope(maths.crossEntropySlope(w), 2) + "."
  );
}

export const readout = ({ w }) => [
  ["", "now", "slope", "next w"],
  ["accuracy", fixed(maths.accuracy(w), 1), slope(maths.accuracySlope(w), 0), fixed(up(w), 4)],
  ["cross entropy", fixed(maths.crossEntropy(w), 3), slope(maths.crossEntropySlope(w), 2), fixed(down(w), 4)],
];

// A step is played slowly, so that each learner is seen to cross.
const glide = (from, to) => Array.from({ length: 14 }, (_, i) => ({ w: from + ((to - from) * i) / 13 }));
export const actions = { climb: ({ w }) => glide(w, up(w)), descend: ({ w }) => glide(w, down(w)) };
export const drag = { w: (place) => ({ w: plots.at(place)[0] }) };

define("accuracy", { spec, draw, describe, readout, actions, drag });
