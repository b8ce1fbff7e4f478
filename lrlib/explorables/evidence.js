// Where the curve comes from: two bell curves of equal width have log-odds that are a line in x, and so a sigmoid.
import { axes, define, fixed, halo, handle, path, points, sigmoid, symbol, words } from "./kit.js";

export const spec = {
  "about": "Two classes, a bell curve each: what an x says about the class, as log-odds and as a probability.",
  "state": {
    "d": { "label": "distance", "min": 0, "max": 5, "step": 0.1, "start": 2 },
    "s": { "label": "width of both", "min": 0.6, "max": 2, "step": 0.05, "start": 1 },
    "r": { "label": "ratio of widths", "min": 0.5, "max": 2, "step": 0.05, "start": 1 },
    "prior": { "label": "share of class 1", "min": 0.05, "max": 0.95, "step": 0.01, "start": 0.5 }
  },
  "buttons": { "bend": "Unequal widths", "rare": "A rare class" }
};

const bell = (x, mean, width) => Math.exp(-(((x - mean) / width) ** 2) / 2) / (width * Math.sqrt(2 * Math.PI));
// The log-odds ax² + wx + b: class 0 around -d/2 with width s, class 1 around d/2 with width rs.
function terms(d, s, r, prior) {
  const [v0, v1] = [s ** 2, (s * r) ** 2];
  return {
    a: (1 / v0 - 1 / v1) / 2,
    w: ((1 / v0 + 1 / v1) * d) / 2,
    b: Math.log(prior / (1 - prior)) - Math.log(r) + ((1 / v0 - 1 / v1) * d ** 2) / 8,
  };
}
export const maths = {
  zero: (x, d, s, r, prior) => (1 - prior) * bell(x, -d / 2, s),
  one: (x, d, s, r, prior) => prior * bell(x, d / 2, s * r),
  square: (...state) => terms(...state).a,
  weight: (...state) => terms(...state).w,
  intercept: (...state) => terms(...state).b,
  logOdds: (x, ...state) => {
    const { a, w, b } = terms(...state);
    return (a * x + w) * x + b;
  },
  posterior: (x, ...state) => sigmoid(maths.logOdds(x, ...state)),
};

const SPAN = [-6, 6];
const xticks = [-6, -4, -2, 0, 2, 4, 6];
const plot = (top, y, yticks, ylabel, last) =>
  axes({ x: SPAN, y, yticks, ylabel, height: 486, top, bottom: top + 114, xticks: last ? xticks : xticks.map((v) => [v, ""]), xlabel: last ? "x" : "" });
const classes = plot(26, [0, 1.12], [], "how many there are at x");
const line = (bent) => plot(178, [-6, 6], [-4, 0, 4], bent ? "log-odds: they bend" : "log-odds: a line");
const [straight, bending] = [line(false), line(true)];
const curve = plot(330, [0, 1], [0, [0.5, "½"], 1], "probability of class 1", true);

// A function's path, in as many parts as the picture shows of it.
function shown(f, attributes) {
  const parts = [[]];
  for (const at of points(...SPAN, f, 240)) {
    if (Math.abs(at[1]) <= 6) parts.at(-1).push(at);
    else if (parts.at(-1).length) parts.push([]);
  }
  return parts.map((part) => (part.length ? path(straight, part, attributes) : "")).join("");
}

const parts = ({ d, s, r, prior }) => [d, s, r, prior];

export function draw(state) {
  const { d, s, r, prior } = state;
  const all = parts(state);
  const [zero, one] = [(x) => maths.zero(x, ...all), (x) => maths.one(x, ...all)];
  const peak = Math.max(zero(-d / 2), one(d / 2));
  let content = "";
  for (const [f, color, dash] of [[zero, "zero", "none"], [one, "one", "8 4"]]) {
    const bells = points(...SPAN, (x) => f(x) / peak);
    content += path(classes, [[-6, 0], ...bells, [6, 0]], { stroke: "none", fill: color, "fill-opacity": 0.18 });
    content += path(classes, bells, { stroke: color, "stroke-width": 2.5, "stroke-dasharray": dash });
  }
  content += symbol(classes.x(-d / 2), classes.bottom - 11, 0) + symbol(classes.x(d / 2), classes.bottom - 11, 1);
  const held = { fill: "accent", stroke: "paper", "stroke-width": 2, r: 8 };
  content += handle(classes, d / 2, one(d / 2) / peak, "d", held);

  const bent = r !== 1;
  const on = bent ? bending : straight;
  const base = Math.log(prior / (1 - prior));
  const { w } = terms(d, s, 1, prior);
  const plain = (x) => x * w + base;
  content += path(on, [[-6, 0], [6, 0]], { stroke: "ink", "stroke-width": 1 });
  content += path(on, [[-6, base], [6, base]], { stroke: "accent", "stroke-dasharray": "3 4" });
  if (bent) {
    content += shown(plain, { stroke: "muted", "stroke-dasharray": "7 4" });
    content += path(curve, points(...SPAN, (x) => sigmoid(plain(x))), { stroke: "muted", "stroke-dasharray": "7 4" });
  }
  content += shown((x) => maths.logOdds(x, ...all), { stroke: "model", "stroke-width": 3.5 });
  content += path(curve, [[-6, 0.5], [6, 0.5]], { stroke: "muted", "stroke-width": 1 });
  content += path(curve, points(...SPAN, (x) => maths.posterior(x, ...all)), { stroke: "model", "stroke-width": 3.5 });
  const said = on.y(base) + (base < 0 ? 18 : -8);
  content += words([["before x is seen", [[on.left + 6, said, "start"], [on.right - 14, said, "end"]], { fill: "accent", ...halo }]], [...on.taken]);
  content += words([[formula(state), [[on.right, on.top - 12, "end"]], { fill: "model" }]], [...on.taken]);
  content += words([["σ(" + formula(state) + ")", [[on.right, curve.top - 12, "end"]], { fill: "model" }]], [...curve.taken]);
  content += handle(on, 5.4, base, "prior", held);
  return curve.svg(classes.back + on.back + content);
}

const signed = (v) => (v < 0 ? " − " : " + ") + fixed(Math.abs(v));
const formula = (state) => {
  const { a, w, b } = terms(...parts(state));
  return (state.r === 1 ? "" : fixed(a) + " x²" + (w < 0 ? "" : " + ")) + fixed(w) + " x" + signed(b);
};

export const describe = (state) =>
  "Two bell curves " + fixed(state.d, 1) + " apart, of width " + fixed(state.s) + " and " + fixed(state.s * state.r) + ", with a share of " +
  fixed(state.prior) + " of class 1: the log-odds are " + formula(state) + (state.r === 1 ? ", a line" : ", which bends") +
  ". At x = 0 the probability of class 1 is " + fixed(maths.posterior(0, ...parts(state)), 3) + ".";

export const readout = (state) => {
  const { a, w, b } = terms(...parts(state));
  return [
    ["in the log-odds", "now"],
    ["factor of x²", fixed(a, 3)],
    ["weight w", fixed(w, 3)],
    ["intercept b", fixed(b, 3)],
  ];
};

const towards = (name, end) => (state) => Array.from({ length: 21 }, (_, i) => ({ [name]: state[name] + ((end - state[name]) * i) / 20 }));
export const actions = { bend: towards("r", 1.6), rare: towards("prior", 0.1) };
export const drag = {
  d: (place) => ({ d: 2 * classes.at(place)[0] }),
  prior: (place) => ({ prior: sigmoid(straight.at(place)[1]) }),
};

define("evidence", { spec, draw, describe, readout, actions, drag });
