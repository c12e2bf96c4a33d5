"""Where things are: imports point one way, every module has its tests."""

import ast
from pathlib import Path

from helpers.notebooks import NUMBERED, ROOT

import cnnlab

PACKAGE = Path(cnnlab.__file__).parent

LEVELS = [  # a module imports only from levels above its own
    {"_checks", "_atomic", "_display"},
    {"_dtypes", "_geometry", "gradients", "symbolic", "activations"},
    {"_entry", "losses", "_model_files", "datasets"},
    {"reference", "textbook"},
    {"fast"},
    {"_implementation"},
    {"convolution", "pooling"},
    {"layers"},
    {"training"},
    {"", "exercises", "figures"},
]


def imported(file):
    """Yield the modules of the package that a file imports when it is imported, by their first name."""
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "cnnlab":
            inner = node.module.split(".")[1:]
            yield from [inner[0]] if inner else (alias.name for alias in node.names)


def test_imports_point_one_way():
    level = {name: k for k, names in enumerate(LEVELS) for name in names}
    for file in PACKAGE.rglob("*.py"):
        name = file.relative_to(PACKAGE).with_suffix("").parts[0].replace("__init__", "")
        if name in ("", "exercises", "figures"):
            continue
        assert name in level, f"{name}: put it into LEVELS, above what imports it"
        for other in imported(file):
            assert other == name or level[other] < level[name], f"{file.name} imports {other}"


def test_no_file_of_fast_imports_in_a_circle():
    needs = {}
    for file in (PACKAGE / "fast").glob("[!_]*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8")).body
        needs[file.stem] = {
            found
            for node in tree
            if isinstance(node, ast.ImportFrom) and node.module.startswith("cnnlab.fast")
            for found in (
                [alias.name for alias in node.names] if node.module == "cnnlab.fast" else [node.module[12:]]
            )
        }
    while needs:
        free = {name for name, others in needs.items() if not others & needs.keys()}
        assert free, needs
        needs = {name: others for name, others in needs.items() if name not in free}


# Modules that are tested in another file than the one that has their name.
TESTED_IN = {
    "test_promises.py": ("_checks", "_dtypes", "_geometry", "textbook"),
    "fast/test_convolution.py": tuple(
        f"fast/{name}"
        for name in ("correlation", "groups", "measured", "pixels", "reading", "rows", "winograd")
    ),
    "exercises/test_judge.py": ("exercises/_planar",),
    "figures/test_chapters.py": ("figures/_drawing", "figures/_style"),
}


def test_every_module_has_a_file_of_tests_with_its_name():
    """The modules of chapters, of exercises and figures, are tables and pictures: one file tests them all."""
    elsewhere = {name: file for file, names in TESTED_IN.items() for name in names}
    chapters = {path.stem[3:] for path in NUMBERED} | {"overview", "symptoms", "speed"}
    for file in PACKAGE.rglob("*.py"):
        *folder, name = file.relative_to(PACKAGE).with_suffix("").parts
        if name.startswith("__") or (folder and folder[0] in ("exercises", "figures") and name in chapters):
            continue
        own = "/".join([*folder, f"test_{name.lstrip('_')}.py"])
        expected = elsewhere.get("/".join([*folder, name]), own)
        assert (ROOT / "tests" / expected).exists(), f"{file.name}: expected tests/{expected}"
