// Runs a page's cells where they are read: one, all of them, or what a cell needs.

import { Output } from "./display.js";
import { answerField, asNotebook, asPython, attend, nameOf } from "./exercises.js";
import { Session } from "./session.js";

const element = (name, className, text = "") =>
  Object.assign(document.createElement(name), { className, textContent: text });

class Page {
  constructor(cells, shown, config) {
    this.cells = cells; // of the notebook: { source, heavy, exercise }
    this.shown = shown; // number -> element
    this.ran = new Map(); // number -> the text that has run in this Python
    this.outputs = new Map();
    this.editors = new Map();
    this.session = new Session(config, config.files, {
      progress: (text, part) => this.progress(text, part),
      gone: () => this.ran.clear(),
    });
    this.bar = this.makeBar();
    for (const [number, box] of shown) {
      this.outputs.set(number, new Output(box));
      if (this.cells[number].minutes) this.warn(number, box);
    }
  }

  // -- what a cell says now

  text(number) {
    return this.editors.get(number)?.text() ?? this.cells[number].small ?? this.cells[number].source;
  }

  // -- running

  /** What the first button of a cell does. */
  async press(number) {
    const cell = this.cells[number];
    if (!nameOf(cell)) await this.run(number);
    else if (await this.ready(number)) await this.check(number);
  }

  /** Run a cell; those above it that have not run, or were changed, run first. */
  async run(number) {
    const before = [...this.cells.keys()].filter((k) => k < number && this.stale(k));
    await this.queue(this.jobs([...before, number]));
  }

  /** What these cells say now: [number, text]. */
  jobs(numbers) {
    return numbers.map((number) => [number, this.text(number)]);
  }

  stale(number) {
    return this.ran.get(number) !== this.text(number);
  }

  async runAll() {
    await this.queue(this.jobs([...this.cells.keys()]));
  }

  /** An exercise needs the imports only. */
  imports() {
    const imports = this.cells.findIndex((cell) => cell.imports);
    return this.jobs(imports >= 0 && this.stale(imports) ? [imports] : []);
  }

  async check(number) {
    await this.queue([...this.imports(), ...this.jobs([number])]);
  }

  async hint(number) {
    const name = nameOf(this.cells[number]);
    await this.queue([...this.imports(), [number, `exercises.hint("${name}")`]]);
  }

  /** Is there something to check? If not, open the place where it is written. */
  async ready(number) {
    if (this.editors.has(number)) return true;
    const isQuestion = this.cells[number].source.includes("check_answer");
    if (isQuestion) this.editors.set(number, answerField(this, number));
    else await this.edit(number);
    this.offerPrinted(number);
    return false;
  }

  /** Run cells one after another, until one fails or the reader stops. */
  async queue(jobs) {
    if (this.busy) {
      this.say("Something is running: stop it first, or wait.");
      return;
    }
    this.busy = true;
    this.stopped = false;
    this.bar.stop.hidden = false;
    let failed = null;
    for (const [done, [number, text]] of jobs.entries()) {
      this.say(jobs.length > 1 ? `Running cell ${done + 1} of ${jobs.length}` : "Running");
      if (!(await this.one(number, text)) && !this.stopped) failed ??= number;
      if (this.stopped || failed !== null) break;
    }
    this.busy = false;
    this.bar.stop.hidden = true;
    if (this.stopped) return;
    this.say(failed === null ? "Done" : "A cell has failed: what it says stands below it.");
    if (failed !== null) this.shown.get(failed)?.scrollIntoView({ block: "nearest" });
  }

  async one(number, text) {
    const output = this.outputs.get(number);
    const box = this.shown.get(number);
    box?.setAttribute("aria-busy", "true");
    let fresh = false;
    const show = (message) => {
      if (!output) {
        if (message.kind === "error") this.say(message.text);
        return;
      }
      if (!fresh) output.clear();
      fresh = true;
      output.show(message);
    };
    try {
      const ended = await this.session.run(text, `<cell ${number}>`, show);
      if (ended) this.ran.set(number, text);
      if (output && !fresh && ended) output.restore();
      attend(this, number);
      return ended;
    } catch (error) {
      this.say(`Python could not be started: ${error.message}`);
      this.stopped = true;
      return false;
    } finally {
      box?.removeAttribute("aria-busy");
      this.offerPrinted(number);
    }
  }

