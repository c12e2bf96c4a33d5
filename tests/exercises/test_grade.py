"""The command line that grades a class: what it finds, what stops it, and what it says to a script."""

import csv
import io
import json
import os
import subprocess
import sys

import nbformat
import pytest

from cnnlab.exercises import EXERCISES
from cnnlab.exercises.__main__ import main
from cnnlab.exercises._grade import Submission, as_csv

RIGHT = "def bias_grad(delta):\n    return delta.sum(axis=(0, 1, 2))\n"
WRONG = "import numpy as np\ndef my_bias_grad(delta):\n    return delta.mean(axis=(0, 1, 2))\n"


@pytest.fixture
def grade(tmp_path, capsys):
    """Return a function that writes files, grades them, and returns exit code and what is printed."""

    def run(*options, **contents):
        paths = []
        for name, content in contents.items():
            kind = ".ipynb" if isinstance(content, list) else ".py"
            path = tmp_path / (name + kind)
            if isinstance(content, list):
                cells = [nbformat.v4.new_code_cell(source) for source in content]
                nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
            else:
                path.write_text(content, encoding="utf-8")
            paths.append(str(path))
        code = main(["grade", *paths, *options])
        return code, capsys.readouterr().out

    return run


def test_a_right_file_passes_and_a_wrong_one_is_told_its_mistake(grade):
    assert grade(right=RIGHT)[0] == 0
    code, out = grade("--json", right=RIGHT, wrong=WRONG)
    read = json.loads(out)
    assert code == 1
    assert [[r["passed"] for r in one["results"]] for one in read["files"]] == [[True], [False]]
    assert read["files"][1]["results"][0]["mistake"] == "mean_for_sum"
    assert read["mistakes"] == [{"count": 1, "mistake": "mean_for_sum", "exercise": "bias_grad"}]


def test_a_table_for_a_spreadsheet(grade):
    _, out = grade("--csv", right=RIGHT, wrong=WRONG)
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [(row["exercise"], row["passed"], row["mistake"]) for row in rows] == [
        ("bias_grad", "1", ""),
        ("bias_grad", "0", "mean_for_sum"),
    ]


def test_a_notebook_is_run_cell_by_cell_and_its_magics_are_left_out(grade):
    cells = [
        "%matplotlib inline\n!ls",
        "%%bash\nls",
        "1 / 0",
        "%%time\n" + RIGHT,
        'display("fine")',
        "RIGHT?",
    ]
    cells += [
        "if True:\n    %matplotlib inline\n    %time x = (7\n  % 4)\nassert x == 3",
        "y = !ls",
        "assert x == 3",
    ]
    code, out = grade(notebook=cells)
    assert code == 0 and "✓ bias_grad" in out and "ZeroDivisionError" in out


def test_a_function_that_was_only_imported_is_not_handed_in(grade):
    code, out = grade("--json", lazy="from cnnlab.reference import correlate2d\n" + RIGHT)
    assert code == 0
    assert [result["exercise"] for result in json.loads(out)["files"][0]["results"]] == ["bias_grad"]


def test_what_is_asked_for_and_missing_is_wrong(grade):
    code, out = grade("--exercises", "bias_grad, input_grad_2d", "--json", right=RIGHT)
    results = json.loads(out)["files"][0]["results"]
    assert code == 1 and [(r["exercise"], r["mistake"]) for r in results] == [
        ("bias_grad", None),
        ("input_grad_2d", "missing"),
    ]


def test_what_never_ends_is_stopped_and_what_it_had_found_counts(grade):
    slow = "import time\ndef im2col(a, size):\n    time.sleep(60)\n"
    code, out = grade("--seconds", "7", "--json", endless="while True: pass", slow=RIGHT + slow, right=RIGHT)
    endless, half, right = json.loads(out)["files"]
    assert code == 3
    assert endless["error"] == "stopped after 7 seconds" and not endless["results"]
    assert [result["exercise"] for result in half["results"]] == ["bias_grad"] and not half["graded"]
    assert right["graded"] and right["results"][0]["passed"]


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        ("def f(:", 1, "SyntaxError"),
        ("raise SystemExit", 1, "SystemExit"),
        ("import os; os._exit(0)", 3, "its process ended before it was graded"),
        ("import os; os._exit(7)", 3, "its process ended before it was graded"),
        ("", 1, ""),
        ("bias_grad = 3", 1, ""),
        (RIGHT + "input('your name? ')", 0, "EOFError"),
    ],
)
def test_a_file_that_cannot_be_run_is_reported(grade, content, code, said):
    found, out = grade(bad=content)
    assert found == code and said in out


