// The threshold of a decision: what raising or lowering it does to the confusion table and to the cost of the mistakes.
import { axes, define, dot, el, fixed, halo, handle, path, sigmoid, word } from "./kit.js";

export const spec = {
  "about": "The threshold between calling a mass benign or malignant, with its confusion table and the cost of its mistakes.",
  "state": {
    "t": { "label": "threshold t", "min": -8, "max": 8, "step": 0.05, "start": 0 },
    "r": { "label": "cost of a miss r", "min": 1, "max": 20, "step": 1, "start": 9 }
  },
  "buttons": { "theory": "Threshold to 1/(1 + r)" }
};

// The logits of the held-out rows as the chapter's model gives them; a test computes them anew and compares.
const benign = [
  -15.5356, -14.8967, -14.5469, -13.0526, -12.4098, -11.811, -11.6315, -11.5305, -11.4441, -11.2385, -10.9705,
  -10.7598, -10.7145, -10.4888, -10.2245, -10.1763, -9.7997, -9.7533, -9.5912, -9.5731, -9.4914, -9.2273, -9.1657,
  -9.0702, -9.0293, -8.9776, -8.8558, -8.5025, -8.4982, -8.4461, -8.4399, -8.427, -8.4123, -7.9012, -7.901, -7.8604,
  -7.6642, -7.5449, -7.5341, -7.3948, -7.3218, -7.1671, -7.1052, -7.0782, -6.9666, -6.6223, -6.5552, -6.5085,
  -6.3171, -6.2944, -6.2124, -6.1389, -6.1055, -6.0976, -6.0302, -5.9755, -5.8417, -5.7997, -5.7013, -5.0839,
  -4.9626, -4.9357, -4.9195, -4.8765, -4.7899, -4.7051, -4.5264, -4.4262, -4.4117, -4.4027, -4.1996, -4.1427,
  -4.1037, -4.015, -3.9622, -3.9296, -3.9161, -3.8394, -3.7092, -3.6895, -3.5937, -3.5919, -3.5575, -3.3934,
  -3.3145, -3.0941, -3.0343, -2.8807, -2.7775, -2.6953, -2.6212, -2.5911, -2.3949, -2.0029, -1.3092, -.9187, -.8958,
  -.8192, -.536, -.5027, -.4974, -.3908, -.2002, .0045, .1733, .406, .5027,
];
const malignant = [
  -3.4168, -2.1863, -1.8707, -.184, .2402, .9264, 1.3064, 2.1949, 2.2655, 3.9323, 4.3471, 4.7035, 4.9744, 5.1621,
  5.6002, 5.6092, 5.7072, 5.7562, 5.9442, 6.0965, 6.264, 6.3427, 6.5248, 7.1773, 7.572, 7.6596, 8.1626, 8.2803,
  8.6359, 9.1305, 9.2636, 9.2975, 9.5654, 9.9206, 9.9919, 10.1567, 11.0027, 11.0655, 11.1474, 11.2111, 12.204,
  12.2867, 12.6896, 12.792, 13.2033, 13.2476, 13.7118, 13.9914, 14.0344, 14.8133, 14.9939, 15.5663, 15.8964, 16.15,
  16.6581, 18.2965, 18.3026, 18.3128, 18.76, 22.5327, 23.0834, 28.1777, 28.2393, 28.6021,
];

// t is a threshold in log-odds, like the logits: the sigmoid rises everywhere, so p > σ(t) exactly when z > t. What is
// equal to the threshold is called 0. The ends of the slider are the thresholds 0 and 1.
const END = 8;
const level = (t) => (Math.abs(t) < END ? t : t * Infinity);
export const maths = {
  // The values of class 0 come first, `zeros` of them. Returns TN, FP, FN, TP.
  table: (t, zeros, ...values) => {
    const counts = [0, 0, 0, 0];
    values.forEach((v, i) => counts[(i < zeros ? 0 : 2) + (v > t ? 1 : 0)]++);
    return counts;
  },
  precision: (tn, fp, fn, tp) => tp / (tp + fp),
  recall: (tn, fp, fn, tp) => tp / (tp + fn),
  f1: (tn, fp, fn, tp) => (2 * tp) / (2 * tp + fp + fn),
  accuracy: (tn, fp, fn, tp) => (tn + tp) / (tn + fp + fn + tp),
  cost: (r, tn, fp, fn) => fp + r * fn,
  theory: (r) => -Math.log(r), // the log-odds of 1/(1 + r)
  held: (t) => maths.table(level(t), benign.length, ...benign, ...malignant),
  // The longest stretch of thresholds with the least cost on these rows, [from, below].
  cheapest: (r) => {
    const least = Math.min(...stairs.map(({ counts }) => maths.cost(r, ...counts)));
    const best = stairs.filter(({ counts }) => maths.cost(r, ...counts) === least);
    const { from, to } = best.reduce((a, b) => (b.to - b.from > a.to - a.from ? b : a));
    return [from, to];
  },
};

