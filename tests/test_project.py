"""What stands around the package agrees with itself: versions, environments, lock file, README."""

import re
import tomllib
from pathlib import Path

import yaml
from helpers.notebooks import load

import cnnlab

ROOT = Path(__file__).parents[1]
# What only publishes the book, or looks at built pages and scripts.
CHECKS = re.compile("playwright|nodejs|jupyterlite|jupyter-server")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def requirements(*lists):
    """Return name -> version range for all requirements, extras of our own left out."""
    found = {}
    for line in (line for one in lists for line in one if not line.startswith("cnnlab")):
        name, version = re.fullmatch(r"([\w-]+)([<>=!,.\d\w]*)", line).groups()
        assert found.setdefault(name, version) == version, f"{name} has two ranges"
    return found


def ours():
    extras = PROJECT["optional-dependencies"]
    return requirements(PROJECT["dependencies"], *extras.values())


def test_the_package_needs_numpy_and_nothing_else():
    assert [re.match(r"\w+", line)[0] for line in PROJECT["dependencies"]] == ["numpy"]


def test_environment_and_pyproject_are_equal():
    listed = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    names = requirements([entry for entry in listed if isinstance(entry, str) and entry != "pip"])
    assert names.pop("python") == PROJECT["requires-python"]
    assert names == {name: version for name, version in ours().items() if not CHECKS.search(name)}
    assert {"pip": ["-e ."]} in listed


def test_every_requirement_is_locked_and_no_address_is_in_the_lock():
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+==[\w.!+]+", line) for line in lines)
    locked = {re.split("==", line)[0].lower().replace("_", "-") for line in lines}
    assert set(ours()) <= locked


def test_the_lowest_versions_are_those_of_pyproject():
    def versions(name):
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()[1:]
        return dict(line.split("==") for line in lines)

    usual, lowest = versions("constraints.txt"), versions("constraints-lowest.txt")
    lowered = {name for name in usual if usual[name] != lowest[name]} - {"pyparsing"}
    assert usual.keys() == lowest.keys()
    assert lowered == {"numpy", "matplotlib", "pooch", "tqdm", "sympy", "scipy"}
    for name in lowered:
        assert lowest[name].removesuffix(".0") in ours()[name] and ours()[name].startswith(">="), name


def test_versions_agree():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert cnnlab.__version__ == PROJECT["version"] == citation["version"]
    assert f"## {cnnlab.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_readme_example_runs():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    examples = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    assert examples
    for example in examples:
        exec(compile(example, "README.md", "exec"), {})


def test_the_readme_links_and_pictures_exist():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
        assert (ROOT / target).exists(), target


def test_the_readme_names_only_targets_that_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for page in ("README.md", "CONTRIBUTING.md", "book/index.ipynb"):
        for target in re.findall(
            r"make ([a-z]+)\b(?=[`\s]*$|`)", (ROOT / page).read_text(encoding="utf-8"), re.M
        ):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), (page, target)


def test_actions_are_pinned_by_commit_and_permissions_are_minimal():
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        text = path.read_text(encoding="utf-8")
        for use in re.findall(r"uses: (\S+)", text):
            assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", use), use
        assert yaml.safe_load(text)["permissions"] == {"contents": "read"}


def test_a_change_of_what_notebooks_read_makes_another_cache(tmp_path, monkeypatch):
    executed = load(ROOT / "book" / "_ext" / "executed.py")
    monkeypatch.setattr(executed, "ROOT", tmp_path)
    seen = {executed.cache_path()}
    for name in ("cnnlab/fast/rows.py", "cnnlab/data/digits.npz", "book/data/speed.json"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        for content in ("one", "other"):
            file.write_text(content)
            seen.add(executed.cache_path())
    assert len(seen) == 7
    (tmp_path / "book" / "index.md").write_text("a page is no input of a notebook")
    (tmp_path / "desk.js").write_text("nor is a script: what is stored has none")
    assert executed.cache_path() in seen


def test_the_build_takes_the_notebooks_that_make_book_has_executed():
    config = yaml.safe_load((ROOT / "book" / "_config.yml").read_text(encoding="utf-8"))
    assert config["execute"]["execute_notebooks"] == "cache"
    assert config["sphinx"]["local_extensions"]["executed"] == "_ext"
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(
        r"^book:.*\n\trm -rf book/_build\n\t\$\(RUN\) tools/execute.py\n\t@\$\(RUN\) tools/python_for_pages",
        makefile,
        re.MULTILINE,
    )
