// Probabilities of rain, bent by a slope and a shift of their log-odds: the reliability diagram, and which scores notice.
import { axes, define, dot, el, fixed, path, sigmoid, softplus, words } from "./kit.js";

export const spec = {
  "about": "A year of probabilities of rain, bent by a slope and a shift of their log-odds, with the reliability diagram and the scores.",
  "state": {
    "w": { "label": "slope w", "min": 0.25, "max": 3, "step": 0.05, "start": 1 },
    "b": { "label": "shift b", "min": -2, "max": 2, "step": 0.1, "start": 0 }
  },
  "buttons": { "recalibrate": "Recalibrate" }
};

// A thousand times the log-odds that the chapter's model gives to rain on the next day, of the days that stayed dry and of
// those that did not; a test computes them anew and compares.
const DRY = [
  -2647, -2643, -2579, -2571, -2558, -2473, -2412, -2360, -2334, -2331, -2324, -2311, -2270, -2258, -2257, -2248,
  -2241, -2217, -2181, -2163, -2156, -2110, -2105, -2079, -2068, -2059, -2041, -2023, -2007, -2001, -1977, -1976,
  -1975, -1970, -1959, -1951, -1922, -1900, -1892, -1891, -1882, -1872, -1862, -1854, -1854, -1847, -1842, -1833,
  -1818, -1809, -1753, -1737, -1715, -1711, -1709, -1707, -1688, -1683, -1679, -1679, -1664, -1656, -1654, -1653,
  -1646, -1642, -1626, -1593, -1587, -1586, -1573, -1566, -1554, -1550, -1523, -1517, -1515, -1510, -1509, -1509,
  -1491, -1491, -1489, -1475, -1448, -1426, -1393, -1389, -1388, -1380, -1376, -1367, -1366, -1352, -1338, -1327,
  -1319, -1315, -1313, -1311, -1305, -1304, -1296, -1257, -1178, -1175, -1170, -1127, -1123, -1123, -1118, -1110,
  -1100, -1097, -1095, -1084, -1083, -1081, -1079, -1072, -1070, -1069, -1062, -1047, -1029, -1015, -1007, -963, -961,
  -960, -928, -926, -887, -884, -875, -871, -870, -858, -836, -826, -815, -791, -751, -734, -709, -691, -681, -666,
  -665, -640, -635, -628, -615, -609, -606, -581, -580, -572, -571, -550, -507, -507, -503, -502, -474, -438, -389,
  -248, -236, -218, -71, -31, 12, 24, 39, 40, 55, 92, 143, 216, 221, 252, 253, 306, 315, 365, 420, 437, 465, 520, 560,
  564, 585, 599, 606, 628, 631, 634, 641, 746, 799, 810, 813, 825, 864, 938, 980, 1041, 1104, 1110, 1124, 1236, 1240,
  1270, 1361, 1396, 1548, 1722, 1839, 2251,
];
const WET = [
  -2403, -2269, -2132, -1985, -1950, -1830, -1805, -1735, -1643, -1640, -1470, -1469, -1387, -1359, -1322, -1294,
  -1239, -1217, -1159, -1103, -1035, -1032, -1028, -1006, -957, -950, -946, -916, -883, -873, -867, -833, -829, -820,
  -809, -796, -793, -767, -713, -701, -698, -677, -616, -608, -593, -465, -450, -446, -440, -432, -379, -348, -176,
  -164, -158, -39, -19, 10, 44, 103, 141, 210, 214, 261, 265, 304, 323, 347, 403, 414, 487, 503, 514, 595, 595, 605,
  674, 674, 679, 686, 719, 735, 735, 755, 757, 767, 770, 773, 780, 791, 808, 809, 837, 845, 858, 878, 896, 897, 933,
  939, 972, 973, 981, 997, 1006, 1028, 1041, 1061, 1066, 1078, 1081, 1108, 1145, 1171, 1181, 1200, 1217, 1272, 1345,
  1383, 1385, 1405, 1448, 1462, 1517, 1520, 1544, 1556, 1577, 1626, 1693, 1719, 1905, 1968, 2117, 2154, 2178, 2363,
  2376, 2468, 2520, 3337, 3436, 3743,
];
const ROWS = [...DRY.map((z) => [z / 1000, 0]), ...WET.map((z) => [z / 1000, 1])];
const N = ROWS.length;
const BINS = 10;
const HIGH = String((BINS - 1) / BINS); // where the last bin begins
const RAIN = WET.length / N;
const Z = 1.959963984540054; // the normal distribution's 97.5 %

