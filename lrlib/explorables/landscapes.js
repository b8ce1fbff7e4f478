// One model and its data, two losses over both weights: terraces of squared error, a single bowl of cross entropy.
import { axes, define, dot, el, fixed, halo, handle, path, sigmoid, softplus, words } from "./kit.js";
import { contours, pieces } from "./fields.js";

export const spec = {
  "about": "Squared error and cross entropy of one model over its two weights, and gradient descent on both from one start.",
  "state": {
    "u": { "label": "start w₁", "min": -4, "max": 4, "step": 0.1, "start": -3 },
    "v": { "label": "start w₂", "min": -4, "max": 4, "step": 0.1, "start": -2.5 },
    "steps": { "label": "steps", "min": 0, "max": 200, "step": 1, "start": 40 }
  },
  "buttons": { "run": "Let both run" }
};

// Eight examples, two features and a label each; no straight boundary through the origin is right about all of them.
const ROWS = [[3, 1, 1], [2, -1, 1], [1, 3, 1], [-2, -1, 0], [-1, -3, 0], [-3, 1, 0], [2, 2, 0], [-1, 2, 1]];
const RATE = 0.5;
const mean = (f) => ROWS.reduce((sum, [x1, x2, y]) => sum + f(x1, x2, y), 0) / ROWS.length;

export const maths = {
  squared: (w1, w2) => mean((x1, x2, y) => (sigmoid(x1 * w1 + x2 * w2) - y) ** 2),
  cross: (w1, w2) => mean((x1, x2, y) => softplus(y ? -x1 * w1 - x2 * w2 : x1 * w1 + x2 * w2)),
  // The part of the slope in w₁ (k = 0) or w₂ (k = 1).
  squaredSlope: (k, w1, w2) => mean((...row) => {
    const p = sigmoid(row[0] * w1 + row[1] * w2);
    return 2 * (p - row[2]) * p * (1 - p) * row[k];
  }),
  crossSlope: (k, w1, w2) => mean((...row) => (sigmoid(row[0] * w1 + row[1] * w2) - row[2]) * row[k]),
  after: (which, steps, w1, w2, k) => descend(which ? maths.crossSlope : maths.squaredSlope, [w1, w2], steps)[steps][k],
};

// The weights before the first step and after each. The last walk of each slope is kept: a frame asks for it three times.
const kept = new Map();
function descend(slope, from, steps) {
  const asked = [...from, steps].join();
  if (kept.get(slope)?.asked !== asked) {
    const walk = [from];
    for (let i = 0; i < steps; i++) walk.push(walk[i].map((w, k) => w - RATE * slope(k, ...walk[i])));
    kept.set(slope, { asked, walk });
  }
  return kept.get(slope).walk;
}

// What takes long is reckoned when it is first drawn: the page has its drawing already, and loads faster.
const once = (f) => {
  let value;
  return () => (value ??= f());
};

const SPAN = [-4, 4];
const side = (name, color, f, levels) => {
  const on = axes({
    x: SPAN, y: SPAN, height: 371, xlabel: "weight w₁", ylabel: "w₂", xticks: [-4, -2, 0, 2, 4], yticks: [-4, -2, 0, 2, 4],
  });
  const map = once(() => {
    const at = contours(maths[f], SPAN, SPAN, 32);
    return levels.map((level, i) => pieces(on, at(level), { stroke: color, "stroke-width": 1.6, "stroke-opacity": 1 - (0.75 * i) / levels.length })).join("");
  });
  return { name, color, on, loss: maths[f], slope: maths[f + "Slope"], map };
};
const SIDES = [
  side("squared error", "one", "squared", [0.14, 0.17, 0.21, 0.26, 0.31, 0.36, 0.42, 0.48, 0.54, 0.6, 0.66, 0.72, 0.78, 0.84]),
  side("cross entropy", "model", "cross", [0.51, 0.57, 0.67, 0.82, 1.05, 1.35, 1.75, 2.25, 2.85, 3.55, 4.35, 5.25, 6.25]),
];

// The lowest place of the cross entropy; squared error has none in the plane, its valley sinks for ever.
const lowest = once(() => descend(maths.crossSlope, [0, 0], 300).at(-1));
const plus = (on) => el("path", { d: "M" + (on.x(lowest()[0]) - 6).toFixed(1) + " " + on.y(lowest()[1]).toFixed(1) + "h12m-6 -6v12", stroke: "ink", "stroke-width": 2.5 });

const inside = ([x, y]) => Math.max(Math.abs(x), Math.abs(y)) <= 4;

function landscape({ name, color, on, slope, map }, { u, v, steps }) {
  const walk = descend(slope, [u, v], steps);
  const now = walk[steps];
  const cover = { x: on.left, y: on.top, width: on.right - on.left, height: on.bottom - on.top, fill: "transparent", "data-drag": "start" };
  let content = map() + (color === "model" ? plus(on) : "") + el("rect", cover);
  content += path(on, walk.filter(inside), { stroke: "accent", "stroke-width": 2.5 });
  content += walk.filter((at, i) => i && i < 30 && inside(at)).map(([x, y]) => dot(on, x, y, { r: 2.5 })).join("");
  if (inside(now)) content += dot(on, ...now, { r: 6.5, fill: "paper", stroke: "accent", "stroke-width": 3 });
  const [px, py] = [on.x(u), on.y(v)];
  content += words([
    [name, [[on.right, 14, "end"]], { fill: color, "font-weight": 600 }],
    ["start", [[px, py + 24], [px, py - 14]], { fill: "accent", ...halo }],
  ], [...on.taken]);
  return on.svg(content + handle(on, u, v, "start", { fill: "accent", stroke: "paper", "stroke-width": 2 }));
}

export const draw = (state) => SIDES.map((one) => landscape(one, state)).join("");

const results = ({ u, v, steps }) => SIDES.map(({ name, loss, slope }) => {
  const now = descend(slope, [u, v], steps)[steps];
  return { name, at: now.map((w) => fixed(w, 1)).join(", "), loss: fixed(loss(...now), 3), slope: fixed(Math.hypot(slope(0, ...now), slope(1, ...now)), 3) };
});

export const describe = (state) =>
  "From the weights " + fixed(state.u, 1) + " and " + fixed(state.v, 1) + ", after " + state.steps + " steps of size " + RATE + ": " +
  results(state).map(({ name, at, loss, slope }) => name + " is at " + at + " with loss " + loss + " and a slope of length " + slope).join("; ") + ".";

export const readout = (state) => [
  ["after " + state.steps + " steps", "w₁, w₂", "loss", "slope"],
  ...results(state).map(({ name, at, loss, slope }) => [name, at, loss, slope]),
];

export const actions = { run: () => Array.from({ length: 101 }, (_, i) => ({ steps: 2 * i })) };
export const drag = {
  start: (place) => {
    const [u, v] = SIDES[0].on.at(place);
    return { u, v };
  },
};

define("landscapes", { spec, draw, describe, readout, actions, drag });
