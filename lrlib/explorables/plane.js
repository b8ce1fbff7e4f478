// Two features: the weights are an arrow. Its direction turns the boundary, its length is how fast the probability rises.
import { axes, define, dot, el, fixed, halo, handle, path, short, sigmoid, words } from "./kit.js";
import { area, corners, cut } from "./fields.js";

export const spec = {
  "about": "Tumours by radius and texture, and the probability σ(w₁x₁ + w₂x₂ + b): turn, stretch and shift the weights.",
  "state": {
    "w1": { "label": "w₁, of radius", "min": -3, "max": 3, "step": 0.05, "start": 1.2 },
    "w2": { "label": "w₂, of texture", "min": -3, "max": 3, "step": 0.05, "start": 0.4 },
    "b": { "label": "intercept b", "min": -4, "max": 4, "step": 0.05, "start": 0 }
  },
  "buttons": { "turn": "Turn the arrow", "twice": "Twice as long" }
};

// Every ninth tumour of the data, where it is in the picture: radius and texture, as standard deviations from the mean.
const BENIGN = [
  -1.41, -1.26, -0.22, -0.80, 0.14, 1.10, -0.96, -1.01, -0.85, -1.45, -0.52, -0.79, -0.64, -0.22, 0.06, -1.35,
  -1.30, -0.79, -0.11, 1.04, 0.05, -0.57, -0.08, -0.96, -0.81, 0.16, -0.26, -0.81, -0.47, -0.57, -0.55, -0.95,
  -0.82, -1.05, -0.87, -1.01, -0.45, -0.28, -0.13, -0.96, -0.07, -0.73, -0.18, -0.09, -0.91, -0.16, -0.13, -0.04,
  -0.64, 0.52, -1.24, 2.07, -0.06, -0.62, 0.15, -0.57, 0.21, 0.21, -1.38, -1.49, 0.13, -1.31, -0.81, 0.13,
  -0.70, 0.17, -0.73, -1.13, -0.94, 1.14, 0.13, 0.79,
];
const MALIGNANT = [
  1.10, -2.07, -0.47, 1.11, 1.61, 0.67, 1.27, 0.22, 0.03, 0.57, 1.28, -0.39, 0.28, 0.64, 0.87, 1.22, 0.08, 0.11,
  2.31, 0.09, 0.21, -0.61, -0.15, 1.26, -0.39, 0.74, 1.55, -0.27, -0.20, 0.08, 1.44, 0.74, 0.82, 0.23, 1.59, 0.12,
  0.92, 0.88, -0.67, -0.27, 0.46, -0.02, 2.24, 0.61, 0.28, 2.45, 1.72, 0.06, 0.89, 1.43, 0.99, 0.94, 1.84, 2.34,
];
const pairs = (flat, y) => Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1], y]);
const ROWS = [...pairs(BENIGN, 0), ...pairs(MALIGNANT, 1)];
const length = (w1, w2) => Math.hypot(w1, w2);
export const maths = {
  probability: (x1, x2, w1, w2, b) => sigmoid(x1 * w1 + x2 * w2 + b),
  // From the boundary, along the arrow, to where the probability is p; and the way from 0.1 to 0.9.
  way: (p, w1, w2) => Math.log(p / (1 - p)) / length(w1, w2),
  distance: (w1, w2, b) => -b / length(w1, w2),
  right: (w1, w2, b) => ROWS.filter(([x1, x2, y]) => x1 * w1 + x2 * w2 + b > 0 === (y === 1)).length,
};

const SPAN = [-3, 3];
const on = axes({
  x: SPAN, y: SPAN, height: 371, xlabel: "radius, in standard deviations", ylabel: "texture",
  xticks: [-2, -1, 0, 1, 2], yticks: [-2, -1, 0, 1, 2],
});
const ARROW = 0.9; // of a weight's unit, in the plane's

const mark = ([x1, x2, y]) =>
  y ? el("path", { d: "M" + on.x(x1).toFixed(1) + " " + (on.y(x2) - 5).toFixed(1) + "l5 9h-10z", fill: "one", stroke: "paper" })
    : dot(on, x1, x2, { r: 4, fill: "paper", stroke: "zero", "stroke-width": 2 });

function arrow(from, to) {
  const [x0, y0, x1, y1] = [on.x(from[0]), on.y(from[1]), on.x(to[0]), on.y(to[1])];
  const size = Math.hypot(x1 - x0, y1 - y0) || 1;
  const [ux, uy] = [(x1 - x0) / size, (y1 - y0) / size];
  const corner = (a, c) => (x1 + 18 * (a * ux - c * uy)).toFixed(1) + " " + (y1 + 18 * (a * uy + c * ux)).toFixed(1);
  const shaft = "M" + x0.toFixed(1) + " " + y0.toFixed(1) + "L" + corner(-0.8, 0);
  const head = el("path", { d: "M" + corner(-1, 0.5) + "L" + corner(0, 0) + "L" + corner(-1, -0.5) + "z", fill: "accent" });
  return el("path", { d: shaft, stroke: "accent", "stroke-width": 4 }) + head;
}

