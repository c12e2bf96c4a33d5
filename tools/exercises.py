"""Write the section "Exercises" of every chapter from cnnlab.exercises, so that the two cannot drift apart.

usage: python tools/exercises.py     then run tools/notebooks.py, which executes what is new
"""

import inspect
from pathlib import Path

import nbformat

from cnnlab import exercises

BOOK = Path(__file__).parents[1] / "book"
HOW = "{ref}`how the exercises work <exercises>`"
INTRODUCTION = f"## Exercises\n\nYour function is checked, and its mistake named: {HOW}."


def label(exercise):
    return "ex-" + exercise.name.replace("_", "-")


def task(exercise):
    """Return the exercise as a directive: title, difficulty, time, text."""
    stars = "★" * exercise.level + "☆" * (3 - exercise.level)
    head = f"`{exercise.name}` · {stars} ({exercise.level} of 3) · about {exercise.minutes} minutes"
    text = f"{head}\n\n{exercise.task.strip()}"
    return f":::{{exercise}} {exercise.title}\n:label: {label(exercise)}\n\n{text}\n:::"


def starter(exercise):
    """Return a cell that runs as it stands, and says "not yet"."""
    name, arguments = exercise.name, ", ".join(exercise.parameters)
    return f'def my_{name}({arguments}):\n    ...\n\nexercises.check("{name}", my_{name})'


def answer(exercise):
    """Return the solution, folded; it stands in the package alone, and a notebook does not show it."""
    module = Path(inspect.getsourcefile(exercise.solution)).relative_to(BOOK.parent).as_posix()
    code = f"```{{literalinclude}} ../{module}\n:pyobject: {exercise.name}\n:language: python\n```"
    return f":::{{solution}} {label(exercise)}\n:class: dropdown\n\n{code}\n:::"


def section(chapter):
    """Return the cells of a chapter's section."""
    text, code = nbformat.v4.new_markdown_cell, nbformat.v4.new_code_cell
    cells, before = [], INTRODUCTION
    for exercise in chapter.EXERCISES:
        cells += [text(f"{before}\n\n{task(exercise)}"), code(starter(exercise))]
        before = answer(exercise)
    names = ", ".join(f'"{exercise.name}"' for exercise in chapter.EXERCISES)
    solved = code(
        f"for name in ({names},):\n"
        "    exercise = exercises.EXERCISES[name]\n"
        "    assert exercises.judge(exercise, exercise.solution)"
    )
    solved.metadata["tags"] = ["remove-cell"]
    return [*cells, solved, text(before)]


def path(chapter):
    """Return the notebook that an exercise's module belongs to."""
    number = exercises.CHAPTERS.index(chapter)
    return next(BOOK.glob(f"{number:02}_*.ipynb"))


def replaced(cells, new):
    """Return the cells of a notebook with the section between its questions and what to remember."""
    end = next(k for k, cell in enumerate(cells) if cell.source.startswith("## What to remember"))
    starts = [k for k, cell in enumerate(cells) if cell.source.startswith("## Exercises")]
    stored = {(cell.cell_type, cell.source): cell for cell in cells}  # what has not changed keeps its output
    kept = [stored.get((cell.cell_type, cell.source), cell) for cell in new]
    return cells[: starts[0] if starts else end] + kept + cells[end:]


def main():
    for chapter in exercises.CHAPTERS:
        notebook = nbformat.read(path(chapter), as_version=4)
        notebook.cells = replaced(notebook.cells, section(chapter))
        nbformat.write(notebook, path(chapter))


if __name__ == "__main__":
    main()
