"""The command line: python -m cnnlab.exercises grade FILE … ; python -m cnnlab.exercises list."""

import argparse
import io
import math
import os
import sys
from pathlib import Path

from cnnlab.exercises import CHAPTERS, EXERCISES, _grade

NO_SANDBOX = (
    "Files run in processes of their own, with a time limit; but this is no sandbox: they may do on this machine "
    "whatever you may do. For strangers' code, use a grader that isolates it."
)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m cnnlab.exercises", description="The exercises of the book."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="list all exercises")
    grade = commands.add_parser("grade", help="grade files of a class", description=f"Grade files. {NO_SANDBOX}",
                                epilog="Exit code: 0 all right, 1 something wrong or missing, 2 bad usage, 3 a file could not be graded.")  # fmt: skip
    grade.add_argument(
        "files", nargs="+", metavar="FILE", help="a .py or .ipynb file, a pattern, or a folder"
    )
    grade.add_argument("--exercises", metavar="NAMES", default="",
                       help="comma-separated: grade these, and count a missing one as wrong (default: what is there)")  # fmt: skip
    grade.add_argument("--seconds", type=float, default=60, help="the time limit for one file (default: 60)")
    grade.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many files side by side")
    form = grade.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="everything, for a program")
    form.add_argument("--csv", action="store_true", help="a row for each exercise of each file")
    run = commands.add_parser("run")  # one file, in the process that `grade` starts
    run.add_argument("file", type=Path)
    run.add_argument("out", type=Path)
    run.add_argument("names", nargs="*")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.command == "list":
        for number, chapter in enumerate(CHAPTERS):
            for exercise in chapter.EXERCISES:
                print(f"{number:02}  {exercise.name}({', '.join(exercise.parameters)})  {exercise.title}")
        return 0
    if given.command == "run":
        _grade.run_file(given.file, given.out, given.names)
        os._exit(0)  # whatever threads a file has left running
    names = [name.strip() for name in given.exercises.split(",") if name.strip()]
    if unknown := [name for name in names if name not in EXERCISES]:
        parser.error(f"--exercises: got {', '.join(unknown)}, expected names of exercises (see: list)")
    if not 0 < given.seconds < math.inf or given.jobs < 1:  # nan, too
        parser.error("--seconds and --jobs: expected positive numbers")
    paths = _grade.files(given.files)
    if not paths:
        parser.error(f"FILE: got {' '.join(given.files)}, expected at least one file")
    if not given.json and not given.csv:
        print(NO_SANDBOX, file=sys.stderr)
    submissions = list(_grade.grade_all(paths, names, given.seconds, given.jobs))
    if given.json:
        _write(_grade.as_json(submissions), "utf-8")
    elif given.csv:
        _write(_grade.as_csv(submissions), "utf-8-sig")
    else:
        _write(_grade.as_text(submissions))
    return _grade.exit_code(submissions)


def _write(report: str, encoding: str = "") -> None:
    """Print a report wherever Python prints: data in an encoding of their own, text in that of the terminal."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        if encoding:
            sys.stdout.reconfigure(encoding=encoding)
        else:
            report = _grade.printable(report, sys.stdout.encoding)
    try:
        print(report, flush=True)
    except BrokenPipeError:  # `| head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
