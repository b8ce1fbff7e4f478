// Accuracy and cross entropy while the weight moves: stairs without a slope, and a bowl with one.
import { axes, define, dot, fixed, halo, handle, path, points, sigmoid, softplus, symbol, word, words } from "./kit.js";

export const spec = {
  "about": "Eight students, the accuracy of a model's predictions about them and its cross entropy, while its weight moves.",
  "state": {
    "w": { "label": "weight w", "min": 0.4, "max": 2.2, "step": 0.001, "start": 0.8 },
    "b": { "label": "intercept b", "min": -9, "max": -1, "step": 0.01, "start": -5.77 },
    "eta": { "label": "step size", "min": 0.01, "max": 0.3, "step": 0.01, "start": 0.1 }
  },
  "buttons": { "climb": "One step up the accuracy", "descend": "One step down the cross entropy" }
};

// The book's eight students: hours of revision, and 1 for a pass.
const EXAM = [[1, 0], [2, 0], [3, 0], [4, 1], [5, 0], [6, 1], [7, 1], [8, 1]];
const N = EXAM.length;

const probability = (x, w, b) => sigmoid(x * w + b);
const isRight = (x, y, w, b) => x * w + b > 0 === (y === 1);
const mean = (f) => EXAM.reduce((sum, [x, y]) => sum + f(x, y), 0) / N;
// The weights at which a student's prediction flips.
const jumps = (b) => EXAM.map(([x]) => -b / x);

export const maths = {
  probability,
  accuracy: (w, b) => mean((x, y) => (isRight(x, y, w, b) ? 1 : 0)),
  // At a jump there is no slope at all; everywhere else accuracy is level.
  accuracySlope: (w, b) => (jumps(b).includes(w) ? NaN : 0),
  crossEntropy: (w, b) => mean((x, y) => softplus(y ? -(x * w + b) : x * w + b)),
  crossEntropySlope: (w, b) => mean((x, y) => (probability(x, w, b) - y) * x),
};
const up = ({ w, b, eta }) => w + eta * maths.accuracySlope(w, b);
const down = ({ w, b, eta }) => w - eta * maths.crossEntropySlope(w, b);

const [LOW, HIGH, HEIGHT] = [0.4, 2.2, 320];
const strip = axes({
  x: [-0.04, 1.02], y: [8.5, 0.5], height: HEIGHT, xlabel: "probability p of a pass", ylabel: "",
  xticks: [0, [0.25, "says: fail"], 0.5, [0.75, "says: pass"], 1], yticks: EXAM.map(([x], i) => [i + 1, x + " h"]),
});

// Two scales on one height, so that both plots share the axis of w: accuracies from one half on top, losses up to 1.6 below.
const FLOOR = 0.63;
const onTop = (accuracy) => 0.66 + 0.62 * (accuracy - 0.5);
const below = (entropy) => ((Math.min(1.6, entropy) - 0.2) * 0.54) / 1.4;
const plots = axes({
  x: [LOW, HIGH], y: [0, 1], height: HEIGHT, xlabel: "weight w", ylabel: "accuracy", xticks: [0.5, 1, 1.5, 2],
  yticks: [...[0.5, 0.75, 1].map((v) => [onTop(v), v]), ...[0.5, 1, 1.5].map((v) => [below(v), v])],
});
const slope = (value, digits) => (Number.isNaN(value) ? "none" : fixed(value, digits));
const count = ({ w, b }) => EXAM.filter(([x, y]) => isRight(x, y, w, b)).length;

function learners({ w, b }) {
  let content = path(strip, [[0.5, 0.5], [0.5, 8.5]], { stroke: "ink", "stroke-width": 1.5 });
  EXAM.forEach(([x, y], i) => {
    const [p, row] = [probability(x, w, b), i + 1];
    const [px, py] = [strip.x(p), strip.y(row)];
    const right = isRight(x, y, w, b);
    content += path(strip, [[0.5, row], [p, row]], { stroke: right ? "muted" : "warn", "stroke-width": right ? 2 : 3 });
    content += symbol(px, py, y);
    // On the other side of the middle, where nothing else is.
    const [side, anchor] = p > 0.5 ? [-1, "end"] : [1, "start"];
    if (!right) content += word(strip.x(0.5) + 8 * side, py + 4.5, "wrong", { "text-anchor": anchor, fill: "warn" });
  });
  const legend = { "text-anchor": "start" };
  content += symbol(47, 10, 0) + word(58, 14, "failed", legend) + symbol(117, 10, 1) + word(128, 14, "passed", legend);
  content += word(strip.right, 14, count({ w, b }) + " of " + N + " right", { "text-anchor": "end", fill: "accent", "font-weight": 600 });
  return strip.svg(content);
}

