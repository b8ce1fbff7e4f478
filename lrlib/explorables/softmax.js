// Softmax beside the plain shares: what the scores' scale and a common constant do to each.
import { axes, define, el, fixed, halo, path, short, word } from "./kit.js";

export const spec = {
  "about": "Softmax and plain shares of three scores, at a temperature and with one constant added to all of them.",
  "state": {
    "a1": { "label": "score a₁", "min": -5, "max": 5, "step": 0.1, "start": 1 },
    "a2": { "label": "score a₂", "min": -5, "max": 5, "step": 0.1, "start": 2 },
    "a3": { "label": "score a₃", "min": -5, "max": 5, "step": 0.1, "start": 3 },
    "t": { "label": "temperature T", "min": -1.3, "max": 1.3, "step": 0.02, "start": 0 },
    "c": { "label": "c, added to all", "min": -10, "max": 10, "step": 0.5, "start": 0 }
  },
  "buttons": { "cool": "Cool down", "heat": "Heat up" }
};

// The slider moves the power of ten, so that a half and a double of the temperature are equally far.
const temperature = (t) => 10 ** t;
const sum = (values) => values.reduce((total, v) => total + v, 0);

// Scores are whole tenths: a sum that is nearer to zero is zero, rounded.
export const maths = {
  softmax: (T, ...a) => {
    const scaled = a.map((v) => v / T);
    const largest = Math.max(...scaled);
    const powers = scaled.map((v) => Math.exp(v - largest));
    return powers.map((v) => v / sum(powers));
  },
  shares: (...a) => a.map((v) => (Math.abs(sum(a)) < 1e-9 ? NaN : v / sum(a))),
  quotient: (T, a, b) => Math.exp((a - b) / T),
};

function parts({ a1, a2, a3, t, c }) {
  const T = temperature(t);
  const a = [a1, a2, a3].map((v) => Number((v + c).toFixed(1)));
  const shares = maths.shares(...a);
  const sense = shares.every((v) => v >= 0);
  return { T, a, p: maths.softmax(T, ...a), shares, sense };
}

const number = (value, digits) => (Number.isNaN(value) ? "–" : fixed(value, digits));
const below = ["₁", "₂", "₃"];

const on = axes({
  x: [0, 3], y: [0, 1.1], height: 280, xlabel: "", ylabel: "",
  xticks: [], yticks: [0, [0.5, "½"], 1],
});

export function draw(state) {
  const { a, p, shares, sense } = parts(state);
  const bar = (at, v, attributes) =>
    el("rect", { x: on.x(at), y: on.y(v), width: 38, height: on.y(0) - on.y(v), ...attributes });
  const plain = { fill: "paper", stroke: "one", "stroke-width": 2, "stroke-dasharray": "5 3" };
  // A key, in the line above the axes.
  let content = el("rect", { x: 40, y: 4, width: 12, height: 12, fill: "model" });
  content += word(58, 14, "softmax", { "text-anchor": "start" });
  content += el("rect", { x: 125, y: 5, width: 11, height: 11, ...plain });
  const why = sense ? "" : Number.isNaN(shares[0]) ? ": 0 in the denominator" : ": some are negative";
  content += word(142, 14, "plain shares" + why, { "text-anchor": "start" });
  content += path(on, [[0, 1 / 3], [3, 1 / 3]], { stroke: "muted", "stroke-dasharray": "2 4" });
  content += word(on.left - 7, on.y(1 / 3) + 4.5, "⅓", { fill: "muted", "text-anchor": "end" });
  // No wider than a bar.
  const digits = (v) => (sense ? 3 : Math.max(0, 2 - Math.floor(Math.log10(Math.max(1, Math.abs(v))))));
  a.forEach((v, k) => {
    const at = k + 0.11;
    content += bar(at, p[k], { fill: "model" });
    if (sense) content += bar(at + 0.41, shares[k], plain);
    content += word(on.x(at) + 19, on.y(p[k]) - 6, fixed(p[k], 3), { fill: "model", ...halo });
    const height = sense ? on.y(shares[k]) : on.y(0);
    content += word(on.x(at + 0.41) + 19, height - 6, number(shares[k], digits(shares[k])), { fill: "one", ...halo });
    content += word(on.x(k + 0.5), on.bottom + 17, "score " + fixed(v, 1), { fill: "muted" });
  });
  content += path(on, [[0, 0], [3, 0]], { stroke: "muted", "stroke-width": 1 });
  return on.svg(content + word((on.left + on.right) / 2, 275, "temperature " + format.t(state.t), {}));
}

export function describe(state) {
  const { a, p, shares, sense } = parts(state);
  const list = (values, digits) => values.map((v) => fixed(v, digits)).join(", ");
  const plain = Number.isNaN(shares[0])
    ? "not defined, as the sum of the scores is 0"
    : list(shares, 3) + (sense ? "" : ", which are no probabilities");
  return (
    "The scores " + list(a, 1) + " have the softmax " + list(p, 3) + " at temperature " + format.t(state.t) +
    "; the plain shares are " + plain + "."
  );
}

export function readout(state) {
  const { T, a, p, shares } = parts(state);
  const one = (v, k) => ["p" + below[k], fixed(v / T), fixed(p[k], 3), number(shares[k], 3)];
  const pair = (i, j) => {
    const plain = shares[i] / shares[j];
    const said = Number.isFinite(plain) ? short(plain) : "–";
    return ["p" + below[i] + " / p" + below[j], fixed((a[i] - a[j]) / T), short(maths.quotient(T, a[i], a[j])), said];
  };
  return [["", "score / T", "softmax", "plain"], ...a.map(one), pair(1, 0), pair(2, 1)];
}

export const format = { t: (t) => String(Number(temperature(t).toPrecision(2))) };

// In steps of the slider, down to the coldest or up to the hottest.
const towards = (end) => ({ t }) => {
  const steps = Math.max(1, Math.round(Math.abs(end - t) / 0.02));
  return Array.from({ length: steps }, (_, i) => ({ t: t + ((end - t) * (i + 1)) / steps }));
};
export const actions = { cool: towards(-1.3), heat: towards(1.3) };

define("softmax", { spec, draw, describe, readout, format, actions });
