// The desk: a convolution or a pooling that can be touched. Point at a number and see whom it feeds.
//
// A custom element in plain SVG. Its child, a script of JSON, holds the first state, whose
// numbers come from Python; `compute` repeats the arithmetic for what the reader edits, and the tests hold it
// to cnnlab. Names are the book's: a, w, b, z, delta; f, c channels; x, y outputs; m, n offsets; u, v pixels.

// ---- arithmetic: no element, no page; the same under Node

export const grid = (rows, columns, value = 0) => Array.from({ length: rows }, () => Array(columns).fill(value));

const span = (length, size, s) => Math.floor((length + 2 * s.padding - s.dilation * (size - 1) - 1) / s.stride) + 1;

/** Rows and columns of the output of a state. */
export function outputSize(s) {
  const [rows, columns] = s.kind === "convolution" ? [s.w[0][0].length, s.w[0][0][0].length] : [s.size, s.size];
  return [span(s.a[0].length, rows, s), span(s.a[0][0].length, columns, s)];
}

/** Every product of the layer: output (f, x, y) meets pixel (c, u, v) through weight (f, c, m, n). */
export function terms(s) {
  const [OH, OW] = outputSize(s), found = [];
  const [H, W] = [s.a[0].length, s.a[0][0].length];
  const [F, C] = s.kind === "convolution" ? [s.w.length, s.a.length] : [s.a.length, 1];
  const [KH, KW] = s.kind === "convolution" ? [s.w[0][0].length, s.w[0][0][0].length] : [s.size, s.size];
  for (let f = 0; f < F; f++) for (let x = 0; x < OH; x++) for (let y = 0; y < OW; y++)
    for (let c = 0; c < C; c++) for (let m = 0; m < KH; m++) for (let n = 0; n < KW; n++) {
      const u = x * s.stride + m * s.dilation - s.padding, v = y * s.stride + n * s.dilation - s.padding;
      if (u < 0 || v < 0 || u >= H || v >= W) continue;
      // a true convolution lays the turned kernel on the window
      const [p, q] = s.verb === "∗" ? [KH - 1 - m, KW - 1 - n] : [m, n];
      found.push({ f, x, y, c: s.kind === "convolution" ? c : f, m: p, n: q, u, v });
    }
  return found;
}

/** The windows as rows of a matrix, and the product of errors and kernels, which has its shape (chapter 8). */
function lowered(s, all) {
  const [OH, OW] = outputSize(s), [KH, KW, C] = [s.w[0][0].length, s.w[0][0][0].length, s.a.length];
  const cols = grid(OH * OW, KH * KW * C), dcols = grid(OH * OW, KH * KW * C);
  for (const t of all) cols[t.x * OW + t.y][(t.m * KW + t.n) * C + t.c] = s.a[t.c][t.u][t.v];
  s.delta.forEach((error, f) => dcols.forEach((row, k) => row.forEach((_, j) => {
    row[j] += error[Math.floor(k / OW)][k % OW] * s.w[f][j % C][Math.floor(j / C / KW)][Math.floor(j / C) % KW];
  })));
  return { cols, dcols };
}

