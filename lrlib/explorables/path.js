// The path of two weights as a penalty on them shrinks, ridge or lasso, beside the boundary that they draw.
import { axes, define, dot, el, fixed, halo, handle, path, short, sigmoid, softplus, words } from "./kit.js";
import { area, corners, cut } from "./fields.js";

export const spec = {
  "about": "Two weights under a ridge or a lasso penalty, on masses that a line separates: make the penalty weaker or stronger.",
  "state": {
    "e": { "label": "penalty λ", "min": -4, "max": 0.5, "step": 0.05, "start": -1.5 },
    "kind": { "label": "kind", "min": 0, "max": 1, "step": 1, "start": 0 }
  },
  "buttons": { "loosen": "Weaken the penalty", "swap": "Ridge or lasso" }
};

// Every fourteenth mass of the data: mean texture and worst concave points, standardised over these rows.
const BENIGN = [
  -0.7, -0.7, -1.3, -0.6, 0.2, 0.4, -1.5, -1.8, -0.8, -0.4, -0.4, -0.4, 1.9, -0.6, 0, -0.6, -1.1, -0.9, -1.4, -1.5,
  -1.2, -0.1, -1, -1, -0.4, -1.2, -0.4, -0.8, -0.8, -0.2, -0.9, -0.1, 0, -0.8, -0.4, -0.6, 0.1, -0.4, 1.7, -1,
  0.3, 0.2, 0.8, -0.9, -1.3, -0.3, -0.2, -0.2, -0.6, -0.5, -0.6, -1.5, 1.8, -0.2,
];
const MALIGNANT = [
  -1.9, 2.2, 0.8, 1.5, 1.4, 1.2, 1.3, 1.9, -0.1, 1.3, 0.5, 0.9, 1.2, 0.2, 1.2, 0.8, 0.3, 0.5, 0.7, 0.7, 0.7, 1.1,
  0.2, 2, 1.7, 1, 0.2, 1.4,
];
const rows = (flat, y) => Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1], y]);
const ROWS = [...rows(BENIGN, 0), ...rows(MALIGNANT, 1)];
const N = ROWS.length;
const score = ([w1, w2, b], [x1, x2]) => w1 * x1 + w2 * x2 + b;
const mean = (f) => ROWS.reduce((sum, row) => sum + f(row), 0) / N;

// Newton's method on the mean loss: each step goes to the least of a parabola with the penalty on it, in which the
// intercept follows the weights, one weight after the other. The lasso takes λ off the pull on a weight, and stops at 0.
function fit(kind, lambda, [w1, w2, b]) {
  for (let step = 0; step < 60; step++) {
    // Means over the rows: of the slopes, and in the Hessian of the products of 1, x1 and x2.
    let g1 = 0, g2 = 0, g = 0, h11 = 0, h12 = 0, h22 = 0, h1 = 0, h2 = 0, h = 0;
    for (const row of ROWS) {
      const x1 = row[0], x2 = row[1], p = sigmoid(w1 * x1 + w2 * x2 + b);
      const rest = (p - row[2]) / N, bend = (p * (1 - p)) / N;
      g1 += rest * x1, g2 += rest * x2, g += rest;
      h1 += bend * x1, h2 += bend * x2, h += bend;
      h11 += bend * x1 * x1, h12 += bend * x1 * x2, h22 += bend * x2 * x2;
    }
    [h11, h12, h22] = [h11 - (h1 * h1) / h, h12 - (h1 * h2) / h, h22 - (h2 * h2) / h];
    const [c1, c2] = [h11 * w1 + h12 * w2 - g1 + (h1 * g) / h, h12 * w1 + h22 * w2 - g2 + (h2 * g) / h];
    const least = (pull, bend) => (kind ? (Math.sign(pull) * Math.max(0, Math.abs(pull) - lambda)) / bend : pull / (bend + lambda));
    let u1 = w1, u2 = w2;
    for (let sweep = 0, moved = 1; sweep < 1000 && moved > 1e-10; sweep++) {
      const before = u2;
      u1 = least(c1 - h12 * u2, h11);
      u2 = least(c2 - h12 * u1, h22);
      moved = Math.abs(u2 - before);
    }
    const way = [u1 - w1, u2 - w2, -(g + h1 * (u1 - w1) + h2 * (u2 - w2)) / h];
    [w1, w2, b] = [u1, u2, b + way[2]];
    if (Math.max(...way.map(Math.abs)) < 1e-8) break;
  }
  return [w1, w2, b];
}

