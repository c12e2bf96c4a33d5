// What a reader has written and solved, kept in the browser. A store that is full, shut or broken loses
// nothing on the page itself: it answers with what it holds in memory.

const PREFIX = "cnnlab:";
const memory = new Map();

export function keep(name, value) {
  memory.set(name, value);
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
    return true;
  } catch {
    return false; // a full store, or a private window
  }
}

export function kept(name) {
  try {
    const text = localStorage.getItem(PREFIX + name);
    if (text !== null) return JSON.parse(text);
  } catch {
    // no store, or something in it that is not ours
  }
  return memory.get(name) ?? null;
}

/** Everything of one kind: [[name, value], …]. */
export function all(kind) {
  const names = new Set([...memory.keys()]);
  try {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(PREFIX)) names.add(key.slice(PREFIX.length));
    }
  } catch {
    // no store
  }
  return [...names].filter((name) => name.startsWith(kind)).map((name) => [name, kept(name)]);
}