export function draw({ w1, w2, b }) {
  const size = length(w1, w2);
  const score = ([x, y]) => x * w1 + y * w2 + b;
  const frame = corners(SPAN, SPAN);
  const odds = Math.log(9);
  // The two sides, and what is beyond 0.9 and 0.1 once more.
  let content = "";
  for (const [from, fill] of [[0, "one"], [odds, "one"], [0, "zero"], [odds, "zero"]]) {
    const side = fill === "one" ? 1 : -1;
    content += area(on, cut(frame, (at) => side * score(at) - from), { fill, "fill-opacity": 0.16 });
  }
  content += ROWS.map(mark).join("");
  const labels = [];
  if (size > 0) {
    for (const p of [0.1, 0.5, 0.9]) {
      const z = Math.log(p / (1 - p));
      // The line's two ends in the frame.
      const ends = cut(frame, (at) => score(at) - z).filter((at) => Math.abs(score(at) - z) < 1e-9);
      if (ends.length < 2) continue;
      const half = p === 0.5;
      content += path(on, ends, half ? { stroke: "model", "stroke-width": 3.5 } : { stroke: "model", "stroke-width": 1.5, "stroke-dasharray": "6 4" });
      const inside = ([x, y]) => [Math.min(on.right - 16, Math.max(on.left + 16, on.x(x))), Math.min(on.bottom - 8, Math.max(on.top + 17, on.y(y)))];
      labels.push([half ? "½" : fixed(p, 1), ends.map(inside), { fill: "model", "font-weight": 600, ...halo }]);
    }
  }
  const tip = [w1 * ARROW, w2 * ARROW];
  content += arrow([0, 0], tip) + dot(on, 0, 0, { r: 4 });
  content += words(labels.sort((p) => (p[0] === "½" ? -1 : 1)), [...on.taken]);
  if (size > 0) {
    const foot = [-b * w1, -b * w2].map((v) => v / size ** 2);
    if (Math.max(...foot.map(Math.abs)) < 2.9) content += handle(on, ...foot, "b", { fill: "model", stroke: "paper", "stroke-width": 2 });
  }
  return on.svg(content + handle(on, ...tip, "w", { r: size < 0.2 ? 9 : 0 }));
}

// From the first to the second, in degrees, against the clock.
const degrees = (w1, w2) => Math.round((Math.atan2(w2, w1) * 180) / Math.PI);

export function describe({ w1, w2, b }) {
  const size = length(w1, w2);
  const share = maths.right(w1, w2, b) + " of " + ROWS.length + " tumours are on their side of the boundary";
  if (!size) return "Both weights are 0: the probability is " + fixed(sigmoid(b)) + " everywhere in the plane, and there is no boundary.";
  return (
    "The weights " + fixed(w1) + " and " + fixed(w2) + " are an arrow of length " + fixed(size) + " and direction " + fixed(degrees(w1, w2), 0) +
    " degrees. The boundary is at right angles to it; from probability 0.1 to 0.9 it is " + short(2 * maths.way(0.9, w1, w2)) +
    " standard deviations. " + share + "."
  );
}

export function readout({ w1, w2, b }) {
  const size = length(w1, w2);
  return [
    ["", "now"],
    ["length of w", fixed(size)],
    ["its direction", size ? fixed(degrees(w1, w2), 0) + "°" : "–"],
    ["from 0.1 to 0.9", size ? short(2 * maths.way(0.9, w1, w2)) : "–"],
    ["on their side", maths.right(w1, w2, b) + " of " + ROWS.length],
  ];
}

export const actions = {
  // A quarter, at the same length.
  turn: ({ w1, w2 }) => {
    const [size, angle] = [Math.min(3, length(w1, w2)), Math.atan2(w2, w1)];
    return Array.from({ length: 31 }, (_, i) => angle + (i * Math.PI) / 60).map((a) => ({ w1: size * Math.cos(a), w2: size * Math.sin(a) }));
  },
  // The boundary stays where it is: the intercept doubles with the weights.
  twice: ({ w1, w2, b }) => Array.from({ length: 21 }, (_, i) => 1 + i / 20).map((k) => ({ w1: k * w1, w2: k * w2, b: k * b })),
};
export const drag = {
  w: (place) => {
    const [x, y] = on.at(place);
    return { w1: x / ARROW, w2: y / ARROW };
  },
  b: (place, { w1, w2 }) => {
    const [x, y] = on.at(place);
    return { b: -(x * w1 + y * w2) };
  },
};

define("plane", { spec, draw, describe, readout, actions, drag });