// The fits at all stops of the slider, each begun at the one before, where the penalty is a little stronger.
const { min, max, step } = spec.state.e;
const STOPS = Array.from({ length: Math.round((max - min) / step) + 1 }, (_, i) => min + i * step);
const known = [];
function fits(kind) {
  let theta = [0, 0, 0];
  return (known[kind] ??= [...STOPS].reverse().map((e) => (theta = fit(kind, 10 ** e, theta))).reverse());
}

export const maths = {
  weights: (kind, e) => fits(kind)[Math.round((e - min) / step)],
  loss: (...theta) => mean((row) => softplus((row[2] ? -1 : 1) * score(theta, row))),
  wrong: (...theta) => ROWS.filter((row) => score(theta, row) > 0 !== (row[2] === 1)).length,
};

const SPAN = [-2.5, 2.5];
const plane = axes({
  x: SPAN, y: SPAN, height: 371, xlabel: "texture, in standard deviations", ylabel: "concave points",
  xticks: [-2, -1, 0, 1, 2], yticks: [-2, -1, 0, 1, 2],
});
const [FOOT, TOP] = [-0.8, 10];
const chart = axes({
  x: [min, max], y: [FOOT, TOP], height: 371, xlabel: "penalty λ (log scale)", ylabel: "weight",
  xticks: [[-4, "0.0001"], [-3, "0.001"], [-2, "0.01"], [-1, "0.1"], [0, "1"]], yticks: [0, 2, 4, 6, 8, 10],
});

const mark = ([x1, x2, y]) =>
  y ? el("path", { d: "M" + plane.x(x1).toFixed(1) + " " + (plane.y(x2) - 5).toFixed(1) + "l5 9h-10z", fill: "one", stroke: "paper" })
    : dot(plane, x1, x2, { r: 4, fill: "paper", stroke: "zero", "stroke-width": 2 });

function boundary(theta) {
  const frame = corners(SPAN, SPAN);
  const z = (at) => score(theta, at);
  let content = area(plane, cut(frame, z), { fill: "one", "fill-opacity": 0.16 });
  content += area(plane, cut(frame, (at) => -z(at)), { fill: "zero", "fill-opacity": 0.16 });
  const labels = [];
  for (const p of theta[0] || theta[1] ? [0.5, 0.1, 0.9] : []) {
    const from = Math.log(p / (1 - p));
    const ends = cut(frame, (at) => z(at) - from).filter((at) => Math.abs(z(at) - from) < 1e-9);
    if (ends.length < 2) continue;
    const thin = { stroke: "model", "stroke-width": 1.5, "stroke-dasharray": "6 4" };
    content += path(plane, ends, p === 0.5 ? { stroke: "model", "stroke-width": 3.5 } : thin);
    const inside = ([x, y]) => [
      Math.min(plane.right - 16, Math.max(plane.left + 16, plane.x(x))),
      Math.min(plane.bottom - 8, Math.max(plane.top + 17, plane.y(y))),
    ];
    labels.push([p === 0.5 ? "½" : fixed(p, 1), ends.map(inside), { fill: "model", "font-weight": 600, ...halo }]);
  }
  const said = theta[0] || theta[1] ? "p < ½ in the whole picture" : "p = " + fixed(sigmoid(theta[2])) + " everywhere";
  if (!labels.length) labels.push([said, [[plane.x(0), plane.top + 17]], halo]);
  content += ROWS.map(mark).join("");
  const wrong = ROWS.filter((row) => z(row) > 0 !== (row[2] === 1));
  content += wrong.map(([x, y]) => dot(plane, x, y, { r: 10, fill: "none", stroke: "warn", "stroke-width": 2.5 })).join("");
  return content + words(labels, [...plane.taken]);
}

