"""Follow every link that leads out of the book: a broken one fails, one that did not answer is only named.

usage: python tools/links.py

A server that is down, slow, or shy of robots says nothing about the link: only an answer that the page or its
anchor is not there does.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

BOOK = Path(__file__).parents[1] / "book"
GONE = re.compile(r"(404|410) Client Error|Anchor .* not found")


def kind(result):
    """Return "works", "broken" or "unreachable" for one line of what Sphinx has found."""
    if result["status"] not in ("broken", "timeout"):
        return "works"
    return "broken" if GONE.search(result["info"]) else "unreachable"


def follow(folder):
    """Let Sphinx follow all links, without running a cell; return its results."""
    config = yaml.safe_load((BOOK / "_config.yml").read_text(encoding="utf-8"))
    config["execute"]["execute_notebooks"] = "off"
    (folder / "_config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    command = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()", "build", BOOK]
    given = ["--builder", "linkcheck", "--config", folder / "_config.yml", "--path-output", folder]
    extensions = {**os.environ, "PYTHONPATH": str(BOOK / "_ext")}  # they are looked for beside the settings
    done = subprocess.run([*command, *given], env=extensions, capture_output=True, text=True)
    output = next(folder.rglob("output.json"), None)  # Sphinx fails for what is only unreachable, too
    if output is None:
        sys.exit(done.stdout[-2000:] + done.stderr[-2000:])
    lines = output.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def main():
    """Follow the links, name those that did not work, and fail for broken ones."""
    with tempfile.TemporaryDirectory() as folder:
        results = follow(Path(folder))
    found = {"works": [], "unreachable": [], "broken": []}
    for result in results:
        found[kind(result)].append(f"{result['filename']}: {result['uri']} ({result['info']})")
    for name in ("unreachable", "broken"):
        for line in sorted(set(found[name])):
            print(f"{name}: {line}")
    print(", ".join(f"{len(lines)} {name}" for name, lines in found.items()))
    return 1 if found["broken"] else 0


if __name__ == "__main__":
    sys.exit(main())