// All that a threshold can do to these rows: the table changes only where a row stands.
const stands = [-END, ...[...benign, ...malignant].filter((z) => Math.abs(z) < END).sort((a, b) => a - b)];
const stairs = stands.map((from, i) => ({ from, to: stands[i + 1] ?? END, counts: maths.held(from) }));
const middle = ([from, to]) => (from + to) / 2;

// As many digits as it takes to see how far it is from 0 and from 1.
function probability(t) {
  const p = sigmoid(level(t));
  const rest = Math.min(p, 1 - p);
  return rest === 0 ? String(p) : fixed(p, Math.max(2, 1 - Math.floor(Math.log10(rest) + 1e-9)));
}

const MOST = 110; // the cost at the upper edge
const BAND = [246, 340];
const on = axes({
  x: [-END, END], y: [0, (MOST * (BAND[1] - 26)) / (BAND[1] - BAND[0])], height: 380,
  xlabel: "threshold t, on the scale of log-odds", ylabel: "",
  xticks: [[-8, "0"], [Math.log(1 / 99), "0.01"], [-Math.log(9), "0.1"], [0, "0.5"], [Math.log(9), "0.9"], [Math.log(99), "0.99"], [8, "1"]],
  yticks: [0, 50, 100],
});

// Each mark at its place; what would touch another stands on top of it. Returns [logit, path] for each.
function swarm(values, base, mark) {
  const last = [];
  const seen = values.filter((z) => Math.abs(z) < END);
  return seen.map((z) => {
    const free = last.findIndex((x) => on.x(z) - x >= 8);
    const row = free < 0 ? last.length : free;
    last[row] = on.x(z);
    return [z, "M" + on.x(z).toFixed(1) + " " + (base - 8 * row) + mark];
  });
}
const rings = swarm(benign, 134, "m-2.9 0a2.9 2.9 0 1 0 5.8 0a2.9 2.9 0 1 0-5.8 0");
const triangles = swarm(malignant, 228, "m0-4l4 7.4h-8z");
const side = (marks, keep) => marks.filter(([z]) => keep(z)).map(([, d]) => d).join("");
const beyond = [benign.filter((z) => z <= -END), malignant.filter((z) => z >= END)].map((z) => z.length);

