"""What the built pages owe to those who cannot see them, use no mouse, or come from elsewhere.

The theme and its parents write some HTML that assistive programs stumble over; it is mended after the build.
Each page describes itself, as links to it are shown; an address that does not exist leads to one that helps.
"""

from html import escape
from pathlib import Path

from docutils import nodes

# What is written, and what is meant. A test runs axe-core over every page.
MENDED = {
    '<th class="head"><p></p></th>': "<td></td>",  # the empty corner of a table is no heading
    '<div class="bd-sidebar-primary bd-sidebar': '<div role="region" aria-label="The book and its contents" '
    'class="bd-sidebar-primary bd-sidebar',
    ' role="doc-biblioentry"': ' role="listitem"',
    'class="btn search-button-field search-button__button" title="Search" aria-label="Search"': 'class="btn '
    'search-button-field search-button__button" title="Search"',  # its words are its name
}


def mend(app, exception):
    """Mend each page once it is written."""
    if exception or app.builder.format != "html":
        return
    for path in Path(app.outdir).glob("*.html"):
        html = path.read_text(encoding="utf-8")
        mended = html
        for written, meant in MENDED.items():
            mended = mended.replace(written, meant)
        if mended != html:
            path.write_text(mended, encoding="utf-8")


def described(doctree):
    """Return the sentence in which a page answers its question: a bold one, else its first paragraph."""
    for kind in (nodes.strong, nodes.paragraph):
        for node in doctree.findall(kind):
            words = " ".join(node.astext().replace("\\", "").split())
            if len(words.split()) > 4:
                return words if len(words) <= 200 else words[:197] + "..."
    return ""


def describe(app, pagename, templatename, context, doctree):
    """Say in the head of a page what it is about, for search engines and for those who pass a link on."""
    if doctree is None or not (words := described(doctree)):
        return
    title = escape(app.env.titles[pagename].astext(), quote=True)
    words = escape(words, quote=True)
    lines = [
        f'<meta name="description" content="{words}">',
        f'<meta property="og:title" content="{title}">',
        f'<meta property="og:description" content="{words}">',
        '<meta property="og:type" content="article">',
    ]
    if base := app.config.html_baseurl:  # a picture must have its whole address
        lines.append(f'<meta property="og:image" content="{base.rstrip("/")}/_static/overview.png">')
        lines.append(f'<meta property="og:url" content="{base.rstrip("/")}/{pagename}.html">')
    context["metatags"] = context.get("metatags", "") + "\n".join(lines)


NOT_FOUND = """<section><h1>This page is not here</h1>
<p>It may have moved. Try <a href="search.html">the search</a>,
<a href="faq.html">the questions that readers ask</a>,
or <a href="index.html">begin at the front</a>.</p></section>"""


def add_pages(app):
    """A page for addresses that do not exist, which most servers show by its name."""
    return [("404", {"title": "Not here", "body": NOT_FOUND}, "page.html")]


def write_sitemap(app, exception):
    """List all pages for search engines, where the address of the site is known."""
    if exception or not (base := app.config.html_baseurl):
        return
    address = base.rstrip("/")
    places = "".join(f"<url><loc>{address}/{name}.html</loc></url>" for name in sorted(app.env.found_docs))
    head = (
        '<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    )
    (Path(app.outdir) / "sitemap.xml").write_text(f"{head}{places}</urlset>\n", encoding="utf-8")


def setup(app):
    app.connect("html-page-context", describe)
    app.connect("html-collect-pages", add_pages)
    app.connect("build-finished", mend)
    app.connect("build-finished", write_sitemap)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
