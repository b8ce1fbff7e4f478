/* Loaded by pages that `make watch` shows: reload when the book has changed, and say what is wrong with it. */
let known = "";

function show(problem) {
  document.getElementById("watch-problem")?.remove();
  if (!problem) return;
  const box = document.createElement("pre");
  box.id = "watch-problem";
  box.setAttribute("role", "alert");
  box.textContent = problem;
  Object.assign(box.style, {
    position: "fixed", inset: "auto 0 0 0", margin: 0, maxHeight: "40vh", overflow: "auto", padding: "1rem",
    zIndex: 99, background: "#80150a", color: "#fff", whiteSpace: "pre-wrap",
  });
  document.body.append(box);
}

async function listen() {
  for (;;) {
    try {
      const { version, problem } = await (await fetch(`/_watch?version=${known || 0}`)).json();
      if (known && version !== known && !problem) return location.reload(); // the browser keeps the place
      show(problem);
      known = version;
    } catch {
      await new Promise((done) => setTimeout(done, 200)); // the command begins again
    }
  }
}
listen();
