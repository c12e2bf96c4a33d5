"""Put JupyterLite into the built book: every chapter opens as a notebook, with nothing installed.

usage: python tools/lite.py    (after the book has been built)

It shares Python with the pages: see tools/python_for_pages.py and tools/bytecode.py.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import bytecode
import readable

ROOT = Path(__file__).parents[1]
HTML = ROOT / "book" / "_build" / "html"
KERNEL = "@jupyterlite/pyodide-kernel-extension:kernel"
# All that chapters import: the kernel looks for missing ones at an index on the net, and never comes back.
PACKAGES = ["numpy", "matplotlib", "pillow", "sympy", "threadpoolctl"]

SETTINGS = {
    "jupyter-lite-schema-version": 0,
    "jupyter-config-data": {
        "appName": "Back-propagation through convolutional networks",
        "litePluginSettings": {
            KERNEL: {
                "pyodideUrl": "./../_static/pyodide/pyodide.mjs",
                "disablePyPIFallback": True,
                "loadPyodideOptions": {"packages": ["micropip", *bytecode.IPYTHON, "cnnlab"]},
            }
        },
    },
}
BUILD = {
    "LiteBuildConfig": {
        "contents": ["chapters"],
        "output_dir": str(HTML / "lite"),
        "apps": ["notebooks", "tree"],
        "no_sourcemaps": True,
        "no_unused_shared_packages": True,
    }
}


def add_package(folder):
    """Put our own package beside Python."""
    with tempfile.TemporaryDirectory() as made:
        command = [sys.executable, "-m", "pip", "wheel", "-qq", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([*command, "-w", made, ROOT], check=True)
        bytecode.add(folder, next(Path(made).glob("*.whl")), PACKAGES)


def main():
    """Build JupyterLite with the chapters."""
    if not (HTML / "_static" / "pyodide").exists():
        sys.exit("JupyterLite needs Python beside the pages, which could not be fetched: see the lines above")
    add_package(HTML / "_static" / "pyodide")
    with tempfile.TemporaryDirectory() as folder:
        readable.write_all(Path(folder) / "chapters")
        (Path(folder) / "jupyter-lite.json").write_text(json.dumps(SETTINGS))
        (Path(folder) / "jupyter_lite_config.json").write_text(json.dumps(BUILD))
        command = [sys.executable, "-m", "jupyter", "lite", "build", "--lite-dir", "."]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr + done.stdout)
    size = sum(file.stat().st_size for file in (HTML / "lite").rglob("*") if file.is_file()) / 1e6
    print(f"JupyterLite: {size:.0f} MB in {HTML / 'lite'}", flush=True)


if __name__ == "__main__":
    main()
