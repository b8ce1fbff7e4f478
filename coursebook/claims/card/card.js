// A mark beside a claim opens a card: the claim's entry on the page that lists every claim, fetched when a reader first
// goes near a mark. Where that cannot be (a file on a disk, an old browser), the mark stays a link to the entry.
// Classic script, loaded with defer after site/popover.js.
(() => {
  if (location.protocol === "file:" || !HTMLElement.prototype.showPopover) return;
  const { make, part, near } = cards;
  const { box: card, content } = cards.card("evidence", "auto");

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
    const found = await part(chosen);
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
  const approach = ({ target }) => {
    const chosen = target.closest?.("a.evidence");
    if (chosen) near(chosen);
  };
  for (const event of ["pointerover", "focusin", "touchstart"]) document.addEventListener(event, approach, { passive: true });
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
