// What a cell has to show: text as it is printed, pictures, tables, reports, and what went wrong.

const element = (name, className, text = "") =>
  Object.assign(document.createElement(name), { className, textContent: text });

/** The place below a cell where the reader's own output stands; the printed one waits behind it. */
export class Output {
  constructor(cell) {
    this.cell = cell;
    this.printed = [...cell.children].filter((child) => child.matches(".cell_output"));
  }

  /** Make room for a new output. */
  clear() {
    this.restore();
    this.box = element("div", "cell_output cnnlab-yours");
    this.box.setAttribute("role", "group");
    this.box.setAttribute("aria-label", "your output");
    for (const printed of this.printed) printed.hidden = true;
    (this.printed.at(-1) ?? this.cell.lastElementChild).after(this.box);
  }

  /** Put the printed output back. */
  restore() {
    this.box?.remove();
    this.box = null;
    for (const printed of this.printed) printed.hidden = false;
  }

  show(message) {
    if (message.kind === "stream") this.stream(message.name, message.text);
    if (message.kind === "error") this.box.append(element("pre", "cnnlab-error", message.text));
    if (message.kind === "display") this.display(message.data, message.width);
  }

  stream(name, text) {
    const last = this.box.lastElementChild;
    if (last?.dataset.stream === name) {
      last.append(text);
      return;
    }
    const made = element("pre", "output stream", text);
    made.dataset.stream = name;
    this.box.append(made);
  }

  display(data, width) {
    const made = element("div", "output");
    if (data["image/png"]) {
      const image = element("img", "");
      image.src = `data:image/png;base64,${data["image/png"]}`;
      image.alt = this.cell.querySelector("img")?.alt ?? "the picture that this cell draws";
      if (width) image.style.width = `${width}px`;
      made.append(image);
    } else if (data["text/html"]) {
      made.classList.add("text_html");
      made.innerHTML = data["text/html"]; // of cnnlab's own objects; it runs no script, and needs none
    } else {
      made.append(element("pre", "", data["text/plain"]));
    }
    this.box.append(made);
  }
}