// Wilson's 95 % interval for a chance, of which a share of n draws came true.
const lower = (share, n) => (n * share ** 2) / (n * share + Z ** 2 / 2 + Z * Math.sqrt(Z ** 2 / 4 + n * share * (1 - share)));

// A dry day and a wet one: how often the wet one was given more; half where both were given the same.
function area(logits) {
  const [dry, wet] = [logits.slice(0, DRY.length), logits.slice(DRY.length)];
  let won = 0;
  for (const z of wet) for (const other of dry) won += z > other ? 1 : z === other ? 0.5 : 0;
  return won / (dry.length * wet.length);
}

// Each bin's days, what was said on average, the share that came true with its interval; and the scores.
function judge(w, b) {
  const bins = Array.from({ length: BINS }, () => ({ count: 0, said: 0, wet: 0 }));
  const logits = ROWS.map(([z]) => w * z + b);
  const each = ROWS.map(([, y], i) => {
    const p = sigmoid(logits[i]);
    const bin = bins[Math.min(BINS - 1, Math.floor(BINS * p))];
    bin.count++;
    bin.said += p;
    bin.wet += y;
    return { p, y, bin };
  });
  for (const bin of bins) {
    bin.said /= bin.count;
    bin.share = bin.wet / bin.count;
    bin.lower = lower(bin.share, bin.count);
    bin.upper = 1 - lower(1 - bin.share, bin.count);
  }
  const mean = (f) => each.reduce((sum, row, i) => sum + f(row, i), 0) / N;
  const scores = {
    loss: mean(({ y }, i) => softplus((y ? -1 : 1) * logits[i])),
    brier: mean(({ p, y }) => (p - y) ** 2),
    reliability: mean(({ bin }) => (bin.said - bin.share) ** 2),
    resolution: mean(({ bin }) => (bin.share - RAIN) ** 2),
    uncertainty: RAIN * (1 - RAIN),
    within: mean(({ p, y, bin }) => (p - bin.said) * (p - bin.said - 2 * (y - bin.share))),
    accuracy: mean(({ p, y }) => (p > 0.5 === (y === 1) ? 1 : 0)),
    area: area(logits),
  };
  return { bins, scores };
}

// Drawing, words and table ask for the same state.
let known = {};
function judged(w, b) {
  if (known.w !== w || known.b !== b) known = { w, b, ...judge(w, b) };
  return known;
}

export const maths = {
  scores: (w, b) => Object.values(judge(w, b).scores),
  // count, said, share, lower and upper of each bin that is not empty
  bins: (w, b) => judge(w, b).bins.filter(({ count }) => count).map((bin) => [bin.count, bin.said, bin.share, bin.lower, bin.upper]),
  // The slope and the shift of the least loss on these rows, by Newton's method.
  line: () => {
    let [w, b] = [1, 0];
    for (let step = 0; step < 20; step++) {
      let [gw, gb, hw, hm, hb] = [0, 0, 0, 0, 0];
      for (const [z, y] of ROWS) {
        const p = sigmoid(w * z + b);
        const bend = p * (1 - p);
        [gw, gb, hw, hm, hb] = [gw + (p - y) * z, gb + p - y, hw + bend * z * z, hm + bend * z, hb + bend];
      }
      const size = hw * hb - hm * hm;
      [w, b] = [w - (hb * gw - hm * gb) / size, b - (hw * gb - hm * gw) / size];
    }
    return [w, b];
  },
};

const tenths = [0, [0.2, "0.2"], [0.4, "0.4"], [0.6, "0.6"], [0.8, "0.8"], 1];
const HEIGHT = 458;
const on = axes({
  x: [0, 1], y: [0, 1], height: HEIGHT, bottom: 300, xlabel: "", ylabel: "share of days with rain", xticks: tenths, yticks: tenths,
});
const days = axes({ x: [0, 1], y: [0, 1], height: HEIGHT, top: 344, bottom: 394, xlabel: "", ylabel: "", xticks: [], yticks: [] });
const misses = ({ said, lower, upper }) => said < lower || said > upper;