/** All results of a state: z, da and, of a convolution, dw and db. Keeps the terms that count. */
export function compute(s) {
  const [OH, OW] = outputSize(s), all = terms(s), F = s.kind === "convolution" ? s.w.length : s.a.length;
  const zeros = (arrays) => arrays.map((one) => grid(one.length, one[0].length));
  const z = Array.from({ length: F }, (_, f) => grid(OH, OW, s.kind === "convolution" ? s.b[f] : 0));
  const da = zeros(s.a);
  if (s.kind === "convolution") {
    const dw = s.w.map(zeros), db = s.delta.map((one) => one.flat().reduce((p, q) => p + q, 0));
    for (const t of all) {
      const a = s.a[t.c][t.u][t.v], w = s.w[t.f][t.c][t.m][t.n], delta = s.delta[t.f][t.x][t.y];
      z[t.f][t.x][t.y] += a * w;
      da[t.c][t.u][t.v] += delta * w;
      dw[t.f][t.c][t.m][t.n] += delta * a;
    }
    return { z, da, dw, db, terms: all, ...(s.show.some((array) => ["cols", "dcols"].includes(array)) ? lowered(s, all) : {}) };
  }
  const windows = new Map();
  for (const t of all) {
    const key = `${t.f},${t.x},${t.y}`;
    windows.set(key, [...(windows.get(key) ?? []), t]);
  }
  const counted = [];
  for (const window of windows.values()) {
    const { f, x, y } = window[0], value = (t) => s.a[t.c][t.u][t.v];
    let share = window.map((t) => ({ ...t, weight: 1 / s.size ** 2 }));
    if (s.kind === "max") {
      let winner = window[0]; // the first maximum wins
      for (const t of window) if (value(t) > value(winner)) winner = t;
      share = [{ ...winner, weight: 1 }];
    }
    for (const t of share) {
      z[f][x][y] += value(t) * t.weight;
      da[t.c][t.u][t.v] += s.delta[f][x][y] * t.weight;
    }
    counted.push(...share);
  }
  return { z, da, terms: counted, windows };
}

/** A state changed by the reader: sizes that must follow do follow, errors keep their row and column (or have
 * those of the first state); throws with what was expected. */
export function changed(s, change, first = s) {
  const next = { ...structuredClone(s), ...change };
  for (const [name, low, high] of [["stride", 1, 3], ["padding", 0, 2], ["dilation", 1, 2]])
    if (!Number.isInteger(next[name]) || next[name] < low || next[name] > high)
      throw new Error(`${name}: expected a whole number from ${low} to ${high}`);
  if (next.kind !== "convolution" && 2 * next.padding > next.size)
    throw new Error(`padding: expected at most half the window, ${Math.floor(next.size / 2)}`);
  const [OH, OW] = outputSize(next);
  if (OH < 1 || OW < 1) throw new Error("the window: expected one that fits on the padded image");
  next.delta = next.delta.map((old, f) =>
    grid(OH, OW).map((row, x) => row.map((_, y) => old[x]?.[y] ?? first.delta[f][x]?.[y] ?? 0)));
  return next;
}

/** A number as the reader typed it, or what was expected instead. */
export function parsed(text) {
  const value = Number(text.trim().replace("−", "-").replace(",", "."));
  if (text.trim() === "" || !Number.isFinite(value)) throw new Error(`got "${text}", expected a number`);
  if (Math.abs(value) > 999) throw new Error(`got ${text}, expected a number from −999 to 999`);
  return value;
}

export const shown = (value) => String(Math.round(value * 100) / 100).replace("-", "−");
const factor = (value) => (value < 0 ? `(${shown(value)})` : shown(value));

