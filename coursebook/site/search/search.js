// Searches the places of the book (places.py) by MiniSearch; theme.js loads both when a reader opens the search.
// bookSearch(places) returns a function of a query; what it finds is a list of {place, marked, link}, best first:
// marked is the sentence around the first hit as [[text, isHit], ...], link leads to it.
"use strict";
globalThis.bookSearch = (places) => {
  const WORD = /\p{N}+(?:[.,]\p{N}+)*|[\p{L}\p{M}_][\p{L}\p{M}\p{N}_]*|[^\s\p{P}\p{Z}\p{C}]/gu;
  const FORMULA = "\u2063";
  const BOOST = { term: 4, page: 3, row: 3, section: 2, function: 1 };
  const LATER = /^(coursework\/|book\/checked)/; // assignments and tests come after what the book says
  // British and American spelling are one, and so are a word and its plural.
  const SPELLINGS = [
    [/i[sz](e[sd]?|ing|ations?|ers?)$/, "is$1"], [/yz(e[sd]?|ing|ers?)$/, "ys$1"], [/our(s|ed|ing|able|al)?$/, "or$1"],
    [/(?<=[aeiou])ll(ed|ing|er|ers)$/, "l$1"], [/tre(s|d)?$/, "ter$1"], [/ogue(s?)$/, "og$1"], [/^grey/, "gray"], [/(?<=[^s])s$/, ""],
  ];
  const normal = (word) => SPELLINGS.reduce((text, [from, to]) => (text.length > 3 ? text.replace(from, to) : text), word.toLowerCase());
  const clean = (text) => text.normalize("NFKC").replace(/['’]s\b/g, "");
  const words = (text) => clean(text).match(WORD) ?? [];
  const terms = (word) => [...new Set([word, ...word.split("_")].filter(Boolean).map(normal))];

  const index = new MiniSearch({
    fields: ["name", "page", "text", "code"],
    tokenize: words,
    processTerm: terms,
    searchOptions: { boost: { name: 6, page: 2, code: 0.3 }, weights: { fuzzy: 0.2, prefix: 0.5 } },
  });
  index.addAll(places.map((place, id) => ({ id, ...place })));

  const options = (combineWith) => ({
    combineWith,
    processTerm: normal,
    prefix: (term) => term.length > 2,
    fuzzy: (term) => (term.length > 4 ? 0.15 : false),
    // A name that is the word itself comes before one that begins with it: p before the p value.
    boostDocument: (id, term) =>
      BOOST[places[id].kind] * (LATER.test(places[id].address) ? 0.3 : 1) * (normal(places[id].name) === term ? 4 : 1),
  });

  // The words of a text with their places in it, and which of them were looked for.
  function hits(text, found) {
    return [...text.matchAll(WORD)].map((match) => ({ at: match.index, end: match.index + match[0].length, hit: terms(clean(match[0])).some((term) => found.has(term)) }));
  }

  function around(text, found) {
    const all = hits(text, found), first = all.findIndex(({ hit }) => hit);
    if (first < 0) return null;
    const stopped = text.lastIndexOf(". ", all[first].at); // the end of the sentence before
    const from = Math.max(stopped < 0 ? 0 : stopped + 2, first > 14 ? all[first - 14].at : 0);
    const stop = text.indexOf(". ", all[first].end) + 1 || text.length;
    const to = Math.min(stop, all[Math.min(all.length - 1, first + 24)].end);
    const marked = [];
    let last = from;
    for (const { at, end, hit } of all.filter((word) => word.hit && word.at >= from && word.end <= to)) {
      marked.push([text.slice(last, at), false], [text.slice(at, end), true]);
      last = end;
    }
    marked.push([text.slice(last, to), false]);
    return { marked: marked.map(([part, hit]) => [part.replaceAll(FORMULA, ""), hit]), words: linked(text, all, first) };
  }

  // A few words of the page from the hit on, for a link that marks them; none where they belong to a formula.
  function linked(text, all, first) {
    const before = text.slice(0, all[first].at).split(FORMULA).length - 1;
    if (before % 2) return "";
    const rest = text.slice(all[first].at).split(FORMULA)[0].split(/[.:;,?!](?=\s|$)|[()“”]/)[0];
    return rest.trim().split(" ").slice(0, 6).join(" ");
  }

  return (query) => {
    const all = index.search(query, options("AND"));
    const found = all.length ? all : index.search(query, options("OR"));
    // A page with the words in its title comes first: it is about them.
    const inOrder = (text) => ` ${words(text).map(normal).join(" ")} `;
    const about = ({ id }) => places[id].kind === "page" && !LATER.test(places[id].address) && inOrder(places[id].name).includes(inOrder(query));
    return [...found.filter(about), ...found.filter((one) => !about(one))].map(({ id, terms: matched }) => {
      const place = places[id], words = new Set(matched);
      const start = { marked: [[place.text.slice(0, 140).replaceAll(FORMULA, ""), false]], words: "" };
      const { marked, words: text } = around(place.text, words) ?? around(place.code, words) ?? start;
      const hash = place.address.includes("#") ? "" : "#";
      return { place, marked, link: place.address + (text ? `${hash}:~:text=${encodeURIComponent(text).replaceAll("-", "%2D")}` : "") };
    });
  };
};