export function draw({ w, b }) {
  const { bins } = judged(w, b);
  const most = Math.max(...bins.map(({ count }) => count));
  let content = path(on, [[0, 0], [1, 1]], { stroke: "muted", "stroke-width": 1.5, "stroke-dasharray": "6 4" });
  const labels = [["probability said", [[(on.left + on.right) / 2, 333]], {}]];
  bins.forEach((bin, i) => {
    const { count, said, share } = bin;
    if (!count) return;
    const stroke = misses(bin) ? "warn" : "model";
    content += path(on, [[said, bin.lower], [said, bin.upper]], { stroke, "stroke-width": 2.5 });
    content += dot(on, said, share, { fill: misses(bin) ? "paper" : stroke, stroke, "stroke-width": 2.5 });
    const top = days.y((0.68 * count) / most);
    content += el("rect", { x: days.x(i / BINS) + 1.5, y: top, width: 27.5, height: days.bottom - top, fill: "model", "fill-opacity": 0.5 });
    labels.push([String(count), [[days.x((i + 0.5) / BINS), top - 4]], { fill: "muted" }]);
  });
  const foot = { "text-anchor": "start", fill: "muted" };
  labels.push(["days with a probability in each tenth", [[on.left, days.bottom + 19, "start"]], foot]);
  labels.push(["hollow: the interval misses the diagonal", [[on.left, days.bottom + 44, "start"]], { ...foot, fill: "warn" }]);
  content += path(days, [[0, 0], [1, 0]], { stroke: "muted", "stroke-width": 1 });
  return on.svg(days.back + content + words(labels, [...on.taken]));
}

// The last bin: its days, what was said on average, and the days with rain.
function last(bins) {
  const { count, said, wet } = bins[BINS - 1];
  return count ? [String(count), fixed(said), String(wet)] : ["0", "–", "–"];
}

export function describe({ w, b }) {
  const { bins, scores } = judged(w, b);
  const filled = bins.filter(({ count }) => count);
  const [count, said, wet] = last(bins);
  return (
    "With the log-odds times " + fixed(w) + " and shifted by " + fixed(b, 1) + ", the intervals of " + filled.filter(misses).length + " of " + filled.length +
    " bins miss the diagonal. " +
    (count === "0" ? "On no day a probability of " + HIGH + " or more is said" : "A probability of " + HIGH + " or more is said on " + count + " days, " + said + " on average, and rain came on " + wet + " of them") +
    ". Log loss " + fixed(scores.loss, 3) + ", Brier score " + fixed(scores.brier, 4) + ", accuracy " + fixed(scores.accuracy, 3) + ", AUC " + fixed(scores.area, 3) + "."
  );
}

const honest = judge(1, 0);

// A score, and how far it is from the unbent one, both as they are written.
function row(name, key, now, digits) {
  const [one, other] = [now.scores, honest.scores].map((scores) => scores[key].toFixed(digits));
  const change = fixed(one - other, digits);
  return [name, fixed(Number(one), digits), one === other ? "0" : (one - other > 0 ? "+" : "") + change];
}

export function readout({ w, b }) {
  const now = judged(w, b);
  const top = last(now.bins);
  return [
    ["", "now", "change"],
    row("log loss", "loss", now, 3),
    row("Brier score", "brier", now, 4),
    row("= reliability", "reliability", now, 4),
    row("− resolution", "resolution", now, 4),
    row("+ uncertainty", "uncertainty", now, 4),
    row("+ within bins", "within", now, 4),
    row("accuracy", "accuracy", now, 3),
    row("AUC", "area", now, 3),
    ["days, p ≥ " + HIGH, top[0], ""],
    ["mean p on them", top[1], ""],
    ["days with rain", top[2], ""],
  ];
}

export const actions = {
  recalibrate: () => {
    const [w, b] = maths.line();
    return { w, b };
  },
};

define("reliability", { spec, draw, describe, readout, actions });
