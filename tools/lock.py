"""Write constraints.txt, the exact versions that all extras resolve to in a fresh environment, and
constraints-lowest.txt, the same with the lowest versions that pyproject.toml allows of what the package uses.

usage: python tools/lock.py

Names and versions only: where a package comes from is each machine's own business.
"""

import itertools
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
HEADER = "# Written by `make lock`. The versions that the book is built and tested with.\n"
LOWEST_HEADER = (
    "# Written by `make lock`. The lowest versions of what the package uses: `make test-lowest`.\n"
)
LOWERED = ("numpy", "matplotlib", "pooch", "tqdm", "sympy", "scipy")
# matplotlib 3.8 calls names that later versions of pyparsing warn about.
OF_THEIR_TIME = {"pyparsing": "3.1.4"}


def resolve():
    """Return what pip installs for all extras, a line each."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        python = next(
            p for p in (Path(folder) / "bin/python", Path(folder) / "Scripts/python.exe") if p.exists()
        )
        subprocess.run(
            [python, "-m", "pip", "install", "-q", f"{ROOT}[book,site,lab,test,browser,bench]"], check=True
        )
        subprocess.run([python, "-m", "pip", "check"], check=True)
        return subprocess.run(
            [python, "-m", "pip", "freeze", "--exclude", "cnnlab"], check=True, capture_output=True, text=True
        ).stdout


def lowest(frozen):
    """Replace the versions of what the package uses by the lowest ones of pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    ranges = "\n".join(
        [*project["dependencies"], *itertools.chain(*project["optional-dependencies"].values())]
    )
    versions = {name: re.search(rf"^{name}>=([\d.]+)", ranges, re.MULTILINE)[1] for name in LOWERED}
    versions = {name: version + ".0" * (2 - version.count(".")) for name, version in versions.items()}
    for name, version in (versions | OF_THEIR_TIME).items():
        frozen = re.sub(rf"^{name}==.*$", f"{name}=={version}", frozen, flags=re.MULTILINE)
    return frozen


def main():
    frozen = resolve()
    (ROOT / "constraints.txt").write_text(HEADER + frozen, encoding="utf-8")
    (ROOT / "constraints-lowest.txt").write_text(LOWEST_HEADER + lowest(frozen), encoding="utf-8")


if __name__ == "__main__":
    main()