function objectives(state) {
  const { w, b } = state;
  const { accuracy, accuracySlope, crossEntropy, crossEntropySlope } = maths;
  const [step, now] = [onTop(accuracy(w, b)), below(crossEntropy(w, b))];
  const flips = jumps(b).map((at, i) => [at, EXAM[i][0]]).filter(([at]) => at > LOW && at < HIGH);
  const edges = [LOW, ...flips.map(([at]) => at).sort((one, other) => one - other), HIGH];
  let content = "";
  for (const jump of edges.slice(1, -1)) {
    content += path(plots, [[jump, FLOOR], [jump, 1]], { stroke: "muted", "stroke-width": 1.5, "stroke-dasharray": "2 3" });
  }
  content += path(plots, [[w, 0], [w, 1]], { stroke: "accent", "stroke-width": 1.5 });
  edges.slice(1).forEach((end, i) => {
    const height = onTop(accuracy((edges[i] + end) / 2, b));
    content += path(plots, [[edges[i], height], [end, height]], { stroke: "ink", "stroke-width": 3.5 });
  });
  const bowl = points(LOW, HIGH, (v) => crossEntropy(v, b), 160).filter(([, loss]) => loss <= 1.6);
  content += path(plots, bowl.map(([v, loss]) => [v, below(loss)]), { stroke: "model", "stroke-width": 3.5 });
  if (crossEntropy(w, b) < 1.6) {
    const tilt = (crossEntropySlope(w, b) * 0.54) / 1.4;
    const far = 0.22 / Math.hypot(1, 2 * tilt);
    const reach = [Math.max(LOW, w - far), Math.min(HIGH, w + far)];
    content += path(plots, reach.map((v) => [v, now + (v - w) * tilt]), { stroke: "accent", "stroke-width": 2.5 });
    const next = down(state);
    if (next > LOW && next < HIGH) content += dot(plots, next, below(crossEntropy(next, b)), { r: 5, fill: "paper", stroke: "accent", "stroke-width": 2 });
  }
  const middle = plots.y(0.575);
  const strong = { fill: "accent", "font-weight": 600, ...halo };
  content += words([
    ["slope " + slope(accuracySlope(w, b), 0), [[plots.right, 14, "end"]], strong],
    ["cross entropy", [[4, middle, "start"]], halo],
    ["slope " + slope(crossEntropySlope(w, b), 2), [[plots.right, middle, "end"]], strong],
    // In the middle of the stairs first.
    ...[4, 5, 6, 3, 7, 2, 8, 1].flatMap((hours) => flips.filter(([, x]) => x === hours)).map(([at, hours]) => [hours + " h", [[plots.x(at), 14]], { fill: "muted" }]),
  ], [...plots.taken]);
  const held = { fill: "accent", stroke: "paper", "stroke-width": 1.5 };
  return plots.svg(content + handle(plots, w, step, "w", held) + handle(plots, w, now, "w", held));
}

export const draw = (state) => learners(state) + objectives(state);

export function describe(state) {
  const { w, b } = state;
  const list = EXAM.map(([x]) => fixed(probability(x, w, b))).join(", ");
  return (
    "At weight " + fixed(w, 3) + " and intercept " + fixed(b) + " the eight students, from 1 to 8 hours, pass with the probabilities " + list +
    ", and " + count(state) + " of 8 predictions are right. The accuracy has slope " + slope(maths.accuracySlope(w, b), 0) +
    ", the cross entropy, " + fixed(maths.crossEntropy(w, b), 3) + ", has slope " + slope(maths.crossEntropySlope(w, b), 2) + "."
  );
}

const weight = (w) => (Number.isNaN(w) ? "none" : fixed(w, 3));
export const readout = (state) => {
  const { w, b } = state;
  return [
    ["", "now", "slope", "next w"],
    ["accuracy", fixed(maths.accuracy(w, b), 3), slope(maths.accuracySlope(w, b), 0), weight(up(state))],
    ["cross entropy", fixed(maths.crossEntropy(w, b), 3), slope(maths.crossEntropySlope(w, b), 2), weight(down(state))],
  ];
};

// A step is played slowly, so that each student is seen to cross.
const glide = (from, to) => Array.from({ length: 14 }, (_, i) => ({ w: from + ((to - from) * i) / 13 }));
export const actions = { climb: (state) => glide(state.w, up(state)), descend: (state) => glide(state.w, down(state)) };
export const drag = { w: (place) => ({ w: plots.at(place)[0] }) };

define("accuracy", { spec, draw, describe, readout, actions, drag });
