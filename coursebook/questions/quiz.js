/* Check yourself (quiz.py): remember which answers were chosen, and let numbers be typed.

   The questions work without this file. What is kept: localStorage["lr-progress /path/of/the/book/"], the JSON
   {"version": 1, "<page>": {"<question's label>": "right" | "wrong"}}, where a page is named as in
   "chapters/odds" and "right" means at the first try. Each change sends the event "lr-progress" to the document.
   Nothing leaves the browser. */
(() => {
  "use strict";

  const KEY = `lr-progress ${new URL("..", document.currentScript.src).pathname}`;
  const VERSION = 1;
  const RESULTS = ["right", "wrong"];
  const head = document.querySelector(".check-head");
  if (!head) return;
  const page = head.dataset.chapter;
  const questions = [...document.querySelectorAll(".check")];
  let kept = true; // does this browser keep anything for us?
  let memory = { version: VERSION }; // what is known of it otherwise

  // What is remembered

  function load() {
    let found = memory;
    if (kept) {
      try {
        found = JSON.parse(localStorage.getItem(KEY));
      } catch (error) {
        kept = error instanceof SyntaxError; // rubbish is replaced; a store that is closed stays closed
        if (!kept) return memory;
      }
    }
    return found?.version === VERSION ? found : { version: VERSION };
  }

  function save(all) {
    memory = all;
    try {
      if (Object.keys(all).length > 1) localStorage.setItem(KEY, JSON.stringify(all));
      else localStorage.removeItem(KEY);
    } catch {
      kept = false;
    }
    show();
  }

  function ofThisPage(all) {
    const mine = all[page];
    return mine && typeof mine === "object" ? mine : {};
  }

  function remember(question, result) {
    const all = load(); // anew each time: another tab may have written
    all[page] = { ...ofThisPage(all) };
    if (!RESULTS.includes(all[page][question.id])) all[page][question.id] = result;
    save(all);
  }

  function choose(option) {
    const question = option.closest(".check");
    const missing = [...question.querySelectorAll(".check-right")].some((other) => !other.open && other !== option);
    if (option.matches(".check-wrong")) remember(question, "wrong");
    else if (!missing) remember(question, "right");
  }

  // A click, or Enter or space, on an answer; not what a search in the page or the printer opens.
  document.addEventListener("click", (event) => {
    const option = event.target.closest(".check summary")?.parentElement;
    if (option && !option.open) choose(option);
  });

  // What is shown of it

  function make(tag, parent, properties) {
    return parent.appendChild(Object.assign(document.createElement(tag), properties));
  }

  const progress = make("p", head, { className: "check-progress" });
  const clearing = make("p", head, { className: "check-clearing" });
  const said = make("p", head, { className: "check-said", role: "status" });
  const states = new Map();
  for (const question of questions) {
    const line = question.querySelector(".check-number");
    states.set(question, line.insertBefore(document.createElement("span"), line.querySelector("a")));
  }

  function show() {
    const mine = ofThisPage(load());
    const results = questions.map((question) => mine[question.id]);
    questions.forEach((question, place) => {
      const words = { right: " · right at the first try", wrong: " · not at the first try" };
      states.get(question).textContent = words[results[place]] ?? "";
    });
    const answered = results.filter((result) => RESULTS.includes(result)).length;
    const right = results.filter((result) => result === "right").length;
    progress.textContent =
      `${answered} of ${questions.length} answered, ${right} right at the first try. ` +
      (kept
        ? "Your answers are kept in this browser and sent nowhere."
        : "Your browser keeps nothing for this page: leave it, and your answers are forgotten. They are sent nowhere.");
    document.dispatchEvent(new CustomEvent("lr-progress"));
  }

  // Clearing, with a question in the page

  const clear = make("button", clearing, { type: "button", textContent: "Clear my answers" });
  const sure = make("span", clearing, { hidden: true, role: "group", ariaLabel: "Which answers?" });
  const choices = [
    ["of this chapter", () => forget(page)],
    ["of all chapters", () => forget()],
    ["keep them", () => {}],
  ].map(([words, action]) => {
    const button = make("button", sure, { type: "button", textContent: words });
    button.addEventListener("click", () => ask(false, action()));
    return button;
  });

  function ask(asking, message) {
    sure.hidden = !asking;
    clear.setAttribute("aria-expanded", asking);
    said.textContent = message ?? "";
    (asking ? choices[0] : clear).focus();
  }

  function forget(name) {
    const all = load();
    delete all[name];
    save(name ? all : { version: VERSION });
    for (const option of document.querySelectorAll(".check-option")) option.open = false;
    for (const start of startAgain) start();
    return name ? "The answers of this chapter are cleared." : "All answers are cleared.";
  }

  clear.setAttribute("aria-expanded", "false");
  clear.addEventListener("click", () => ask(sure.hidden));
  sure.addEventListener("keydown", (event) => {
    if (event.key === "Escape") ask(false);
  });

  // Answers that are typed

  const startAgain = [];

  function numberIn(text) {
    const plain = text.trim().replace(/[−–]/, "-").replaceAll(",", ".");
    const [, above, below, percent] = /^([-+]?(?:\d+\.?\d*|\.\d+))\s*(?:\/\s*(\d+)|(%))?$/.exec(plain) ?? [];
    return Number(above) / Number(below ?? (percent ? 100 : 1)); // NaN if there is no number
  }

  function letType(question) {
    const items = [...question.querySelectorAll(".check-options > li")];
    const form = question.querySelector(".check-question").insertAdjacentElement("afterend", document.createElement("form"));
    form.className = "check-form";
    make("label", form, { htmlFor: `${question.id}-number`, textContent: "Your number" });
    const input = make("input", form, { id: `${question.id}-number`, type: "text", autocomplete: "off", spellcheck: false });
    make("button", form, { textContent: "Check" });
    const instead = make("button", form, { type: "button", textContent: "Choose from a list" });
    const answer = make("p", form, { className: "check-said", role: "status" });

    function start() {
      for (const item of items) item.hidden = true;
      input.value = answer.textContent = "";
      instead.hidden = false;
    }

    instead.addEventListener("click", () => {
      for (const item of items) item.hidden = false;
      items[0].querySelector("summary").focus();
      instead.hidden = true;
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const number = numberIn(input.value);
      if (Number.isNaN(number)) {
        answer.textContent = "Type a number, such as 0.5, -2 or 3/4.";
        return;
      }
      const near = (option) => Math.abs(option.dataset.number - number) <= Number(question.dataset.within) + 1e-12;
      const option = items.map((item) => item.firstElementChild).find(near);
      if (!option) {
        remember(question, "wrong");
        answer.textContent = `Not ${input.value.trim()}. Try again, or choose from a list.`;
        return;
      }
      choose(option);
      option.parentElement.hidden = false;
      option.open = true;
      answer.textContent = option.matches(".check-right") ? "Right. Read on below." : "Not so. Read why below.";
    });
    startAgain.push(start);
    start();
  }

  questions.filter((question) => question.dataset.within).forEach(letType);

  // On paper every answer is open

  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll(".check-option:not([open])")];
    for (const option of opened) option.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const option of opened) option.open = false;
  });
  window.addEventListener("storage", show); // another tab answered or cleared
  show();
})();
