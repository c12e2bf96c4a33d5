// The words of the desk: what belongs to a place, which cells that lights, and the sum in words.

import { isConvolution } from "./arithmetic.js";

const MOST = 12; // terms that are written out
export const DIGITS = "₀₁₂₃₄₅";
const ROLES = {
  z: "output",
  delta: "output",
  a: "pixel",
  da: "pixel",
  w: "weight",
  dw: "weight",
  b: "bias",
  db: "bias",
  cols: "entry",
  dcols: "entry",
};
// What a place in an array is told by; a product shares these indices with each place that it belongs to.
const INDICES = {
  output: ["f", "x", "y"],
  pixel: ["c", "u", "v"],
  weight: ["f", "c", "m", "n"],
  bias: ["f"],
  entry: ["x", "y", "m", "n", "c"],
};

export const indicesOf = (array) => INDICES[ROLES[array]];

export const shown = (value) => String(Math.round(value * 100) / 100).replace("-", "−");

/** A number as the reader typed it, or what was expected instead. */
export function parsed(text) {
  const value = Number(text.trim().replace("−", "-").replace(",", "."));
  if (text.trim() === "" || !Number.isFinite(value)) {
    throw new Error(`got "${text}", expected a number`);
  }
  if (Math.abs(value) > 999) throw new Error(`got ${text}, expected a number from −999 to 999`);
  return value;
}

const factor = (value) => (value < 0 ? `(${shown(value)})` : shown(value));
const at = (t, ...indices) => `(${indices.map((k) => t[k]).join(", ")})`;
const numbered = (name, k, count) => (count > 1 ? `${name}${DIGITS[k]}` : name);

/** How numbers are read and called in a state with its results. */
function vocabulary(s, r) {
  const convolution = isConvolution(s);
  const filters = r.z.length;
  const channels = s.a.length;
  return {
    a: (t) => s.a[t.c][t.u][t.v],
    w: (t) => (convolution ? s.w[t.f][t.c][t.m][t.n] : t.weight),
    delta: (t) => s.delta[t.f][t.x][t.y],
    result: (t) => r.z[t.f][t.x][t.y],
    bias: (t) => numbered("b", t.f, filters),
    error: (t) => numbered(convolution ? "δ" : "∂ℒ/∂p", t.f, filters) + at(t, "x", "y"),
    output: (t) => numbered(convolution ? "z" : "p", t.f, filters) + at(t, "x", "y"),
    pixel: (t) => (channels > 1 ? `a${DIGITS[t.c]}` : "a") + at(t, "u", "v"),
    weight: (t) => {
      const both = convolution && channels > 1;
      const kernel = both && filters === 1 ? "w₀" : numbered("w", t.f, filters);
      return kernel + (both ? DIGITS[t.c] : "") + at(t, "m", "n");
    },
    shows: (array) => s.show.includes(array),
  };
}

/** A sum of products, written out if it is short. */
function products(terms, one, other) {
  if (terms.length > MOST) return `a sum of ${terms.length} products`;
  return terms.map((t) => `${factor(one(t))}·${factor(other(t))}`).join(" + ") || "0";
}

const listed = (items, many) => (items.length > MOST ? `${items.length} ${many}` : items.join(", "));

function aboutBias(s, r, place, say) {
  const errors = s.delta[place.f].flatMap((row, x) => row.map((value, y) => ({ f: place.f, x, y, value })));
  const sum = errors.map((e) => factor(e.value)).join(" + ");
  return {
    cells: { delta: errors, z: errors, b: [place], db: [place] },
    text: `bias ${say.bias(place)} fed every output of its channel: ∂ℒ/∂b = ${sum} = ${shown(r.db[place.f])}`,
  };
}

/** An entry of one of the matrices of chapter 8. */
function aboutEntry(place, mine, say) {
  const where = `row of window ${at(place, "x", "y")}, column of weight ${at(place, "m", "n")}`;
  const copied = place.array === "cols";
  if (!mine.length) {
    return `${where}: ${copied ? "a zero of the padding" : "for the padding, where nobody asks for it"}`;
  }
  const pixel = `pixel ${at(mine[0], "u", "v")}`;
  if (copied) return `${where}: a copy of ${pixel}, ${shown(say.a(mine[0]))}`;
  const sum = mine.reduce((total, t) => total + say.delta(t) * say.w(t), 0);
  return `${where}: ${products(mine, say.delta, say.w)} = ${shown(sum)}, to be added to ${pixel}`;
}

