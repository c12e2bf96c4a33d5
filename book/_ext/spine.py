"""The spine of the book: which cell proves which equation, which statement of the note it refutes or decides.

A code cell that begins with one of

    # Proves (eq-one), (eq-two)
    # Refutes (the kernel flipped twice)
    # Decides (S8), (S13)

belongs to what it names; it may have several such lines.
A refutation may add `# Against (eq-one)`, the equation of which it shows a wrong version.
`tests/chapters/test_book.py` holds the book to it; `chapters.py` folds such cells, `ledger.py` lists them.
"""

import re
from pathlib import Path

import nbformat

MARK = re.compile(r"# (Proves|Refutes|Decides|Against) (\(.+\))[ ]*(?:\n|\Z)")
# The forms of an equation with a label. No "$$" inside: else a formula would begin at an earlier one without.
FORMS = (
    r"^\$\$\s*(?P<formula>(?:(?!\$\$).)*?)\s*\$\$\s*\((?P<label>eq-[\w-]+)\)\s*$",
    r"^```\{math\}\n:label:\s*(?P<label>eq-[\w-]+)\s*\n(?P<formula>.*?)\n```$",
    r"^\\begin\{equation\}\s*\\label\{(?P<label>eq-[\w-]+)\}(?P<formula>.*?)\\end\{equation\}",
)


def formulas(text):
    """Return label -> formula for the equations that a markdown cell states, in their order."""
    found = [match for form in FORMS for match in re.finditer(form, text, re.DOTALL | re.MULTILINE)]
    found.sort(key=lambda match: match.start())
    return {match["label"]: " ".join(match["formula"].split()) for match in found}


def labels(text):
    """Return the labels of the equations that a markdown cell states."""
    return list(formulas(text))


def marks(code):
    """Return what a code cell does, and to what: [("Proves", "eq-one"), ("Decides", "S8")]."""
    found, position = [], 0
    while line := MARK.match(code, position):
        found += [(line[1], name) for name in re.findall(r"\(([^()]+)\)", line[2])]
        position = line.end()
    return found


def entries(path):
    """Yield (verb, name, section title) for each mark of a chapter, in its order."""
    section = ""
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            for title in re.findall(r"^#+ (.+)$", cell.source, re.MULTILINE):
                section = title
        else:
            for verb, name in marks(cell.source):
                yield verb, name, section


def every_size(code):
    """Find the part of a proof that holds for every size; group 1 is a limit, like ", for stride 1"."""
    return re.search(r"^# every size(,[^:;\n]*)?", code, re.MULTILINE)


def kind(code):
    """Return what sort of proof a cell is: "for every size" if one part is, else "checked"."""
    return "for every size" if every_size(code) else "checked"


# Pages that are no numbered chapter but have numbered equations or figures.
LETTERS = {"translating": "A", "symptoms": "B", "elsewhere": "C", "longer_answers": "D", "speed": "E"}


def number(docname):
    """Return what the equations and figures of a page begin with: the number of its file, or a letter."""
    chapter = re.match(r"(\d\d)_", docname)
    return str(int(chapter[1])) if chapter else LETTERS.get(docname)


SIZE = re.compile(r"(\d+) x (\d+)")


def held(source, part):
    """Say how far one part of a proof goes: "exactly at 3×5", or "exactly, in integers"."""
    found = re.search(rf"^\s*# {part}(.*)$", source, re.MULTILINE)
    if not found:
        return None
    adverb = {"exact": "exactly", "numeric": "numerically"}[part]
    unsaid = {"exact": " on small cases", "numeric": " on random numbers"}[part]
    size = SIZE.search(found[1])
    words = f" at {size[1]}×{size[2]}" if size else re.split("[:;]", found[1])[0]
    return adverb + (words.rstrip() or unsaid)


def line(marks, source, numbers):
    """Write the one line that a folded cell leaves on the page: mark, text, and what a click shows."""
    proved = [numbers(name) for verb, name in marks if verb == "Proves"]
    refuted = [name for verb, name in marks if verb == "Refutes"]
    if proved:
        checks = [words for words in (held(source, "exact"), held(source, "numeric")) if words]
        verb = "hold" if len(proved) > 1 else "holds"
        if limits := every_size(source):
            text = " · ".join([f"{', '.join(proved)} {verb} for every size{limits[1] or ''}", *checks])
            return "✓", text, "show the proof"
        return "✓", f"{', '.join(proved)} checked " + " · ".join(checks), "show the check"
    if refuted:
        return "✗", f"{', '.join(refuted)}: this formula fails", "see it fail"
    decided = ", ".join(name for verb, name in marks if verb == "Decides")
    return "•", f"{decided}: decided by running code", "show the cell"


