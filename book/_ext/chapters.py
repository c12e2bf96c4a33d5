"""What a chapter of this book has on its page: its own numbers, folded cells, captions, its reading time."""

import re
from html import escape
from pathlib import Path

import spine
from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxRole


def number_by_chapter(app, env):
    """Number equations and figures (3.1), (3.2), ... in the order of their page."""
    for docname, kinds in env.toc_fignumbers.items():
        if first := spine.number(docname):
            for numbers in kinds.values():
                for k, node in enumerate(sorted(numbers, key=numbers.get), start=1):
                    numbers[node] = (first, k)
    return []


def code_cells(doctree):
    """Yield each code cell with its source (None if the page does not show it)."""
    for cell in list(doctree.findall(nodes.container)):
        if cell.get("nb_element") == "cell_code":
            source = next((n for n in cell if n.get("nb_element") == "cell_code_source"), None)
            yield cell, source.astext() if source is not None else None


class ImportsLast(SphinxTransform):
    """Move the imports, a notebook's first cell, to the end of the section "What you need"."""

    default_priority = 310

    def apply(self, **kwargs):
        for cell, _ in code_cells(self.document):
            if "tag_imports" in cell["classes"]:
                for section in self.document.findall(nodes.section):
                    if section[0].astext() == "What you need":
                        cell.parent.remove(cell)
                        section += cell
                        return


def fold_cells(app, doctree, docname):
    """Fold marked cells, and imports, to one line that opens by a click, by a key, and on paper."""
    if app.builder.format != "html":
        return
    equations = app.env.get_domain("math").equations

    def numbers(label):
        page, _ = equations[label]
        found = app.env.toc_fignumbers[page]["displaymath"][nodes.make_id(f"equation-{label}")]
        return f"({'.'.join(map(str, found))})"

    for cell, source in code_cells(doctree):
        marks = spine.marks(source or "")
        if marks:
            sign, text, invitation = spine.line(marks, source, numbers)
            kind = {"✓": "proof", "✗": "refutation", "•": "decision"}[sign]
        elif "tag_imports" in cell["classes"]:
            sign, text, invitation, kind = "", "What this chapter imports", "show it", "imports"
        elif "tag_folded" in cell["classes"]:  # its first line, a comment, says what it is
            sign, text, invitation, kind = "", source.splitlines()[0].strip("# "), "show it", "imports"
        else:
            continue
        anchors = "".join(f'<span id="{escape(name)}"></span>' for name in cell["ids"])
        cell["ids"] = []
        opening = (
            f'<details class="folded {kind}"><summary>{anchors}<span class="sign">{sign}</span> '
            f'{escape(text)} — <span class="invitation">{invitation}</span></summary>'
        )
        place = cell.parent.index(cell)
        cell.parent[place : place + 1] = [
            nodes.raw("", opening, format="html"), cell, nodes.raw("", "</details>", format="html"),
        ]  # fmt: skip


def link_map(app, doctree, docname):
    """Let the map of the book lead to pages; in a notebook it leads to notebooks."""
    for node in doctree.findall(nodes.raw):
        if 'class="cnnlab-figure cnnlab-map"' in node.astext():
            node.children = [nodes.Text(re.sub(r'href="(\w+)\.ipynb"', r'href="\1.html"', node.astext()))]


class Minutes(SphinxRole):
    """Say how long this chapter takes to read: {minutes}`text`, measured at the build."""

    def run(self):
        path = Path(self.env.doc2path(self.env.docname))
        self.env.note_dependency(str(path))
        return [nodes.Text(f"{spine.minutes(path):.0f} minutes")], []


class Letters(SphinxRole):
    """List the letters that this chapter brings: {letters}`here`, from the glossary's table."""

    def run(self):
        self.env.note_dependency(str(Path(self.env.srcdir) / "glossary.md"))
        parts = re.split(r"\$([^$]*)\$", spine.new_letters(self.env.docname))
        return [nodes.math("", part) if k % 2 else nodes.Text(part) for k, part in enumerate(parts)], []


def setup(app):
    app.add_transform(ImportsLast)
    app.add_role("minutes", Minutes())
    app.add_role("letters", Letters())
    app.connect("env-get-updated", number_by_chapter, priority=900)  # after Sphinx has numbered
    app.connect("doctree-resolved", fold_cells)
    app.connect("doctree-resolved", link_map)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