/** An error of a convolution: what it sends, and to whom. */
function aboutError(place, mine, say) {
  const error = factor(say.delta(mine[0]));
  let sent = [`${shown(say.delta(mine[0]))} to the bias of its channel`];
  if (say.shows("da")) sent = mine.map((t) => `${error}·${factor(say.w(t))} to ${say.pixel(t)}`);
  else if (say.shows("dw")) sent = mine.map((t) => `${error}·${factor(say.a(t))} to ${say.weight(t)}`);
  const value = shown(say.delta(mine[0]));
  return `error ${say.error(place)} = ${value} sends ${sent.length > MOST ? `something to ${sent.length} places` : sent.join(", ")}`;
}

function aboutOutput(s, place, mine, window, say) {
  const here = say.output(place);
  const result = shown(say.result(place));
  if (s.kind === "max") {
    const tied = window.filter((t) => say.a(t) === say.result(place)).length > 1;
    const tie = tied ? " (a tie: the first one wins)" : "";
    const pixel = `pixel ${at(mine[0], "u", "v")}`;
    return `${here}: the largest of its window is ${pixel}, ${result}${tie}; it receives ${shown(say.delta(mine[0]))}`;
  }
  if (s.kind === "mean") {
    const sum = mine.map((t) => factor(say.a(t))).join(" + ");
    const share = shown(say.delta(mine[0]) / s.size ** 2);
    return `${here} = (${sum}) / ${s.size ** 2} = ${result}; each pixel receives ${share}`;
  }
  const bias = s.b[place.f] ? ` + ${factor(s.b[place.f])}` : "";
  return `${here} = ${products(mine, say.a, say.w)}${bias} = ${result}`;
}

function aboutPixel(s, r, place, mine, say) {
  const convolution = isConvolution(s);
  const fed = listed(
    mine.map((t) => say.output(t) + (convolution ? ` through ${say.weight(t)}` : "")),
    "outputs",
  );
  const verb = s.kind === "max" ? "won in" : "fed";
  const words = `pixel ${at(place, "u", "v")} ${verb} ${fed || "no output"}`;
  if (!say.shows("da")) return words;
  if (!mine.length) return `${words}; ∂ℒ/∂a = 0`;
  const share = (t) => factor(say.delta(t)) + (t.weight === 1 ? "" : `/${s.size ** 2}`);
  const sum = convolution ? products(mine, say.delta, say.w) : mine.map(share).join(" + ");
  return `${words}; ∂ℒ/∂a = ${sum} = ${shown(r.da[place.c][place.u][place.v])}`;
}

function aboutWeight(r, place, mine, say) {
  const met = listed(
    mine.map((t) => `a${at(t, "u", "v")}`),
    "pixels",
  );
  const words = `weight ${say.weight(place)} met ${met || "no pixel"}`;
  if (!say.shows("dw")) return words;
  const gradient = r.dw[place.f][place.c][place.m][place.n];
  return `${words}; ∂ℒ/∂w = ${products(mine, say.delta, say.a)} = ${shown(gradient)}`;
}

/** What belongs to a place: the lit cells, and the sum in words. `place` is { array, c, f, x, y, … }. */
export function lit(s, r, place) {
  const role = ROLES[place.array];
  const say = vocabulary(s, r);
  if (role === "bias") return aboutBias(s, r, place, say);
  const mine = r.terms.filter((t) => INDICES[role].every((k) => t[k] === place[k]));
  const pixels = role === "pixel" ? [place] : mine; // a pixel without a window has a gradient, too: 0
  const cells = { a: pixels, da: pixels, w: mine, dw: mine, z: mine, delta: mine, cols: mine, dcols: mine };
  if (role === "entry") return { cells, text: aboutEntry(place, mine, say) };
  if (role === "pixel") return { cells, text: aboutPixel(s, r, place, mine, say) };
  if (role === "weight") return { cells, text: aboutWeight(r, place, mine, say) };
  if (isConvolution(s)) cells.b = cells.db = [{ f: place.f }]; // an output has a bias, too
  if (place.array === "delta" && isConvolution(s) && mine.length) {
    return { cells, text: aboutError(place, mine, say) };
  }
  const window = r.windows?.get(`${place.f},${place.x},${place.y}`) ?? [];
  if (s.kind === "max") cells.window = window;
  return { cells, text: aboutOutput(s, place, mine, window, say) };
}
