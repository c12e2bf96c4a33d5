"""What the search of the book searches: every section, by its own title and text.

The sections become a script, so that pages which were opened as files can search, too; `browser/search.js`
makes an index of them with MiniSearch. Sphinx's own index is not built.
"""

import json
import re
import shutil
from pathlib import Path

import spine
from docutils import nodes
from sphinx import addnodes

ROOT = Path(__file__).parents[2]
TEXT = 5000  # characters of a section that are searched
SIGNS = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "varepsilon": "ε", "epsilon": "ε", "eta": "η",
    "mu": "μ", "nu": "ν", "sigma": "σ", "tau": "τ", "Phi": "Φ", "Sigma": "Σ", "partial": "∂", "sum": "Σ",
    "star": "⋆", "odot": "⊙", "cdot": "·", "le": "≤", "ge": "≥", "times": "×", "infty": "∞", "sqrt": "√",
    "leftarrow": "←", "nabla": "∇", "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉", "bmod": "mod",
    "ln": "ln", "max": "max", "min": "min", "dots": "…", "langle": "⟨", "rangle": "⟩", "approx": "≈",
}  # fmt: skip


def spoken(tex):
    """Write a formula as plain text, well enough to be recognized in a line of results."""
    tex = re.sub(r"\\(?:text|mathbf|pmb|mathsf|mathrm|hat|tilde|bar)\s*", "", tex)
    tex = re.sub(r"\\frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}", r"\1/\2", tex)
    tex = re.sub(r"\\([A-Za-z]+)", lambda found: SIGNS.get(found[1], " "), tex)
    return re.sub(r"\s+", " ", re.sub(r"[\\{}&_^]|\$", "", tex)).strip()


def own_text(node):
    """Return the text of a section without the sections inside it, without code that is folded or hidden."""
    words = []
    for child in node.children:
        if isinstance(
            child, (nodes.section, nodes.title, addnodes.desc, nodes.raw, nodes.comment, nodes.target)
        ):
            continue
        if isinstance(child, (nodes.math, nodes.math_block)):
            words.append(spoken(child.astext()))
        elif isinstance(child, nodes.container) and child.get("nb_element") == "cell_code":
            source = next((part for part in child if part.get("nb_element") == "cell_code_source"), None)
            if (
                source is not None
                and not spine.marks(source.astext())
                and "tag_imports" not in child["classes"]
            ):
                words.append(source.astext())
        elif isinstance(child, nodes.Text):
            words.append(child.astext())
        else:
            words.append(own_text(child))
    return re.sub(r"\s+", " ", " ".join(word for word in words if word)).strip()


def entries(docname, doctree):
    """Yield [anchor, title, text] for each section, function and row of the glossary of a page."""
    for section in doctree.findall(nodes.section):
        if not (heading := section.next_node(nodes.title)):  # a title of its own
            continue
        title = own_text(heading)
        anchor = section["ids"][-1] if section["ids"] else ""
        yield anchor, title, own_text(section)[:TEXT]
        if docname == "glossary":
            rows = [
                row
                for table in section.children
                for row in table.findall(nodes.row)
                if table.tagname == "table"
            ]
            for row in rows:
                cells = [own_text(cell) for cell in row.findall(nodes.entry)]
                if row.parent.tagname == "tbody" and any(cells):
                    yield anchor, " ".join(cells[:2]), " ".join(cells[2:])
    for described in doctree.findall(addnodes.desc):
        signature = described.next_node(addnodes.desc_signature)
        if signature and signature["ids"]:
            yield signature["ids"][0], signature["ids"][0], described.astext()[:TEXT]


def collect(app, doctree, docname):
    """Keep the sections of a page, when its references are resolved."""
    title = app.env.titles[docname].astext()
    app.cnnlab_sections[docname] = [(docname, title, *entry) for entry in entries(docname, doctree)]


def start(app):
    """Begin without sections, and without Sphinx's own index."""
    app.cnnlab_sections = {}
    app.builder.search = False


def add_page(app):
    """The page of results, which Sphinx makes only for an index of its own."""
    return [("search", {}, "search.html")]


def write(app, exception):
    """Write the sections, and the script that searches them, beside the pages."""
    if exception or app.builder.format != "html":
        return
    for docname in sorted(app.env.found_docs - set(app.cnnlab_sections)):
        app.env.get_and_resolve_doctree(
            docname, app.builder
        )  # unchanged, so it was not written: `collect` sees it
    found = [entry for docname in sorted(app.cnnlab_sections) for entry in app.cnnlab_sections[docname]]
    static = Path(app.outdir) / "_static"
    sections = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    (static / "sections.js").write_text(f"globalThis.cnnlabSections = {sections};\n", encoding="utf-8")
    shutil.copy(ROOT / "browser" / "search.js", static / "search.js")


def setup(app):
    app.connect("builder-inited", start)
    app.connect("doctree-resolved", collect, priority=400)  # before cells are folded
    app.connect("html-collect-pages", add_page)
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
