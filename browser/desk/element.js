// The desk: a convolution or a pooling that can be touched. Point at a number and see whom it feeds.
//
// A custom element in plain SVG. Its child, a script of JSON, holds the first state; a still picture beside it
// stands there until this runs. It needs no kernel and loads nothing.

import { changed, compute, isConvolution, LIMITS } from "./arithmetic.js";
import { DIGITS, indicesOf, lit, parsed, shown } from "./words.js";

const EDITABLE = ["a", "w", "b", "delta"];
const SETTINGS = [...EDITABLE, "stride", "padding", "dilation", "verb", "kind"];
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
const SIDE = 36; // of a cell, in pixels
const SMALL = 12; // of one in a wide grid, which shows a shade instead of a number

const make = (node, attributes) => {
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
};
const svg = (name, attributes = {}) =>
  make(document.createElementNS("http://www.w3.org/2000/svg", name), attributes);
const html = (name, attributes = {}, text = "") =>
  make(Object.assign(document.createElement(name), { textContent: text }), attributes);

const keyOf = (place) => [place.array, ...indicesOf(place.array).map((k) => place[k])].join(",");
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** The plain grids of an array: rows of numbers, what is written behind its name, the place of a cell. */
function grids(array, s, r) {
  const values = { ...s, ...r }[array];
  const channels = s.a.length;
  if (array === "b" || array === "db") {
    return [{ rows: [values], index: "", where: (_, j) => ({ array, f: j }) }];
  }
  if (array === "cols" || array === "dcols") {
    const OW = r.z[0][0].length;
    const KW = s.w[0][0][0].length;
    const where = (i, j) => {
      const k = Math.floor(j / channels); // the place in the window; channels lie innermost
      const [m, n] = [Math.floor(k / KW), k % KW];
      return { array, x: Math.floor(i / OW), y: i % OW, m, n, c: j % channels };
    };
    return [{ rows: values, index: "", where }];
  }
  if (array === "w" || array === "dw") {
    return values.flat().map((rows, k) => {
      const [f, c] = [Math.floor(k / channels), k % channels];
      const index = values.flat().length > 1 ? DIGITS[f] + DIGITS[c] : "";
      return { rows, index, where: (m, n) => ({ array, f, c, m, n }) };
    });
  }
  const pixels = array === "a" || array === "da";
  return values.map((rows, k) => ({
    rows,
    index: values.length > 1 ? ` ${k}` : "",
    where: (i, j) => (pixels ? { array, c: k, u: i, v: j } : { array, f: k, x: i, y: j }),
  }));
}

class Desk extends HTMLElement {
  connectedCallback() {
    if (this.first) return;
    this.first = JSON.parse(this.querySelector('script[type="application/json"]').textContent);
    this.label = this.getAttribute("aria-label");
    this.state = structuredClone(this.first);
    this.place = { array: this.start, f: 0, c: 0, x: 0, y: 0, u: 0, v: 0, m: 0, n: 0 };
    this.fromAddress();
    this.build();
  }

  get start() {
    return this.first.start ?? "z";
  }

  /** What a reader calls an array. */
  nameOf(array) {
    return this.state.names[array][0];
  }

  // -- the address keeps what the reader has changed

  get part() {
    return `desk${[...document.querySelectorAll("cnnlab-desk")].indexOf(this)}`;
  }

  edited() {
    return SETTINGS.filter((key) => !same(this.state[key], this.first[key]));
  }

  fromAddress() {
    const found = new RegExp(`[#&]${this.part}=([^&]+)`).exec(location.hash);
    if (!found) return;
    try {
      const { place, ...change } = JSON.parse(decodeURIComponent(found[1]));
      this.state = changed(this.state, change, this.first);
      compute(this.state);
      if (place && !indicesOf(place.array)) throw new Error("no such array");
      this.place = { ...this.place, ...place };
    } catch {
      this.state = structuredClone(this.first); // an address that means nothing: the first state
    }
  }

  toAddress() {
    const change = Object.fromEntries(this.edited().map((key) => [key, this.state[key]]));
    const text = encodeURIComponent(JSON.stringify({ ...change, place: this.place }));
    const others = location.hash
      .slice(1)
      .split("&")
      .filter((part) => part && !part.startsWith(`${this.part}=`));
    history.replaceState(null, "", `#${[...others, `${this.part}=${text}`].join("&")}`);
  }

  // -- drawing

  build() {
    this.result = compute(this.state);
    if (!this.edited().length) Object.assign(this.result, this.first.results); // as Python computed them
    this.cells = new Map();
    const panels = html("div", { class: "panels" });
    for (const array of this.state.show) panels.append(...this.figures(array));
    this.says = html("p", { class: "says", "aria-live": "polite" });
    // Two that are compared say what they are.
    const heading = this.state.group ? [html("p", { class: "heading" }, this.label)] : [];
    this.replaceChildren(...heading, panels, this.says, this.controls());
    this.setAttribute("role", "group");
    this.light(this.place, false);
  }

