"""How the property tests run: the same examples every time, and no stopwatch."""

from hypothesis import settings

settings.register_profile("ci", derandomize=True, deadline=None, max_examples=25)
settings.load_profile("ci")
