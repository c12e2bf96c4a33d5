"""Links to the marked cells of the book: the ledger directive, and the role `{cells}`."""

import re
from pathlib import Path

from docutils import nodes
from spine import entries, marks
from sphinx.util.docutils import SphinxDirective, SphinxRole


def anchor(verb, name):
    return re.sub(r"\W+", "-", f"{verb}-{name}".lower())


def give_cells_anchors(app, doctree):
    """Let other pages link to a marked cell."""
    for cell in doctree.findall(
        lambda node: isinstance(node, nodes.container) and node.get("nb_element") == "cell_code"
    ):
        for block in cell.findall(nodes.literal_block):
            cell["ids"] += [anchor(verb, name) for verb, name in marks(block.astext())]
            break


def marked_cells(env):
    """Return (document, verb, name, section) of every marked cell, chapter by chapter."""
    paths = sorted(Path(env.srcdir).glob("*.ipynb"))
    return [(path.stem, *entry) for path in paths for entry in entries(path)]


def link_to(env, docname, document, verb, name, text):
    uri = env.app.builder.get_relative_uri(docname, document)
    return nodes.reference("", text, refuri=f"{uri}#{anchor(verb, name)}", internal=True)


class Cells(SphinxRole):
    """Link to the cells that refute or decide a statement of the note: {cells}`S20`."""

    def run(self):
        shown, done = [], {"Refutes": "refuted in", "Decides": "decided in"}
        for verb, words in done.items():
            found = [cell for cell in marked_cells(self.env) if cell[1:3] == (verb, self.text)]
            for k, (document, _, name, _) in enumerate(found):
                shown.append(nodes.Text(f"{words} chapter " if k == 0 else ", "))
                shown.append(link_to(self.env, self.env.docname, document, verb, name, document[:2]))
            if found:
                break
        if not shown:
            error = self.inliner.reporter.warning(f"no cell decides {self.text}", line=self.lineno)
            return [], [error]
        return shown, []


class Ledger(SphinxDirective):
    """List every marked cell of one kind, chapter by chapter: `{ledger} Proves`."""

    required_arguments = 1

    def run(self):
        verb = self.arguments[0]
        for path in Path(self.env.srcdir).glob("*.ipynb"):
            self.env.note_dependency(str(path))
        found = [cell for cell in marked_cells(self.env) if cell[1] == verb]
        rows = [self.row(document, verb, name, section) for document, _, name, section in found]
        return [self.table(rows)] if rows else [nodes.paragraph(text="None yet.")]

    def row(self, document, verb, name, section):
        link = link_to(self.env, self.env.docname, document, verb, name, name)
        return [link, nodes.Text(document), self.parse_inline(section)[0]]

    def table(self, rows):
        group = nodes.tgroup(cols=3)
        group += [nodes.colspec(colwidth=width) for width in (30, 25, 45)]
        head, body = nodes.thead(), nodes.tbody()
        head += self.cells([nodes.Text(title) for title in ("what", "chapter", "section")])
        body += [self.cells(row) for row in rows]
        group += [head, body]
        table = nodes.table()
        table += group
        return table

    def cells(self, contents):
        row = nodes.row()
        for content in contents:
            entry, paragraph = nodes.entry(), nodes.paragraph()
            paragraph += content
            entry += paragraph
            row += entry
        return row


def setup(app):
    app.add_directive("ledger", Ledger)
    app.add_role("cells", Cells())
    app.connect("doctree-read", give_cells_anchors)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