export function draw({ t, r }) {
  const [tn, fp, fn, tp] = maths.held(t);
  const start = { "text-anchor": "start", ...halo };
  const end = { "text-anchor": "end", ...halo };
  let content = el("rect", { x: on.left, y: 142, width: 308, height: 1, fill: "muted" });
  content += el("rect", { x: on.left, y: BAND[0] - 8, width: 308, height: 1, fill: "muted" });
  const [low, high] = [(z) => z <= t, (z) => z > t];
  const outline = { fill: "none", "stroke-width": 1.8 };
  content += el("path", { d: side(rings, low), ...outline, stroke: "zero" });
  content += el("path", { d: side(rings, high), ...outline, stroke: "warn" });
  content += el("path", { d: side(triangles, low), fill: "warn" }) + el("path", { d: side(triangles, high), fill: "one" });
  content += word(on.left + 4, 61, "← " + beyond[0] + " more", { fill: "muted", ...start });
  content += word(on.right - 4, 179, beyond[1] + " more →", { fill: "muted", ...end });

  // The cost, as far as it is not above the edge.
  const cost = (counts) => maths.cost(r, ...counts);
  const rise = stairs.findIndex(({ counts }) => cost(counts) > MOST);
  const seen = rise < 0 ? stairs : stairs.slice(0, rise);
  const line = seen.flatMap(({ from, to, counts }) => [[from, cost(counts)], [to, cost(counts)]]);
  if (rise > 0) line.push([stairs[rise].from, MOST]);
  content += path(on, line, { stroke: "model" });
  const best = maths.cheapest(r);
  const least = cost(maths.held(middle(best)));
  content += path(on, best.map((v) => [v, least]), { stroke: "truth", "stroke-width": 7, "stroke-linecap": "round" });

  const theory = maths.theory(r);
  content += path(on, [[theory, 0], [theory, 86]], { stroke: "ink", "stroke-dasharray": "2 4" });
  content += word(on.x(theory), BAND[0] + 12, "1/(1 + r)", halo);
  content += word(on.left + 12, BAND[0] + 12, "cost", start);

  const now = cost(maths.held(t));
  content += path(on, [[t, 0], [t, on.at([0, 22])[1]]], { stroke: "accent", "stroke-width": 2.5 });
  if (now <= MOST) content += dot(on, t, now, { r: 4.5 });
  else content += word(Math.min(on.x(t), on.right - 20), BAND[0] + 12, "↑ " + now, { fill: "accent", ...halo });

  // The confusion table: rows true, columns called.
  const bold = { "font-weight": 700 };
  content += word(on.left, 14, "called benign", start) + word(on.right, 14, "called malignant", end);
  content += word(on.left + 4, 42, "TN " + tn, { ...bold, ...start }) + word(on.right - 4, 42, "FP " + fp, { ...bold, ...end });
  content += word(on.left + 4, 160, "FN " + fn, { ...bold, ...start }) + word(on.right - 4, 160, "TP " + tp, { ...bold, ...end });
  content += word(on.left + 62, 42, "truly benign", { fill: "muted", ...start });
  content += word(on.left + 62, 160, "truly malignant", { fill: "muted", ...start });
  return on.svg(content + handle(on, t, on.at([0, 142])[1], "t"));
}

export function describe({ t, r }) {
  const counts = maths.held(t);
  const [tn, fp, fn, tp] = counts;
  const cost = (at) => maths.cost(r, ...maths.held(at));
  const best = middle(maths.cheapest(r));
  return (
    "With the threshold at " + probability(t) + ", of " + (tp + fn) + " malignant rows " + tp + " are found and " + fn +
    " missed, and of " + (tn + fp) + " benign rows " + fp + " are called malignant: precision " + rate(maths.precision(...counts), "undefined") +
    ", recall " + rate(maths.recall(...counts)) + ", F1 " + rate(maths.f1(...counts)) + ", accuracy " + rate(maths.accuracy(...counts)) + ". If a miss costs " + r +
    " and a false alarm 1, the mistakes cost " + cost(t) + "; at the threshold 1/(1 + r), " + probability(maths.theory(r)) +
    ", they cost " + cost(maths.theory(r)) + ", and at the cheapest for these rows, " + probability(best) + ", " + cost(best) + "."
  );
}

const rate = (value, none = "–") => (Number.isNaN(value) ? none : fixed(value, 3));

export function readout({ t, r }) {
  const at = [t, maths.theory(r), middle(maths.cheapest(r))];
  const counts = at.map(maths.held);
  const rates = ["precision", "recall", "f1", "accuracy"].map((name) => counts.map((each) => rate(maths[name](...each))));
  return [
    ["", "at t", "1/(1 + r)", "lowest"],
    ["threshold", ...at.map((z) => rate(sigmoid(level(z))))],
    ["misses", ...counts.map(([, , fn]) => String(fn))],
    ["false alarms", ...counts.map(([, fp]) => String(fp))],
    ["precision", ...rates[0]],
    ["recall", ...rates[1]],
    ["F1", ...rates[2]],
    ["accuracy", ...rates[3]],
    ["cost", ...counts.map((each) => String(maths.cost(r, ...each)))],
  ];
}

export const format = { t: probability };
export const actions = { theory: ({ r }) => ({ t: maths.theory(r) }) };
export const drag = { t: (place) => ({ t: on.at(place)[0] }) };

define("threshold", { spec, draw, describe, readout, format, actions, drag });
