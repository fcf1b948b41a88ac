"""Exercises that name the student's mistake, and a grader for a class."""

from .student.notebook_check import check as check
from .student.notebook_check import hint as hint
from .student.notebook_check import solution as solution
