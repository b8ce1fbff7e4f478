// Squared error and cross entropy go down their own slopes from the same bad start: one waits where it is surely wrong.
import { axes, define, dot, el, fixed, halo, handle, path, points, sigmoid, softplus, word } from "./kit.js";

export const spec = {
  "about": "One example of class 1: gradient descent on cross entropy and on squared error, from the same logit.",
  "state": {
    "z": { "label": "start z", "min": -7, "max": -1, "step": 0.5, "start": -6 },
    "step": { "label": "step", "min": 0, "max": 600, "step": 1, "start": 7 }
  },
  "buttons": { "run": "Run the race" }
};

// Both losses are those of the label 1.
const cross = { name: "cross entropy", color: "model", loss: (z) => softplus(-z), slope: (z) => -sigmoid(-z) };
const squared = {
  name: "squared error", color: "one", dash: { "stroke-dasharray": "7 4" },
  loss: (z) => sigmoid(-z) ** 2,
  slope: (z) => -2 * sigmoid(-z) ** 2 * sigmoid(z),
};

// The logits before the first step and after each, with the chapter's step size of 1.
function descend({ slope }, z, steps) {
  const walk = [z];
  for (let i = 0; i < steps; i++) walk.push(walk[i] - slope(walk[i]));
  return walk;
}
const crossing = (walk) => walk.findIndex((z) => z > 0);

export const maths = {
  sigmoid,
  crossLoss: cross.loss,
  crossSlope: cross.slope,
  crossAfter: (z, steps) => descend(cross, z, steps)[steps],
  squaredLoss: squared.loss,
  squaredSlope: squared.slope,
  squaredAfter: (z, steps) => descend(squared, z, steps)[steps],
};

const hills = axes({
  x: [-7.6, 7], y: [-1.6, 7.6], xlabel: "logit z", ylabel: "loss",
  xticks: [-6, -4, -2, 0, 2, 4, 6], yticks: [0, 2, 4, 6],
});
const log = (step) => Math.log10(1 + step);
const course = axes({
  x: [0, log(600)], y: [0, 1], xlabel: "step (log scale)", ylabel: "probability p",
  xticks: [0, 1, 3, 10, 30, 100, 300].map((step) => [log(step), step]), yticks: [0, [0.5, "½"], 1],
});

// Whole steps from 0 to the last, evenly spread on the log scale: few enough to draw, and to play.
const moments = (last, n) => [...new Set(points(0, log(last), (v) => Math.round(10 ** v - 1), n).map(([, step]) => step))];

// A disc runs for cross entropy, a square for squared error.
const runner = (on, x, y, { color }) =>
  color === "model" ? dot(on, x, y, { r: 6, fill: color })
    : el("rect", { x: on.x(x) - 5.5, y: on.y(y) - 5.5, width: 11, height: 11, fill: color });

// What a step does: as long as the slope is steep, and to the right, where z grows.
const push = (px, py, slope) => {
  const length = -70 * slope;
  if (length < 2) return "";
  const head = Math.min(6, length / 2);
  const d = "M" + px.toFixed(1) + " " + py.toFixed(1) + "h" + (length + 8).toFixed(1) + "m" + -head + " " + -head + "l" + head + " " + head + "l" + -head + " " + head;
  return el("path", { d, fill: "none", stroke: "accent", "stroke-width": 2.5 });
};

export function draw({ z, step }) {
  let hill = path(hills, [[0, -1.6], [0, 7.6]], { stroke: "muted", "stroke-dasharray": "2 4" });
  let way = path(course, [[0, 0.5], [log(600), 0.5]], { stroke: "muted", "stroke-dasharray": "2 4" });
  way += path(course, [[log(step), 0], [log(step), 1]], { stroke: "accent", "stroke-width": 1.5 });
  hill += word(hills.x(0), hills.top - 8, "p = ½", { fill: "muted" });
  for (const side of [squared, cross]) {
    const { name, color, dash, loss, slope } = side;
    const walk = descend(side, z, step);
    const [now, met] = [walk[step], crossing(walk)];
    hill += path(hills, points(-7.6, 7, loss), { stroke: color, "stroke-width": 2.5, ...dash });
    hill += push(hills.x(now), hills.y(loss(now)), slope(now)) + runner(hills, now, loss(now), side);
    way += path(course, moments(step, 250).map((i) => [log(i), sigmoid(walk[i])]), { stroke: color, "stroke-width": 2.5, ...dash });
    way += runner(course, log(step), sigmoid(now), side);
    if (met > 0) way += word(course.x(log(met)) - 8, course.y(0.5) + (side === cross ? -8 : 18), "step " + met, { fill: color, "text-anchor": "end", ...halo });
    const place = side === cross ? [-4.5, 5] : [-7.4, 1.7];
    hill += word(hills.x(place[0]), hills.y(place[1]), name, { fill: color, "text-anchor": "start", ...halo });
  }
  hill += word(hills.x(z) + 12, hills.y(-0.9) + 4.5, "start", { fill: "accent", "text-anchor": "start", ...halo });
  hill += handle(hills, z, -0.9, "z", { fill: "paper", stroke: "accent", "stroke-width": 2 });
  const cover = { x: course.left, y: course.top, width: course.right - course.left, height: course.bottom - course.top };
  way += el("rect", { ...cover, fill: "transparent", "data-drag": "step" });
  return hills.svg(hill) + course.svg(way);
}

const results = ({ z, step }) =>
  [cross, squared].map((side) => {
    const walk = descend(side, z, step);
    return { name: side.name, p: fixed(sigmoid(walk[step]), 4), slope: fixed(side.slope(walk[step]), 4), met: crossing(walk) };
  });

export function describe(state) {
  const said = results(state).map(
    ({ name, p, slope, met }) =>
      name + " has the probability " + p + ", with slope " + slope + (met < 0 ? ", and has not passed one half yet" : ", having passed one half after " + met + " steps")
  );
  return "From z = " + fixed(state.z, 1) + ", after " + state.step + " steps of size 1: " + said.join("; ") + ".";
}

export const readout = (state) => [
  ["", "p", "slope", "½ at step"],
  ...results(state).map(({ name, p, slope, met }) => [name, p, slope, met < 0 ? "not yet" : String(met)]),
];

// Until the slower one has passed one half.
export const actions = {
  run: ({ z }) => moments(crossing(descend(squared, z, spec.state.step.max)), 100).map((step) => ({ step })),
};
export const drag = {
  z: (place) => ({ z: hills.at(place)[0] }),
  step: (place) => ({ step: 10 ** course.at(place)[0] - 1 }),
};

define("race", { spec, draw, describe, readout, actions, drag });
