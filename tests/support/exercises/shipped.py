"""The exercises of the package, each loaded once, by their numbers."""

import functools

from tinygraph.exercises.catalogue import find_exercise

exercise = functools.cache(find_exercise)


def reference(number, name):
    return exercise(number).references[name]
