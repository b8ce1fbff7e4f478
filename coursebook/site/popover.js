// What a card over the page needs, whichever script opens it: the card, and what it shows, taken from where it stands.
// Classic script, loaded with defer before those that use it.
globalThis.cards = (() => {
  const make = (tag, properties, attributes = {}) => {
    const element = Object.assign(document.createElement(tag), properties);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  };

  // A card that the browser closes at a click elsewhere ("auto"), or its script ("manual").
  function card(id, popover) {
    const box = make("div", { id, popover, className: "over", tabIndex: -1 }, { role: "dialog" });
    const content = make("div", {});
    const close = { "aria-label": "Close", popovertarget: id, popovertargetaction: "hide" };
    box.append(make("button", { type: "button", className: "close", textContent: "×" }, close), content);
    document.querySelector("article").append(box);
    return { box, content };
  }

  const pages = new Map();
  function page(address) {
    if (address === location.href.split("#")[0]) return Promise.resolve(document);
    if (location.protocol === "file:") return Promise.reject(new Error("a file cannot fetch another"));
    if (!pages.has(address)) {
      const loaded = fetch(address)
        .then((answer) => (answer.ok ? answer.text() : Promise.reject(new Error(answer.statusText))))
        .then((text) => new DOMParser().parseFromString(text, "text/html"));
      loaded.catch(() => pages.delete(address)); // the network may be back later
      pages.set(address, loaded);
    }
    return pages.get(address);
  }

  const address = (link) => link.href.slice(0, -link.hash.length);

  // A copy of what a link leads to, or of what choose makes of it, whose own links and pictures lead where they did.
  async function part(link, choose = (element) => element) {
    const found = choose((await page(address(link))).getElementById(decodeURIComponent(link.hash.slice(1))));
    if (!found) return null;
    const copy = found.cloneNode(true);
    for (const element of [copy, ...copy.querySelectorAll("[id]")]) element.removeAttribute("id");
    for (const element of copy.querySelectorAll("a[href]")) element.href = new URL(element.getAttribute("href"), address(link));
    for (const element of copy.querySelectorAll("img")) element.src = new URL(element.getAttribute("src"), address(link));
    return copy;
  }

  return { make, card, part, near: (link) => page(address(link)).catch(() => {}) };
})();