  /** The figures of one array, one for each channel or pair of channels. */
  figures(array) {
    const turns = array === "w" || array === "dw"; // a gradient lies where its weight lies
    const turned = turns && this.state.verb === "∗";
    return grids(array, this.state, this.result).map(({ rows, index, where }) => {
      const name = this.nameOf(array) + index;
      const side = rows[0].length > 14 ? SMALL : SIDE;
      const [width, height] = [rows[0].length * side + 6, rows.length * side + 6];
      const viewBox = `0 0 ${width} ${height}`;
      const picture = svg("svg", { width, height, viewBox, role: "group", "aria-label": name });
      const body = svg("g", { class: `${turns ? "turnable" : ""} ${turned ? "turned" : ""}`.trim() });
      rows.forEach((row, i) => {
        body.append(...row.map((value, j) => this.cell(where, i, j, value, side, name)));
      });
      picture.append(body);
      const figure = html("figure");
      figure.append(html("figcaption", { class: "name" }, name), picture);
      return figure;
    });
  }

  /** The cell at row i and column j of a grid; `where` tells the place of a row and a column. */
  cell(where, i, j, value, side, name) {
    const place = where(i, j);
    const [x, y] = [3 + j * side, 3 + i * side];
    const cell = svg("g", {
      role: "button",
      tabindex: -1,
      class: `ink-${this.state.names[place.array][1]}`,
      "aria-label": `${name}, row ${i}, column ${j}: ${shown(value)}`,
    });
    cell.append(svg("rect", { x, y, width: side, height: side }));
    if (side === SIDE) cell.append(this.figureText(x, y, value));
    else this.shade(cell, x, y, value);
    cell.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && this.light(place));
    cell.addEventListener("focus", () => this.light(place));
    cell.addEventListener("click", () => this.clicked(place));
    cell.addEventListener("keydown", (event) => {
      const step = STEPS[event.key];
      if (step) this.cells.get(keyOf(where(i + step[0], j + step[1])))?.focus();
      else if ([" ", "Enter"].includes(event.key) && EDITABLE.includes(place.array)) this.edit(place);
      else return;
      event.preventDefault();
    });
    cell.place = place;
    this.cells.set(keyOf(place), cell);
    return cell;
  }

  figureText(x, y, value) {
    const text = svg("text", { x: x + SIDE / 2, y: y + SIDE / 2 });
    text.textContent = shown(value);
    if (text.textContent.length > 3) text.classList.add("long");
    return text;
  }

  shade(cell, x, y, value) {
    const strength = Math.min(1, Math.abs(value));
    const style = `fill: var(--cnnlab-ink); fill-opacity: ${strength}; stroke: none; pointer-events: none`;
    cell.prepend(svg("rect", { x, y, width: SMALL, height: SMALL, style }));
    if (value < 0) {
      cell.append(svg("path", { d: `M${x + 2.5} ${y + SMALL / 2}h${SMALL - 5}`, class: "minus" }));
    }
  }

  places(array) {
    return [...this.cells.values()].map((cell) => cell.place).filter((place) => place.array === array);
  }

  // -- lighting

  light(place, asked = true) {
    const known = this.cells.has(keyOf(place));
    this.place = known ? place : (this.places(place.array)[0] ?? this.places(this.state.show[0])[0]);
    const { cells, text } = lit(this.state, this.result, this.place);
    for (const cell of this.lights ?? []) cell.classList.remove("on", "asked", "window");
    this.lights = [];
    for (const [array, list] of Object.entries(cells)) {
      const [mark, where] = array === "window" ? ["window", "a"] : ["on", array];
      for (const t of list) this.mark(mark, { ...t, array: where });
    }
    this.mark("on", this.place);
    this.mark("asked", this.place);
    this.says.textContent = text;
    this.moveStop();
    this.moveGroup();
    this.moveSlider();
    if (asked) {
      clearTimeout(this.later);
      this.later = setTimeout(() => this.toAddress(), 400);
    }
  }

  mark(name, place) {
    const cell = this.cells.get(keyOf(place));
    if (!cell) return;
    cell.classList.add(name);
    this.lights.push(cell);
  }

  /** The tabulator stops once in each grid: where the reader is, else at its first cell. */
  moveStop() {
    const here = this.cells.get(keyOf(this.place));
    for (const cell of this.stops ?? []) cell.setAttribute("tabindex", -1);
    this.stops = [...this.querySelectorAll("svg")].map((picture) =>
      picture.contains(here) ? here : picture.querySelector('[role="button"]'),
    );
    for (const cell of this.stops) cell.setAttribute("tabindex", 0);
  }

  /** One desk of a group moves the others, and they do not answer. */
  moveGroup() {
    if (!this.state.group || Desk.moving) return;
    Desk.moving = true;
    for (const other of document.querySelectorAll("cnnlab-desk")) {
      if (other !== this && other.cells && other.state.group === this.state.group) {
        other.light(this.place, false);
      }
    }
    Desk.moving = false;
  }

  moveSlider() {
    const places = this.places(this.place.array);
    const at = places.findIndex((place) => keyOf(place) === keyOf(this.place));
    this.slider.max = places.length - 1;
    this.slider.value = at;
    this.count.textContent = `${at + 1} of ${places.length} (${this.nameOf(this.place.array)})`;
    this.slider.setAttribute("aria-valuetext", this.count.textContent);
  }

  // -- editing

  /** The first click lights, the second one on the same number opens it. */
  clicked(place) {
    this.light(place);
    this.cells.get(keyOf(place)).focus();
    if (EDITABLE.includes(place.array) && this.opened === keyOf(place)) this.edit(place);
    this.opened = keyOf(place);
  }

  edit(place) {
    this.querySelector(".edit")?.blur();
    const cell = this.cells.get(keyOf(place));
    const [box, desk] = [cell.getBoundingClientRect(), this.getBoundingClientRect()];
    const [left, top] = [box.left - desk.left, box.top - desk.top];
    const label = `new value of ${cell.getAttribute("aria-label")}`;
    const style = `left: ${left}px; top: ${top}px`;
    const field = html("input", { class: "edit", inputmode: "decimal", "aria-label": label, style });
    let closed = false;
    const close = (keep) => {
      if (closed) return; // taking the field away is one more blur
      let value = null;
      try {
        if (keep && field.value !== "") value = parsed(field.value);
      } catch (error) {
        this.refuse(error.message, Math.max(0, Math.min(left, desk.width - 200)), top + 34);
        field.setAttribute("aria-invalid", "true");
        return;
      }
      closed = true;
      field.remove();
      this.querySelector(".refused")?.remove();
      if (value !== null) this.set(place, value);
      this.cells.get(keyOf(place))?.focus();
    };
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") close(true);
      if (event.key === "Escape") close(false);
      event.stopPropagation();
    });
    field.addEventListener("blur", () => close(!field.hasAttribute("aria-invalid")));
    this.append(field);
    field.focus();
  }

  refuse(message, left, top) {
    this.querySelector(".refused")?.remove();
    const style = `left: ${left}px; top: ${top}px`;
    this.append(html("div", { class: "refused", role: "alert", style }, message));
  }

  set(place, value) {
    const next = structuredClone(this.state);
    const indices = indicesOf(place.array).map((k) => place[k]);
    const last = indices.pop();
    indices.reduce((rows, k) => rows[k], next[place.array])[last] = value;
    this.update(next);
  }

  update(next) {
    this.state = next;
    const { place } = this;
    this.build();
    this.light(place);
  }

  // -- controls

  controls() {
    const s = this.state;
    const box = html("div", { class: "controls" });
    this.slider = html("input", { type: "range", min: 0, "aria-label": "step through all places" });
    this.slider.addEventListener("input", () => {
      this.light(this.places(this.place.array)[this.slider.value]);
    });
    this.count = html("span", { class: "count" });
    box.append(this.slider, this.count);
    if (isConvolution(s) && s.verbs) box.append(this.verbButton());
    if (s.turn) box.append(this.turnButton());
    if (s.kinds) {
      const label = s.kind === "max" ? "switch to the mean" : "switch to the largest";
      const kind = s.kind === "max" ? "mean" : "max";
      box.append(this.button(label, () => this.update({ ...structuredClone(this.state), kind })));
    }
    for (const name of s.sizes ?? []) box.append(this.sizeField(name));
    box.append(this.button("reset", () => this.reset()));
    return box;
  }

  button(label, press) {
    const button = html("button", { type: "button" }, label);
    button.addEventListener("click", press);
    return button;
  }

  verbButton() {
    const verb = this.state.verb === "∗" ? "⋆" : "∗";
    const label = `${this.state.verb}, switch to ${verb}`;
    const button = this.button(label, () => this.update({ ...structuredClone(this.state), verb }));
    button.setAttribute("aria-label", `forward verb: ${label}; press to switch`);
    return button;
  }

  turnButton() {
    const button = this.button("turn the kernel", () => {
      const kernels = [...this.querySelectorAll(".turnable")];
      const turned = kernels.map((kernel) => kernel.classList.toggle("turned"))[0];
      button.setAttribute("aria-pressed", turned);
      this.says.textContent = turned
        ? "the kernel, turned by 180°: as a pixel meets it, from output to output"
        : "the kernel as it is: as an output meets the pixels";
    });
    button.setAttribute("aria-pressed", "false");
    return button;
  }

  sizeField(name) {
    const [min, max] = LIMITS[name];
    const field = html("input", { type: "number", min, max, value: this.state[name] });
    field.addEventListener("change", () => {
      try {
        this.update(changed(this.state, { [name]: Number(field.value) }, this.first));
      } catch (error) {
        field.value = this.state[name];
        this.says.textContent = error.message;
      }
    });
    const label = html("label", {}, `${name} `);
    label.append(field);
    return label;
  }

  reset() {
    this.place = { ...this.place, array: this.start };
    this.update(structuredClone(this.first));
  }
}

if (!customElements.get("cnnlab-desk")) customElements.define("cnnlab-desk", Desk);
