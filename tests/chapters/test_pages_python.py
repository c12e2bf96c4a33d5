"""Python for the pages: only listed files are taken, wherever they come from, and none stops a build."""

import hashlib
import json

import pytest
from helpers.notebooks import BOOK, ROOT, load, spine

tool = load(ROOT / "tools" / "python_for_pages.py")
FILES = {"one.mjs": b"one", "two.whl": b"two"}


@pytest.fixture
def listed(tmp_path, monkeypatch):
    """Let the list have two small files, and a folder hold them."""
    files = {name: {"sha256": hashlib.sha256(data).hexdigest(), "size": 3} for name, data in FILES.items()}
    lock = {"info": {}, "packages": {"two": {"file_name": "two.whl", "depends": []}}}
    monkeypatch.setattr(tool, "LIST", {"version": "1", "official": "none", "files": files, "lock": lock})
    monkeypatch.setattr(tool, "KEPT", tmp_path / "kept")
    folder = tmp_path / "mirror"
    folder.mkdir()
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    monkeypatch.setenv("CNNLAB_PYODIDE", str(folder))
    return folder


def test_files_come_from_the_named_folder_once(listed, tmp_path, capsys):
    tool.main()
    assert tool.complete(tmp_path / "kept")
    lock = json.loads((tmp_path / "kept" / "pyodide-lock.json").read_text())
    assert lock["packages"]["two"]["sha256"] == hashlib.sha256(b"two").hexdigest()
    (listed / "one.mjs").unlink()
    tool.main()  # asks for nothing
    assert "kept from before" in capsys.readouterr().out.splitlines()[-1]


def test_a_changed_file_is_fetched_again(listed, tmp_path):
    tool.main()
    (tmp_path / "kept" / "two.whl").write_bytes(b"owt")
    assert not tool.complete(tmp_path / "kept")
    tool.main()
    assert tool.complete(tmp_path / "kept")


@pytest.mark.parametrize("spoil", ["another", "missing"])
def test_what_is_not_the_listed_file_is_not_kept_and_the_build_goes_on(listed, tmp_path, capsys, spoil):
    if spoil == "another":
        (listed / "two.whl").write_bytes(b"another")
    else:
        (listed / "two.whl").unlink()
    tool.main()
    (line,) = capsys.readouterr().out.splitlines()
    assert "could not be fetched" in line and "two.whl" in line and not (tmp_path / "kept").exists()


def test_the_list_has_all_that_its_packages_need():
    given = json.loads((ROOT / "browser" / "python" / "distribution.json").read_text(encoding="utf-8"))
    packages = given["lock"]["packages"]
    assert {"numpy", "sympy", "matplotlib", "threadpoolctl"} <= set(packages)
    for package in packages.values():
        assert set(package["depends"]) <= set(packages) and package["file_name"] in given["files"]
    for entry in given["files"].values():
        assert len(entry["sha256"]) == 64 and entry["size"] > 0


def test_heavy_cells_have_a_small_version_that_can_be_read():
    cells = load(BOOK / "_ext" / "cells.py")
    found = []
    for path in BOOK.glob("*.ipynb"):
        for _, cell in cells.code_cells(path):
            known = cells.described(path.stem, cell)
            if "small" in known:
                compile(known["small"], path.stem, "exec")
                assert known["small"] != cell.source and known["minutes"] >= 5
                found.append(path.stem)
    assert sorted(found) == sorted(name for name, *_ in cells.HEAVY)


def test_the_files_that_cells_read_lie_beside_the_pages():
    cells = load(BOOK / "_ext" / "cells.py")
    read = {}
    for path in sorted(BOOK.glob("[0-9]*.ipynb")):
        files = spine.read_by(cell.source for _, cell in cells.code_cells(path))
        read |= {path.stem: files} if files else {}
        assert all((BOOK / name).exists() for name in files)
    assert read == {
        "08_vectorization": ["data/speed.json"],
        "09_general_layer": ["data/torch_vectors.npz"],
    }


def test_the_editor_is_bundled_as_the_lock_file_says(tmp_path):
    javascript = load(ROOT / "tools" / "javascript.py")
    javascript.install()
    javascript.bundle(tmp_path / "codemirror.js")
    assert (tmp_path / "codemirror.js").read_bytes() == javascript.BUNDLE.read_bytes()
    assert b"MIT License" in javascript.BUNDLE.read_bytes()[:3000]
