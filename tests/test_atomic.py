"""Files that appear whole or not at all. What a model's file owes to this: test_model_files.py."""

import os

import pytest

from cnnlab import _atomic


def test_a_file_takes_its_place_when_the_block_ends_well(tmp_path):
    path = tmp_path / "one"
    path.write_text("old")
    with _atomic.writing(path) as file:
        file.write(b"new")
        file.seek(0)
        assert file.read() == b"new" and path.read_text() == "old"
    assert path.read_text() == "new" and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_block_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, error):
    path = tmp_path / "one"
    path.write_text("old")
    with pytest.raises(error), _atomic.writing(path) as file:
        file.write(b"half")
        raise error
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_said_by_the_name_that_was_asked_for(tmp_path):
    missing = pytest.raises(FileNotFoundError, match=r"no such folder to write into.*nowhere.m\.npz'$")
    with missing, _atomic.writing(tmp_path / "nowhere" / "m.npz"):
        pass


def test_a_replace_that_windows_refuses_is_tried_again(tmp_path, monkeypatch):
    calls, replace = [], os.replace

    def busy(*paths):
        calls.append(paths)
        if len(calls) < 3:
            raise PermissionError
        replace(*paths)

    monkeypatch.setattr(os, "replace", busy)
    monkeypatch.setattr(_atomic.os, "name", "nt")
    (tmp_path / "one").write_text("new")
    _atomic._rename(str(tmp_path / "one"), str(tmp_path / "two"))
    assert len(calls) == 3 and os.path.exists(tmp_path / "two")
