"""Judging an answer: what is right, what is wrong, and what the mistake is called.

An answer goes one way. `trial` runs its functions on the cases of an exercise and
compares the results with those of the reference, `points` counts, and `diagnosis`
chooses one thing to say: a known mistake, or what the form, the probes and the
experiments show. `judge` puts these together as a verdict.
"""
