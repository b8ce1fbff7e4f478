// Before the first paint. Light or dark, as the reader chose on this device, else as the system says; where the system
// forces its own colours on every page, as these are. html[data-theme] also tells the style sheet that scripts run.
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const forced = matchMedia("(forced-colors: active)");
  // Several books may share a host: each keeps its own choice, under its own path.
  root.dataset.key = `theme ${new URL("..", document.currentScript.src).pathname}`;
  const stored = () => {
    try { return localStorage.getItem(root.dataset.key); } catch { return null; } // storage may be forbidden
  };
  const apply = () => {
    const chosen = !forced.matches && stored();
    root.dataset.theme = ["light", "dark"].includes(chosen) ? chosen : system.matches ? "dark" : "light";
  };
  apply();

  // The fonts that every page needs come beside the style sheet, not after it. A page opened from a file may not ask so.
  if (location.protocol !== "file:") {
    const { src, dataset } = document.currentScript;
    for (const font of dataset.fonts.split(" ")) {
      const href = new URL(`${font}.woff2`, src).href;
      document.head.append(Object.assign(document.createElement("link"), { rel: "preload", as: "font", type: "font/woff2", crossOrigin: "", href }));
    }
  }
  for (const setting of [system, forced]) setting.addEventListener("change", apply);
})();
