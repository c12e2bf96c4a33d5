"""What every picture and report shares: its colours, its style, its script.

A picture is plain data; on a page of the book, style and script come once, from the page. Wherever else it is
shown, `standalone` brings them along. The sources lie in `browser/`.
"""

import functools
import importlib.resources
import re
from pathlib import Path

_GREEN = ("#2b7a3b", "#7cc98c")

# The only place for colours, each for light and for dark paper: in CSS it is var(--cnnlab-NAME).
COLOURS = {
    "paper": ("#ffffff", "#14181e"),
    "ink": ("#22252a", "#e4e6e9"),
    "line": ("#6f767e", "#9aa1a9"),
    "link": ("#1257bf", "#7fb3f5"),
    # Blue is forward, brown a weight, orange an error.
    "a": ("#1f5fa8", "#7db4f0"),
    "w": ("#8c510a", "#dba866"),
    "e": ("#b34700", "#ff9a4d"),
    # Four things of one kind, such as channels.
    "one": ("#a83262", "#f08cb5"),
    "two": _GREEN,
    "three": ("#8a6d00", "#d9bd4f"),
    "four": ("#6b48a8", "#b79cf0"),
    # Right or wrong; a sign says it besides.
    "good": _GREEN,
    "bad": ("#b3261e", "#ff8a80"),
}
# Colour maps, from the lowest value to the highest. An output has both signs: blue above 0, grey below.
MAPS = {
    "activation": ("#f4f7fb", "#7fb0dc", "#0b3060"),
    "output": ("#303336", "#a9adb2", "#ffffff", "#7fb0dc", "#0b3060"),
}

SCRIPTS = ("desk/arithmetic.js", "desk/words.js", "desk/element.js", "animation.js")
DARK = ('html[data-theme="dark"]', 'body[data-jp-theme-light="false"]', "body.vscode-dark")
_ALONG = "<!-- cnnlab: style and script -->{}<!-- cnnlab: end -->"


def standalone(html: str) -> str:
    """Return a picture with style and script, to be shown anywhere: what a notebook displays."""
    moves = f'<script type="module">{script()}</script>' if "<cnnlab-" in html else ""
    return html + _ALONG.format(f"<style>{style()}</style>{moves}")


def bare(html: str) -> str:
    """Return what `standalone` was given: what a notebook stores, and a page of the book shows."""
    return re.sub(_ALONG.format(".*?"), "", html, flags=re.DOTALL)


@functools.cache
def style() -> str:
    """Return the style of all pictures and reports, colours first."""
    light, dark = (
        "; ".join(f"--cnnlab-{name}: {pair[k]}" for name, pair in COLOURS.items()) for k in range(2)
    )
    paper = f"@media print {{html[data-theme], body[data-jp-theme-light], body.vscode-dark {{{light}}}}}"
    return f":root {{{light}}}\n{', '.join(DARK)} {{{dark}}}\n{paper}\n{_source('style.css')}"


@functools.cache
def script() -> str:
    """Return the modules as one, which imports nothing: the only form that works inside a notebook."""
    whole = "\n".join(map(_source, SCRIPTS))
    whole = re.sub(r'^import \{[^}]*\} from "\./[^"]*";\n', "", whole, flags=re.MULTILINE)
    whole = re.sub(r"^export (?=const|function|class)", "", whole, flags=re.MULTILINE)
    return f"(() => {{\n{whole}\n}})();\n"  # its names are its own, also where it is no module


def _source(name: str) -> str:
    """Return a file of `browser/`: in a checkout beside the package, in an installed package inside it."""
    installed = importlib.resources.files("cnnlab") / "browser" / name
    file = installed if installed.is_file() else Path(__file__).parents[1] / "browser" / name
    return file.read_text(encoding="utf-8")