def ledger(path):
    """Return [label, formula, kind, refuted wrong versions] for each equation of a chapter, in its order."""
    rows = {}
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            rows |= {label: [label, formula, "", []] for label, formula in formulas(cell.source).items()}
            continue
        done = marks(cell.source)
        for verb, name in done:
            if verb == "Proves":
                rows[name][2] = kind(cell.source)
            elif verb == "Against" and name in rows:
                rows[name][3] += [wrong for other, wrong in done if other == "Refutes"]
    return list(rows.values())


def minutes(path):
    """Return how long a chapter takes, without its questions and exercises."""
    return sum(reading(path))


def reading(path):
    """Return how many minutes its text takes, and how many its open code: see `WORDS` and `LINES`."""
    text, lines, work = "", 0, False
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            text += cell.source + "\n"
            for title in re.findall(r"^## (.*)$", cell.source, re.MULTILINE):
                work = title in WORK
        elif not work and not marks(cell.source) and not HIDDEN & set(cell.metadata.get("tags", [])):
            lines += sum(bool(line.strip()) for line in cell.source.splitlines())
    text = re.sub(
        rf"^## ({'|'.join(WORK)})\n.*?(?=^## What to remember)", "", text, flags=re.DOTALL | re.MULTILINE
    )
    listings = re.findall(r"^```(?:python|py)\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    lines += sum(len(listing.splitlines()) for listing in listings)
    text = re.sub(r"^(```|:::).*$", "", re.sub(r"```.*?```", "", text, flags=re.DOTALL), flags=re.MULTILINE)
    prose, displays = re.subn(r"\$\$.*?\$\$( \(eq-[\w-]+\))?", "", text, flags=re.DOTALL)
    prose = re.sub(r"\{[\w-]+\}`([^`<]*)(<[^>]*>)?`", r"\1", re.sub(r"\$[^$]*\$", "formula", prose))
    return len(re.findall(r"\w[\w'’-]*", prose)) / WORDS + displays / 2, lines / LINES


WORK = "Questions on paper", "Exercises"  # these have times of their own
WORDS, LINES = 130, 20  # a minute; a displayed formula takes half a minute, and folded code none
HIDDEN = {"remove-input", "remove-cell", "imports", "folded"}
GREEK = (
    "alpha|beta|gamma|delta|epsilon|varepsilon|eta|theta|lambda|mu|nu|pi|rho|sigma|tau|phi|chi|psi|omega|"
    "Gamma|Delta|Theta|Lambda|Pi|Sigma|Phi|Psi|Omega"
)


def formulas_of(text):
    """Return every formula of a text, inline and displayed."""
    text = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
    displays = re.findall(r"\$\$(.*?)\$\$", text, re.DOTALL)
    return displays + re.findall(r"(?<!\\)\$([^$]+)\$", re.sub(r"\$\$.*?\$\$", "", text, flags=re.DOTALL))


def letters_of(formula):
    """Return the letters of a formula; one with a mark above it, or in bold, is a letter of its own."""
    found = set()

    def keep(match):
        found.add(" ".join(part for part in match.groups() if part))
        return " "

    words = r"\\(?:text|texttt|mathsf|mathrm|operatorname|begin|end)\*?\s*\{[^{}]*\}"
    formula = re.sub(words, " ", formula)
    marked = r"(\\(?:hat|tilde|bar|check|mathbf|pmb))\s*\{?\s*(\\?[A-Za-z]+?)\}?(?![A-Za-z])"
    formula = re.sub(marked, keep, formula)
    formula = re.sub(rf"(\\(?:{GREEK}))(?![A-Za-z])", keep, formula)
    return found | set(re.findall(r"[A-Za-zℒ]", re.sub(r"\\[A-Za-z]+", " ", formula)))


def letters():
    """Return the rows of the glossary's table of letters: formula, meaning, number of the first chapter."""
    page = Path(__file__).parent.with_name("glossary.md").read_text(encoding="utf-8")
    table = page.split("(letters)=")[1].split("\n## ")[1]
    rows = re.findall(r"^\| (\$.*\$) \| (.*) \|\s*(\d*)\s*\|$", table, re.MULTILINE)
    return [(letter, meaning, int(first) if first else None) for letter, meaning, first in rows]


def new_letters(docname):
    """Say which letters a chapter brings, and what each stands for."""
    chapter = int(number(docname))
    rows = [(letter, meaning) for letter, meaning, first in letters() if first == chapter]
    return " · ".join(f"{letter} {meaning.split(';')[0]}" for letter, meaning in rows) or "none"


def read_by(sources):
    """Return the files of book/data that cells read."""
    return sorted(set(re.findall(r"[\"'](data/[\w.]+)[\"']", "\n".join(sources))))
