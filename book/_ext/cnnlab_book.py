"""What the book needs of Sphinx beyond its options: MathJax, style and scripts, each once."""

from pathlib import Path

from cnnlab import _display

VENDOR = Path(__file__).parents[1] / "_vendor"


def add_vendor_folder(app, config):
    """Serve MathJax ourselves. A folder added here is copied, but not loaded file by file on every page."""
    config.html_static_path.append(str(VENDOR))


def add_style_and_script(app, config):
    """Give every page the style and the script of all pictures, once: their outputs are plain data."""
    folder = Path(app.outdir).parent / "display"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cnnlab.css").write_text(_display.style(), encoding="utf-8")
    (folder / "cnnlab.js").write_text(_display.script(), encoding="utf-8")
    config.html_static_path.append(str(folder))
    app.add_css_file("cnnlab.css")
    # Deferred, not a module: a browser loads no module from a page that was opened as a file.
    app.add_js_file("cnnlab.js", defer="defer")


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
    app.connect("config-inited", add_style_and_script)
    app.connect("html-page-context", drop_second_thebe_script, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
