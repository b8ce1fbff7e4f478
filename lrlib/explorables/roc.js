// A threshold on the scores of two classes, and what becomes of its ROC and precision-recall curves as one class gets rare.
import { axes, define, dot, el, fixed, halo, handle, path, points, word, words } from "./kit.js";

export const spec = {
  "about": "The scores of two classes as bell curves, with a threshold, the ROC curve and the precision-recall curve.",
  "state": {
    "t": { "label": "threshold t", "min": -3, "max": 6, "step": 0.05, "start": 1.4 },
    "s": { "label": "share of positives", "min": -3, "max": -0.3, "step": 0.05, "start": -1.7 },
    "d": { "label": "distance d", "min": 0, "max": 3.5, "step": 0.1, "start": 1.8 },
    "r": { "label": "cost of a miss r", "min": 1, "max": 100, "step": 1, "start": 10 }
  },
  "buttons": { "rarer": "Rarer and rarer", "theory": "Cheapest threshold" }
};

// The normal distribution to seven digits that count, in its tails too: Chebyshev's series of erfc, as it is printed in
// Numerical Recipes (Press et al.), section 6.2.
const SERIES = [-1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223, 0.17087277];
function below(x) {
  if (!Number.isFinite(x)) return x > 0 ? 1 : 0;
  const z = Math.abs(x) / Math.SQRT2;
  const u = 1 / (1 + z / 2);
  const tail = (u * Math.exp(-z * z + SERIES.reduceRight((sum, c) => sum * u + c, 0))) / 2;
  return x > 0 ? 1 - tail : tail;
}
const bell = (x) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

// Negatives have scores with mean 0, positives with mean d, both with standard deviation 1.
export const maths = {
  below,
  share: (s) => Number((10 ** s).toPrecision(2)),
  recall: (t, d) => below(d - t),
  falseRate: (t) => below(-t),
  precision: (t, d, share) => {
    const [hits, alarms] = [share * below(d - t), (1 - share) * below(-t)];
    return hits / (hits + alarms);
  },
  auc: (d) => below(d / Math.SQRT2),
  cost: (t, d, share, r) => (1 - share) * below(-t) + r * share * below(t - d),
  // Where one more false alarm costs as much as the misses that it saves.
  cheapest: (d, share, r) => {
    const odds = Math.log((1 - share) / (share * r));
    return d ? d / 2 + odds / d : odds > 0 ? Infinity : -Infinity;
  },
};

const HEIGHT = 440;
const scores = axes({
  x: [-3.5, 6.5], y: [0, 0.46], height: HEIGHT, bottom: 290, xlabel: "score", ylabel: "scores of each class", xticks: [-2, 0, 2, 4, 6], yticks: [],
});
const unit = { x: [0, 1], y: [0, 1], xticks: [0, 0.5, 1], yticks: [0, 0.5, 1], height: HEIGHT };
const roc = axes({ ...unit, bottom: 176, xlabel: "false alarm rate", ylabel: "recall" });
const pr = axes({ ...unit, top: 250, xlabel: "recall", ylabel: "precision" });

// Thresholds from where nobody is called positive to where all are.
const SWEEP = points(7, -4, (t) => t, 88).map(([t]) => t);
const start = { "text-anchor": "start", ...halo };
const percent = (share) => String(Number((100 * share).toPrecision(2))) + " %";

function bells(t, d, share, best) {
  const [low, high] = [-3.5, 6.5];
  let content = "";
  for (const [mean, fill] of [[0, "zero"], [d, "one"]]) {
    const curve = points(low, high, (x) => bell(x - mean), 80);
    const dash = fill === "one" ? { "stroke-dasharray": "7 4" } : {};
    const tail = [[t, 0], ...points(t, high, (x) => bell(x - mean), 40), [high, 0]];
    content += path(scores, tail, { fill, "fill-opacity": 0.3, stroke: "none" });
    content += path(scores, curve, { stroke: fill, "stroke-width": 2.5, ...dash });
  }
  const seen = best > low && best < high;
  if (seen) content += path(scores, [[best, 0], [best, 0.46]], { "stroke-dasharray": "2 4", stroke: "truth" });
  content += path(scores, [[t, 0], [t, 0.46]], { stroke: "accent", "stroke-width": 2.5 });
  const [x, top] = [scores.x(t), scores.top + 14];
  const beside = (x, y) => [[x + 6, y, "start"], [x - 6, y, "end"]];
  const [ring, peak] = [scores.x(d), scores.y(bell(0))]; // the handle of d
  const names = words([
    ["positive →", [[x + 8, top, "start"]], { fill: "accent", ...halo }],
    ["← negative", [[x - 8, top, "end"]], { fill: "accent", ...halo }],
    ["○ negatives", [[scores.x(-0.7), scores.y(0.33), "end"]], { fill: "zero", ...halo }],
    ["▲ positives", beside(ring, scores.y(0.33)).map(([px, y, anchor]) => [px + (px - ring) * 3, y, anchor]), { fill: "one", ...halo }],
    ["cheapest", seen ? [20, 50, 80].flatMap((down) => beside(scores.x(best), top + down)) : [], halo],
  ], [...scores.taken, [ring - 10, peak - 10, ring + 10, peak + 10]]);
  return content + names + alarms(maths.precision(t, d, share));
}