/** What belongs to a place: the lit cells, and the sum in words. `place` is { array, c, f, x, y, … }. */
export function lit(s, r, place) {
  const is = (t, ...names) => names.every((k) => t[k] === place[k]), conv = s.kind === "convolution";
  const channel = (name, k, many) => (many > 1 ? `${name}${"₀₁₂₃₄₅"[k]}` : name), many = r.z.length;
  const edge = (t) => channel("w", t.f, many) + (conv && s.a.length > 1 ? (many > 1 ? "" : "₀") + "₀₁₂₃₄₅"[t.c] : "");
  const at = (t, p, q) => `(${t[p]}, ${t[q]})`, forward = conv ? "z" : "p";
  const up = (f) => (conv ? channel("δ", f, many) : channel("∂ℒ/∂p", f, many));
  const role = { z: "output", delta: "output", a: "pixel", da: "pixel", w: "weight", dw: "weight", b: "bias", db: "bias", cols: "entry", dcols: "entry" }[place.array];
  if (role === "bias") {
    const errors = s.delta[place.f].flatMap((row, x) => row.map((value, y) => ({ f: place.f, x, y, value })));
    const sum = errors.map((e) => factor(e.value)).join(" + ");
    return { role, cells: { delta: errors, z: errors, b: [place], db: [place] },
      text: `bias ${channel("b", place.f, many)} fed every output of its channel: ∂ℒ/∂b = ${sum} = ${shown(r.db[place.f])}` };
  }
  const mine = r.terms.filter((t) => (role === "output" ? is(t, "f", "x", "y") : role === "pixel" ? is(t, "c", "u", "v") : role === "entry" ? is(t, "x", "y", "m", "n", "c") : is(t, "f", "c", "m", "n")));
  const pixels = role === "pixel" ? [place] : mine; // a pixel without a window has a gradient, too: 0
  const cells = { a: pixels, da: pixels, w: mine, dw: mine, z: mine, delta: mine, cols: mine, dcols: mine };
  const products = (one, other) => mine.length > 12 ? `a sum of ${mine.length} products`
    : mine.map((t) => `${factor(one(t))}·${factor(other(t))}`).join(" + ") || "0";
  const a = (t) => s.a[t.c][t.u][t.v], d = (t) => s.delta[t.f][t.x][t.y], w = (t) => (conv ? s.w[t.f][t.c][t.m][t.n] : t.weight);
  const shows = (array) => s.show.includes(array);
  if (role === "entry") {
    const where = `row of window ${at(place, "x", "y")}, column of weight ${at(place, "m", "n")}`;
    const nowhere = place.array === "cols" ? "a zero of the padding" : "for the padding, where nobody asks for it";
    const says = !mine.length ? nowhere : place.array === "cols" ? `a copy of pixel ${at(mine[0], "u", "v")}, ${shown(a(mine[0]))}`
      : `${products(d, w)} = ${shown(mine.reduce((sum, t) => sum + d(t) * w(t), 0))}, to be added to pixel ${at(mine[0], "u", "v")}`;
    return { role, cells, text: `${where}: ${says}` };
  }
  if (place.array === "delta" && conv && mine.length) {
    cells.b = cells.db = [{ f: place.f }];
    const sent = shows("da") ? mine.map((t) => `${factor(d(t))}·${factor(w(t))} to a${s.a.length > 1 ? "₀₁₂₃₄₅"[t.c] : ""}${at(t, "u", "v")}`)
      : shows("dw") ? mine.map((t) => `${factor(d(t))}·${factor(a(t))} to ${edge(t)}${at(t, "m", "n")}`) : [`${shown(d(mine[0]))} to the bias of its channel`];
    return { role, cells, text: `error ${up(place.f)}${at(place, "x", "y")} = ${shown(d(mine[0]))} sends ${sent.length > 12 ? `something to ${sent.length} places` : sent.join(", ")}` };
  }
  if (role === "output") {
    const here = `${channel(forward, place.f, many)}${at(place, "x", "y")}`, result = shown(r.z[place.f][place.x][place.y]);
    const window = r.windows?.get(`${place.f},${place.x},${place.y}`) ?? [];
    const tied = window.filter((t) => a(t) === r.z[place.f][place.x][place.y]).length > 1;
    if (s.kind === "max") return { role, cells: { ...cells, window },
      text: `${here}: the largest of its window is pixel ${at(mine[0], "u", "v")}, ${result}${tied ? " (a tie: the first one wins)" : ""}; it receives ${shown(d(mine[0]))}` };
    if (s.kind === "mean") return { role, cells, text: `${here} = (${mine.map((t) => factor(a(t))).join(" + ")}) / ${s.size ** 2} = ${result}; each pixel receives ${shown(d(mine[0]) / s.size ** 2)}` };
    cells.b = cells.db = [{ f: place.f }]; // its bias, too
    return { role, cells, text: `${here} = ${products(a, w)}${s.b[place.f] ? ` + ${factor(s.b[place.f])}` : ""} = ${result}` };
  }
  if (role === "pixel") {
    const through = (t) => (conv ? ` through ${edge(t)}${at(t, "m", "n")}` : "");
    const fed = mine.length > 12 ? `${mine.length} outputs` : mine.map((t) => `${channel(forward, t.f, many)}${at(t, "x", "y")}${through(t)}`).join(", ");
    const gradient = !shows("da") ? "" : !mine.length ? "; ∂ℒ/∂a = 0" : `; ∂ℒ/∂a = ${conv ? products(d, w) : mine.map((t) => (t.weight === 1 ? factor(d(t)) : `${factor(d(t))}/${s.size ** 2}`)).join(" + ") || "0"} = ${shown(r.da[place.c][place.u][place.v])}`;
    const verb = s.kind === "max" ? "won in" : "fed";
    return { role, cells, text: `pixel ${at(place, "u", "v")} ${fed ? `${verb} ${fed}` : `${verb} no output`}${gradient}` };
  }
  const met = mine.length > 12 ? `${mine.length} pixels` : mine.map((t) => `a${at(t, "u", "v")}`).join(", ") || "no pixel";
  return { role, cells, text: `weight ${edge(place)}${at(place, "m", "n")} met ${met}${shows("dw") ? `; ∂ℒ/∂w = ${products(d, a)} = ${shown(r.dw[place.f][place.c][place.m][place.n])}` : ""}` };
}

