// What makes a page pleasant, none of it needed to read: the mode's button, the search, copying of code, the place in
// the contents, and boxes that scroll by keyboard. Classic script, loaded with defer.
(() => {
  const root = document.documentElement;
  const $ = (selector) => document.querySelector(selector);
  const $$ = (selector) => [...document.querySelectorAll(selector)];
  const NOT_COPIED = ".headerlink, .evidence, .copy, .visually-hidden, [hidden]";
  const make = (tag, properties) => Object.assign(document.createElement(tag), properties);

  function lightAndDark() {
    const button = $("[data-mode]");
    const show = () => button.setAttribute("aria-pressed", String(root.dataset.theme === "dark"));
    new MutationObserver(show).observe(root, { attributeFilter: ["data-theme"] });
    show();
    button.addEventListener("click", () => {
      root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
      const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
      try {
        // A reader who chooses what the system has goes on following the system.
        if (root.dataset.theme === system) localStorage.removeItem(root.dataset.key);
        else localStorage.setItem(root.dataset.key, root.dataset.theme);
      } catch { /* forbidden storage: the choice lasts as long as the page */ }
    });
  }

  function copyButtons(place) {
    if (!navigator.clipboard) return;
    for (const box of place.querySelectorAll(":is(.cell_input, .highlight-python, .highlight-sh) .highlight:not(:has(> .copy))")) {
      const button = make("button", { type: "button", className: "copy", textContent: "Copy" });
      button.append(make("span", { className: "visually-hidden", textContent: " this code" }));
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(box.querySelector("pre").textContent);
        button.firstChild.data = "Copied";
        setTimeout(() => { button.firstChild.data = "Copy"; }, 2000);
      });
      box.append(button);
    }
  }

  const whenIdle = window.requestIdleCallback ?? ((work) => setTimeout(work, 50)); // Safari has none

  // A box wider than the page scrolls by itself; so that the arrow keys can scroll it, it must take the focus.
  function scrollByKeyboard() {
    const watch = new ResizeObserver((entries) => {
      const boxes = entries.map(({ target }) => target);
      const wide = boxes.map((box) => box.scrollWidth > box.clientWidth); // all are measured before one is changed
      boxes.forEach((box, i) => (wide[i] ? box.setAttribute("tabindex", 0) : box.removeAttribute("tabindex")));
    });
    const boxes = $$("article pre, article .table, article .cell_output .text_html, article .formula");
    // A formula grows wider when its font arrives, and its box does not: nothing would tell us to measure again.
    document.fonts.ready.then(() => boxes.forEach((box) => watch.observe(box)));
  }

  // What leaves the page by copying: a formula as its TeX, once, and no sign that only the page needs.
  function copyFormulasAsTex() {
    document.addEventListener("copy", (event) => {
      const selection = getSelection();
      if (!selection.rangeCount || ["INPUT", "TEXTAREA"].includes(document.activeElement?.tagName)) return;
      const box = make("div", { className: "copied" });
      for (let i = 0; i < selection.rangeCount; i += 1) box.append(selection.getRangeAt(i).cloneContents());
      if (!box.querySelector("math")) return;
      for (const math of box.querySelectorAll("math")) math.replaceWith(`$${math.getAttribute("alttext")}$`);
      for (const sign of box.querySelectorAll(NOT_COPIED)) sign.remove();
      document.body.append(box); // innerText knows lines only of what is laid out
      event.clipboardData.setData("text/plain", box.innerText);
      event.clipboardData.setData("text/html", box.innerHTML);
      box.remove();
      event.preventDefault();
    });
  }

  // The address of another page's making may be malformed: #50% is no place, and no error.
  function nameOf({ hash }) {
    try {
      return decodeURIComponent(hash.slice(1)).split("?")[0];
    } catch {
      return "";
    }
  }

  // The page that says "not found" has its base elsewhere: there "#content" would be another page.
  function skipWithinThePage() {
    $(".skip-link").addEventListener("click", (event) => {
      event.preventDefault();
      $("#content").focus();
      $("#content").scrollIntoView();
    });
  }

  function placeInContents() {
    const links = new Map();
    for (const link of $$('#contents a[href^="#"]')) {
      const section = document.getElementById(nameOf(link));
      if (section) links.set(section, link);
    }
    if (!links.size) return;
    const sections = [...links.keys()];
    const mark = () => {
      const here = sections.filter((section) => section.getBoundingClientRect().top < innerHeight / 3).pop();
      for (const [section, link] of links) {
        if (section === here) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    };
    new IntersectionObserver(mark, { rootMargin: "0px 0px -66% 0px" }).observe(sections[0]);
    let waiting = false;
    addEventListener("scroll", () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => { waiting = false; mark(); });
    }, { passive: true });
    $("#contents").addEventListener("click", (event) => {
      if (event.target.closest("a") && event.currentTarget.matches(":popover-open")) event.currentTarget.hidePopover();
    });
  }

  // A link from elsewhere may name a place that has moved to another page (site/moved.py).
  async function goOn(name) {
    await load(asset("_static/places.js"));
    const page = Object.keys(PLACES).find((page) => PLACES[page].includes(name));
    if (page) location.replace(asset(page) + location.hash);
  }

  // What a link leads to, or the printer wants, may lie in a closed box.
  function openBoxes() {
    const open = () => {
      const name = nameOf(location);
      const target = name && document.getElementById(name);
      if (name && !target) goOn(name);
      for (let box = target && target.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
    };
    open();
    addEventListener("hashchange", open);
    let closed = [];
    addEventListener("beforeprint", () => {
      closed = $$("article details:not([open])");
      closed.forEach((box) => { box.open = true; });
    });
    addEventListener("afterprint", () => closed.forEach((box) => { box.open = false; }));
  }

  // Search: site/search writes the places of the book while it is built; this shows what is found, as one types.

  const asset = (name) => root.dataset.content_root + name;
  const load = (src) => new Promise((resolve, reject) => {
    document.head.append(make("script", { src, onload: resolve, onerror: reject, async: false }));
  });
  let index;
  function loadIndex() {
    // The list of the files is asked for anew, the files, whose names carry hashes, are kept by the browser for good.
    const files = `${asset("_static/search-files.js")}${location.protocol === "file:" ? "" : `?${Date.now()}`}`;
    index ??= load(files)
      .then(() => Promise.all(globalThis.searchFiles.map((name) => load(asset(name)))))
      .then(() => globalThis.bookSearch(globalThis.bookPlaces));
    index.catch(() => { index = undefined; }); // the network may be back at the next letter
    return index;
  }

  function item({ place, marked, link }) {
    const entry = make("li", {}), sentence = make("p", {});
    for (const [text, hit] of marked) sentence.append(hit ? make("mark", { textContent: text }) : text);
    entry.append(make("a", { href: asset(link), textContent: place.name }));
    if (place.page !== place.name) entry.append(make("span", { textContent: place.page }));
    entry.append(sentence);
    return entry;
  }

  async function show(query) {
    const status = $("#search-status");
    const list = $("#search-results");
    if (!query.trim()) {
      status.textContent = "";
      list.replaceChildren();
      return;
    }
    let find;
    try {
      find = await loadIndex();
    } catch {
      status.textContent = "The index of the book could not be loaded. Are you online? Then load the page again.";
      return;
    }
    if (query !== $("#search-field").value) return; // the reader has typed on
    const found = find(query);
    list.replaceChildren(...found.slice(0, 30).map(item));
    status.textContent = found.length ? `${found.length} ${found.length === 1 ? "place" : "places"}` : `Nothing found for “${query}”. Try fewer or other words.`;
  }

  function search() {
    const dialog = $("dialog#search");
    const field = $("#search-field");
    let pause;
    field.addEventListener("input", () => {
      clearTimeout(pause);
      pause = setTimeout(show, 120, field.value);
    });
    field.form.addEventListener("submit", (event) => {
      event.preventDefault();
      show(field.value).then(() => $("#search-results a")?.focus());
    });
    $("#search-results").addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step) return;
      const links = $$("#search-results a");
      (links[links.indexOf(document.activeElement) + step] ?? field).focus();
      event.preventDefault();
    });
    field.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowDown") return;
      $("#search-results a")?.focus();
      event.preventDefault();
    });
    const open = () => {
      if (dialog) dialog.showModal();
      field.focus();
      field.select();
      loadIndex().catch(() => {});
    };
    $("[data-search]").form.addEventListener("submit", (event) => {
      event.preventDefault();
      open();
    });
    addEventListener("keydown", (event) => {
      const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
      const wanted = (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) || (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey));
      if (!wanted || dialog?.open) return;
      event.preventDefault();
      open();
    });
    if (dialog) {
      dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
      $("#search-results").addEventListener("click", (event) => { if (event.target.closest("a")) dialog.close(); });
    } else {
      field.value = new URLSearchParams(location.search).get("q") ?? "";
      show(field.value);
    }
  }

  lightAndDark();
  copyButtons($("article"));
  document.addEventListener("code", ({ target }) => copyButtons(target)); // what another script has put into the page
  whenIdle(scrollByKeyboard);
  copyFormulasAsTex();
  skipWithinThePage();
  placeInContents();
  openBoxes();
  search();
})();
