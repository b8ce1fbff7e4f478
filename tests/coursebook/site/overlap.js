// Every two texts of an element that stand over one another, or so close that they read as one word, as "one | other".
// Both a drawing's words and the page's own.
(element) => {
  const boxes = [];
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!node.data.trim() || node.parentElement.closest(".visually-hidden")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const { left, right, top, bottom } of range.getClientRects()) {
      // A box is as high as the font's highest accents: its letters fill about two thirds of it.
      const rim = (bottom - top) * 0.17;
      if (right > left) boxes.push({ text: node.data.trim(), left, right, top: top + rim, bottom: bottom - rim });
    }
  }
  const found = [];
  boxes.forEach((a, i) => {
    for (const b of boxes.slice(i + 1)) {
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const along = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      const close = (a.bottom - a.top) * 0.3;
      if (across > -close && along > 0) found.push(a.text + " | " + b.text);
    }
  });
  return found;
}