// ---- the element

const NAMES = { a: "image a", w: "kernel w", b: "bias b", z: "output z", delta: "error δ", da: "∂ℒ/∂a", dw: "∂ℒ/∂w", db: "∂ℒ/∂b", cols: "im2col(a)", dcols: "δ · w" };
const INK = { a: "a", z: "a", w: "w", b: "w", delta: "e", da: "e", dw: "e", db: "e", cols: "a", dcols: "e" };
const INDICES = { a: ["c", "u", "v"], da: ["c", "u", "v"], w: ["f", "c", "m", "n"], dw: ["f", "c", "m", "n"], b: ["f"], db: ["f"],
  z: ["f", "x", "y"], delta: ["f", "x", "y"], cols: ["x", "y", "m", "n", "c"], dcols: ["x", "y", "m", "n", "c"] }; // what a place in each array is told by
const SETTINGS = ["a", "w", "b", "delta", "stride", "padding", "dilation", "verb", "kind"]; // what a reader may change
const POOLED = { z: "pooled p", delta: "∂ℒ/∂p" };
const EDITABLE = ["a", "w", "b", "delta"];
const CSS = `
cnnlab-desk {--ink: #22252a; --line: #767d85; --paper: #fff; --a: #1f5fa8; --w: #8c510a; --e: #b34700;
  display: block; position: relative; margin: .4rem 0 1rem; color: var(--ink)}
html[data-theme="dark"] cnnlab-desk, body[data-jp-theme-light="false"] cnnlab-desk {--ink: #e4e6e9;
  --line: #9aa1a9; --paper: #14181e; --a: #7db4f0; --w: #dba866; --e: #ff9a4d}
cnnlab-desk .panels {display: flex; flex-wrap: wrap; gap: .5rem 1.1rem; align-items: flex-start}
cnnlab-desk figure {margin: 0 !important}
cnnlab-desk .title {margin: 0 0 .3rem; font-weight: 600}
cnnlab-desk .name {font: italic 1rem "Times New Roman", Times, serif; margin: 0 0 .1rem; color: var(--ink)}
cnnlab-desk svg {display: block; max-width: 100%; height: auto; touch-action: manipulation; overflow: visible}
cnnlab-desk rect {fill: transparent; stroke: var(--line); stroke-width: 1}
cnnlab-desk text {fill: var(--ink); font: 14px system-ui, sans-serif; text-anchor: middle; dominant-baseline: central;
  pointer-events: none}
cnnlab-desk [role="button"] {cursor: pointer; outline: none}
cnnlab-desk .minus {stroke: var(--paper); stroke-width: 1.6; pointer-events: none}
cnnlab-desk .on rect {stroke-width: 3; fill-opacity: .2}
cnnlab-desk .on text {font-weight: 700}
cnnlab-desk .window rect {stroke-dasharray: 4 3; stroke-width: 2.4}
cnnlab-desk .ink-a.on rect, cnnlab-desk .ink-a.window rect {stroke: var(--a); fill: var(--a)}
cnnlab-desk .window:not(.on) rect {fill-opacity: 0}
cnnlab-desk .ink-w.on rect {stroke: var(--w); fill: var(--w)}
cnnlab-desk .ink-e.on rect {stroke: var(--e); fill: var(--e)}
cnnlab-desk .asked rect {stroke-width: 4.4}
cnnlab-desk [role="button"]:focus-visible rect {outline: 3px solid var(--ink); outline-offset: 2px}
cnnlab-desk .turnable {transition: transform .9s; transform-origin: center}
cnnlab-desk .turned {transform: rotate(180deg)}
cnnlab-desk .turnable text {transition: transform .9s; transform-box: fill-box; transform-origin: center}
cnnlab-desk .turned text {transform: rotate(-180deg)}
@media (prefers-reduced-motion: reduce) {cnnlab-desk .turnable, cnnlab-desk .turnable text {transition: none}}
cnnlab-desk .says {min-height: 3.2em; margin: .5rem 0; overflow-wrap: anywhere}
cnnlab-desk .controls {display: flex; flex-wrap: wrap; gap: .4rem .9rem; align-items: center}
cnnlab-desk .controls button, cnnlab-desk .controls input, cnnlab-desk .controls select {font: inherit; min-height: 28px;
  min-width: 28px; color: var(--ink); background: var(--paper); border: 1px solid var(--line); border-radius: 4px; padding: 0 .5rem}
cnnlab-desk .controls input[type="range"] {padding: 0; width: 9rem; accent-color: var(--a)}
cnnlab-desk .edit {position: absolute; width: 4.2rem; font: inherit; z-index: 5; min-height: 28px; color: var(--ink);
  background: var(--paper); border: 2px solid var(--a)}
cnnlab-desk .refused {position: absolute; z-index: 5; background: var(--paper); color: var(--ink); border: 2px dashed var(--e);
  padding: .1rem .4rem; font-size: .9rem; max-width: 15rem}
@media print {cnnlab-desk .controls {display: none}}
`;

