"""Write constraints.txt: the exact versions that all extras resolve to, in a fresh environment.

usage: python tools/lock.py

Names and versions only: where a package comes from is each machine's own business.
"""

import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
HEADER = "# Written by `make lock`. The versions that the book is built and tested with.\n"


def main():
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["python3", "-m", "venv", folder], check=True)
        python = next(
            p for p in (Path(folder) / "bin/python", Path(folder) / "Scripts/python.exe") if p.exists()
        )
        subprocess.run([python, "-m", "pip", "install", "-q", f"{ROOT}[book,lab,test]"], check=True)
        subprocess.run([python, "-m", "pip", "check"], check=True)
        frozen = subprocess.run(
            [python, "-m", "pip", "freeze", "--exclude", "cnnlab"], check=True, capture_output=True, text=True
        ).stdout
    (ROOT / "constraints.txt").write_text(HEADER + frozen, encoding="utf-8")


if __name__ == "__main__":
    main()
