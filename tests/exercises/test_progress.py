"""What is solved adds up over notebooks, in the reader's own file, and in no other."""

import json
import subprocess
import sys

import pytest

from cnnlab import exercises
from cnnlab.exercises import _progress

NOTEBOOK = "from cnnlab.exercises import *; {}; print(progress())"
RIGHT_ONE = 'check("bias_grad", lambda delta: delta.sum(axis=(0, 1, 2)))'


def right(delta):
    return delta.sum(axis=(0, 1, 2))


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """Let a reader have a file, and nothing in it."""
    monkeypatch.setenv("CNNLAB_PROGRESS", str(tmp_path / "data" / "progress.json"))
    monkeypatch.setattr(_progress, "_here", {})
    return tmp_path / "data" / "progress.json"


def notebook(code):
    """Run code in a Python of its own, as a chapter's notebook does."""
    command = [sys.executable, "-X", "utf8", "-c", NOTEBOOK.format(code)]
    return subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8").stdout


def test_two_notebooks_add_up(kept):
    name = next(n for n in exercises.EXERCISES if n != "bias_grad")
    notebook(RIGHT_ONE)
    said = notebook(f'check("{name}", lambda *args: 3); hint("{name}"); hint("{name}"); hint("bias_grad")')
    assert said.startswith(f"1 of {len(exercises.EXERCISES)} solved")
    assert "✓ 07 bias_grad (1 try, 1 hint)" in said
    assert f"{name} (1 try, 2 hints)" in said and f"Kept in {kept}" in said


def test_what_is_not_written_yet_is_no_try_and_writes_nothing(kept):
    exercises.check("bias_grad", lambda delta: ...)
    exercises.judge(exercises.EXERCISES["bias_grad"], right)
    assert not kept.exists()


@pytest.mark.parametrize("text", ["", "[1, 2]", '{"bias_grad": 3}', '{"bias_grad": {"tries": "x"}}', "{"])
def test_a_file_that_is_not_ours_counts_as_none(kept, text):
    kept.parent.mkdir()
    kept.write_text(text)
    exercises.check("bias_grad", right)
    assert json.loads(kept.read_text()) == {"bias_grad": {"solved": 1, "tries": 1}}


def test_a_folder_that_cannot_be_written_loses_nothing(kept):
    kept.parent.write_text("a file where the folder should be")
    exercises.check("bias_grad", right)
    assert "✓ 07 bias_grad" in str(exercises.progress())


def test_a_test_run_keeps_no_file(monkeypatch):
    monkeypatch.delenv("CNNLAB_PROGRESS", raising=False)
    assert _progress.file() is None
    assert "Kept in" not in str(exercises.progress())


@pytest.mark.parametrize(
    ("platform", "variable", "folder"),
    [
        ("linux", "XDG_DATA_HOME", ".local/share"),
        ("darwin", None, "Library/Application Support"),
        ("win32", "LOCALAPPDATA", "AppData/Local"),
    ],
)
def test_each_system_has_its_data_folder(monkeypatch, tmp_path, platform, variable, folder):
    for name in ("CNNLAB_PROGRESS", "PYTEST_VERSION", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(_progress.sys, "platform", platform)
    monkeypatch.setattr(_progress.Path, "home", lambda: tmp_path)
    assert _progress.file() == tmp_path / folder / "cnnlab" / "progress.json"
    if variable:
        monkeypatch.setenv(variable, str(tmp_path / "elsewhere"))
        assert _progress.file() == tmp_path / "elsewhere" / "cnnlab" / "progress.json"
