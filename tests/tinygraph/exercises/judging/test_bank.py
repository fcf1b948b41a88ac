"""The bank: right answers pass; wrong ones are named, and never misleadingly."""

import re

import pytest
from bank import UNNAMED, Answer, answers
from seeds import MANY, many_seeds, seeds

RIGHT, WRONG = answers("right"), answers("wrong")
NAMED = 0.9  # of the wrong answers
SEEDS = seeds(1, 3)
TRIED = WRONG if MANY else WRONG[::6]  # a sample in every run


def called(answer: Answer) -> str:
    return f"{answer.exercise}, {answer.name}"


def judge_of(answer: Answer) -> str:
    """What a wrong answer gets: "named", "unnamed" or "misleading"."""
    finding = answer.verdict().finding
    assert finding is not None, called(answer)
    if re.search(answer.expected, answer.said(finding)):
        return "named"
    return "unnamed" if finding.mistake in UNNAMED else "misleading"


def test_the_bank_is_large() -> None:
    assert len(WRONG) >= 440
    assert len(RIGHT) >= 90
    assert len({answer.exercise for answer in WRONG}) == 15
    assert len({answer.exercise for answer in TRIED}) == 15
    assert len({answer.exercise for answer in RIGHT}) == 15


@many_seeds
@pytest.mark.parametrize("answer", RIGHT, ids=called)
def test_unusual_right_answers_pass(answer: Answer) -> None:
    for seed in SEEDS:
        verdict = answer.verdict(seed)
        assert verdict.finding is None, verdict.finding
        assert verdict.points == verdict.maximum


@many_seeds
def test_wrong_answers_are_named() -> None:
    said = {called(answer): judge_of(answer) for answer in TRIED}
    misleading = [name for name, kind in said.items() if kind == "misleading"]
    unnamed = [name for name, kind in said.items() if kind == "unnamed"]
    assert misleading == []
    assert len(unnamed) <= (1 - NAMED) * len(said), unnamed
