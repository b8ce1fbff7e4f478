// The kit of all explorables: figures that answer one question when they are touched.
//
// An explorable is one module, lrlib/explorables/NAME.js, with a single import, from "./kit.js". It exports
//   spec            what it is made of, written as JSON, because Python reads it too:
//                   { "about": a sentence, "state": { NAME: { "label", "min", "max", "step", "start" }, ... },
//                     "buttons": { ACTION: label, ... } }      names: a-z and digits; every number of the state gets
//                   a slider, in this order. "start" is used where the directive does not say another value.
//   maths           the functions that tests compare with lrlib
//   draw(state)     one or more <svg>, made with axes() and its friends below; a pure function of the state
//   describe(state) one or two sentences for who cannot see the drawing: what is seen, with its numbers
// and may export
//   readout(state)  rows of a small table below the drawing, [[heading, ...], [name, value, ...], ...], of plain text
//   format          { NAME: value => text }: how a number of the state is written (default: to its step's decimals)
//   actions         { ACTION: state => changes }: what a button does; a list of changes is played as an animation, in
//                   at most four seconds, or its last one is shown at once where the reader wants no motion
//   drag            { HANDLE: ([x, y], state) => changes }: x and y in the units of the drawing that holds the handle
// and ends with define("NAME", { spec, draw, describe, ... }). Changes are part of a state; the kit brings each number
// to its limits and its step. The same markup() is written into the page while the book is built (by Node.js) and made
// in JupyterLab, so a script that arrives late changes nothing, and none is needed to see the drawing.
//
// Each line is a whole comment or a whole piece of code, and only names declared with `export const|function|class`
// are exported: lrlib/explorables/__init__.py joins the kit's parts and the module into a classic script, and refuses what
// it cannot read. The parts: drawing.js (SVG and words), fields.js (for modules that draw fields over the plane, which
// import from it too), and this file (state and page).

import { escape, fixed } from "./drawing.js";
export * from "./drawing.js";

const FINGER = 8; // pixels that a finger moves before it is known whether it slides or scrolls
const PAUSE = 500; // milliseconds without a change until the address and the screen reader are told

// State

const decimals = (step) => (String(step).split(".")[1] || "").length;

// The nearest value that the slider can have; undefined for what is not a number.
export function snap({ min, max, step }, value) {
  if (value === null || value === "" || !Number.isFinite(Number(value))) return undefined;
  const steps = Math.round((Math.min(max, Math.max(min, Number(value))) - min) / step);
  const on = Number((min + steps * step).toFixed(Math.max(decimals(step), decimals(min))));
  return Math.min(max, on) + 0;
}

// The state with the changes that make sense; what else is in them is left out.
export function merge(spec, state, changes) {
  const next = { ...state };
  for (const name in spec.state) next[name] = snap(spec.state[name], changes[name] ?? null) ?? next[name];
  return next;
}

export const start = (spec, changes) => {
  const entries = Object.entries(spec.state);
  return merge(spec, Object.fromEntries(entries.map(([name, { start }]) => [name, start])), changes);
};

// Page

const written = ({ spec, format }, name, value) =>
  format?.[name]?.(value) ?? fixed(value, decimals(spec.state[name].step));

function table(rows) {
  const cell = (text, column, row) => {
    if (!text || (row && column)) return "<td>" + escape(text) + "</td>";
    return '<th scope="' + (row ? "row" : "col") + '">' + escape(text) + "</th>";
  };
  const body = rows.map((cells, row) => "<tr>" + cells.map((text, i) => cell(text, i, row)).join("") + "</tr>");
  return "<tbody>" + body.join("") + "</tbody>";
}

// All that stands inside the host element; key makes its ids unique in the page.
export function markup(module, key, state) {
  const { spec, draw, describe, readout } = module;
  const sliders = Object.entries(spec.state).map(([name, { label, min, max, step }]) => {
    const id = escape(key + "." + name);
    const value = ' value="' + state[name] + '"';
    const range = ' min="' + min + '" max="' + max + '" step="' + step + '"';
    const said = escape(written(module, name, state[name]));
    return (
      '<label for="' + id + '">' + escape(label) + "</label>" +
      '<input type="range" id="' + id + '" name="' + name + '"' + range + value + ' autocomplete="off" aria-valuetext="' + said + '">' +
      '<output for="' + id + '">' + said + "</output>"
    );
  });
  const button = ([name, label]) => '<button type="button" name="' + name + '">' + escape(label) + "</button>";
  const buttons = [...Object.entries(spec.buttons || {}), ["reset", "Reset"]].map(button);
  return (
    '<div class="lr-stage" role="img" aria-label="' + escape(describe(state)) + '">' + draw(state) + "</div>" +
    '<div class="lr-side"><div class="lr-controls" role="group" aria-label="' + escape(spec.about) + '">' +
    '<div class="lr-sliders">' + sliders.join("") + "</div>" +
    '<div class="lr-buttons">' + buttons.join("") + "</div></div>" +
    (readout ? '<table class="lr-readout">' + table(readout(state)) + "</table>" : "") +
    '</div><p class="visually-hidden" role="status"></p>'
  );
}

