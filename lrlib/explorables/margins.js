// One margin, five losses: what each charges, and how hard it pulls.
import { axes, define, dot, el, fixed, handle, path, points, sigmoid, softplus, word } from "./kit.js";

export const spec = {
  "about": "Five losses over the margin m: zero-one, logistic, hinge, exponential and squared, with their slopes at one margin.",
  "state": {
    "m": { "label": "margin m", "min": -3, "max": 3, "step": 0.02, "start": -0.5 }
  },
  "buttons": { "far": "From right to very wrong" }
};

// The margin is m = (2y - 1) z: positive where the decision is right. The logistic loss is in base 2, so that it is 1 at 0.
export const maths = {
  zeroOne: (m) => (m > 0 ? 0 : 1),
  logistic: (m) => softplus(-m) / Math.LN2,
  hinge: (m) => Math.max(0, 1 - m),
  exponential: (m) => Math.exp(-m),
  squared: (m) => (1 - m) ** 2,
  zeroOneSlope: (m) => (m === 0 ? NaN : 0),
  logisticSlope: (m) => -sigmoid(-m) / Math.LN2,
  hingeSlope: (m) => (m === 1 ? NaN : m < 1 ? -1 : 0),
  exponentialSlope: (m) => -Math.exp(-m),
  squaredSlope: (m) => 2 * m - 2,
};

// Each with a colour, a dash and a mark of its own.
const round = (on, x, y, fill) => dot(on, x, y, { r: 6, fill, stroke: "paper" });
const shape = (d) => (on, x, y, fill) => el("path", { d: "M" + on.x(x).toFixed(1) + " " + on.y(y).toFixed(1) + d, fill, stroke: "paper" });
const LOSSES = [
  { name: "zero-one", f: "zeroOne", color: "ink", dash: "none", mark: shape("m-5.5 -5.5h11v11h-11z") },
  { name: "logistic", f: "logistic", color: "model", dash: "none", mark: round },
  { name: "hinge", f: "hinge", color: "zero", dash: "9 4", mark: shape("m0 -8l8 8l-8 8l-8 -8z") },
  { name: "exponential", f: "exponential", color: "warn", dash: "2 4", mark: shape("m0 -8l7.5 13h-15z") },
  { name: "squared", f: "squared", color: "one", dash: "9 4 2 4", mark: shape("m0 8l7.5 -13h-15z") },
];

const [TOP, HEIGHT] = [4.2, 330];
const on = axes({
  x: [-3, 3], y: [0, TOP], height: HEIGHT, top: 62, xlabel: "margin m", ylabel: "", xticks: [-3, -2, -1, 0, 1, 2, 3],
  yticks: [0, 1, 2, 3, 4],
});
// A place in the key, as if it were axes.
const at = (x, y) => ({ x: (v) => x + v, y: (v) => y - v });

function key({ name, color, dash, mark }, i) {
  const [x, y] = [[6, 126, 246][i % 3], i < 3 ? 14 : 38];
  const line = el("path", { d: "M" + x + " " + y + "h32", stroke: color, "stroke-width": 3, "stroke-dasharray": dash });
  return line + mark(at(x, y), 16, 0, color) + word(x + 38, y + 4.5, name, { "text-anchor": "start" });
}

function curve({ f, color, dash, mark }, m) {
  const loss = maths[f];
  const look = { stroke: color, "stroke-width": 3, "stroke-dasharray": dash };
  const jump = f === "zeroOne";
  let content = "";
  if (jump) content += path(on, [[-3, 1], [0, 1]], look) + path(on, [[0, 0], [3, 0]], look);
  else content += path(on, points(-3, 3, loss, 240).filter(([, y]) => y <= TOP), look);
  // The slope, as a piece of the tangent as long as it is; at the edge of the picture the mark waits.
  const [y, slope] = [loss(m), maths[f + "Slope"](m)];
  if (y > TOP) return content;
  const half = 26 / Math.hypot(50.8, 54.3 * slope || 0);
  if (!Number.isNaN(slope)) content += path(on, [[m - half, y - slope * half], [m + half, y + slope * half]], { stroke: color, "stroke-width": 6, "stroke-opacity": 0.35 });
  return content + mark(on, m, y, color);
}

export function draw({ m }) {
  const wrong = { x: on.left, y: on.top, width: on.x(0) - on.left, height: on.bottom - on.top, fill: "warn", "fill-opacity": 0.08 };
  let content = el("rect", wrong) + word(on.x(-1.5), on.bottom - 8, "wrong", { fill: "muted" }) + word(on.x(1.5), on.top + 16, "right", { fill: "muted" });
  content += path(on, [[m, 0], [m, TOP]], { stroke: "accent", "stroke-width": 1.5 });
  content += LOSSES.map(key).join("") + LOSSES.map((loss) => curve(loss, m)).join("");
  return on.svg(content + handle(on, m, TOP, "m", { fill: "accent", stroke: "paper", "stroke-width": 2, r: 8 }));
}

const slope = (v) => (Number.isNaN(v) ? "none" : fixed(v));
const values = ({ m }) => LOSSES.map(({ name, f }) => [name, fixed(maths[f](m)), slope(maths[f + "Slope"](m))]);

export const describe = (state) =>
  "At the margin " + fixed(state.m) + ": " + values(state).map(([name, loss, tilt]) => name + " loss " + loss + " with slope " + tilt).join("; ") + ".";

export const readout = (state) => [["", "loss", "slope"], ...values(state)];

export const actions = { far: () => Array.from({ length: 76 }, (_, i) => ({ m: 2 - i / 15 })) };
export const drag = { m: (place) => ({ m: on.at(place)[0] }) };

define("margins", { spec, draw, describe, readout, actions, drag });
