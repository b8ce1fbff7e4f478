// A link to a term, a formula, a statement, a figure or a work shows what it leads to in a card: under a pointer, at the
// keyboard's focus, at a first tap. What it shows is taken from where it stands. Where that cannot be fetched (from a
// file), or the browser has no popovers, the link is just a link. Classic script, loaded with defer after popover.js.
(() => {
  if (!HTMLElement.prototype.showPopover) return;
  const WAIT = 250; // ms: a pointer that only passes opens nothing
  const { make, part, near } = cards;
  const { box, content } = cards.card("preview", "manual");
  box.removeAttribute("tabindex");
  // By the names of what is shown: not sections, exercises and questions. A link with a title is a citation.
  const KINDS = ["term", "equation", "prop", "thm", "lem", "cor", "crit", "obs", "conj", "fig"];
  const LINKS = [...KINDS.map((kind) => `[href*="#${kind}-"]`), "[title]"].join();
  const linkAt = ({ target }) => {
    const link = target.closest?.("article a.reference.internal[href*='#']");
    return link && link.matches(LINKS) && !link.closest(".over") ? link : null;
  };

  let open = null; // the link whose card is open
  let touched = false;
  let waiting;
  const later = (what) => {
    clearTimeout(waiting);
    waiting = setTimeout(what, WAIT);
  };

  function close() {
    clearTimeout(waiting);
    if (!open) return;
    box.hidePopover();
    open.style.anchorName = "";
    open.removeAttribute("aria-describedby");
    open = null;
  }

  // A term's entry goes on behind its name; around a picture stands its cell, with the words below it.
  function whole(element) {
    if (element?.matches("dt")) {
      const entry = make("div", {});
      const name = make("p", { className: "admonition-title" });
      name.append(...element.cloneNode(true).childNodes);
      let text = element;
      while (text && !text.matches("dd")) text = text.nextElementSibling;
      entry.append(name, ...(text ? text.cloneNode(true).childNodes : []));
      return entry;
    }
    return element?.closest(".math, .admonition, .proof, figure, .citation") ?? null;
  }

  async function show(link) {
    const found = await part(link, whole);
    if (!found) return false;
    close();
    for (const extra of found.querySelectorAll(".headerlink, .evidence, .backrefs, .web-only")) extra.remove();
    open = link;
    link.style.anchorName = "--link";
    link.setAttribute("aria-describedby", box.id);
    box.setAttribute("aria-label", `Preview of ${link.textContent.trim()}`);
    const way = make("p", { className: "go" });
    way.append(make("a", { href: link.href, textContent: "Go there" }));
    content.replaceChildren(found, ...(touched ? [way] : []));
    box.classList.toggle("touched", touched);
    box.showPopover();
    box.scrollTop = 0;
    return true;
  }

  const quietly = (link) => show(link).catch(() => {});
  document.addEventListener("pointerover", (event) => {
    const link = linkAt(event);
    if (event.pointerType !== "mouse") return;
    if (link) near(link);
    if (link && link !== open) later(() => quietly(link));
    else if (link || box.contains(event.target)) clearTimeout(waiting);
    else if (open && open !== document.activeElement) later(close);
    else clearTimeout(waiting);
  }, { passive: true });
  document.addEventListener("focusin", (event) => {
    const link = linkAt(event);
    if (link && !touched && link.matches(":focus-visible")) later(() => quietly(link));
    else if (open && !box.contains(event.target)) close();
  });
  document.addEventListener("keydown", (event) => {
    touched = false;
    if (event.key === "Escape") close();
  });
  document.addEventListener("pointerdown", (event) => {
    touched = event.pointerType === "touch";
    const link = linkAt(event);
    if (link && touched) near(link);
    if (open && link !== open && !box.contains(event.target)) close();
  }, { passive: true });
  document.addEventListener("click", (event) => {
    const link = linkAt(event);
    if (!link || event.defaultPrevented) return;
    if (!touched || link === open) close();
    else {
      event.preventDefault();
      show(link).then((shown) => shown || location.assign(link.href), () => location.assign(link.href));
    }
  });
  box.addEventListener("click", (event) => { if (event.target.closest("a")) close(); });
  box.addEventListener("toggle", ({ newState }) => { if (newState === "closed") close(); });
  // The browser's own word for a citation, the whole work in a line, would lie over the card.
  for (const link of document.querySelectorAll("article a.reference.internal[title]")) {
    link.addEventListener("pointerenter", () => { link.dataset.title = link.title; link.title = ""; });
    link.addEventListener("pointerleave", () => { link.title = link.dataset.title; });
  }
})();
