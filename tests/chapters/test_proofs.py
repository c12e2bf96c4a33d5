"""The proofs: a mistake planted in the formula of a cell makes that very cell fail."""

import contextlib
import importlib
import io
import re

import matplotlib
import matplotlib.pyplot as plt
import pytest
from helpers.notebooks import BOOK, CHAPTERS, code_cells, spine

TRIED = ("Proves", "Refutes")
PROVING = [
    path
    for path in CHAPTERS
    if any(verb in TRIED for source in code_cells(path) for verb, _ in spine.marks(source))
]


def mistakes(path):
    """Return what is to be planted in a page: the changes for each proof and each refutation."""
    return importlib.import_module(f"planted.{re.sub('^[0-9]+_', '', path.stem)}").MISTAKES


def tried(source):
    """Return what a cell proves or refutes, under the name that its mistakes have."""
    return [name for verb, name in spine.marks(source) if verb in TRIED]


def run(source, namespace):
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(source, "<cell>", "exec"), namespace)
    plt.close("all")


def survives(source, namespace):
    """Does the changed cell still run through? It must not disturb what comes after it."""
    state = namespace["rng"].bit_generator.state if "rng" in namespace else None
    try:
        run(source, dict(namespace))
    except (NameError, SyntaxError, AttributeError):
        raise  # not a mistake in mathematics, but one in `planted/`
    except Exception:
        return False
    finally:
        if state is not None:
            namespace["rng"].bit_generator.state = state
    return True


@pytest.mark.parametrize("path", PROVING, ids=lambda path: path.stem)
def test_a_planted_mistake_makes_its_own_cell_fail(path, monkeypatch):
    monkeypatch.chdir(BOOK)  # where a notebook runs
    matplotlib.use("Agg")
    # What trains or measures time proves nothing, and nothing that is proved needs it.
    cells, namespace, survivors = code_cells(path, measuring=False), {"__name__": "__main__"}, []
    last = max(k for k, source in enumerate(cells) if tried(source))
    for source in cells[: last + 1]:
        for name in tried(source):
            for old, new in mistakes(path)[name]:
                if old in source and survives(source.replace(old, new), namespace):
                    survivors.append((name, old, new))
        run(source, namespace)
    assert survivors == []


@pytest.mark.parametrize("path", PROVING, ids=lambda path: path.stem)
def test_every_proof_and_refutation_has_mistakes_and_every_mistake_its_cell(path):
    cells = code_cells(path)
    assert {name for source in cells for name in tried(source)} == set(mistakes(path))
    for name, changes in mistakes(path).items():
        own = [source for source in cells if name in tried(source)]
        assert all(any(old in source for old, _ in changes) for source in own), name
        for old, _ in changes:
            assert any(old in source for source in own), (name, old)


def test_a_proof_that_proves_nothing_is_noticed():
    assert survives("assert True", {}) and not survives("assert False", {})
    with pytest.raises(NameError):
        survives("nowhere", {})
    assert re.match("# Proves", "# Proves (eq-one)") and tried("# Proves (eq-one)\n# Decides (S1)\n") == [
        "eq-one"
    ]