const svg = (name, attributes = {}) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
};
const html = (name, attributes = {}, text = "") => {
  const node = Object.assign(document.createElement(name), { textContent: text });
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
};

function define() {
  class Desk extends HTMLElement {
    connectedCallback() {
      if (this.first) return;
      this.first = JSON.parse(this.querySelector('script[type="application/json"]').textContent);
      this.label = this.getAttribute("aria-label");
      this.state = structuredClone(this.first);
      this.place = { array: this.first.start ?? "z", f: 0, c: 0, x: 0, y: 0, u: 0, v: 0, m: 0, n: 0 };
      this.fromAddress();
      this.build();
    }

    get number() { return [...document.querySelectorAll("cnnlab-desk")].indexOf(this); }

    fromAddress() {
      const found = new RegExp(`[#&]desk${this.number}=([^&]+)`).exec(location.hash);
      if (!found) return;
      try {
        const { place, ...change } = JSON.parse(decodeURIComponent(found[1]));
        this.state = changed(this.state, change, this.first);
        compute(this.state);
        if (place && !INDICES[place.array]) throw new Error("no such array");
        this.place = { ...this.place, ...place };
      } catch { this.state = structuredClone(this.first); } // an address that means nothing: the first state
    }

    toAddress() {
      const change = {};
      for (const key of this.edited()) change[key] = this.state[key];
      const others = location.hash.slice(1).split("&").filter((part) => part && !part.startsWith(`desk${this.number}=`));
      const text = encodeURIComponent(JSON.stringify({ ...change, place: this.place }));
      history.replaceState(null, "", `#${[...others, `desk${this.number}=${text}`].join("&")}`);
    }

    edited() { return SETTINGS.filter((key) => JSON.stringify(this.state[key]) !== JSON.stringify(this.first[key])); }

    /** What a reader calls an array. */
    nameOf(array) { return (this.state.kind !== "convolution" && POOLED[array]) || NAMES[array]; }

    // -- drawing

    build() {
      this.result = compute(this.state);
      if (!this.edited().length) Object.assign(this.result, this.first.results); // as Python computed them
      this.cells = new Map();
      const panels = html("div", { class: "panels" });
      for (const array of this.state.show) for (const figure of this.panel(array)) panels.append(figure);
      this.says = html("p", { class: "says", "aria-live": "polite" });
      const title = this.state.group ? [html("p", { class: "title" }, this.label)] : []; // two that are compared
      this.replaceChildren(...title, panels, this.says, this.controls());
      this.setAttribute("role", "group");
      this.light(this.place, false);
    }

    /** The grids of one array: [figure, …], one for each channel or pair of channels. */
    panel(array) {
      const s = this.state, r = this.result, values = { ...s, ...r }[array];
      const single = array === "b" || array === "db", paired = array === "w" || array === "dw";
      const flat = array === "cols" || array === "dcols", OW = flat && r.z[0][0].length, KW = flat && s.w[0][0][0].length;
      const list = single ? [[values]] : paired ? values.flat() : flat ? [values] : values;
      return list.map((rows, k) => {
        const where = (i, j) => {
          if (single) return { array, f: j };
          if (flat) {
            const C = s.a.length, n = Math.floor(j / C);
            return { array, x: Math.floor(i / OW), y: i % OW, m: Math.floor(n / KW), n: n % KW, c: j % C };
          }
          if (paired) return { array, f: Math.floor(k / s.a.length), c: k % s.a.length, m: i, n: j };
          return array === "a" || array === "da" ? { array, c: k, u: i, v: j } : { array, f: k, x: i, y: j };
        };
        const side = rows[0].length > 14 ? 12 : 36, figure = html("figure");
        const index = single || list.length === 1 ? "" : paired ? `${"₀₁₂₃₄₅"[where(0, 0).f]}${"₀₁₂₃₄₅"[where(0, 0).c]}` : ` ${k}`;
        const name = this.nameOf(array);
        figure.append(html("figcaption", { class: "name" }, `${name}${index}`));
        const [w, h] = [rows[0].length * side + 6, rows.length * side + 6];
        const picture = svg("svg", { width: w, height: h, viewBox: `0 0 ${w} ${h}`, role: "group", "aria-label": `${name}${index}` });
        const body = svg("g", { class: paired ? "turnable" : "" }); // a gradient lies where its weight lies
        if (paired && s.verb === "∗") body.classList.add("turned");
        rows.forEach((row, i) => row.forEach((value, j) => body.append(this.cell(where, i, j, value, side, `${name}${index}`))));
        picture.append(body);
        figure.append(picture);
        return figure;
      });
    }

    /** The cell at row i and column j of a grid; `where` tells the place of a row and a column. */
    cell(where, i, j, value, side, name) {
      const place = where(i, j), key = this.key(place), x = 3 + j * side, y = 3 + i * side;
      const cell = svg("g", { role: "button", tabindex: -1, class: `ink-${INK[place.array]}`, "aria-label": `${name}, row ${i}, column ${j}: ${shown(value)}` });
      cell.append(svg("rect", { x, y, width: side, height: side }));
      if (side > 20) {
        const text = svg("text", { x: x + side / 2, y: y + side / 2 });
        text.textContent = shown(value);
        if (text.textContent.length > 3) text.setAttribute("style", "font-size: 11px");
        cell.append(text);
      } else {
        const shade = svg("rect", { x, y, width: side, height: side, style: `fill: var(--ink); fill-opacity: ${Math.min(1, Math.abs(value))}; stroke: none; pointer-events: none` });
        cell.prepend(shade);
        if (value < 0) cell.append(svg("path", { d: `M${x + 2.5} ${y + side / 2}h${side - 5}`, class: "minus" }));
      }
      cell.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && this.light(place));
      cell.addEventListener("focus", () => this.light(place));
      cell.addEventListener("click", () => { this.light(place); cell.focus(); if (EDITABLE.includes(place.array) && this.opened === key) this.edit(place); this.opened = key; });
      cell.addEventListener("keydown", (event) => this.key_(event, place, (down, right) => where(i + down, j + right)));
      cell.place = place;
      this.cells.set(key, cell);
      return cell;
    }

    key(p) { return [p.array, ...INDICES[p.array].map((k) => p[k])].join(","); }

    light(place, move = true) {
      if (!this.cells.has(this.key(place))) place = this.places(place.array)[0] ?? this.places(this.state.show[0])[0];
      this.place = place;
      const { cells, text } = lit(this.state, this.result, place);
      for (const cell of this.lights ?? []) cell.classList.remove("on", "asked", "window");
      this.lights = [];
      const mark = (name, array, t) => {
        const cell = this.cells.get(this.key({ ...t, array }));
        if (cell) { cell.classList.add(name); this.lights.push(cell); }
      };
      for (const [array, list] of Object.entries(cells)) for (const t of list) mark(array === "window" ? "window" : "on", array === "window" ? "a" : array, t);
      mark("on", place.array, place);
      mark("asked", place.array, place);
      const asked = this.cells.get(this.key(place));
      for (const cell of this.stops ?? []) cell.setAttribute("tabindex", -1);
      this.stops = [...this.querySelectorAll("svg")].map((picture) => (picture.contains(asked) ? asked : picture.querySelector('[role="button"]')));
      for (const cell of this.stops) cell.setAttribute("tabindex", 0);
      this.says.textContent = text;
      if (this.state.group && !Desk.moving) {
        Desk.moving = true; // one of a group moves the others, and they do not answer
        for (const other of document.querySelectorAll("cnnlab-desk"))
          if (other !== this && other.state?.group === this.state.group && other.cells) other.light(place, false);
        Desk.moving = false;
      }
      if (this.slider) this.slide();
      if (move) { clearTimeout(this.later); this.later = setTimeout(() => this.toAddress(), 400); }
    }

    key_(event, place, beside) {
      const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      if (step) {
        this.cells.get(this.key(beside(...step)))?.focus();
        event.preventDefault();
      } else if ((event.key === "Enter" || event.key === " ") && EDITABLE.includes(place.array)) {
        event.preventDefault();
        this.edit(place);
      }
    }

    // -- editing

    edit(place) {
      this.querySelector(".edit")?.blur();
      const cell = this.cells.get(this.key(place)), box = cell.getBoundingClientRect();
      const field = html("input", { class: "edit", inputmode: "decimal", "aria-label": `new value of ${cell.getAttribute("aria-label")}` });
      const desk = this.getBoundingClientRect(), [left, top] = [box.left - desk.left, box.top - desk.top];
      field.setAttribute("style", `left: ${left}px; top: ${top}px`);
      let closed = false, value = null;
      const done = (keep) => {
        if (closed) return; // taking the field away is one more blur
        try {
          if (keep && field.value !== "") value = parsed(field.value);
        } catch (error) {
          const note = this.querySelector(".refused") ?? this.appendChild(html("div", { class: "refused", role: "alert" }));
          note.textContent = error.message;
          note.setAttribute("style", `left: ${Math.max(0, Math.min(left, desk.width - 200))}px; top: ${top + 34}px`);
          field.setAttribute("aria-invalid", "true");
          return;
        }
        closed = true;
        field.remove();
        this.querySelector(".refused")?.remove();
        if (value !== null) this.set(place, value);
        this.cells.get(this.key(place))?.focus();
      };
      field.addEventListener("keydown", (event) => {
        if (event.key === "Enter") done(true);
        if (event.key === "Escape") done(false);
        event.stopPropagation();
      });
      field.addEventListener("blur", () => { if (field.getAttribute("aria-invalid")) done(false); else done(true); });
      this.append(field);
      field.focus();
    }

    set(place, value) {
      const next = structuredClone(this.state), p = place;
      if (p.array === "a") next.a[p.c][p.u][p.v] = value;
      if (p.array === "w") next.w[p.f][p.c][p.m][p.n] = value;
      if (p.array === "b") next.b[p.f] = value;
      if (p.array === "delta") next.delta[p.f][p.x][p.y] = value;
      this.update(next);
    }

    update(next) {
      this.state = next;
      const { place } = this;
      this.build();
      this.light(place);
    }

    // -- controls

    places(array) { return [...this.cells.values()].map((cell) => cell.place).filter((place) => place.array === array); }

    slide() {
      const places = this.places(this.place.array), at = places.findIndex((p) => this.key(p) === this.key(this.place));
      this.slider.max = places.length - 1;
      this.slider.value = at;
      this.count.textContent = `${at + 1} of ${places.length} (${this.nameOf(this.place.array)})`;
      this.slider.setAttribute("aria-valuetext", this.count.textContent);
    }

    controls() {
      const box = html("div", { class: "controls" });
      const slider = html("input", { type: "range", min: 0, "aria-label": "step through all places" });
      slider.addEventListener("input", () => this.light(this.places(this.place.array)[slider.value]));
      this.slider = slider;
      this.count = html("span", { class: "count" });
      box.append(slider, this.count);
      const turn = (label, press) => { const b = html("button", { type: "button" }, label); b.addEventListener("click", press); box.append(b); return b; };
      if (this.state.kind === "convolution" && this.state.verbs) {
        const verb = turn(this.state.verb === "∗" ? "∗, switch to ⋆" : "⋆, switch to ∗", () => this.update({ ...structuredClone(this.state), verb: this.state.verb === "∗" ? "⋆" : "∗" }));
        verb.setAttribute("aria-label", `forward verb: ${verb.textContent}; press to switch`);
      }
      if (this.state.turn) {
        const button = turn("turn the kernel", () => {
          const turned = [...this.querySelectorAll(".turnable")].map((g) => g.classList.toggle("turned"))[0];
          button.setAttribute("aria-pressed", turned);
          this.says.textContent = turned ? "the kernel, turned by 180°: as a pixel meets it, from output to output" : "the kernel as it is: as an output meets the pixels";
        });
        button.setAttribute("aria-pressed", "false");
      }
      if (this.state.kinds) turn(this.state.kind === "max" ? "switch to the mean" : "switch to the largest", () => this.update({ ...structuredClone(this.state), kind: this.state.kind === "max" ? "mean" : "max" }));
      for (const name of this.state.sizes ?? []) {
        const label = html("label", {}, `${name} `), field = html("input", { type: "number", min: name === "padding" ? 0 : 1, max: { stride: 3, padding: 2, dilation: 2 }[name], value: this.state[name] });
        field.addEventListener("change", () => {
          try { this.update(changed(this.state, { [name]: Number(field.value) }, this.first)); }
          catch (error) { field.value = this.state[name]; this.says.textContent = error.message; }
        });
        label.append(field);
        box.append(label);
      }
      turn("reset", () => { this.place = { ...this.place, array: this.first.start ?? "z" }; this.update(structuredClone(this.first)); });
      return box;
    }
  }

  const style = document.createElement("style");
  style.textContent = CSS;
  document.head.append(style);
  customElements.define("cnnlab-desk", Desk);
}

if (typeof customElements !== "undefined" && !customElements.get("cnnlab-desk")) define();
