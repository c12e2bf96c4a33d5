// The arithmetic of the desk: a convolution or a pooling and its gradients, as loops.
//
// The first numbers come from Python; this repeats them for what the reader edits, and the tests hold it to
// cnnlab. Names are the book's: a, w, b, z, delta; f, c channels; x, y outputs; m, n offsets; u, v pixels.

export const LIMITS = { stride: [1, 3], padding: [0, 2], dilation: [1, 2] };

const grid = (rows, columns, value = 0) => Array.from({ length: rows }, () => Array(columns).fill(value));

const zerosLike = (arrays) => arrays.map((one) => grid(one.length, one[0].length));

export const isConvolution = (s) => s.kind === "convolution";

/** Rows and columns of a window. */
function windowSize(s) {
  return isConvolution(s) ? [s.w[0][0].length, s.w[0][0][0].length] : [s.size, s.size];
}

/** Rows and columns of the output. */
export function outputSize(s) {
  const image = [s.a[0].length, s.a[0][0].length];
  return windowSize(s).map((size, axis) => {
    const room = image[axis] + 2 * s.padding - s.dilation * (size - 1) - 1;
    return Math.floor(room / s.stride) + 1;
  });
}

/** Every place of an array of this shape, in reading order. */
function* places(...shape) {
  if (!shape.length) {
    yield [];
    return;
  }
  for (let k = 0; k < shape[0]; k++) for (const rest of places(...shape.slice(1))) yield [k, ...rest];
}

/** Every product of the layer: output (f, x, y) meets pixel (c, u, v) through weight (f, c, m, n). */
export function terms(s) {
  const found = [];
  const [H, W] = [s.a[0].length, s.a[0][0].length];
  const [KH, KW] = windowSize(s);
  const [F, C] = isConvolution(s) ? [s.w.length, s.a.length] : [s.a.length, 1];
  for (const [f, x, y, c, m, n] of places(F, ...outputSize(s), C, KH, KW)) {
    const u = x * s.stride + m * s.dilation - s.padding;
    const v = y * s.stride + n * s.dilation - s.padding;
    if (u < 0 || v < 0 || u >= H || v >= W) continue;
    // A true convolution lays the turned kernel on the window; a pooling keeps to its channel.
    const [p, q] = s.verb === "∗" ? [KH - 1 - m, KW - 1 - n] : [m, n];
    found.push({ f, x, y, c: isConvolution(s) ? c : f, m: p, n: q, u, v });
  }
  return found;
}

/** The windows as rows of a matrix, and the product of errors and kernels, which has its shape. */
function lowered(s, all) {
  const OW = outputSize(s)[1];
  const [KH, KW, C] = [...windowSize(s), s.a.length];
  const rows = outputSize(s)[0] * OW;
  const cols = grid(rows, KH * KW * C);
  const dcols = grid(rows, KH * KW * C);
  for (const t of all) cols[t.x * OW + t.y][(t.m * KW + t.n) * C + t.c] = s.a[t.c][t.u][t.v];
  for (const [k, m, n, c, f] of places(rows, KH, KW, C, s.w.length)) {
    dcols[k][(m * KW + n) * C + c] += s.delta[f][Math.floor(k / OW)][k % OW] * s.w[f][c][m][n];
  }
  return { cols, dcols };
}

function convolution(s) {
  const all = terms(s);
  const z = s.b.map((bias) => grid(...outputSize(s), bias));
  const da = zerosLike(s.a);
  const dw = s.w.map(zerosLike);
  const db = s.delta.map((one) => one.flat().reduce((sum, value) => sum + value, 0));
  for (const t of all) {
    const a = s.a[t.c][t.u][t.v];
    const w = s.w[t.f][t.c][t.m][t.n];
    const delta = s.delta[t.f][t.x][t.y];
    z[t.f][t.x][t.y] += a * w;
    da[t.c][t.u][t.v] += delta * w;
    dw[t.f][t.c][t.m][t.n] += delta * a;
  }
  const matrices = s.show.includes("cols") || s.show.includes("dcols") ? lowered(s, all) : {};
  return { z, da, dw, db, terms: all, ...matrices };
}

/** The pixels of a window that count, each with its weight. */
function shares(s, window) {
  if (s.kind === "mean") return window.map((t) => ({ ...t, weight: 1 / s.size ** 2 }));
  const value = (t) => s.a[t.c][t.u][t.v];
  let winner = window[0]; // the first maximum wins
  for (const t of window) if (value(t) > value(winner)) winner = t;
  return [{ ...winner, weight: 1 }];
}

function pooling(s) {
  const windows = new Map();
  for (const t of terms(s)) {
    const key = `${t.f},${t.x},${t.y}`;
    windows.set(key, [...(windows.get(key) ?? []), t]);
  }
  const counted = [...windows.values()].flatMap((window) => shares(s, window));
  const z = s.a.map(() => grid(...outputSize(s)));
  const da = zerosLike(s.a);
  for (const t of counted) {
    z[t.f][t.x][t.y] += s.a[t.c][t.u][t.v] * t.weight;
    da[t.c][t.u][t.v] += s.delta[t.f][t.x][t.y] * t.weight;
  }
  return { z, da, terms: counted, windows };
}

/** All results of a state: z, da and, of a convolution, dw and db; `terms` are the products that count. */
export function compute(s) {
  return isConvolution(s) ? convolution(s) : pooling(s);
}

/**
 * A state changed by the reader, or an error that says what was expected.
 * Errors keep their row and column when the output changes its size, or have those of the first state.
 */
export function changed(s, change, first = s) {
  const next = { ...structuredClone(s), ...change };
  for (const [name, [low, high]] of Object.entries(LIMITS)) {
    if (!Number.isInteger(next[name]) || next[name] < low || next[name] > high) {
      throw new Error(`${name}: expected a whole number from ${low} to ${high}`);
    }
  }
  if (!isConvolution(next) && 2 * next.padding > next.size) {
    throw new Error(`padding: expected at most half the window, ${Math.floor(next.size / 2)}`);
  }
  const size = outputSize(next);
  if (Math.min(...size) < 1) throw new Error("the window: expected one that fits on the padded image");
  next.delta = next.delta.map((old, f) =>
    grid(...size).map((row, x) => row.map((_, y) => old[x]?.[y] ?? first.delta[f][x]?.[y] ?? 0)),
  );
  return next;
}
