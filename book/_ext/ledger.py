"""The ledger page: every marked cell of the book, with a link to it."""

import re
from pathlib import Path

from docutils import nodes
from spine import entries, marks
from sphinx.util.docutils import SphinxDirective


def anchor(verb, name):
    return re.sub(r"\W+", "-", f"{verb}-{name}".lower())


def give_cells_anchors(app, doctree):
    """Let other pages link to a marked cell."""
    for cell in doctree.findall(
        lambda node: isinstance(node, nodes.container) and node.get("nb_element") == "cell_code"
    ):
        for block in cell.findall(nodes.literal_block):
            verb, names = marks(block.astext())
            cell["ids"] += [anchor(verb, name) for name in names]
            break


class Ledger(SphinxDirective):
    """List every marked cell of one kind, chapter by chapter: `{ledger} Proves`."""

    required_arguments = 1

    def run(self):
        verb = self.arguments[0]
        found = []
        for path in sorted(Path(self.env.srcdir).glob("*.ipynb")):
            self.env.note_dependency(str(path))
            found += [(path.stem, name, section) for kind, name, section in entries(path) if kind == verb]
        rows = [self.row(document, verb, name, section) for document, name, section in found]
        return [self.table(rows)] if rows else [nodes.paragraph(text="None yet.")]

    def row(self, document, verb, name, section):
        uri = self.env.app.builder.get_relative_uri(self.env.docname, document)
        link = nodes.reference("", name, refuri=f"{uri}#{anchor(verb, name)}", internal=True)
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
    app.connect("doctree-read", give_cells_anchors)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
