"""What a teacher needs for own exercises: a file to begin with, and the selftest."""

from __future__ import annotations

import argparse
import keyword
import re

from ..errors import ArgumentError, FileError
from ..files import expanded
from .exercise import RESERVED, Exercise, load, shipped
from .printout import GREEN, RED, look, program, say
from .selftest import selftest as faults_of
from .workspace import created, plain

TEMPLATE = '''\
"""The square, backwards

y = x * x is known for each element, and g = dL/dy arrives from above.  Return dL/dx.
"""

import numpy as np

POINTS = 2
AFTER = []
CORNERS = 2  # so many cases at the beginning must not be missed; the others are random
HINTS = [
    "What is the slope of x * x at one x?",
    "The chain rule multiplies that slope by what arrives from above.",
    "Two arrays of one shape are multiplied element by element with *.",
]


def NAME(g, x):
    """g, x: arrays of the same shape.  Return dL/dx, of that shape."""
    return 2.0 * x * g


def cases(rng, k):
    if k == 0:  # an exact 0, and both signs
        return np.array([0.5, -1.0, 2.0]), np.array([0.0, -3.0, 1.5])
    shape = (1, 3) if k == 1 else tuple(rng.integers(2, 5, 2))
    return rng.normal(size=shape), rng.normal(size=shape)


def wrong_no_factor(g, x):
    """The slope of x * x is 2 x, and you use x: its sum is {sum_yours:.3g}."""
    return x * g


def wrong_no_chain(g, x):
    """This is the slope of x * x alone: g is not used."""
    return 2.0 * x
'''


def new(arguments: argparse.Namespace) -> int:
    """new: a file that is an exercise already, to be changed."""
    path = expanded(arguments.name).with_suffix(".py")
    name = plain(path.stem)
    usable = re.fullmatch(r"[a-z]\w*", name) and not keyword.iskeyword(name)
    if not usable or name in RESERVED or name.startswith("wrong_"):
        raise ArgumentError(
            f"{arguments.name!r} cannot name an exercise: take a number and the name "
            "of the function to write, such as 16_relu_vjp"
        )
    try:
        fresh = created(path, TEMPLATE.replace("NAME", name))
    except OSError as error:
        raise FileError(f"cannot write {path}: {error.strerror}") from None
    if not fresh:
        raise FileError(f"{path} is there already, and is left alone")
    say(f"{path} has a reference, cases, hints and wrong answers")
    say(f"change them, and then: {program()} selftest {path}")
    return 0


def selftest(arguments: argparse.Namespace) -> int:
    """selftest: whether exercises hold up."""
    if arguments.seeds < 1:
        raise ArgumentError("--seeds must be 1 or more")
    exercises = [load(path) for path in arguments.files] or shipped()
    faulty = [e for e in exercises if not holds(e, arguments.seeds)]
    count, seeds = len(exercises), arguments.seeds
    good = count - len(faulty)
    say(f"{good} of {count} exercises hold up, on {seeds} seed{'s' * (seeds > 1)}")
    return 1 if faulty else 0


def holds(exercise: Exercise, seeds: int) -> bool:
    """Print what is wrong with an exercise; whether nothing is."""
    faults, style = faults_of(exercise, seeds), look()
    sign = style.paint(*(style.wrong, RED) if faults else (style.right, GREEN))
    wrong = len(exercise.wrong)
    say(f"{sign} {exercise.id}   {wrong} wrong answers, {len(exercise.hints)} hints")
    for fault in faults:
        say(*style.wrapped(fault))
    return not faults
