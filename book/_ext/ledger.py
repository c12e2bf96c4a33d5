"""Links to the marked cells of the book: the ledger, and the role `{cells}`."""

import re
from pathlib import Path

import spine
from docutils import nodes
from sphinx.util.docutils import SphinxDirective, SphinxRole


def anchor(verb, name):
    return re.sub(r"\W+", "-", f"{verb}-{name}".lower())


def give_cells_anchors(app, doctree):
    """Let other pages link to a marked cell."""
    for cell in doctree.findall(nodes.container):
        if cell.get("nb_element") == "cell_code":
            for block in cell.findall(nodes.literal_block):
                cell["ids"] += [anchor(verb, name) for verb, name in spine.marks(block.astext())]
                break


def chapters(env):
    return sorted(Path(env.srcdir).glob("*.ipynb"))


class Cells(SphinxRole):
    """Link to the cells that refute or decide a statement of the note: {cells}`S20`."""

    def run(self):
        shown, done = [], {"Refutes": "refuted", "Decides": "decided"}
        for verb, words in done.items():
            for path in chapters(self.env):
                if any(entry[:2] == (verb, self.text) for entry in spine.entries(path)):
                    page = "here" if path.stem == self.env.docname else f"in chapter {int(path.stem[:2])}"
                    uri = self.env.app.builder.get_relative_uri(self.env.docname, path.stem)
                    link = f"{uri}#{anchor(verb, self.text)}"
                    shown += [nodes.Text(", " if shown else f"{words} ")]
                    shown += [nodes.reference("", page, refuri=link, internal=True)]
            if shown:
                return shown, []
        return [], [self.inliner.reporter.warning(f"no cell decides {self.text}", line=self.lineno)]


class Ledger(SphinxDirective):
    """List every labelled equation by chapter: number, kind of proof, formula, wrong versions refuted."""

    def run(self):
        lines = []
        for path in chapters(self.env):
            self.env.note_dependency(str(path))
            rows = spine.ledger(path)
            if rows:
                lines += [f":::{{rubric}} {{doc}}`{path.stem}`", ":::", ""]
            for label, formula, kind, refuted in rows:
                wrong = "".join(f" · ✗ {name}" for name in refuted)
                lines += [f"{{eq}}`{label}` ✓ {kind}{wrong}", "", "$$", formula, "$$", ""]
        return self.parse_text_to_nodes("\n".join(lines))


def setup(app):
    app.add_directive("ledger", Ledger)
    app.add_role("cells", Cells())
    app.connect("doctree-read", give_cells_anchors)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
