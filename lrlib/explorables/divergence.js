// Truth and forecast of rain: how surprised the forecast is on average, and how much of that is its own fault.
import { axes, define, el, fixed, halo, handle, path, points, words } from "./kit.js";

export const spec = {
  "about": "The true probability of rain and a forecast: surprise, entropy, cross entropy and the KL divergence between them.",
  "state": {
    "p": { "label": "truth: rain", "min": 0, "max": 1, "step": 0.01, "start": 0.3 },
    "q": { "label": "forecast: rain", "min": 0.05, "max": 0.95, "step": 0.01, "start": 0.8 }
  },
  "buttons": { "honest": "Make the forecast true" }
};

// In nats. What never happens costs nothing, whatever was forecast.
const part = (share, surprise) => (share === 0 ? 0 : share * surprise);
const mean = (p, q) => part(p, -Math.log(q)) + part(1 - p, -Math.log(1 - q));
export const maths = {
  surprise: (q) => -Math.log(q),
  entropy: (p) => mean(p, p),
  crossEntropy: mean,
  kl: (p, q) => part(p, Math.log(p / q)) + part(1 - p, Math.log((1 - p) / (1 - q))),
};

const TOP = 3;
const blocks = axes({
  x: [0, 1], y: [0, TOP], height: 300, xlabel: "how often: truth", ylabel: "surprise −log p",
  xticks: [0, [0.5, "½"], 1], yticks: [0, 1, 2, 3],
});
const bowl = axes({
  x: [0, 1], y: [0, TOP], height: 300, xlabel: "forecast of rain", ylabel: "mean surprise",
  xticks: [0, [0.5, "½"], 1], yticks: [0, 1, 2, 3],
});

const block = (from, to, height, attributes) =>
  el("rect", { x: blocks.x(from), y: blocks.y(height), width: blocks.x(to) - blocks.x(from), height: blocks.y(0) - blocks.y(height), ...attributes });

// Two blocks, as wide as their outcome is frequent and as high as the forecast is surprised: their area is the mean.
function areas({ p, q }) {
  let content = "";
  for (const [from, to, share, forecast, fill] of [[0, p, p, q, "zero"], [p, 1, 1 - p, 1 - q, "one"]]) {
    if (share === 0) continue;
    const honest = Math.min(TOP, maths.surprise(share));
    content += block(from, to, maths.surprise(forecast), { fill, "fill-opacity": 0.3, stroke: fill, "stroke-width": 2.5 });
    content += path(blocks, [[from, honest], [to, honest]], { stroke: "truth", "stroke-width": 3, "stroke-dasharray": "5 4" });
  }
  const name = (x, text, fill) => [text, [[x, blocks.top + 17]], { fill, "font-weight": 600, ...halo }];
  const wide = [p > 0.13 && name(blocks.x(p / 2), "rain", "zero"), p < 0.88 && name(blocks.x((1 + p) / 2), "dry", "one")];
  const line = Math.min(TOP, maths.surprise(Math.max(p, 1 - p)));
  const truth = ["dashed: honest forecast", [[blocks.right, blocks.top - 12, "end"]], {}];
  content += words([truth, ...wide.filter(Boolean)], [...blocks.taken]);
  const held = { stroke: "paper", "stroke-width": 2, r: 8 };
  content += path(blocks, [[p, 0], [p, TOP]], { stroke: "truth", "stroke-width": 2 });
  content += handle(blocks, p, Math.max(line, 1.9), "p", { fill: "truth", ...held });
  return blocks.svg(content);
}

function curve({ p, q }) {
  const [floor, now] = [maths.entropy(p), maths.crossEntropy(p, q)];
  const along = points(0.005, 0.995, (v) => mean(p, v), 180).filter(([, y]) => y <= TOP);
  let content = path(bowl, [[0, floor], [1, floor]], { stroke: "truth", "stroke-width": 2.5, "stroke-dasharray": "5 4" });
  content += path(bowl, along, { stroke: "model", "stroke-width": 3.5 });
  content += path(bowl, [[p, 0], [p, floor]], { stroke: "truth", "stroke-width": 1.5, "stroke-dasharray": "2 4" });
  content += path(bowl, [[q, floor], [q, now]], { stroke: "accent", "stroke-width": 6 });
  const side = q > p ? [-12, "end"] : [12, "start"];
  const [px, middle] = [bowl.x(q), (bowl.y(floor) + bowl.y(now)) / 2 + 4.5];
  const gap = [[px, bowl.y(now) - 16], [px + side[0], middle, side[1]], [px - side[0], middle, side[1] === "end" ? "start" : "end"]];
  const under = bowl.y(floor) + 19;
  content += words([
    ["KL " + fixed(maths.kl(p, q)), gap, { fill: "accent", "font-weight": 600, ...halo }],
    ["entropy " + fixed(floor), [[bowl.right - 4, under, "end"], [bowl.left + 6, under, "start"], [bowl.right - 4, under - 27, "end"]], { fill: "truth", ...halo }],
    ["cross entropy " + fixed(now), [[bowl.right, 14, "end"]], { fill: "model", "font-weight": 600 }],
  ], [...bowl.taken]);
  return bowl.svg(content + handle(bowl, q, Math.min(TOP, now), "q", { fill: "accent", stroke: "paper", "stroke-width": 2, r: 8 }));
}

export const draw = (state) => areas(state) + curve(state);

export const describe = ({ p, q }) =>
  "It rains with probability " + fixed(p) + ", and the forecast says " + fixed(q) + ". Its mean surprise, the cross entropy, is " +
  fixed(maths.crossEntropy(p, q), 3) + ": the entropy " + fixed(maths.entropy(p), 3) + " and the KL divergence " + fixed(maths.kl(p, q), 3) + ".";

export const readout = ({ p, q }) => {
  const surprise = (v) => (v === 0 ? "∞" : fixed(maths.surprise(v), 3));
  return [
    ["", "rain", "dry", "mean"],
    ["truth", fixed(p), fixed(1 - p), ""],
    ["forecast", fixed(q), fixed(1 - q), ""],
    ["surprise", surprise(q), surprise(1 - q), fixed(maths.crossEntropy(p, q), 3)],
    ["honest forecast", surprise(p), surprise(1 - p), fixed(maths.entropy(p), 3)],
    ["more: KL", "", "", fixed(maths.kl(p, q), 3)],
  ];
};

export const actions = { honest: ({ p, q }) => Array.from({ length: 31 }, (_, i) => ({ q: q + ((p - q) * i) / 30 })) };
export const drag = { p: (place) => ({ p: blocks.at(place)[0] }), q: (place) => ({ q: bowl.at(place)[0] }) };

define("divergence", { spec, draw, describe, readout, actions, drag });
