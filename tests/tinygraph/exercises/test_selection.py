"""Which exercises numbers, names and ranges mean."""

import pytest

from tinygraph.errors import ArgumentError
from tinygraph.exercises.selection import find_id, select_ids

IDS = ["01_mse", "02_slopes", "03_softmax", "08_a", "10_b", "my-own"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["08"], [3]),
        (["1-3", "8"], [0, 1, 2, 3]),
        (["01-03,08", "mse"], [0, 1, 2, 3]),
        (["10,1"], [4, 0]),
        (["mse - softmax"], [0, 1, 2]),
        (["2–8"], [1, 2, 3]),
        (["02-02,"], [1]),
        (["my-own"], [5]),
        (["08-my-own"], [3, 4, 5]),
    ],
)
def test_what_words_mean(words, expected):
    assert select_ids(words, IDS) == [IDS[place] for place in expected]


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("99", "there is no exercise '99': choose from 01 to 03, 08, 10 and my-own"),
        ("softmx", "there is no exercise 'softmx'; the nearest is softmax"),
        ("1-9", "there is no exercise '9'"),
        ("03-1", "the range '03-1' runs backwards: write 01-03"),
        (",", "',' names no exercise: write numbers, names or ranges"),
        ("", "'' names no exercise"),
        ("5-", "there is no exercise '5-'"),
    ],
)
def test_what_has_no_meaning_is_said(word, said):
    with pytest.raises(ArgumentError, match=said):
        select_ids([word], IDS)


@pytest.mark.parametrize("word", ["1-3", "01,02", "1–2"])
def test_a_command_about_one_exercise_says_so(word):
    with pytest.raises(ArgumentError, match="may name several exercises: name one"):
        find_id(word, IDS)