  /** As soon as something is the reader's own, a button brings back what is printed. */
  offerPrinted(number) {
    const box = this.shown.get(number);
    const own = this.editors.has(number) || this.outputs.get(number)?.box;
    const before = box?.querySelector(".cnnlab-printed");
    if (!own) before?.remove();
    if (!own || before) return;
    const button = this.button("As printed", () => this.asPrinted(number));
    button.classList.add("cnnlab-printed");
    (box.querySelector(".cnnlab-tools") ?? this.outputs.get(number).box).append(button);
  }

  /** End the worker, start a fresh one, and run again what had run. */
  async stop() {
    const again = [...this.ran].sort(([one], [other]) => one - other);
    this.stopped = true;
    this.session.lost("Stopped.");
    this.busy = false;
    this.bar.stop.hidden = true;
    this.say("Stopped.");
    if (!again.length) return;
    this.say("Stopped. A fresh Python starts, and runs again what had run.");
    await new Promise((resolve) => setTimeout(resolve)); // what was stopped ends first
    await this.queue(again);
    if (!this.stopped) this.say("Stopped. What had run before has run again.");
  }

  /** Forget what has run: a fresh Python, and the page as printed but for what is written. */
  afresh() {
    this.stopped = true;
    this.busy = false;
    this.session.lost();
    for (const [number, output] of this.outputs) {
      output.restore();
      this.offerPrinted(number);
    }
    this.bar.stop.hidden = true;
    this.say("Started afresh: nothing has run.");
  }

  /** A cell that takes minutes says so, and has a small version, which runs unless the reader wants the whole. */
  warn(number, box) {
    const cell = this.cells[number];
    const bar = box.querySelector(".cnnlab-tools");
    const whole = this.button("Run anyway", () => {
      this.asPrinted(number);
      cell.small = undefined;
      this.run(number);
    });
    const words = element("span", "", `takes about ${cell.minutes} minutes here; Run takes a small version`);
    bar?.append(whole, words);
  }

  // -- editing

  async edit(number) {
    const { openEditor } = await import("./editor.js");
    if (this.editors.has(number)) this.editors.get(number).focus();
    else this.editors.set(number, openEditor(this, number));
    this.offerPrinted(number);
  }

  /** Leave the editor and what was written in it. */
  asPrinted(number) {
    this.editors.get(number)?.close();
    this.editors.delete(number);
    this.outputs.get(number)?.restore();
    this.ran.delete(number);
    this.offerPrinted(number);
  }

  // -- the bar at the foot of the page

  button(text, press) {
    const made = element("button", "", text);
    made.type = "button";
    made.addEventListener("click", press);
    return made;
  }

  makeBar() {
    const bar = element("div", "cnnlab-bar");
    const said = element("span", "");
    said.setAttribute("role", "status");
    const part = element("progress", "");
    part.max = 1;
    part.hidden = true;
    part.setAttribute("aria-label", "how much of Python has come");
    const stop = this.button("Stop", () => this.stop());
    stop.hidden = true;
    bar.append(
      said,
      part,
      stop,
      this.button("Start afresh", () => this.afresh()),
    );
    if (this.cells.some(nameOf)) {
      const takings = { ".py": asPython, ".ipynb": asNotebook };
      bar.append(element("span", "", "My answers:"));
      for (const [kind, take] of Object.entries(takings)) {
        const button = this.button(kind, take);
        button.setAttribute("aria-label", `My answers as ${kind}`);
        bar.append(button);
      }
    }
    document.body.append(bar);
    return { said, part, stop };
  }

  say(text) {
    this.bar.said.textContent = text;
    this.bar.part.hidden = true;
  }

  progress(text, part) {
    this.bar.said.textContent = `${text}: ${Math.round(100 * part)} %`;
    this.bar.part.hidden = part >= 1;
    this.bar.part.value = part;
  }
}

/** Read what a page needs: its cells, and where Python is. */
export async function open(shown, here) {
  const read = async (name) => {
    const response = await fetch(new URL(name, here));
    if (!response.ok) throw new Error(`${name}: could not be loaded`);
    return response.json();
  };
  const page = /([^/]+?)(\.html)?$/.exec(location.pathname)[1];
  const [config, { cells, files }] = await Promise.all([read("python.json"), read(`cells/${page}.json`)]);
  const absolute = (path) => new URL(path, here).href;
  const found = Object.fromEntries(Object.entries(files).map(([name, path]) => [name, absolute(path)]));
  const where = { here: here.href, files: found, ...config };
  for (const name of ["python", "cnnlab", "runner"]) where[name] = absolute(config[name]);
  return new Page(cells, shown, where);
}
