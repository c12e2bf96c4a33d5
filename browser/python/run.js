// The buttons of a page. Nothing else is loaded, and nothing asked of any host, before the first press.

(() => {
  const HERE = new URL(".", document.currentScript.src);
  const WORDS =
    "Every cell of this page can be run and changed here, in your browser. Python is loaded at the first press: 20 MB, kept for the next time.";
  const NO_SERVER =
    "This page was opened as a file, and a browser runs no Python from files. In its folder, say `python -m http.server`, and open the address that it names.";

  const button = (text, press) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    made.addEventListener("click", press);
    return made;
  };

  /** The cells that a page shows with their code: their elements by their number in the notebook. */
  function shownCells() {
    const cells = new Map();
    for (const element of document.querySelectorAll("article div.cell")) {
      const number = /\bcnnlab-cell-(\d+)\b/.exec(element.className);
      if (number) cells.set(Number(number[1]), element);
    }
    return cells;
  }

  let page;

  /** Load what runs cells, once, and ask it for something. */
  async function ask(what, number, at) {
    if (location.protocol === "file:") {
      say(at, NO_SERVER);
      return;
    }
    page ??= import(new URL("page.js", HERE)).then((module) => module.open(shownCells(), HERE));
    let opened;
    try {
      opened = await page;
    } catch (error) {
      page = undefined; // the next press tries again
      say(at, `This could not be started: ${error.message}`);
      return;
    }
    opened[what](number);
  }

  function say(at, text) {
    at.querySelector(".cnnlab-note")?.remove();
    const note = document.createElement("p");
    note.className = "cnnlab-note";
    note.setAttribute("role", "status");
    note.textContent = text;
    at.append(note);
  }

  function tools(number, element) {
    const bar = document.createElement("div");
    bar.className = "cnnlab-tools";
    const code = element.querySelector(".cell_input")?.textContent ?? "";
    const exercise = /^exercises\.check(_answer)?\(/m.exec(code);
    bar.append(button(exercise ? "Check" : "Run", () => ask("press", number, bar)));
    if (!exercise?.[1]) bar.append(button("Edit", () => ask("edit", number, bar)));
    if (exercise && !exercise[1]) bar.append(button("Hint", () => ask("hint", number, bar)));
    return bar;
  }

  function prepare() {
    const cells = shownCells();
    for (const [number, element] of cells) {
      const input = element.querySelector(".cell_input");
      if (input) input.after(tools(number, element));
    }
    const imports = document.querySelector("article details.imports");
    if (!imports || !cells.size) return;
    const bar = document.createElement("div");
    bar.className = "cnnlab-tools cnnlab-whole";
    const words = document.createElement("span");
    words.textContent = WORDS;
    bar.append(
      button("Run this page", () => ask("runAll", -1, bar)),
      words,
    );
    imports.before(bar);
  }

  prepare();
})();
