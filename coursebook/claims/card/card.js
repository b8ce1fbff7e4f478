// A mark beside a claim opens a card: the claim's entry on the page that lists every claim, fetched when a reader first
// goes near a mark. Where that cannot be (a file on a disk, an old browser), the mark stays a link to the entry.
// Classic script, loaded with defer.
(() => {
  if (location.protocol === "file:" || !HTMLElement.prototype.showPopover) return;
  const make = (tag, properties, attributes = {}) => {
    const element = Object.assign(document.createElement(tag), properties);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  };

  const card = make("div", { id: "evidence", popover: "auto", tabIndex: -1 }, { role: "dialog" });
  const content = make("div", {});
  card.append(
    make("button", { type: "button", className: "close", textContent: "×" },
      { "aria-label": "Close", popovertarget: card.id, popovertargetaction: "hide" }),
    content,
  );
  document.querySelector("article").append(card);

  const pages = new Map();
  function page(address) {
    if (!pages.has(address)) {
      const loaded = fetch(address)
        .then((answer) => (answer.ok ? answer.text() : Promise.reject(new Error(answer.statusText))))
        .then((text) => new DOMParser().parseFromString(text, "text/html"));
      loaded.catch(() => pages.delete(address)); // the network may be back later
      pages.set(address, loaded);
    }
    return pages.get(address);
  }

  async function entry({ href, hash }) {
    const address = href.slice(0, -hash.length);
    const found = (await page(address)).getElementById(hash.slice(1)).cloneNode(true);
    for (const element of [found, ...found.querySelectorAll("[id]")]) element.removeAttribute("id");
    for (const link of found.querySelectorAll("a")) link.href = new URL(link.getAttribute("href"), address);
    return found;
  }

  let mark; // whose card is open, or was last
  const claim = () => mark.closest(".math, .admonition");
  function closed() {
    mark.setAttribute("aria-expanded", "false");
    claim().style.anchorName = "";
  }

  async function open(chosen) {
    if (card.matches(":popover-open")) {
      card.hidePopover();
      closed();
    }
    mark = chosen;
    mark.setAttribute("aria-expanded", "true");
    claim().style.anchorName = "--claim"; // the card is placed beside all of it (card.css)
    card.setAttribute("aria-label", mark.title);
    content.replaceChildren("…"); // for as long as the network takes
    card.showPopover({ source: mark });
    card.focus();
    const found = await entry(chosen);
    if (mark !== chosen) return; // another one has been opened meanwhile
    content.replaceChildren(found);
    card.scrollTop = 0;
    card.dispatchEvent(new Event("code", { bubbles: true })); // theme.js adds the button that copies
  }

  card.addEventListener("toggle", ({ newState }) => {
    if (newState !== "closed") return;
    closed();
    // The browser gives the focus back to what had it, which need not be the mark after a click.
    if ([document.body, card].includes(document.activeElement)) mark.focus({ preventScroll: true });
  });
  const near = ({ target }) => {
    const chosen = target.closest?.("a.evidence");
    if (chosen) page(chosen.href.slice(0, -chosen.hash.length)).catch(() => {});
  };
  for (const event of ["pointerover", "focusin", "touchstart"]) document.addEventListener(event, near, { passive: true });
  document.addEventListener("click", (event) => {
    const chosen = event.target.closest("a.evidence");
    if (!chosen || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    open(chosen).catch(() => {
      const way = make("a", { href: chosen.href, textContent: "Its entry on the page of all claims" });
      content.replaceChildren("The evidence could not be loaded. Are you online? ", way);
    });
  });
  for (const each of document.querySelectorAll("a.evidence")) each.setAttribute("aria-haspopup", "dialog");
})();