// A function that shows markup inside a node, again and again. A browser lays out only what was touched: where the markup
// has the tags and attributes of the last time, only the values and words that differ are set, and the axes of a drawing,
// with most of its words, stay. The markup is as el() and table() write it: nothing implied, every > in a word escaped.
function screen(node) {
  let [before, nodes] = [[], []];
  const kind = (token) => (token[0] === "<" ? token.replace(/"[^"]*"/g, "") : "words");
  const plain = (text) => text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(code));
  const change = (changed, token) => {
    if (token[0] !== "<") changed.data = plain(token);
    else for (const [, name, value] of token.matchAll(/ ([^ =]+)="([^"]*)"/g)) changed.setAttribute(name, plain(value));
  };
  return (markup) => {
    const tokens = markup.match(/<[^>]+>|[^<]+/g);
    const differ = tokens.flatMap((token, i) => (token === before[i] ? [] : [i]));
    // A browser that translates the page has put its own words in place of ours: then all is shown anew.
    const same = (i) => kind(tokens[i]) === kind(before[i]) && node.contains(nodes[i]);
    if (tokens.length === before.length && differ.every(same)) {
      for (const i of differ) change(nodes[i], tokens[i]);
    } else {
      node.innerHTML = markup;
      const walker = document.createTreeWalker(node, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
      nodes = tokens.map((token) => (token[1] === "/" && token[0] === "<" ? null : walker.nextNode()));
    }
    before = tokens;
  };
}

// Register the custom element lr-NAME; in Node.js, where there is no page, do nothing.
export function define(name, module) {
  const tag = "lr-" + name;
  if (!globalThis.customElements || customElements.get(tag)) return;
  const { spec, draw, describe, readout, actions, drag } = module;

  class Explorable extends HTMLElement {
    connectedCallback() {
      this.figure = this.closest("figure[id]"); // in the book; only there the address knows the state
      this.heard = () => this.obey(true);
      addEventListener("hashchange", this.heard);
      if (this.state) return;
      const given = Object.fromEntries(Object.keys(spec.state).map((n) => [n, this.getAttribute(n)]));
      this.state = this.first = start(spec, given);
      if (!this.querySelector(".lr-stage")) this.innerHTML = markup(module, this.figure?.id ?? this.dataset.key, this.state);
      // JupyterLab takes the arrow keys away from what has the focus, unless that element itself forbids it.
      const { lmSuppressShortcuts: own } = this.dataset;
      if (own) for (const control of this.querySelectorAll("input, button")) control.dataset.lmSuppressShortcuts = own;
      this.stage = this.querySelector(".lr-stage");
      this.picture = screen(this.stage);
      if (readout) this.numbers = screen(this.querySelector(".lr-readout"));
      this.addEventListener("input", ({ target }) => this.slide(target));
      this.addEventListener("pointerdown", (event) => this.finger(event));
      this.addEventListener("pointermove", (event) => this.steer(event));
      for (const end of ["pointerup", "pointercancel"]) this.addEventListener(end, (event) => this.lift(event));
      this.addEventListener("click", ({ target }) => {
        const button = target.closest("button");
        if (button?.name === "reset") this.reset();
        else if (button) this.act(actions[button.name](this.state));
      });
      this.stage.addEventListener("pointerdown", (event) => this.take(event));
      this.stage.addEventListener("pointermove", (event) => this.move(event));
      // touch-action says nothing about what is inside an <svg>: a finger on a handle is kept from scrolling here.
      const keep = (event) => event.target.closest("[data-handle]") && event.preventDefault();
      this.stage.addEventListener("touchstart", keep, { passive: false });
      for (const end of ["pointerup", "pointercancel"]) this.stage.addEventListener(end, () => (this.held = null));
      this.obey(false);
    }

    disconnectedCallback() {
      removeEventListener("hashchange", this.heard);
      cancelAnimationFrame(this.playing);
    }

    // Show a state, at the next frame.
    set(changes) {
      const next = merge(spec, this.state, changes);
      if (Object.keys(next).every((n) => next[n] === this.state[n])) return;
      this.state = next;
      this.frame ??= requestAnimationFrame(() => {
        this.frame = null;
        this.show();
      });
    }

    show() {
      const { state } = this;
      this.picture(draw(state));
      this.stage.setAttribute("aria-label", describe(state));
      if (readout) this.numbers(table(readout(state)));
      for (const input of this.querySelectorAll("input")) {
        const said = written(module, input.name, state[input.name]);
        input.value = state[input.name];
        input.setAttribute("aria-valuetext", said);
        input.nextElementSibling.textContent = said;
      }
    }

    // The reader changed something: an animation ends; after a pause the change is said, and kept in the address.
    touch(changes) {
      cancelAnimationFrame(this.playing);
      this.set(changes);
      this.later();
    }

    later() {
      clearTimeout(this.pause);
      this.pause = setTimeout(() => {
        this.querySelector("[role=status]").textContent = describe(this.state);
        const changed = Object.keys(this.state).filter((n) => this.state[n] !== this.first[n]);
        const query = changed.map((n) => n + "=" + this.state[n]).join("&");
        if (query) this.address("#" + this.figure?.id + "?" + query);
        else if (this.asked()) this.address(location.pathname + location.search);
      }, PAUSE);
    }

    // A finger that passes over a slider while the page scrolls must not set it: until it has moved sideways, or has been
    // lifted where it came down, the slider stays as it was.
    finger({ target, pointerType, clientX, clientY }) {
      this.over = pointerType === "touch" && target.type === "range" ? { target, value: target.value, clientX, clientY } : null;
    }

    steer({ clientX, clientY }) {
      if (!this.over || this.over.way) return;
      const [x, y] = [Math.abs(clientX - this.over.clientX), Math.abs(clientY - this.over.clientY)];
      if (Math.max(x, y) > FINGER) this.over.way = x > y ? "slides" : "scrolls";
    }

    slide(input) {
      const over = this.over?.target === input && this.over.way !== "slides" ? this.over : null;
      if (!over) return this.touch({ [input.name]: input.value });
      over.wanted = input.value;
      input.value = over.value;
    }

    lift({ type }) {
      const { target, way, wanted } = this.over ?? {};
      this.over = null;
      if (type === "pointerup" && !way && wanted !== undefined) this.touch({ [target.name]: wanted });
    }

    reset() {
      this.touch(this.first);
    }

    act(changes) {
      if (!Array.isArray(changes)) return this.touch(changes);
      if (matchMedia("(prefers-reduced-motion: reduce)").matches) return this.touch(changes.at(-1));
      cancelAnimationFrame(this.playing);
      const length = Math.min(4000, changes.length * 50);
      let begin;
      const tick = (now) => {
        begin ??= now;
        const i = Math.floor(Math.min(1, (now - begin) / length) * (changes.length - 1));
        this.set(changes[i]);
        if (i < changes.length - 1) this.playing = requestAnimationFrame(tick);
        else this.later();
      };
      this.playing = requestAnimationFrame(tick);
    }

    // The drawing is replaced while it is dragged, so the pointer belongs to the stage.
    take(event) {
      const name = event.target.closest("[data-drag]")?.dataset.drag;
      if (!name) return;
      const drawing = [...this.stage.children].indexOf(event.target.closest("svg"));
      this.held = { name, drawing };
      this.stage.setPointerCapture(event.pointerId);
      event.preventDefault();
      this.move(event);
    }

    move({ clientX, clientY }) {
      if (!this.held) return;
      const svg = this.stage.children[this.held.drawing];
      const { left, top, width } = svg.getBoundingClientRect();
      const unit = svg.viewBox.baseVal.width / width;
      this.touch(drag[this.held.name]([(clientX - left) * unit, (clientY - top) * unit], this.state));
    }

    // The address: chapter.html#FIGURE?w=2&b=-1
    asked() {
      const [id, query] = location.hash.slice(1).split("?");
      return this.figure && id === this.figure.id && query !== undefined ? new URLSearchParams(query) : null;
    }

    obey(later) {
      const asked = this.asked();
      if (!asked) return;
      this.set(merge(spec, this.first, Object.fromEntries(asked)));
      this.figure.scrollIntoView();
      // What is above may still be without its fonts and style.
      if (document.readyState !== "complete") addEventListener("load", () => this.figure.scrollIntoView(), { once: true });
      if (later) this.later();
    }

    address(to) {
      if (!this.figure) return;
      try {
        history.replaceState(null, "", to);
      } catch {
        // A browser may forbid it to a page that is opened from a folder: then the address stays as it is.
      }
    }
  }
  customElements.define(tag, Explorable);
}
