"""Grades the files of a class, each in a process of its own and with a time limit.

This is no sandbox: a file may do whatever its author may do on this machine.
"""

import ast
import collections
import contextlib
import csv
import io
import json
import linecache
import os
import re
import signal
import subprocess
import sys
import tempfile
import tokenize
import types
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

KINDS = (".py", ".ipynb")


@dataclass(frozen=True)
class Result:
    """What became of one exercise in one file."""

    exercise: str
    passed: bool
    mistake: str | None
    message: str


@dataclass
class Submission:
    """One file: its results, and why it could not be graded to the end, if so."""

    file: str
    results: list[Result] = field(default_factory=list)
    error: str = ""
    graded: bool = True  # False if there was no file, or no end
    handed_in: bool = True  # False if it is none of a student's: a README, a picture


def files(arguments: Iterable[str]) -> list[Path]:
    """Return the files that are named: a pattern for all that match, a folder for all that lie below it."""
    found: list[Path] = []
    for argument in arguments:
        path = Path(argument)
        if path.is_dir():
            found += sorted(
                inner for inner in path.rglob("*") if inner.is_file() and _visible(inner.relative_to(path))
            )
        elif any(sign in argument for sign in "*?[") and not path.exists():  # a shell may leave this to us
            found += sorted(path.parent.glob(path.name))
        else:
            found.append(path)
    return list(dict.fromkeys(found))


def _visible(path: Path) -> bool:
    """Leave out what a notebook server or Python has put beside the files."""
    return not any(part.startswith((".", "__")) for part in path.parts)


def _may_be_code(path: Path) -> bool:
    """Tell whether a file that cannot be run may be a submission all the same: an archive, or code with another suffix."""
    suffix = path.suffix.lower()
    if any(kind in path.name.lower() for kind in KINDS) or suffix in (".zip", ".rar", ".7z", ".tar", ".gz"):
        return True
    return suffix == ".txt" and "def " in path.read_text(encoding="utf-8", errors="replace")[:100_000]


def grade(path: Path, names: Sequence[str], seconds: float) -> Submission:
    """Grade one file in a process of its own; what it had found before the time was up counts."""
    submission = Submission(_shown(str(path)))
    if path.suffix.lower() in KINDS and path.is_file():
        _grade(path, names, seconds, submission)
    elif not path.is_file():
        submission.error, submission.graded = "no such file", False
    elif _may_be_code(path):
        submission.error = f"left out: {path.suffix} is neither .py nor .ipynb; ask for one of these, since there may be a submission in it"
        submission.graded = False
    else:
        submission.error, submission.handed_in = "not a submission: neither .py nor .ipynb", False
        return submission
    found = {result.exercise for result in submission.results}
    kind = "not_run" if submission.error else "missing"
    submission.results += [Result(name, False, kind, "Not graded.") for name in names if name not in found]
    return submission