// What the alarms consist of, as one bar.
function alarms(precision) {
  const [top, size, length] = [370, 26, scores.right - scores.left];
  let content = word(scores.left, top - 8, "of all alarms:", { ...start, fill: "muted" });
  if (Number.isNaN(precision)) return content;
  const hits = precision * length;
  const bar = { y: top, height: size, "stroke-width": 1.5 };
  content += el("rect", { ...bar, x: scores.left, width: hits, fill: "one", "fill-opacity": 0.35, stroke: "one" });
  content += el("rect", { ...bar, x: scores.left + hits, width: length - hits, fill: "zero", "fill-opacity": 0.12, stroke: "zero", "stroke-dasharray": "3 2" });
  content += word(scores.left, top + 44, "▲ hits " + percent(precision), { ...start, fill: "one" });
  return content + word(scores.right, top + 44, "○ false alarms " + percent(1 - precision), { ...start, "text-anchor": "end", fill: "zero" });
}

export function draw({ t, s, d, r }) {
  const share = maths.share(s);
  const best = maths.cheapest(d, share, r);
  const held = scores.svg(
    bells(t, d, share, best) +
    handle(scores, d, bell(0), "d", { fill: "paper", stroke: "one", "stroke-width": 2.5 }) + handle(scores, t, 0, "t")
  );
  const line = { stroke: "muted", "stroke-dasharray": "6 4", "stroke-width": 1.5 };
  let curves = path(roc, [[0, 0], [1, 1]], line) + path(pr, [[0, share], [1, share]], line);
  const curve = { stroke: "model", "stroke-width": 2.5 };
  curves += path(roc, SWEEP.map((u) => [maths.falseRate(u), maths.recall(u, d)]), curve);
  curves += path(pr, SWEEP.map((u) => [maths.recall(u, d), maths.precision(u, d, share)]), curve);
  for (const [u, mark] of [[best, { r: 5.5, fill: "paper", stroke: "truth", "stroke-width": 2 }], [t, { r: 5.5 }]]) {
    const [recall, precision] = [maths.recall(u, d), maths.precision(u, d, share)];
    curves += dot(roc, maths.falseRate(u), recall, mark);
    if (!Number.isNaN(precision)) curves += dot(pr, recall, precision, mark);
  }
  curves += word(roc.right - 6, roc.bottom - 10, "AUC " + fixed(maths.auc(d), 3), { ...halo, fill: "model", "text-anchor": "end" });
  // Where the curve is not: above it while it is low at a recall of 0.3, else at the line.
  const low = maths.precision(d + 0.52, d, share) < 0.75;
  const [px, py, anchor] = low ? [pr.right - 6, pr.top + 18, "end"] : [pr.left + 6, pr.y(share) + (share < 0.3 ? -6 : 18), "start"];
  curves += word(px, py, "dashed: all called positive, " + percent(share), { ...halo, fill: "muted", "text-anchor": anchor });
  return held + roc.svg(pr.back + curves);
}

// How many of so many cases.
const CASES = 10000;
const count = (share) => fixed(CASES * share, CASES * share < 99.95 ? 1 : 0).replace(/\B(?=(\d{3})+$)/, ",");
const rate = (value) => (Number.isNaN(value) ? "–" : fixed(value, 3));
const place = (t) => (Number.isFinite(t) ? fixed(t) : t > 0 ? "∞" : "−∞");

export function describe({ t, s, d, r }) {
  const share = maths.share(s);
  const [recall, alarms, precision] = [maths.recall(t, d), maths.falseRate(t), maths.precision(t, d, share)];
  return (
    percent(share) + " of the cases are positive, with scores " + fixed(d, 1) + " above the others' on average. Of " + count(1) + " cases, the threshold " + fixed(t) + " gives " +
    count(share * recall) + " hits, " + count(share * (1 - recall)) + " misses and " + count((1 - share) * alarms) + " false alarms: recall " + rate(recall) +
    ", false alarm rate " + rate(alarms) + ", precision " + rate(precision) +
    ". The area under the ROC curve is " + fixed(maths.auc(d), 3) + ". If a miss costs " + r + " false alarms, the cheapest threshold is " + place(maths.cheapest(d, share, r)) + "."
  );
}

export function readout({ t, s, d, r }) {
  const share = maths.share(s);
  const at = [t, maths.cheapest(d, share, r)];
  const both = (f) => at.map(f);
  const [recall, alarms] = [(u) => maths.recall(u, d), (u) => maths.falseRate(u)];
  const perHit = (u) => ((1 - share) * alarms(u)) / (share * recall(u));
  return [
    ["of " + count(1) + " cases", "at t", "cheapest"],
    ["threshold", ...both(place)],
    ["hits", ...both((u) => count(share * recall(u)))],
    ["misses", ...both((u) => count(share * (1 - recall(u))))],
    ["false alarms", ...both((u) => count((1 - share) * alarms(u)))],
    ["false alarms per hit", ...both((u) => (Number.isNaN(perHit(u)) ? "–" : fixed(perHit(u), 1)))],
    ["recall", ...both((u) => rate(recall(u)))],
    ["false alarm rate", ...both((u) => rate(alarms(u)))],
    ["precision", ...both((u) => rate(maths.precision(u, d, share)))],
    ["cost per case", ...both((u) => fixed(maths.cost(u, d, share, r), 4))],
  ];
}

export const format = { s: (s) => percent(maths.share(s)) };
const { t: limits, s: shares } = spec.state;
export const actions = {
  rarer: () => points(shares.max, shares.min, (s) => s, 54).map(([s]) => ({ s })),
  theory: ({ s, d, r }) => ({ t: Math.max(limits.min, Math.min(limits.max, maths.cheapest(d, maths.share(s), r))) }),
};
export const drag = { t: (to) => ({ t: scores.at(to)[0] }), d: (to) => ({ d: scores.at(to)[0] }) };

define("roc", { spec, draw, describe, readout, format, actions, drag });
