// One truth, drawn again and again: each class of students gives another weight, with an interval that may miss the truth.
import { axes, define, dot, el, fixed, halo, handle, path, points, sigmoid, words } from "./kit.js";

export const spec = {
  "about": "Students drawn again and again from one true curve: the fitted curve and the weight's interval of each draw.",
  "state": {
    "w": { "label": "true weight w", "min": 0, "max": 2, "step": 0.1, "start": 1 },
    "n": { "label": "rows n", "min": 8, "max": 400, "step": 8, "start": 40 },
    "k": { "label": "draw", "min": 1, "max": 100, "step": 1, "start": 1 }
  },
  "buttons": { "again": "Draw again", "all": "Draw on and on" }
};

const HOURS = [1, 2, 3, 4, 5, 6, 7, 8]; // of the rows, in turn
const MIDDLE = 4.5; // hours, where the true probability is one half
const LEVEL = 0.95;
const REACH = 1.959963984540054; // standard errors on either side, for LEVEL
const [INSIDE, MISSED, SEPARABLE] = ["inside", "missed", "separable"];

// Numbers from 0 to 1, the same for the same seed: Tommy Ettinger's mulberry32.
function stream(seed) {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

// The first of the seeds: one from which a hundred draws are as draws are in the long run. A test compares.
const SEED = 3100;

// How many of the n / 8 students of each number of hours pass in a draw; the truth is w (x - MIDDLE).
function passed(w, n, draw) {
  const [random, counts] = [stream(SEED + draw), HOURS.map(() => 0)];
  const truth = HOURS.map((x) => sigmoid(w * (x - MIDDLE)));
  for (let i = 0; i < n; i++) if (random() < truth[i % 8]) counts[i % 8]++;
  return counts;
}

// The weight, the intercept and the weight's standard error of greatest likelihood; null where the classes are separable,
// that is, where those who failed and those who passed share at most one number of hours, at the end of both.
function fit(counts, m) {
  const [ones, zeros] = [HOURS.filter((_, i) => counts[i] > 0), HOURS.filter((_, i) => counts[i] < m)];
  const apart = (low, high) => Math.max(...low) <= Math.min(...high);
  if (apart(zeros, ones) || apart(ones, zeros)) return null;
  let [w, b] = [0, 0];
  for (let step = 0; ; step++) {
    let gw = 0, gb = 0, hw = 0, hm = 0, hb = 0;
    HOURS.forEach((x, i) => {
      const p = sigmoid(w * x + b);
      const [rest, bend] = [counts[i] - m * p, m * p * (1 - p)];
      gw += rest * x, gb += rest;
      hw += bend * x * x, hm += bend * x, hb += bend;
    });
    const size = hw * hb - hm * hm;
    const [dw, db] = [(hb * gw - hm * gb) / size, (hw * gb - hm * gw) / size];
    if (step === 40 || Math.abs(dw) + Math.abs(db) < 1e-10) return { w, b, error: Math.sqrt(hb / size) };
    [w, b] = [w + dw, b + db];
  }
}

// The draws of a truth, kept while they are the same.
let known = {};
function draws(w, n, k) {
  if (known.w !== w || known.n !== n) known = { w, n, all: [] };
  while (known.all.length < k) {
    const counts = passed(w, n, known.all.length + 1);
    const found = fit(counts, n / 8);
    const [lower, upper] = found ? [found.w - REACH * found.error, found.w + REACH * found.error] : [];
    known.all.push({ counts, ...found, lower, upper, said: !found ? SEPARABLE : lower <= w && w <= upper ? INSIDE : MISSED });
  }
  return known.all.slice(0, k);
}
const tally = (all) => [INSIDE, MISSED, SEPARABLE].map((word) => all.filter(({ said }) => said === word).length);

export const maths = {
  passed,
  // weight, intercept, standard error, and the ends of the interval; nothing where the draw is separable
  fit: (w, n, k) => {
    const { w: weight, b, error, lower, upper } = draws(w, n, k)[k - 1];
    return weight === undefined ? [] : [weight, b, error, lower, upper];
  },
  tally: (w, n, k) => tally(draws(w, n, k)),
  random: (seed, count) => Array.from({ length: count }, stream(seed)),
};

const people = axes({
  x: [0.4, 8.6], y: [-0.15, 1.15], height: 371, xlabel: "hours of revision", ylabel: "probability of passing", xticks: HOURS, yticks: [0, [0.5, "½"], 1],
});
const ROWS = 30;
const END = [-1, 4];
const stack = axes({
  x: END, y: [ROWS + 1.8, -0.7], height: 371, xlabel: "weight w, with its interval", ylabel: "draw", xticks: [-1, 0, 1, 2, 3, 4], yticks: [],
});

// Those who failed or passed with x hours: the more they are, the larger the mark.
function crowd(x, y, share) {
  const size = 11 * Math.sqrt(share);
  if (!share) return "";
  if (!y) return dot(people, x, y, { r: 0.8 * size, fill: "paper", stroke: "zero", "stroke-width": 2 });
  const foot = "M" + people.x(x).toFixed(1) + " " + (people.y(y) - size).toFixed(1);
  return el("path", { d: foot + "l" + size.toFixed(1) + " " + (1.8 * size).toFixed(1) + "h" + (-2 * size).toFixed(1) + "z", fill: "one", stroke: "paper" });
}

function interval({ w, lower, upper, said }, row, newest) {
  const inside = (v) => Math.max(END[0], Math.min(END[1], v));
  if (said === SEPARABLE) return path(stack, END.map((v) => [v, row]), { stroke: "warn", "stroke-width": newest ? 3 : 1.5, "stroke-dasharray": "1 5" });
  const stroke = newest ? "accent" : said === MISSED ? "warn" : "model";
  const line = { stroke, "stroke-width": newest ? 4 : 2, ...(said === MISSED && { "stroke-dasharray": "5 3" }) };
  let content = path(stack, [[inside(lower), row], [inside(upper), row]], line);
  // An end that is further out than the picture.
  const tip = (v, way) => path(stack, [[v - 0.07 * way, row - 0.35], [v, row], [v - 0.07 * way, row + 0.35]], { stroke, "stroke-width": 1.5 });
  content += (lower < END[0] ? tip(END[0], -1) : "") + (upper > END[1] ? tip(END[1], 1) : "");
  if (w > END[0] && w < END[1]) content += dot(stack, w, row, { r: newest ? 5 : 3, fill: said === MISSED ? "paper" : stroke, stroke, "stroke-width": 1.5 });
  return content;
}

export function draw({ w, n, k }) {
  const all = draws(w, n, k);
  const now = all[k - 1];
  const seen = all.slice(-ROWS);
  let left = "";
  for (const { w: weight, b, said } of seen.slice(0, -1)) {
    if (said !== SEPARABLE) left += path(people, points(0.4, 8.6, (x) => sigmoid(weight * x + b), 24), { stroke: "model", "stroke-width": 1, "stroke-opacity": 0.3 });
  }
  left += HOURS.map((x, i) => crowd(x, 0, 1 - (8 * now.counts[i]) / n) + crowd(x, 1, (8 * now.counts[i]) / n)).join("");
  left += path(people, points(0.4, 8.6, (x) => sigmoid(w * (x - MIDDLE)), 60), { stroke: "truth", "stroke-width": 2.5, "stroke-dasharray": "7 4" });
  if (now.said !== SEPARABLE) left += path(people, points(0.4, 8.6, (x) => sigmoid(now.w * x + now.b), 60), { stroke: "accent", "stroke-width": 3 });
  const note = [now.said === SEPARABLE ? "separable: no finite weight" : "dashed: the truth", [[people.left + 8, people.y(0.82), "start"]], halo];
  left += words([note], [...people.taken]);

  const first = k - seen.length + 1;
  let right = path(stack, [[w, -0.7], [w, ROWS + 1.8]], { stroke: "truth", "stroke-width": 2, "stroke-dasharray": "7 4" });
  right += seen.map((one, i) => interval(one, i + 0.5, first + i === k)).join("");
  const names = seen.map((_, i) => first + i).filter((one) => one === k || one === first || one % 10 === 0);
  names.sort((one, other) => (other === k) - (one === k)); // the newest, whatever else has room
  right += words(names.map((one) => [String(one), [[stack.left - 6, stack.y(one - first + 0.5) + 4.5, "end"]], { fill: one === k ? "accent" : "muted" }]), [...stack.taken.slice(2)]);
  return people.svg(left) + stack.svg(right + handle(stack, w, ROWS + 1, "w", { fill: "paper", stroke: "truth", "stroke-width": 2.5 }));
}

const fate = { [INSIDE]: "contains the truth", [MISSED]: "misses the truth" };

export function describe({ w, n, k }) {
  const all = draws(w, n, k);
  const now = all[k - 1];
  const [inside, missed, separable] = tally(all);
  return (
    "Draw " + k + ", of " + n + " rows, where the true weight is " + fixed(w, 1) + ": " +
    (now.said === SEPARABLE
      ? "a separable draw, without a finite weight"
      : "the fitted weight is " + fixed(now.w) + ", with standard error " + fixed(now.error) + "; its interval from " + fixed(now.lower) + " to " + fixed(now.upper) + " " + fate[now.said]) +
    ". Of all draws so far, " + inside + " have an interval with the truth in it, " + missed + " miss it, and " + separable + " are separable."
  );
}

export function readout({ w, n, k }) {
  const all = draws(w, n, k);
  const now = all[k - 1];
  const [inside, missed, separable] = tally(all);
  const there = now.said !== SEPARABLE;
  return [
    ["", "draw " + k],
    ["weight", there ? fixed(now.w) : "none"],
    ["its standard error", there ? fixed(now.error) : "–"],
    [100 * LEVEL + " % interval", there ? fixed(now.lower) + " to " + fixed(now.upper) : "–"],
    ["the truth, " + fixed(w, 1), there ? now.said : "–"],
    ["of " + k + (k > 1 ? " draws" : " draw") + ", inside", String(inside)],
    ["missed", String(missed)],
    ["separable", String(separable)],
  ];
}

const { max } = spec.state.k;
export const actions = {
  again: ({ k }) => ({ k: k + 1 }),
  all: ({ k }) => Array.from({ length: max - k + 1 }, (_, i) => ({ k: k + i })),
};
export const drag = { w: (place) => ({ w: stack.at(place)[0] }) };

define("sampling", { spec, draw, describe, readout, actions, drag });
