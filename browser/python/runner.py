"""Runs the cells of a page as a notebook would: in one namespace, the last value shown, pictures after it.

It runs inside the worker, beside the reader's own names. `post` is the worker's: it takes JSON.
"""

import ast
import base64
import functools
import io
import json
import linecache
import os
import struct
import sys
import time
import traceback
from pathlib import Path

os.environ["MPLBACKEND"] = "agg"

MOST = 200_000  # characters that one cell may print: a flood would bury the page
PAUSE = 0.05  # seconds between two pieces of what is printed
NAMESPACE = {"__name__": "__main__"}
PACKAGES = {"PIL": "pillow"}  # what is called otherwise when it is imported

# SymPy and matplotlib take long to load, and few cells use them. An import of SymPy is held back until a cell
# uses what it would have bound, by itself or through a function.
held = []
late = set()


def send(**message):
    """Hand a message to the page."""
    post(json.dumps(message))  # noqa: F821 (the worker's)


def send_in_order(**message):
    """Hand a message to the page, after what was printed before it."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    send(**message)


class Stream:
    """Sends what is printed, in pieces, and no more than a page can bear."""

    encoding = "utf-8"

    def __init__(self, name):
        self.name, self.pieces, self.left, self.sent = name, [], MOST, 0.0

    def write(self, text):
        """Keep some text, and send what has come together if it is time."""
        if self.left > 0:
            self.pieces.append(text[: self.left])
            if len(text) >= self.left:
                self.pieces.append("\n… (more was printed than fits here)\n")
        self.left -= len(text)
        if time.monotonic() - self.sent > PAUSE:
            self.flush()
        return len(text)

    def flush(self):
        """Send what has come together."""
        if self.pieces:
            send(kind="stream", name=self.name, text="".join(self.pieces))
        self.pieces, self.sent = [], time.monotonic()

    def isatty(self):
        """Tell that this is no terminal."""
        return False


@functools.cache
def drawing():
    """Return the modules of cnnlab.figures that draw with matplotlib."""
    from cnnlab import figures

    files = Path(figures.__file__).parent.glob("[!_]*.py")
    return {file.stem for file in files if "import _style" in file.read_text(encoding="utf-8")}


def of_sympy(module, name=""):
    """Tell whether an import needs SymPy."""
    return module.split(".")[0] == "sympy" or "cnnlab.symbolic" in (module, f"{module}.{name}")


def cut(statement):
    """Return the parts of an import that need SymPy, and the part that does not (None if nothing is left)."""
    module = getattr(statement, "module", None) or ""
    parts = {True: [], False: []}
    for alias in statement.names:
        whole = (module, alias.name) if isinstance(statement, ast.ImportFrom) else (alias.name,)
        parts[of_sympy(*whole)].append(alias)
    made = {}
    for needs, names in parts.items():
        made[needs] = type(statement)(**{**vars(statement), "names": names}) if names else None
    return made[True], made[False]


def names_in(node):
    """Return the names that a piece of code uses."""
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}


def needs(source):
    """Return the packages that a cell needs and that may still have to be loaded."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return []  # told when it runs
    found = set()
    for statement in tree.body:
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            modules = [getattr(statement, "module", None) or alias.name for alias in statement.names]
            found |= {PACKAGES.get(first := module.split(".")[0], first) for module in modules}
        elif names_in(statement) & late:
            defines = isinstance(statement, (ast.FunctionDef, ast.ClassDef))
            if defines:  # nothing is needed before it is called
                late.add(statement.name)
            else:
                found.add("sympy")
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute)
            and ast.unparse(node.value) == "figures"
            and node.attr in drawing()
        ):
            found.add("matplotlib")
    found &= {"sympy", "matplotlib", "pillow", "threadpoolctl"}
    return sorted(found - ({"sympy"} if only_imports(tree) else set()))


