"""The tables of mistakes: words, places to read, tables made of others."""

import pytest
from helpers.notebooks import NUMBERED, texts

from cnnlab.exercises import EXERCISES
from cnnlab.exercises._exercise import Mistake, derived
from cnnlab.exercises._judge import GENERAL


def test_a_table_made_of_another_leaves_out_only_what_is_there():
    table = [Mistake("sign", "All signs are wrong.", lambda d: -d, lambda d: 0 - d)]
    (made,) = derived(table, lambda formula: lambda d: formula(2 * d))
    assert made.name == "sign" and [formula(1) for formula in made.formulas] == [-2, -2]
    assert derived(table, lambda formula: formula, without=["sign"]) == ()
    with pytest.raises(ValueError, match=r"^without: got \['signs'\], expected names of the table"):
        derived(table, lambda formula: formula, without=["signs"])


@pytest.mark.parametrize("name", EXERCISES)
def test_there_are_at_least_three_mistakes_with_words_and_a_place_to_read(name):
    exercise = EXERCISES[name]
    assert len({mistake.name for mistake in exercise.mistakes}) >= 3
    headings = {
        (int(path.stem[:2]), line.lstrip("# "))
        for path in NUMBERED
        for text in texts(path)
        for line in text.splitlines()
        if line.startswith("##")
    }
    for section in (exercise.see, *(mistake.see for mistake in exercise.mistakes if mistake.see)):
        assert tuple(section) in headings, section
    for mistake in exercise.mistakes:
        assert mistake.words[0].isupper() or mistake.words[0] in "`∂", mistake
        assert mistake.words.rstrip()[-1] in ".?", mistake
        assert not set(GENERAL) & {mistake.name}
