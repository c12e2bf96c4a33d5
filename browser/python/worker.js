// Python, in a worker of its own: whatever a cell does, the page stays alive, and can end it.

const say = (message) => self.postMessage(message);
let settings;
let python;
let runner;

const expected = { text: "", whole: 1, come: 0 };

/** Say what is loaded now, and how much of it there will be. */
function expect(text, whole) {
  Object.assign(expected, { text, whole, come: 0 });
  say({ kind: "progress", text, part: 0 });
}

function refuse(name) {
  throw new Error(`${name} could not be loaded, or is not the file that it should be`);
}

/** Keep what is fetched between visits, and say how far it is. The browser refuses what has another digest. */
function countingFetch(config, cacheName) {
  const plain = self.fetch.bind(self);
  return async (input, options) => {
    const address = String(input.url ?? input);
    if (!address.startsWith(config.python)) return plain(input, options);
    const cache = await self.caches?.open(cacheName).catch(() => null); // none in some private windows
    const name = address.slice(config.python.length);
    const { size = 0, integrity } = config.known[name] ?? {};
    const found = await cache?.match(address);
    const response = found ?? (await plain(address, { ...options, integrity }).catch(() => refuse(name)));
    if (!found && cache && response.ok) {
      await cache.put(address, response.clone()).catch(() => null); // a full store
    }
    expected.come += size;
    say({ kind: "progress", text: expected.text, part: Math.min(1, expected.come / expected.whole) });
    return response;
  };
}

async function start(config) {
  settings = config;
  expect("Loading Python", config.packages.numpy);
  self.fetch = countingFetch(config, `cnnlab-python-${config.version}`);
  // A module is imported without a look at its digest: it is looked at here, and then in the browser's cache.
  for (const name of ["pyodide.mjs", "pyodide.asm.mjs"]) await self.fetch(config.python + name);
  const { loadPyodide } = await import(`${config.python}pyodide.mjs`);
  python = await loadPyodide({ indexURL: config.python, packages: ["numpy"] });
  const [ours, source] = await Promise.all([
    fetch(config.cnnlab).then((response) => response.arrayBuffer()),
    fetch(config.runner).then((response) => response.text()),
  ]);
  python.unpackArchive(ours, "zip", { extractDir: "/lib/cnnlab" });
  python.runPython("import sys; sys.path.insert(0, '/lib/cnnlab')");
  const globals = python.toPy({ __name__: "runner" });
  python.runPython(source, { globals, filename: "runner.py" });
  runner = (name, ...given) => globals.get(name)(...given);
  globals.set("post", (text) => say(JSON.parse(text)));
}

/** Bring the files that a page's cells read. */
async function bring(files) {
  for (const [path, address] of Object.entries(files)) {
    const response = await fetch(address);
    if (!response.ok) throw new Error(`${path}: could not be loaded`);
    const folder = path.split("/").slice(0, -1).join("/");
    if (folder) python.FS.mkdirTree(folder);
    python.FS.writeFile(path, new Uint8Array(await response.arrayBuffer()));
  }
}

async function run({ id, source, name }) {
  for (const wanted of runner("needs", source).toJs()) {
    if (python.loadedPackages[wanted]) continue;
    expect(`Loading ${wanted}`, settings.packages[wanted]);
    await python.loadPackage(wanted, { messageCallback: () => {} });
  }
  say({ kind: "begun", id });
  const ended = runner("run", source, name);
  say({ kind: "done", id, ended });
}

const TASKS = {
  start: async ({ config, files }) => {
    await start(config);
    await bring(files);
    say({ kind: "ready" });
  },
  run,
  complete: async ({ text }) => say({ kind: "names", names: runner("names", text).toJs() }),
};

// One after another: a cell waits for the one before it.
let last = Promise.resolve();
self.onmessage = ({ data }) => {
  say({ kind: "heard" });
  last = last
    .then(() => TASKS[data.task](data))
    .catch((error) => say({ kind: "broken", id: data.id, text: String(error?.message ?? error) }));
};