const CURVES = [{ name: "texture", dash: { "stroke-dasharray": "7 4" } }, { name: "concave points", dash: {} }];

// The curve of a weight, cut where it leaves the axes.
function curve(all, j) {
  const at = (i) => [STOPS[i], all[i][j]];
  const first = all.findIndex((theta) => theta[j] <= TOP);
  const seen = STOPS.slice(first).map((_, i) => at(first + i));
  if (!first) return seen;
  const [[x0, y0], [x1, y1]] = [at(first - 1), at(first)];
  return [[x0 + ((x1 - x0) * (TOP - y0)) / (y1 - y0), TOP], ...seen];
}

export function draw({ e, kind }) {
  const [all, theta] = [fits(kind), maths.weights(kind, e)];
  let content = path(chart, [[min, 0], [max, 0]], { stroke: "muted", "stroke-width": 1 });
  content += path(chart, [[e, FOOT], [e, TOP]], { stroke: "accent", "stroke-width": 1.5 });
  const labels = [];
  CURVES.forEach(({ name, dash }, j) => {
    const line = curve(all, j);
    content += path(chart, line, { stroke: "model", "stroke-width": 2.5, ...dash });
    if (theta[j] <= TOP) content += dot(chart, e, theta[j]);
    // Beside the curve of the larger weight, and below the other one.
    const [x, y] = line.find(([, w]) => w < (j ? 6 : 0.9));
    labels.push([name, j ? [[chart.x(x) + 9, chart.y(y) - 3, "start"]] : [[chart.x(x) - 4, chart.y(0) - 6, "end"]], { fill: "model", ...halo }]);
    const high = [[chart.x(e) + 8, chart.top + 16 + 18 * j, "start"]];
    if (theta[j] > TOP) labels.push(["↑ " + fixed(theta[j], 1) + " " + name, high, { fill: "accent", ...halo }]);
  });
  content += words(labels, [...chart.taken]);
  const cover = { x: chart.left, y: chart.top, width: chart.right - chart.left, height: chart.bottom - chart.top };
  content += el("rect", { ...cover, fill: "transparent", "data-drag": "e" });
  return plane.svg(boundary(theta)) + chart.svg(content + handle(chart, e, 0.55 * FOOT, "e", { fill: "paper", stroke: "accent", "stroke-width": 2.5 }));
}

const number = (w) => (w ? fixed(w) : "0"); // 0.00 is small, 0 is none

export function describe({ e, kind }) {
  const theta = maths.weights(kind, e);
  const [w1, w2, b] = theta;
  return (
    "With a " + format.kind(kind) + " penalty of λ = " + format.e(e) + ", the weights are " + number(w1) + " of texture and " + number(w2) +
    " of concave points, " + (w1 || w2 ? "an arrow of length " + fixed(Math.hypot(w1, w2)) : "and the probability is " + fixed(sigmoid(b)) + " everywhere") +
    ". The mean loss is " + short(maths.loss(...theta)) + "; on the wrong side of the boundary: " + maths.wrong(...theta) + " of " + N + " rows."
  );
}

export function readout({ e, kind }) {
  const theta = maths.weights(kind, e);
  const [w1, w2] = theta;
  return [
    ["", format.kind(kind)],
    ["C = 1/(" + N + " λ)", short(1 / (N * 10 ** e))],
    ["weight of texture", number(w1)],
    ["weight of concave points", number(w2)],
    ["length of w", number(Math.hypot(w1, w2))],
    ["mean loss without penalty", short(maths.loss(...theta))],
    ["on the wrong side", maths.wrong(...theta) + " of " + N],
  ];
}

export const format = { e: (e) => short(10 ** e), kind: (kind) => (kind ? "lasso" : "ridge") };
export const actions = {
  loosen: ({ e }) => STOPS.filter((stop) => stop < e + step / 2).reverse().map((stop) => ({ e: stop })),
  swap: ({ kind }) => ({ kind: 1 - kind }),
};
export const drag = { e: (place) => ({ e: chart.at(place)[0] }) };

define("path", { spec, draw, describe, readout, format, actions, drag });