def test_a_file_that_is_named_like_a_library_harms_nobody(grade):
    code, out = grade(json="raise SystemExit", numpy=RIGHT, right="import json, numpy\n" + RIGHT)
    assert code == 1 and out.count("✓ bias_grad") == 2 and "ended before" not in out


def test_what_is_written_among_the_results_is_left_out(grade):
    meddles = RIGHT + "import sys\nopen(sys.argv[3], 'ab').write(b'\\xff no result\\n[]\\n{}\\n')\n"
    code, out = grade(meddles=meddles, forks=RIGHT + "import os\nif hasattr(os, 'fork'): os.fork()\n")
    assert code == 0 and out.count("1 of 1 right") == 2


def test_a_thread_that_never_ends_does_not_hold_it_up(grade):
    waits = RIGHT + "import threading, time\nthreading.Thread(target=time.sleep, args=(99,)).start()\n"
    assert grade("--seconds", "20", waits=waits)[0] == 0


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("latin.py", b"# -*- coding: latin-1 -*-\n# \xe9\n" + RIGHT.encode(), "✓ bias_grad"),
        ("unknown.py", b"# \xe9\n" + RIGHT.encode(), "cannot be read (SyntaxError"),
        ("empty.ipynb", b"", "cannot be read (JSONDecodeError"),
        ("list.ipynb", b"[]", "cannot be read (TypeError"),
        ("old.ipynb", b'{"worksheets": []}', "cannot be read (KeyError"),
        ("odd.ipynb", b'{"cells": [{}, {"cell_type": "code", "source": null}]}', "0 of 0 right"),
        ("LOUD.PY", RIGHT.encode(), "✓ bias_grad"),
    ],
)
def test_odd_files_are_read_or_said_to_be_unreadable(tmp_path, capsys, name, content, said):
    (tmp_path / name).write_bytes(content)
    main(["grade", str(tmp_path / name)])
    assert said in capsys.readouterr().out


def test_folders_and_patterns_and_what_is_not_there(tmp_path, capsys):
    for name in ("a", "b"):
        (tmp_path / f"{name}.py").write_text(RIGHT)
    (tmp_path / "notes.txt").write_text("no code")
    (tmp_path / ".ipynb_checkpoints").mkdir()
    (tmp_path / ".ipynb_checkpoints" / "a.py").write_text(WRONG)
    (tmp_path / "student c").mkdir()
    (tmp_path / "student c" / "c.py").write_text(RIGHT)
    assert main(["grade", str(tmp_path)]) == 0
    assert "The class: 3 files" in capsys.readouterr().out
    (tmp_path / "student c" / "c.py").unlink()
    for argument in (str(tmp_path), str(tmp_path / "*.py")):
        assert main(["grade", argument]) == 0
        assert "The class: 2 files" in capsys.readouterr().out
    assert main(["grade", str(tmp_path / "none.py"), str(tmp_path / "notes.txt")]) == 3
    out = capsys.readouterr().out
    assert "no such file" in out and "neither .py nor .ipynb" in out
    for usage in (
        ["grade"],
        ["grade", "x.py", "--exercises", "nothing"],
        ["grade", "x.py", "--seconds", "0"],
        [],
    ):
        with pytest.raises(SystemExit) as stopped:
            main(usage)
        assert stopped.value.code == 2


def test_it_says_that_it_is_no_sandbox(tmp_path):
    command = [sys.executable, "-m", "cnnlab.exercises"]
    for words in (["grade", "--help"], ["grade", str(tmp_path / "none.py")]):
        done = subprocess.run([*command, *words], capture_output=True, text=True, encoding="utf-8")
        assert "no sandbox" in done.stdout + done.stderr
    listed = subprocess.run([*command, "list"], capture_output=True, text=True, encoding="utf-8", check=True)
    assert len(listed.stdout.splitlines()) == len(EXERCISES)


