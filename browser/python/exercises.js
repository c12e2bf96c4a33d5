// Exercises on the page: what the reader has written is kept, what is solved is marked.

import { all, keep, kept } from "./store.js";

/** A short name for a text: what was kept for another edition of an exercise is told by it. */
export function digest(text) {
  let hash = 5381;
  for (const sign of text) hash = (hash * 33 + sign.codePointAt(0)) >>> 0;
  return hash.toString(36);
}

export const nameOf = (cell) => /exercises\.check(?:_answer)?\("([\w-]+)"/.exec(cell.source)?.[1];

/** After a cell has run: note what is solved. */
export function attend(page, number) {
  const cell = page.cells[number];
  const name = nameOf(cell);
  const report = page.shown.get(number)?.querySelector(".cnnlab-yours .cnnlab-report");
  if (!name || !report) return;
  const before = kept(`exercise:${name}`) ?? {};
  const solved = before.solved || report.classList.contains("passed");
  keep(`exercise:${name}`, { ...before, solved, text: page.text(number), edition: digest(cell.source) });
}

/** What was kept for an exercise: { text, old } or null; `old` if the exercise has changed since. */
export function remembered(cell) {
  const name = nameOf(cell);
  const found = name && kept(`exercise:${name}`);
  if (!found?.text || found.text === cell.source) return null;
  return { text: found.text, old: found.edition !== digest(cell.source) };
}

/** A field for a question on paper; like an editor it has a text, takes the focus, and can be closed. */
export function answerField(page, number) {
  const { source } = page.cells[number];
  const bar = page.shown.get(number).querySelector(".cnnlab-tools");
  const field = document.createElement("input");
  field.setAttribute("aria-label", `your answer to ${nameOf(page.cells[number])}`);
  field.placeholder = /^# (.*)/.exec(source)?.[1] ?? "";
  field.value = kept(`exercise:${nameOf(page.cells[number])}`)?.answer ?? "";
  field.addEventListener("keydown", (event) => event.key === "Enter" && page.check(number));
  bar.prepend(field);
  field.focus();
  return {
    text: () => source.replace("...", () => field.value || "..."),
    focus: () => field.focus(),
    close: () => field.remove(),
  };
}

/** The functions that the reader has written, in all chapters. */
function answers() {
  const texts = all("exercise:").map(([, value]) => value?.text);
  return texts.filter((text) => text?.includes("def "));
}

function save(name, type, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** Hand the answers over as a file that the grader can read. */
export function asPython() {
  const code = answers().map((text) => text.replace(/^exercises\.check\(.*$/m, "").trim());
  save("my_answers.py", "text/x-python", `import numpy as np\n\n${code.join("\n\n\n")}\n`);
}

/** Hand the answers over as a notebook that checks them. */
export function asNotebook() {
  const start = "import numpy as np\n\nfrom cnnlab import exercises";
  const cells = [start, ...answers()].map((source, k) => ({
    cell_type: "code",
    execution_count: null,
    id: `answer-${k}`,
    metadata: {},
    outputs: [],
    source,
  }));
  const kernel = { name: "python3", display_name: "Python 3", language: "python" };
  const notebook = { cells, metadata: { kernelspec: kernel }, nbformat: 4, nbformat_minor: 5 };
  save("my_answers.ipynb", "application/x-ipynb+json", JSON.stringify(notebook, null, 1));
}
