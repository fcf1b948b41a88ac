"""Judging an answer: what is right, what is wrong, and what the mistake is called.

An answer goes one way.  `trial` runs its functions on the cases of an exercise and
compares what comes with what the reference gives, `points` counts, and `diagnosis`
chooses one thing to say: a known mistake, or what its form, the probes and the
experiments tell.  `judge` puts these together as a verdict.
"""