def test_a_library_that_is_missing_costs_only_what_needs_it(grade):
    hers = "from __future__ import annotations\nimport no_such_library as torch\n\n" + RIGHT
    hers += "\n\nclass Net(torch.nn.Module):\n    pass\n"
    code, out = grade(hers=hers)
    assert code == 0 and "✓ bias_grad" in out
    assert "hers.py, line 2: ModuleNotFoundError" in out


def test_every_file_of_a_folder_stands_in_the_report(tmp_path, capsys):
    (tmp_path / "a.py").write_text(RIGHT)
    (tmp_path / "README.md").write_text("# Sheet 3")
    (tmp_path / "sol.py.txt").write_text(RIGHT)
    (tmp_path / "mine.txt").write_text(RIGHT)
    (tmp_path / "sol.zip").write_bytes(b"PK")
    assert main(["grade", str(tmp_path)]) == 3  # three may be submissions, and are not graded
    out = capsys.readouterr().out
    assert out.count("left out: ") == 3 and out.count("not a submission") == 1 and "The class: 4 files" in out
    for name in ("sol.py.txt", "mine.txt", "sol.zip"):
        (tmp_path / name).unlink()
    assert main(["grade", str(tmp_path)]) == 0


def test_what_could_not_be_run_is_not_missing_and_what_is_cnnlabs_own_is_told(grade):
    _, out = grade("--json", "--exercises", "bias_grad,im2col", broken="def f(:")
    assert {result["mistake"] for result in json.loads(out)["files"][0]["results"]} == {"not_run"}
    _, out = grade(
        "--json",
        "--exercises",
        "bias_grad",
        none="x = 1",
        own="import cnnlab\nbias_grad = cnnlab.conv2d_bias_grad",
    )
    none, own = (one["results"][0] for one in json.loads(out)["files"])
    assert none["mistake"] == "missing"
    assert own["mistake"] == "calls_the_answer" and "cnnlab.conv2d_bias_grad" in own["message"]


def test_a_spreadsheet_computes_nothing():
    for cell in ("=1+1", "+1", "-1", "@x"):
        assert as_csv([Submission(cell, error=cell)]).splitlines()[1].startswith("'" + cell)


@pytest.mark.parametrize("encoding", ["gbk", "cp1252", "cp437", "shift_jis", "latin-1", "ascii", "utf-8"])
def test_a_report_prints_wherever_python_prints(tmp_path, encoding):
    for name, content in (("李雷.py", RIGHT), ("Müller.py", WRONG)):
        (tmp_path / name).write_text(content, encoding="utf-8")
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    for form, written in ((), encoding), (("--csv",), "utf-8-sig"), (("--json",), "utf-8"):
        done = subprocess.run(
            [sys.executable, "-m", "cnnlab.exercises", "grade", str(tmp_path), *form],
            env=environment, capture_output=True, check=False,
        )  # fmt: skip
        assert done.returncode == 1, done.stderr
        report = done.stdout.decode(written)
        assert "mean_for_sum" in report and "?" not in report
        if form == ("--json",):
            report = "".join(one["file"] for one in json.loads(report)["files"])
        if form or encoding == "utf-8":
            assert "李雷" in report and "Müller" in report


def test_a_closed_pipe_ends_quietly(tmp_path):
    (tmp_path / "a.py").write_text(RIGHT)
    command = [sys.executable, "-m", "cnnlab.exercises", "grade", str(tmp_path)]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert b"Traceback" not in done.stderr and b"BrokenPipe" not in done.stderr


def test_no_name_steers_a_terminal(tmp_path, capsys):
    path = tmp_path / "a\x1b[31m\u202e.py"
    path.write_text(RIGHT)
    main(["grade", str(path)])
    out = capsys.readouterr().out
    assert "\x1b" not in out and "\u202e" not in out and "\\x1b" in out
