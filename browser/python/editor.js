// An editor in the place of a cell's code: CodeMirror, loaded when the first one is opened.

import {
  autocompletion,
  bracketMatching,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
  defaultKeymap,
  drawSelection,
  EditorState,
  EditorView,
  globalCompletion,
  HighlightStyle,
  history,
  historyKeymap,
  indentOnInput,
  indentUnit,
  indentWithTab,
  keymap,
  localCompletionSource,
  Prec,
  python,
  pythonLanguage,
  syntaxHighlighting,
  tags,
} from "./codemirror.js";
import { digest, nameOf, remembered } from "./exercises.js";
import { keep, kept } from "./store.js";

// The colours of the page's pictures: they change with its theme.
const COLOURS = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword], color: "var(--cnnlab-four)" },
  { tag: tags.string, color: "var(--cnnlab-good)" },
  { tag: tags.comment, color: "var(--cnnlab-line)", fontStyle: "italic" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--cnnlab-w)" },
  { tag: tags.function(tags.definition(tags.variableName)), color: "var(--cnnlab-a)", fontWeight: "600" },
]);

const THEME = EditorView.theme({
  "&": { color: "var(--cnnlab-ink)", backgroundColor: "var(--cnnlab-paper)", fontSize: "14px" },
  ".cm-content": { fontFamily: "monospace", caretColor: "var(--cnnlab-ink)" },
  ".cm-cursor": { borderLeftColor: "var(--cnnlab-ink)" },
  "&.cm-focused": { outline: "2px solid var(--cnnlab-a)" },
});

/** What Python itself knows, once it runs: names of the page, and what a module holds. */
async function liveNames(page, context) {
  const word = context.matchBefore(/[A-Za-z_][\w.]*/);
  if (!word) return null;
  const names = await page.session.complete(word.text);
  return { from: word.from, options: names.map((label) => ({ label })) };
}

function extensions(page, number, changed) {
  const label = `code of cell ${number}`;
  const run = () => {
    page.press(number);
    return true;
  };
  const leave = (view) => {
    view.contentDOM.blur(); // Tab indents, so there must be another way out
    page.shown.get(number).querySelector(".cnnlab-tools button").focus();
    return true;
  };
  return [
    Prec.highest(keymap.of([{ key: "Shift-Enter", run }])),
    keymap.of([
      ...closeBracketsKeymap,
      ...completionKeymap,
      ...defaultKeymap,
      ...historyKeymap,
      indentWithTab,
      { key: "Escape", run: leave },
    ]),
    history(),
    drawSelection(),
    indentUnit.of("    "),
    indentOnInput(),
    bracketMatching(),
    closeBrackets(),
    python(),
    pythonLanguage.data.of({ autocomplete: localCompletionSource }),
    pythonLanguage.data.of({ autocomplete: globalCompletion }),
    pythonLanguage.data.of({ autocomplete: (context) => liveNames(page, context) }),
    autocompletion(),
    syntaxHighlighting(COLOURS),
    THEME,
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ "aria-label": label }),
    EditorView.updateListener.of((update) => update.docChanged && changed(update.state.doc.toString())),
  ];
}

/** Open an editor on a cell; what it returns has the text, takes the focus, and can be closed. */
export function openEditor(page, number) {
  const cell = page.cells[number];
  const input = page.shown.get(number).querySelector(".cell_input");
  const before = remembered(cell);
  const name = nameOf(cell);
  const changed = (text) => {
    if (name) keep(`exercise:${name}`, { ...kept(`exercise:${name}`), text, edition: digest(cell.source) });
  };
  const place = document.createElement("div");
  place.className = "cnnlab-editor";
  if (before?.old) {
    const note = document.createElement("p");
    note.className = "cnnlab-note";
    note.textContent = "You wrote this for an older edition of the exercise. As printed brings the new one.";
    place.append(note);
  }
  const state = EditorState.create({
    doc: before?.text ?? cell.small ?? cell.source,
    extensions: extensions(page, number, changed),
  });
  const view = new EditorView({ state, parent: place });
  input.after(place);
  input.hidden = true;
  view.focus();
  return {
    text: () => view.state.doc.toString(),
    focus: () => view.focus(),
    close: () => {
      view.destroy();
      place.remove();
      input.hidden = false;
      if (name) keep(`exercise:${name}`, { ...kept(`exercise:${name}`), text: cell.source });
    },
  };
}
