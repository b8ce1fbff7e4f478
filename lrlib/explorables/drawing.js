// What drawings are made of: words, marks, axes and lines as SVG text. The part of the kit that knows no state and no
// page; modules have it from "./kit.js".

// Words

export const escape = (text) => String(text).replace(/[&<>"]/g, (c) => "&#" + c.charCodeAt(0) + ";");

// 0.5 with 2 digits is "0.50"; a minus is −, and there is no −0.
export function fixed(value, digits = 2) {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−");
}

// Three digits that count: 0.0273, 41.3, 1,250, 4.85 × 10⁸
export function short(value) {
  if (value === 0 || !Number.isFinite(value)) return String(value).replace("-", "−").replace("Infinity", "∞");
  if (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e6) {
    const [digits, power] = value.toExponential(2).split("e");
    const raised = String(Number(power)).replace(/./g, (c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c]));
    return digits.replace("-", "−") + " × 10" + raised;
  }
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return fixed(Number(value.toPrecision(3)), digits).replace(/\B(?=(\d{3})+$)/, digits ? "" : ",");
}

// Drawing: colours are names of the page's palette (ink muted grid paper zero one model truth accent warn), so that a
// drawing follows its light and dark mode; no class and no style is needed.

// el("path", { d, stroke: "model", fill: "none" }) is '<path d="..." stroke="var(--model)" fill="none"/>'
export function el(tag, attributes, inner = "") {
  let text = "<" + tag;
  for (const [name, value] of Object.entries(attributes)) {
    const paint = /^(fill|stroke)$/.test(name) && !/^(none|transparent)$/.test(value);
    const shown = paint ? "var(--" + value + ")" : typeof value === "number" ? Number(value.toFixed(2)) : value;
    text += " " + name + '="' + shown + '"';
  }
  return inner === "" ? text + "/>" : text + ">" + inner + "</" + tag + ">";
}

// One set of axes in units of its own: x and y are [low, high]; ticks are lists of numbers or of [number, label].
// Returns { x, y, at, svg, taken }: scales to the drawing's units, at([px, py]) back to x and y, svg(content), and where
// words stand already, for words().
// Plots that share a drawing have a top and a bottom of their own, and the first one's svg() holds the others' back.
// 360 units are about as many pixels on a phone: letters of 13 units stay above 10 pixels there.
export function axes({ x, y, xticks, yticks, xlabel, ylabel, width = 360, height = 260, top = 26, bottom = height - 40 }) {
  const [left, right] = [40, width - 15];
  const sx = (v) => left + ((v - x[0]) * (right - left)) / (x[1] - x[0]);
  const sy = (v) => bottom + ((v - y[0]) * (top - bottom)) / (y[1] - y[0]);
  const tick = (v) => (Array.isArray(v) ? v : [v, String(v).replace("-", "−")]);
  let back = "";
  const taken = [[-99, -99, 0, 999], [width, -99, 999, 999]];
  const put = (px, py, text, anchor, fill) => {
    if (text === "") return;
    taken.push(box(text, px, py, anchor));
    back += word(px, py, text, { fill, "text-anchor": anchor });
  };
  for (const [v, label] of xticks.map(tick)) {
    back += el("path", { d: "M" + sx(v).toFixed(1) + " " + top + "V" + bottom, stroke: "grid" });
    put(sx(v), bottom + 17, label, "middle", "muted");
  }
  for (const [v, label] of yticks.map(tick)) {
    back += el("path", { d: "M" + left + " " + sy(v).toFixed(1) + "H" + right, stroke: "grid" });
    put(left - 7, sy(v) + 4.5, label, "end", "muted");
  }
  put((left + right) / 2, bottom + 35, xlabel, "middle", "ink");
  put(4, top - 12, ylabel, "start", "ink");
  const at = ([px, py]) => [
    x[0] + ((px - left) * (x[1] - x[0])) / (right - left),
    y[0] + ((py - bottom) * (y[1] - y[0])) / (top - bottom),
  ];
  const size = { xmlns: "http://www.w3.org/2000/svg", viewBox: "0 0 " + width + " " + height };
  const svg = (content) => el("svg", { ...size, width, height, "aria-hidden": "true" }, back + content);
  return { x: sx, y: sy, at, svg, back, taken, left, right, top, bottom };
}

// Words in the drawing, at its units.
export const word = (x, y, text, attributes) =>
  el("text", { x, y, fill: "ink", "font-size": 13, "text-anchor": "middle", ...attributes }, escape(text));

// For words that cross a line: a rim in the colour of the page.
export const halo = { stroke: "paper", "stroke-width": 4, "paint-order": "stroke" };

// A path through [x, y] points in the axes' units, cut off a little outside of them.
export function path(on, points, attributes) {
  const inside = (v) => Math.max(-1e3, Math.min(2e3, v)).toFixed(1);
  const d = "M" + points.map(([x, y]) => inside(on.x(x)) + " " + inside(on.y(y))).join("L");
  return el("path", { d, fill: "none", stroke: "ink", "stroke-width": 2, ...attributes });
}

// The points of a function from low to high, for path().
export const points = (low, high, f, n = 120) =>
  Array.from({ length: n + 1 }, (_, i) => low + ((high - low) * i) / n).map((x) => [x, f(x)]);

export const dot = (on, x, y, attributes) => el("circle", { cx: on.x(x), cy: on.y(y), r: 5, fill: "accent", ...attributes });

// The two classes as in the book's figures: a ring for 0, a filled triangle for 1.
export const ring = (on, x, y) => dot(on, x, y, { fill: "none", stroke: "zero", "stroke-width": 2 });
export const triangle = (on, x, y) =>
  el("path", { d: "M" + on.x(x).toFixed(1) + " " + (on.y(y) - 6).toFixed(1) + "l6 11h-12z", fill: "one" });

// The same, larger and at the drawing's units: in a key, and where each is an example to look at.
export const symbol = (px, py, y) =>
  y ? el("path", { d: "M" + px.toFixed(1) + " " + (py - 8).toFixed(1) + "l8 14h-16z", fill: "one", stroke: "paper" })
    : el("circle", { cx: px, cy: py, r: 6.5, fill: "paper", stroke: "zero", "stroke-width": 2.5 });

// Something to take hold of: an empty disc of 48 units around what is seen; drag[name] hears where it goes. A handle
// keeps a finger for itself; whatever else has `"data-drag": name` lets the page scroll up and down under it.
export const handle = (on, x, y, name, attributes) =>
  dot(on, x, y, { r: 24, fill: "transparent", "data-drag": name, "data-handle": "" }) +
  dot(on, x, y, { r: 7, "pointer-events": "none", ...attributes });

// The room of a word, [left, top, right, bottom]: letters are reckoned a little too wide, and bold ones wider.
function box(text, x, y, anchor, bold) {
  const width = (bold ? 8.4 : 7.4) * String(text).length;
  const left = x - { start: 0, middle: 0.5, end: 1 }[anchor] * width;
  return [left - 3, y - 12, left + width + 3, y + 4];
}

// Words that never stand over one another: of each [text, spots, attributes] the first spot, [x, y, anchor], whose room
// the words before it and what is taken, such as [...on.taken], leave free, or none.
export function words(list, taken = []) {
  const shown = ([text, spots, attributes]) => {
    for (const [x, y, anchor = "middle"] of spots) {
      const room = box(text, x, y, anchor, attributes["font-weight"]);
      if (taken.some((other) => room.every((v, i) => (i < 2 ? v < other[i + 2] : v > other[i - 2])))) continue;
      taken.push(room);
      return word(x, y, text, { "text-anchor": anchor, ...attributes });
    }
    return "";
  };
  return list.map(shown).join("");
}

// Maths that more than one figure needs: exp only ever sees a number <= 0, so it cannot overflow.
export const sigmoid = (z) => (z < 0 ? Math.exp(z) / (1 + Math.exp(z)) : 1 / (1 + Math.exp(-z)));
export const softplus = (z) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