def _grade(path: Path, names: Sequence[str], seconds: float, submission: Submission) -> None:
    """Start the process of one file, and read what it writes."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "results")
        out.touch()
        # -P: a file that is called json.py is no library, for us and for the others in its folder.
        command = [
            sys.executable,
            "-P",
            "-m",
            "cnnlab.exercises",
            "run",
            str(path.resolve()),
            str(out),
            *names,
        ]
        environment = {**os.environ, "MPLBACKEND": "agg", "PYTHONIOENCODING": "utf-8"}
        process = subprocess.Popen(
            command, cwd=path.resolve().parent, env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        late = False
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            late = True
        finally:
            _end(process)
        ended = _read(out, submission)
    if late:
        submission.error, submission.graded = f"stopped after {seconds:g} seconds", False
    elif not ended:
        submission.error, submission.graded = "its process ended before it was graded", False


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a process, and what it has started, where the system can name that as a group."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()


def _read(out: Path, submission: Submission) -> bool:
    """Read the results, a line each, the first for each exercise; return whether the last line is there."""
    ended = False
    with contextlib.suppress(OSError):
        for line in out.read_text(encoding="utf-8", errors="replace").splitlines():
            with contextlib.suppress(ValueError, TypeError, KeyError):  # a line that is not of ours
                record = json.loads(line)
                if "failed" in record:
                    submission.error, ended = str(record["failed"]), True
                elif record["exercise"] not in {result.exercise for result in submission.results}:
                    submission.results.append(Result(**record))
    return ended


def _shown(text: str) -> str:
    """Write a name so that it can be printed anywhere: no signs that steer a terminal, and one line."""
    return "".join(sign if sign.isprintable() else f"\\x{ord(sign):02x}" for sign in text)


def printable(text: str, encoding: str) -> str:
    """Write what an encoding lacks in other signs: the marks as words, all else by number."""
    for sign, word in (("✓", "right:"), ("✗", "wrong:"), ("×", "x")):
        try:
            sign.encode(encoding)
        except UnicodeEncodeError:
            text = text.replace(sign, word)
    return text.encode(encoding, errors="backslashreplace").decode(encoding)


def grade_all(paths: Sequence[Path], names: Sequence[str], seconds: float, jobs: int) -> Iterator[Submission]:
    """Grade files side by side, in their order, with a bar if there is a library for it."""
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        graded: Iterable[Submission] = pool.map(lambda path: grade(path, names, seconds), paths)
        try:
            from tqdm import tqdm
        except ImportError:
            yield from graded
        else:
            # On a terminal only, and not for a handful of files.
            yield from tqdm(graded, total=len(paths), unit="file", disable=len(paths) < 5 or None)


def run_file(path: Path, out: Path, names: Sequence[str]) -> None:
    """Load a file and check its functions, one line of JSON for each; this is what the process does."""
    from cnnlab.exercises import EXERCISES, check

    with out.open("a", encoding="utf-8", buffering=1) as stream:
        namespace, failed = load(path)
        for name in names or EXERCISES:
            function = _own(namespace, name)
            if isinstance(function, str):
                result = Result(
                    name,
                    False,
                    "calls_the_answer",
                    f"`{function}` is a function of cnnlab. Write it yourself.",
                )
            elif function is not None:
                report = check(name, function)
                result = Result(name, report.passed, report.mistake, report.message)
            elif names:
                kind = "not_run" if failed else "missing"
                result = Result(name, False, kind, f"There is no function {name} or my_{name}.")
            else:
                continue
            stream.write(json.dumps(asdict(result)) + "\n")
        stream.write(json.dumps({"failed": failed}) + "\n")


def load(path: Path) -> tuple[dict[str, Any], str]:
    """Run a file, cell by cell if it is a notebook; return its names, and the first thing that failed."""
    module = types.ModuleType("submission")
    module.__dict__.update(__file__=str(path), display=print)
    sys.modules["submission"] = module  # where some libraries look it up
    sys.path.append(str(path.parent))  # at the end: a file named like a library is not that library
    failed = ""
    try:
        pieces = _pieces(path)
    except (OSError, ValueError, SyntaxError, LookupError, TypeError, AttributeError) as error:
        return module.__dict__, f"{path.name}: cannot be read ({_said(error)})"
    for where, file, source in pieces:
        try:
            code = _compiled(source, file)
            exec(code, module.__dict__)
        except BaseException as error:
            failed = failed or f"{where}: {_said(error)}"
    return module.__dict__, failed


def _said(error: BaseException) -> str:
    """Write an error on one line, even if it does not want to be written."""
    try:
        return f"{type(error).__name__}: {error}".splitlines()[0][:300]
    except Exception:
        return type(error).__name__


def _pieces(path: Path) -> list[tuple[str, str, str | ast.Module]]:
    """Return (where, file, source) for each part of a file that runs by itself: a cell, or a statement of a module.

    So a module whose `import torch` fails loses what needs torch, and nothing else.
    `file` is what a traceback calls it.
    """
    if path.suffix.lower() == ".py":
        with tokenize.open(path) as stream:  # in the encoding that it declares
            source = stream.read()
        _remember(path.name, source)
        body = ast.parse(source, path.name).body
        future = [node for node in body if isinstance(node, ast.ImportFrom) and node.module == "__future__"]
        rest = [node for node in body if node not in future]
        return [
            (f"{path.name}, line {node.lineno}", path.name, ast.Module([*future, node], [])) for node in rest
        ]
    cells = json.loads(path.read_text(encoding="utf-8-sig"))["cells"]
    sources = ["".join(cell.get("source") or "") for cell in cells if cell.get("cell_type") == "code"]
    titles = [f"{path.name}, cell {k}" for k in range(1, len(sources) + 1)]
    for title, source in zip(titles, sources, strict=True):
        _remember(title, source)
    return [(title, title, source) for title, source in zip(titles, sources, strict=True)]


def _remember(file: str, source: str) -> None:
    """Let a traceback show the lines."""
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)


def _compiled(source: str | ast.Module, file: str) -> types.CodeType:
    """Compile a piece as it is; if that fails for a cell, without what only a notebook understands."""
    try:
        return compile(source, file, "exec", dont_inherit=True)
    except SyntaxError:
        if isinstance(source, ast.Module):
            raise
        return compile(_without_magic(source), file, "exec", dont_inherit=True)


def _without_magic(source: str) -> str:
    """Leave out magics, shell commands and questions; of a timed statement, the statement stays."""
    source = source.lstrip()
    if source.startswith("%%") and not source.startswith(("%%time\n", "%%capture")):
        return ""
    source = re.sub(r"^(\s*)%time(it)? ", r"\1", source, flags=re.MULTILINE)
    return re.sub(r"^(\s*)([%!].*|[\w.]+\?{1,2}|\w+ = [%!].*)$", r"\1pass", source, flags=re.MULTILINE)


def _own(namespace: dict[str, Any], name: str) -> Any:
    """Return the function that a file wrote for an exercise, or the name of cnnlab's that it has put in its place.

    A function that it only imported from cnnlab, under its own name, is none.
    """
    for key in (f"my_{name}", name):
        function = namespace.get(key)
        if not callable(function):
            continue
        if not str(getattr(function, "__module__", "")).startswith("cnnlab"):
            return function
        if getattr(function, "__name__", key) != key:
            return f"cnnlab.{function.__name__}"
    return None


def mistakes(submissions: Iterable[Submission]) -> list[tuple[int, str, str]]:
    """Count which mistake was made how often, in which exercise; the most frequent first."""
    seen = collections.Counter(
        (result.mistake or "unknown", result.exercise)
        for submission in submissions
        for result in submission.results
        if not result.passed
    )
    return [(count, mistake, exercise) for (mistake, exercise), count in seen.most_common()]


def as_text(submissions: Sequence[Submission]) -> str:
    """Return one report a file, and one on the class."""
    lines = []
    for submission in submissions:
        right = sum(result.passed for result in submission.results)
        lines.append(f"{submission.file}: {right} of {len(submission.results)} right")
        for result in submission.results:
            sign, name = (
                ("✓", "") if result.passed else ("✗", f" {result.mistake or 'unknown'}: {result.message}")
            )
            lines.append(f"  {sign} {result.exercise}{name}")
        if submission.error:
            lines.append(f"  ! {submission.error}")
    students = [one for one in submissions if one.handed_in]
    if len(students) > 1:
        lines += ["", f"The class: {len(students)} files"]
        lines += [
            f"  {count} × {mistake} in {exercise}" for count, mistake, exercise in mistakes(submissions)
        ]
    return "\n".join(lines)


def as_json(submissions: Sequence[Submission]) -> str:
    """Return everything, for a program."""
    counted = [
        {"count": count, "mistake": mistake, "exercise": exercise}
        for count, mistake, exercise in mistakes(submissions)
    ]
    return json.dumps({"files": [asdict(one) for one in submissions], "mistakes": counted}, indent=1)


def as_csv(submissions: Sequence[Submission]) -> str:
    """Return a row for each exercise of each file, for a spreadsheet."""
    stream = io.StringIO()
    rows = csv.writer(stream, lineterminator="\n")

    def plain(cell: str) -> str:
        """Keep a spreadsheet from computing a cell that begins like a formula."""
        return "'" + cell if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell

    rows.writerow(["file", "exercise", "passed", "mistake", "message"])
    for submission in submissions:
        for result in submission.results:
            row = [
                submission.file,
                result.exercise,
                str(int(result.passed)),
                result.mistake or "",
                result.message,
            ]
            rows.writerow(map(plain, row))
        if submission.error:
            kind = "not_graded" if submission.handed_in else "not_a_submission"
            rows.writerow(map(plain, [submission.file, "", "0", kind, submission.error]))
    return stream.getvalue().rstrip("\n")


def exit_code(submissions: Sequence[Submission]) -> int:
    """Return 0 if all is right, 1 if something is wrong or missing, 3 if a file could not be graded."""
    if not all(submission.graded for submission in submissions):
        return 3
    students = [one for one in submissions if one.handed_in]
    results = [result for submission in students for result in submission.results]
    something = all(submission.results for submission in students)
    return 0 if something and all(result.passed for result in results) else 1
