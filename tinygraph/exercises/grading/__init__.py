"""Grading a class: a row for each exercise of each student, and reports of the rows."""
