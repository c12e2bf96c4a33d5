// One Python: a worker that is started when it is needed, ended when it must be, and told what to run.

const ANSWER = 10_000; // milliseconds after which a worker that does not say it has heard is lost
const LOST = "Python has been lost. Run the cell again: a fresh one starts.";

export class Session {
  /** `progress(text, part)` is told what is loaded, `gone()` that nothing of what had run is left. */
  constructor(config, files, { progress, gone }) {
    this.config = config;
    this.files = files;
    this.progress = progress;
    this.gone = gone;
    this.waiting = new Map(); // what runs, by its number: { show, end }
    this.next = 0;
  }

  /** Start Python, unless it has been; resolves when it is ready. */
  start() {
    if (this.ready) return this.ready;
    this.worker = new Worker(new URL("worker.js", this.config.here), { type: "module" });
    this.ready = new Promise((resolve, reject) => {
      this.worker.onmessage = ({ data }) => {
        if (data.kind === "ready") resolve();
        else if (data.kind === "broken" && data.id === undefined) reject(new Error(data.text));
        else this.heard(data);
      };
      this.worker.onerror = (event) => {
        reject(new Error(event.message || "the worker could not be started"));
        this.lost(LOST);
      };
    });
    this.ready.catch(() => this.end());
    this.worker.postMessage({ task: "start", config: this.config, files: this.files });
    return this.ready;
  }

  heard(data) {
    if (data.kind === "progress") {
      this.progress(data.text, data.part);
      return;
    }
    if (data.kind === "heard") {
      clearTimeout(this.alarm);
      return;
    }
    if (data.kind === "names") {
      this.told?.(data.names);
      return;
    }
    const job = this.waiting.get(data.id ?? this.running);
    if (data.kind === "begun") {
      this.running = data.id;
      job.begin();
    } else if (data.kind === "done" || data.kind === "broken") {
      this.waiting.delete(data.id);
      if (data.kind === "broken") job.show({ kind: "error", text: data.text });
      job.end(data.ended === true);
    } else {
      job?.show(data);
    }
  }

  /** Run a piece of code; resolves to whether it came to its end. */
  async run(source, name, show, begin = () => {}) {
    await this.start();
    const id = this.next++;
    return new Promise((end) => {
      this.waiting.set(id, { show, begin, end });
      this.worker.postMessage({ task: "run", id, source, name });
      this.alarm = setTimeout(() => this.lost(LOST), ANSWER);
    });
  }

  /** The names of this Python that begin like a text; none while something runs. */
  async complete(text) {
    if (!this.ready || this.waiting.size) return [];
    await this.ready;
    this.worker.postMessage({ task: "complete", text });
    return new Promise((resolve) => {
      this.told?.([]); // an older question: nobody waits for its answer any more
      this.told = resolve;
    });
  }

  /** End the worker, whatever it does: the only way that reaches into NumPy. */
  end() {
    clearTimeout(this.alarm);
    this.worker?.terminate();
    this.ready = null;
    this.gone();
  }

  /** End the worker, and whatever waits for it. */
  lost(text) {
    this.end();
    for (const job of this.waiting.values()) {
      if (text) job.show({ kind: "error", text });
      job.end(false);
    }
    this.waiting.clear();
  }
}
