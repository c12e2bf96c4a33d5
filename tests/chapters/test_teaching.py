"""The examples for classes: they run as they stand, and set exercises that exist."""

import re
import shutil
import subprocess
import sys
import textwrap

import numpy as np
from helpers.notebooks import BOOK, ROOT

import cnnlab
from cnnlab.exercises import CHAPTERS, EXERCISES, check

EXAMPLES = ROOT / "examples"


def test_the_pytest_example_passes_what_is_right_and_names_what_is_not(tmp_path):
    shutil.copytree(EXAMPLES / "pytest", tmp_path / "class")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_submission.py"]
    done = subprocess.run(
        command, cwd=tmp_path / "class", capture_output=True, text=True, encoding="utf-8"
    )  # a folder of its own: our settings do not reach it
    assert "1 failed, 2 passed" in done.stdout
    assert "input_grad_2d: not right yet (kernel_not_rotated)" in done.stdout


def test_the_otter_example_asks_for_exercises_that_exist():
    tests = sorted((EXAMPLES / "otter" / "tests").glob("*.py"))
    assert len(tests) == 3
    for path in tests:
        source = path.read_text(encoding="utf-8")
        compile(source, path.name, "exec")
        assert path.stem in EXERCISES
        assert f'env.get("my_{path.stem}") or env.get("{path.stem}")' in source
        assert f'check("{path.stem}", function)' in source


def test_the_page_for_teachers_lists_every_exercise_as_it_is():
    page = (BOOK / "teaching.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \{ref\}`(\d+) <[\w-]+>` \| `(\w+)` \| (\d) \| (\d+) \|$", page, re.MULTILINE)
    assert [(int(k), name, int(level), int(minutes)) for k, name, level, minutes in rows] == [
        (k, exercise.name, exercise.level, exercise.minutes)
        for k, chapter in enumerate(CHAPTERS)
        for exercise in chapter.EXERCISES
    ]
    for name in re.findall(r"`(\w+_\w+)`", page.split("## All exercises")[0]):
        assert name in EXERCISES, name


def test_the_code_on_the_page_for_teachers_runs():
    page = (BOOK / "teaching.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^( *)```py\n(.*?)^\1```", page, re.DOTALL | re.MULTILINE)
    assert len(blocks) >= 4
    for _, block in blocks:
        namespace = {"np": np, "my_function": lambda delta, w: None}
        exec(compile(textwrap.dedent(block), "teaching.md", "exec"), namespace)
        if "test" in namespace:
            namespace["test"](
                lambda delta, a: cnnlab.reference.conv2d_weight_grad(delta, a, (4, 3, 2, 3), dilation=2)
            )
        if "input_grad" in namespace:
            assert check("input_grad_2d", namespace["input_grad"]).mistake == "kernel_not_rotated"