def only_imports(tree):
    """Tell whether a cell imports SymPy without using it at once."""
    uses = [s for s in tree.body if not isinstance(s, (ast.Import, ast.ImportFrom, ast.FunctionDef))]
    bound = {
        (alias.asname or alias.name).split(".")[0]
        for statement in tree.body
        if isinstance(statement, (ast.Import, ast.ImportFrom)) and (part := cut(statement)[0])
        for alias in part.names
    }
    return not any(names_in(statement) & (bound | late) for statement in uses)


def without_sympy(tree):
    """Hold back what imports SymPy, unless that is loaded."""
    body = []
    for statement in tree.body:
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            part, rest = cut(statement)
            if part:
                held.append(part)
                late.update((alias.asname or alias.name).split(".")[0] for alias in part.names)
            statement = rest
        elif isinstance(statement, ast.FunctionDef) and names_in(statement) & late:
            late.add(statement.name)
        if statement:
            body.append(statement)
    tree.body = body


def execute(body, name):
    """Run statements in the reader's namespace."""
    exec(compile(ast.Module(body=body, type_ignores=[]), name, "exec"), NAMESPACE)


def show(value):
    """Send a value as a notebook would show it."""
    if value is None:
        return
    data = {"text/plain": repr(value)}
    if html := getattr(value, "_repr_html_", lambda: None)():
        from cnnlab import _display

        data["text/html"] = _display.bare(html)  # the page has style and script
    if not is_figure(value):  # which is shown with the others
        send_in_order(kind="display", data=data)


def is_figure(value):
    """Tell whether this is a figure of matplotlib."""
    module = sys.modules.get("matplotlib.figure")
    return module is not None and isinstance(value, module.Figure)


def show_figures():
    """Send every open figure of matplotlib as a picture, as a notebook does after each cell."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    for number in pyplot.get_fignums() if pyplot else ():
        picture = io.BytesIO()
        pyplot.figure(number).savefig(picture, format="png", bbox_inches="tight")
        width = struct.unpack(">I", picture.getvalue()[16:20])[0] // 2  # drawn twice as large
        data = {"image/png": base64.b64encode(picture.getvalue()).decode()}
        send_in_order(kind="display", data=data, width=width)
    if pyplot:
        pyplot.close("all")


def told(error, name):
    """Write an exception as the reader needs it: the frames of cells, and no more of ours than the last."""
    steps = traceback.extract_tb(error.__traceback__)
    own = [k for k, step in enumerate(steps) if step.filename.startswith("<cell")]
    kept = [] if isinstance(error, SyntaxError) and not own else steps[own[0] :] if own else steps[-1:]
    lines = traceback.StackSummary.from_list(kept).format() if kept else []
    if len(lines) > 12:  # a recursion: its beginning and its end
        lines = [*lines[:6], f"  … {len(lines) - 12} more calls\n", *lines[-6:]]
    return "".join([*lines, *traceback.format_exception_only(error)])


def names(text):
    """Return what a name, or a name after a dot, may become: names of the reader's own Python."""
    import rlcompleter

    own = {**NAMESPACE, **{name: None for name in late}}  # what is held back has a name, too
    completer = rlcompleter.Completer(own)
    found = completer.attr_matches(text) if "." in text else completer.global_matches(text)
    return sorted({name.rstrip("( ") for name in found if not name.startswith("__")})


def run(source, name):
    """Run one cell; return whether it came to its end."""
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = Stream("stdout"), Stream("stderr")
    try:
        tree = ast.parse(source, name)
        if "sympy" in needs(source):
            while held:
                execute([held.pop(0)], name)
            late.clear()
        elif "sympy" not in sys.modules:
            without_sympy(tree)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        execute(tree.body, name)
        if last is not None:
            show(eval(compile(ast.Expression(last.value), name, "eval"), NAMESPACE))
        show_figures()
        return True
    except BaseException as error:  # SystemExit, too: a cell does not end the worker
        send_in_order(kind="error", text=told(error, name))
        return False
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        sys.stdout, sys.stderr = before
