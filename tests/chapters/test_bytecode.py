"""Bytecode for the pages: it says what its source says, and its digest is listed."""

import hashlib
import importlib
import io
import json
import sys
import zipfile

import bytecode

SOURCE = '"""A word."""\n\n\ndef double(x):\n    """Two times."""\n    return 2 * x\n'


def archive(path, files):
    """Write a wheel."""
    with zipfile.ZipFile(path, "w") as out:
        for name, text in files.items():
            out.writestr(name, text)
    return path


def test_bytecode_takes_the_place_of_sources_and_works(tmp_path, monkeypatch):
    files = {"planted_one.py": SOURCE, "sympy_one.py": SOURCE, "x/tests/test_x.py": "", "x/data.txt": "kept"}
    made = bytecode.compiled(archive(tmp_path / "w.whl", files).read_bytes())
    assert made == bytecode.compiled((tmp_path / "w.whl").read_bytes())
    names = zipfile.ZipFile(io.BytesIO(made)).namelist()
    assert names == ["planted_one.pyc", "sympy_one.pyc", "x/data.txt"]
    (tmp_path / "made.zip").write_bytes(made)
    monkeypatch.syspath_prepend(str(tmp_path / "made.zip"))
    plain, without = importlib.import_module("planted_one"), importlib.import_module("sympy_one")
    assert plain.double(3) == without.double(3) == 6
    assert plain.double.__doc__ == "Two times." and without.double.__doc__ is None
    for name in ("planted_one", "sympy_one"):
        del sys.modules[name]


def test_the_list_knows_what_was_added_and_what_was_compiled(tmp_path):
    folder = tmp_path / "distribution"
    folder.mkdir()
    (folder / "pyodide-lock.json").write_text(json.dumps({"packages": {}}))
    archive(folder / "python_stdlib.zip", {"one.py": SOURCE})
    wheel = archive(tmp_path / "a_name-1.2-py3-none-any.whl", {"a_name/__init__.py": SOURCE, "other.py": ""})
    bytecode.add(folder, wheel, ["numpy"])
    bytecode.compile_all(folder)
    (entry,) = json.loads((folder / "pyodide-lock.json").read_text())["packages"].values()
    assert entry["name"] == "a-name" and entry["version"] == "1.2" and entry["depends"] == ["numpy"]
    assert entry["imports"] == ["a_name", "other"]
    assert entry["sha256"] == hashlib.sha256((folder / wheel.name).read_bytes()).hexdigest()
    assert zipfile.ZipFile(folder / "python_stdlib.zip").namelist() == ["one.pyc"]
