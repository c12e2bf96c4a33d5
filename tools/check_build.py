"""Look at the built book: every page of the table of contents is there, and the training has succeeded.

usage: python tools/check_build.py      (after `make book`)
"""

import re
from pathlib import Path

BOOK = Path(__file__).parents[1] / "book"
HTML = BOOK / "_build" / "html"
WANTED = 97.0  # percent


def main():
    toc = (BOOK / "_toc.yml").read_text(encoding="utf-8")
    pages = re.findall(r"(?:root|file): (\S+)", toc)
    missing = [page for page in pages if not (HTML / f"{page}.html").exists()]
    if missing:
        raise SystemExit(f"{HTML}: the build left out {', '.join(missing)}")
    training = (HTML / "11_training.html").read_text(encoding="utf-8")
    found = re.search(r"([\d.]+)% of the 1000 test digits read correctly", training)
    if not found or float(found[1]) < WANTED:
        raise SystemExit(f"11_training.html: expected at least {WANTED} % of the test digits read correctly")
    print(f"{len(pages)} pages; the network reads {found[1]} % of the test digits")


if __name__ == "__main__":
    main()
