"""Exercises that name the student's mistake, and a grader for a class."""

from .notebook import check as check
from .notebook import hint as hint
from .notebook import solution as solution
