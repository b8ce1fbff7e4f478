// Fields over the plane: regions that straight boundaries cut out, and contour lines of any function.
import { el } from "./drawing.js";

// The part of a polygon, [[x, y], ...], where a straight function f([x, y]) is not negative.
export function cut(polygon, f) {
  return polygon.flatMap((from, i) => {
    const to = polygon[(i + 1) % polygon.length];
    const [a, b] = [f(from), f(to)];
    const inside = a >= 0 ? [from] : [];
    if (a >= 0 === b >= 0) return inside;
    return [...inside, from.map((v, k) => v + ((to[k] - v) * a) / (a - b))];
  });
}

// The corners of the axes, for cut().
export const corners = ([left, right], [low, high]) => [[left, low], [right, low], [right, high], [left, high]];

// A polygon in the axes' units; nothing where nothing is left of it.
export function area(on, polygon, attributes) {
  if (polygon.length < 3) return "";
  return el("path", { d: "M" + polygon.map(([x, y]) => on.x(x).toFixed(1) + " " + on.y(y).toFixed(1)).join("L") + "z", ...attributes });
}

// Where f(x, y) has a value, as pieces of a line: a grid of n by n cells, each with the straight pieces that cross it.
// Returns a function of the value, so that f is asked once for all contours: [[[x, y], [x, y]], ...].
export function contours(f, [left, right], [low, high], n = 40) {
  const at = (from, to, i) => from + ((to - from) * i) / n;
  const corner = (i, j) => ({ x: at(left, right, i), y: at(low, high, j) });
  const grid = Array.from({ length: n + 1 }, (_, i) =>
    Array.from({ length: n + 1 }, (_, j) => {
      const { x, y } = corner(i, j);
      return [x, y, f(x, y)];
    })
  );
  return (level) => {
    const pieces = [];
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const around = [grid[i][j], grid[i + 1][j], grid[i + 1][j + 1], grid[i][j + 1]];
        const above = (around[0][2] >= level) + (around[1][2] >= level) + (around[2][2] >= level) + (around[3][2] >= level);
        if (above % 4 === 0) continue;
        const met = around.flatMap((from, k) => {
          const to = around[(k + 1) % 4];
          if (from[2] >= level === to[2] >= level) return [];
          const t = (level - from[2]) / (to[2] - from[2]);
          return [[from[0] + (to[0] - from[0]) * t, from[1] + (to[1] - from[1]) * t]];
        });
        for (let k = 0; k + 1 < met.length; k += 2) pieces.push([met[k], met[k + 1]]);
      }
    }
    return pieces;
  };
}

// The pieces of a contour as one path.
export function pieces(on, lines, attributes) {
  const point = ([x, y]) => on.x(x).toFixed(1) + " " + on.y(y).toFixed(1);
  const d = lines.map(([from, to]) => "M" + point(from) + "L" + point(to)).join("");
  return d && el("path", { d, fill: "none", ...attributes });
}
