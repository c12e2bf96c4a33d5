"""What the book needs of Sphinx beyond its options: MathJax from our own pages, one copy of a script."""

from pathlib import Path

VENDOR = Path(__file__).parents[1] / "_vendor"


def add_vendor_folder(app, config):
    """Serve MathJax ourselves. A folder added here is copied, but not loaded file by file on every page."""
    config.html_static_path.append(str(VENDOR))


def drop_second_thebe_script(app, pagename, templatename, context, doctree):
    """Drop what sphinx-thebe adds twice: the second declaration of its constant is an error on the page."""
    seen = set()
    kept = []
    for script in context.get("script_files", []):
        body = (getattr(script, "attributes", None) or {}).get("body")
        if body and "THEBE_JS_URL" in body:
            if body in seen:
                continue
            seen.add(body)
        kept.append(script)
    if "script_files" in context:
        context["script_files"] = kept


def setup(app):
    app.connect("config-inited", add_vendor_folder)
    app.connect("html-page-context", drop_second_thebe_script, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
