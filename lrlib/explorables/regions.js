// Softmax over the plane: three classes share it out, with straight boundaries at any temperature.
import { axes, define, el, fixed, halo, handle, path, word, words } from "./kit.js";
import { area, contours, corners, cut, pieces } from "./fields.js";

export const spec = {
  "about": "Three classes share out the plane by softmax: move the weights of the third, the temperature, and a point.",
  "state": {
    "u": { "label": "class 3: w₁", "min": -2.8, "max": 2.8, "step": 0.05, "start": 0.2 },
    "v": { "label": "class 3: w₂", "min": -2.8, "max": 2.8, "step": 0.05, "start": 1.6 },
    "t": { "label": "temperature T", "min": -1, "max": 1, "step": 0.02, "start": 0 },
    "x": { "label": "point: x₁", "min": -2.8, "max": 2.8, "step": 0.05, "start": 0.6 },
    "y": { "label": "point: x₂", "min": -2.8, "max": 2.8, "step": 0.05, "start": 0.1 }
  },
  "buttons": { "cool": "Cool down", "heat": "Heat up" }
};

// The weights of the first two classes. A class's intercept is -|w|²/2: its score is largest where x is nearest to w.
const FIXED = [[-1.6, -0.8], [1.5, -1]];
const temperature = (t) => 10 ** t;
const score = ([w1, w2], x, y) => w1 * x + w2 * y - (w1 * w1 + w2 * w2) / 2;
const classes = (u, v) => [...FIXED, [u, v]];

export const maths = {
  scores: (x, y, u, v) => classes(u, v).map((w) => score(w, x, y)),
  probabilities: (x, y, u, v, T) => {
    const scaled = maths.scores(x, y, u, v).map((z) => z / T);
    const largest = Math.max(...scaled);
    const powers = scaled.map((z) => Math.exp(z - largest));
    const sum = powers[0] + powers[1] + powers[2];
    return powers.map((p) => p / sum);
  },
};

const SPAN = [-3, 3];
const frame = corners(SPAN, SPAN);
const on = axes({
  x: SPAN, y: SPAN, height: 426, bottom: 331, xlabel: "x₁", ylabel: "x₂", xticks: [-2, -1, 0, 1, 2], yticks: [-2, -1, 0, 1, 2],
});
const COLORS = ["zero", "one", "model"];
const shapes = ["m-7 0a7 7 0 1 0 14 0a7 7 0 1 0 -14 0z", "m0 -9l8 14h-16z", "m-7 -7h14v14h-14z"];
const mark = (k, px, py) => el("path", { d: "M" + px.toFixed(1) + " " + py.toFixed(1) + shapes[k], fill: k ? COLORS[k] : "paper", stroke: k ? "paper" : "zero", "stroke-width": k ? 1.5 : 3 });

// The part of the plane where class k has the largest score.
const region = (all, k) => all.reduce((left, w, j) => (j === k ? left : cut(left, ([x, y]) => score(all[k], x, y) - score(w, x, y))), frame);

// The probabilities at the point, as one bar.
function shares(p) {
  let [from, content] = [on.left, ""];
  p.forEach((share, k) => {
    const width = share * (on.right - on.left);
    content += el("rect", { x: from, y: 388, width, height: 24, fill: COLORS[k], "fill-opacity": 0.35, stroke: COLORS[k], "stroke-width": 1.5 });
    if (width > 68) content += mark(k, from + 16, 400) + word(from + 30, 404.5, fixed(share), { "text-anchor": "start" });
    else if (width > 22) content += mark(k, from + width / 2, 400);
    from += width;
  });
  return content + word(on.left - 6, 404.5, "p", { "text-anchor": "end" });
}

export function draw({ u, v, t, x, y }) {
  const [all, T] = [classes(u, v), temperature(t)];
  const parts = all.map((_, k) => region(all, k));
  let content = parts.map((part, k) => area(on, part, { fill: COLORS[k], "fill-opacity": 0.2, stroke: "ink", "stroke-width": 2 })).join("");
  const sure = contours((a, b) => Math.max(...maths.probabilities(a, b, u, v, T)), SPAN, SPAN, 30)(0.9);
  content += pieces(on, sure, { stroke: "ink", "stroke-width": 1.5, "stroke-dasharray": "3 2" });
  all.forEach((w, k) => {
    content += path(on, [[0, 0], w], { stroke: COLORS[k], "stroke-width": 3 }) + mark(k, on.x(w[0]), on.y(w[1]));
  });
  const [px, py] = [on.x(x), on.y(y)];
  content += words([["dashed: p = 0.9", [[on.right, 14, "end"]], {}]]);
  content += words([["x", [[px + 13, py + 16], [px - 13, py - 10]], { fill: "accent", "font-weight": 700, ...halo }]]);
  content += handle(on, u, v, "w", { r: 12, fill: "none", stroke: "accent", "stroke-width": 2.5 });
  return on.svg(content + handle(on, x, y, "x", { r: 8, fill: "accent", stroke: "paper", "stroke-width": 2 }) + shares(maths.probabilities(x, y, u, v, T)));
}

const list = (values, digits) => values.map((value) => fixed(value, digits)).join(", ");

export function describe({ u, v, t, x, y }) {
  const p = maths.probabilities(x, y, u, v, temperature(t));
  return (
    "With the weights " + fixed(u) + " and " + fixed(v) + " of class 3, at temperature " + format.t(t) + ", the point " + fixed(x) + ", " + fixed(y) +
    " belongs to the classes 1, 2 and 3 with the probabilities " + list(p, 3) + "; it lies in the region of class " + (p.indexOf(Math.max(...p)) + 1) + "."
  );
}

export const readout = ({ u, v, t, x, y }) => {
  const [z, p] = [maths.scores(x, y, u, v), maths.probabilities(x, y, u, v, temperature(t))];
  return [["at the point", "score", "score / T", "p"], ...z.map((value, k) => ["class " + (k + 1) + " " + "○▲■"[k], fixed(value), fixed(value / temperature(t)), fixed(p[k], 3)])];
};

export const format = { t: (t) => String(Number(temperature(t).toPrecision(2))) };

// In steps of the slider, down to the coldest or up to the hottest.
const towards = (end) => ({ t }) => {
  const n = Math.max(1, Math.round(Math.abs(end - t) / 0.02));
  return Array.from({ length: n }, (_, i) => ({ t: t + ((end - t) * (i + 1)) / n }));
};
export const actions = { cool: towards(-1), heat: towards(1) };
export const drag = {
  w: (place) => ({ u: on.at(place)[0], v: on.at(place)[1] }),
  x: (place) => ({ x: on.at(place)[0], y: on.at(place)[1] }),
};

define("regions", { spec, draw, describe, readout, format, actions, drag });
